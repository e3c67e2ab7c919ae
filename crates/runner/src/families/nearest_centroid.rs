//! Nearest centroid: a query takes the label of the closest class mean.
//!
//! # Engines
//! - `native`: means from sums of bytes in integers, medians from counts of bytes; every order of the rows gives the same. Equal
//!   distances go to the lower label.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `metric` | euclidean | euclidean, manhattan | the distance; its centroids are means, or medians |
//! | `shrink_threshold` | none | none, above 0 | pull of every mean towards the overall one, in standard errors |
//!
//! # Reference
//! Tibshirani, Hastie, Narasimhan, Chu (2002), Diagnosis of multiple cancer types by shrunken centroids of gene expression.

use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active};
use crate::native::generative::nearest_centroid::{Metric, Native};
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "NearestCentroid",
    summary: "closest class mean",
    params: Params::SPECS,
    inactive_params: all_active,
    undefined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: false,
        nondeterminism: None,
        note: "",
        build: native,
    }],
};

params! {
    "metric" metric: Metric = Metric::Euclidean, Range::ANY, "the distance; its centroids are means, or medians";
    "shrink_threshold" shrink_threshold: Option<f64> = None, Range::POSITIVE,
        "pull of every mean towards the overall one, in standard errors";
}

fn undefined(point: &Configuration<'_>) -> Option<String> {
    let params = Params::read(point.settings);
    let both = params.metric == Metric::Manhattan && params.shrink_threshold.is_some();
    both.then(|| "shrink_threshold is for means, and metric=manhattan has medians".into())
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    Ok(Box::new(Native(Params::read(point.settings))))
}
