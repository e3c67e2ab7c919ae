//! Gaussian process: a latent function with covariance 1.0 × RBF, its posterior approximated by Laplace; the kernel stays as it is given.
//!
//! # Engines
//! - `native`: exact, in f64. Training rows fall into islands, between which every similarity is below 1e-12 and is left out: of what a
//!   row's similarities add up to that is less than 6e-8 at 60,000 rows. Newton's systems are solved island by island by Cholesky's
//!   method, stopped by scikit-learn's rule. A length scale at which more rows hang together than 2 GiB of covariance hold (16,384) fails
//!   and says so: `one_vs_one`, whose problems have two classes of rows, or `train_limit` then makes it smaller. Predictions leave no
//!   similarity out; variances are computed where a class is not elected without.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `length_scale` | 1 | above 0 | length scale of the RBF kernel |
//! | `multi_class` | one_vs_rest | one_vs_rest, one_vs_one | one problem a class, or one a pair of classes |
//! | `max_iter_predict` | 100 | 1.. | most Newton steps of the approximation |
//!
//! One against the rest elects the highest probability; pairs elect by votes, and of equally many by the sum of probabilities. What is equal
//! then goes to the lowest class: at a short length scale, to which most rows are far from all others, that is most of them one against
//! the rest, as it is with scikit-learn.
//!
//! # Reference
//! Rasmussen, Williams (2006), Gaussian Processes for Machine Learning, algorithms 3.1 and 3.2.

use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::native::gaussian_process::classifier::Native;
use crate::native::gaussian_process::multiclass_scheme::MultiClass;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "GaussianProcessClassifier",
    summary: "a smooth latent function, Laplace approximation",
    params: Params::SPECS,
    inactive_params: all_active,
    undefined: all_defined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: false,
        nondeterminism: None,
        note: "",
        build,
    }],
};

params! {
    "length_scale" length_scale: f64 = 1.0, Range::POSITIVE, "length scale of the RBF kernel";
    "multi_class" multi_class: MultiClass = MultiClass::OneVsRest, Range::ANY, "one problem a class, or one a pair of classes";
    "max_iter_predict" max_iter_predict: usize = 100, Range::at_least(1.0), "most Newton steps of the approximation";
}

pub(crate) fn build(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Native(Params::read(point.settings))))
}
