//! Gaussian process: a latent function with covariance 1.0 × RBF, its posterior approximated by Laplace; the kernel stays as it is given.
//!
//! # Engines
//! None is built in: an engine by command trains it.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `length_scale` | 1 | above 0 | length scale of the RBF kernel |
//! | `multi_class` | one_vs_rest | one_vs_rest, one_vs_one | one problem a class, or one a pair of classes |
//! | `max_iter_predict` | 100 | 1.. | most Newton steps of the approximation |
//!
//! # Reference
//! Rasmussen, Williams (2006), Gaussian Processes for Machine Learning, algorithms 3.1 and 3.2.

use super::{Family, all_defined, all_used};
use crate::params::{Range, Spec, choices, specs};

pub(super) const FAMILY: Family = Family {
    name: "GaussianProcessClassifier",
    summary: "a smooth latent function, Laplace approximation",
    params: SPECS,
    unused: all_used,
    undefined: all_defined,
    engines: &[],
};

choices! {
    /// How more than two classes are treated.
    MultiClass { OneVsRest = "one_vs_rest", OneVsOne = "one_vs_one" }
}

const SPECS: &[Spec] = specs! {
    "length_scale": f64 = 1.0, Range::POSITIVE, "length scale of the RBF kernel";
    "multi_class": MultiClass = MultiClass::OneVsRest, Range::ANY, "one problem a class, or one a pair of classes";
    "max_iter_predict": usize = 100, Range::at_least(1.0), "most Newton steps of the approximation";
};
