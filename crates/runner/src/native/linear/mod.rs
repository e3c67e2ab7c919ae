//! Linear models.

pub(crate) mod hessian_model;
pub(crate) mod linear_model;
pub(crate) mod loss_hessian;
pub(crate) mod online_hyperplane;
pub(crate) mod online_learner;
pub(crate) mod online_settings;
pub(crate) mod ridge;
pub(crate) mod smooth_loss;
pub(crate) mod smooth_problem;
pub(crate) mod smoothed_max;
pub(crate) mod subspace;
pub(crate) mod subspace_lbfgs;
#[cfg(test)]
pub(crate) mod test_planes;
