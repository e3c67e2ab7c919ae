//! Models of how the features are distributed within a class.

pub(crate) mod additive_model;
pub(crate) mod bernoulli_nb;
pub(crate) mod class_moments;
pub(crate) mod gaussian_density;
pub(crate) mod gaussian_nb;
pub(crate) mod linear_discriminant;
pub(crate) mod multinomial_nb;
pub(crate) mod nearest_centroid;
pub(crate) mod quadratic_discriminant;
pub(crate) mod shrinkage;
