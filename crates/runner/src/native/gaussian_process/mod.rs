//! Gaussian process classification by the Laplace approximation.

pub(crate) mod classifier;
pub(crate) mod connected_components;
pub(crate) mod covariance;
pub(crate) mod laplace;
pub(crate) mod logistic_normal;
pub(crate) mod multiclass_model;
pub(crate) mod multiclass_scheme;
pub(crate) mod predictive_variance;
pub(crate) mod squared_distances;
#[cfg(test)]
pub(crate) mod test_rows;
