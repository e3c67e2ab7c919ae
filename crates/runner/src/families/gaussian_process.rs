//! Gaussian process: a latent function with kernel 1.0 × RBF and the Laplace approximation of its posterior. The kernel is not tuned.
//!
//! # Engines
//! - `native`: computes in f64. Training rows are grouped into connected components. Covariances between components are below 1e-12
//!   and are dropped; at 60,000 rows, those of one row sum to less than 6e-8. Newton's systems are solved by Cholesky factorization, one
//!   component at a time, until scikit-learn's stopping rule holds. The fit fails if the covariances need more than 2 GiB, which one
//!   component of 16,384 rows takes. `one_vs_one`, whose problems have the rows of two classes, or `train_limit` then helps.
//!   Predictions drop no covariance, and compute a variance only where it can change the predicted class.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `length_scale` | 1 | above 0 | length scale of the RBF kernel |
//! | `multi_class` | one_vs_rest | one_vs_rest, one_vs_one | one binary problem per class, or per pair of classes |
//! | `max_iter_predict` | 100 | 1.. | most Newton iterations per binary problem |
//!
//! `one_vs_rest` predicts the class with the highest probability, `one_vs_one` the class with the most votes. The sum of probabilities
//! decides between equal votes. Remaining ties go to the lowest class, as in scikit-learn. At a short length scale most rows are far from
//! all others, and most `one_vs_rest` predictions are such ties.
//!
//! # Reference
//! Rasmussen, Williams (2006), Gaussian Processes for Machine Learning, algorithms 3.1 and 3.2.

use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::native::gaussian_process::classifier::GaussianProcess;
use crate::native::gaussian_process::multiclass_scheme::MultiClass;
use crate::params::choice::words;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "GaussianProcessClassifier",
    summary: "Gaussian process, Laplace approximation",
    kind: MethodKind::GaussianProcess,
    params: Params::SPECS,
    inactive_params: all_active,
    undefined: all_defined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: false,
        nondeterminism: None,
        shared_params: &[],
        growth: |_| Growth::UNKNOWN.with_fit(1.75, 1.9).with_linear_predictions(),
        note: "",
        build: native,
    }],
};

words! {
    MultiClass { OneVsRest = "one_vs_rest", OneVsOne = "one_vs_one" }
}

params! {
    "length_scale" length_scale: f64 = 1.0, Range::POSITIVE, "length scale of the RBF kernel";
    "multi_class" multi_class: MultiClass = MultiClass::OneVsRest, Range::ANY, "one binary problem per class, or per pair of classes";
    "max_iter_predict" max_iter_predict: usize = 100, Range::at_least(1.0), "most Newton iterations per binary problem";
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(GaussianProcess {
        length_scale: params.length_scale,
        multi_class: params.multi_class,
        max_iter_predict: params.max_iter_predict,
    }))
}
