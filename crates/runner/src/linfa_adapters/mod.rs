//! linfa's classifiers behind the interface of [`estimator`](crate::estimator).

pub(crate) mod ada_boost;
pub(crate) mod bernoulli_nb;
pub(crate) mod class_likelihoods;
pub(crate) mod decision_tree;
pub(crate) mod ensemble;
pub(crate) mod gaussian_nb;
pub(crate) mod k_neighbors;
pub(crate) mod labels;
pub(crate) mod logistic_regression;
pub(crate) mod multinomial_nb;
pub(crate) mod svc;
pub(crate) mod tree_settings;
