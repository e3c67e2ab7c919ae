//! Nearest centroid: a query takes the label of the closest class mean or median.
//!
//! # Engines
//! - `native`: means from sums of bytes in integers, medians from counts of bytes; for features of several pixels from sorted values,
//!   in `f64`. The order of the rows changes nothing. Equal distances go to the lower label.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `metric` | euclidean | euclidean, manhattan | distance to a centroid: the class mean for euclidean, the median for manhattan |
//! | `shrink_threshold` | none | none, above 0 | standard errors by which class means move towards the overall mean |
//!
//! # Reference
//! Tibshirani, Hastie, Narasimhan, Chu (2002), Diagnosis of multiple cancer types by shrunken centroids of gene expression.

use crate::estimator::classifier::Classifier;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::native::generative::nearest_centroid::{CentroidMetric, NearestCentroid};
use crate::params::choice::words;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "NearestCentroid",
    summary: "closest class mean",
    kind: MethodKind::Neighbors,
    params: Params::SPECS,
    inactive_params: all_active,
    undefined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: false,
        nondeterminism: None,
        shared_params: &[],
        growth: |_| Growth::UNKNOWN.with_fit(0.9, 1.1),
        note: "",
        build: native,
    }],
};

words! {
    CentroidMetric { Euclidean = "euclidean", Manhattan = "manhattan" }
}

params! {
    "metric" metric: CentroidMetric = CentroidMetric::Euclidean, Range::ANY, "distance to a centroid: a mean for euclidean, a median for manhattan";
    "shrink_threshold" shrink_threshold: Option<f64> = None, Range::POSITIVE,
        "standard errors by which class means move towards the overall mean";
}

fn undefined(point: &Configuration<'_>) -> Option<String> {
    let params = Params::read(point.settings);
    let both = params.metric == CentroidMetric::Manhattan && params.shrink_threshold.is_some();
    both.then(|| "shrink_threshold moves means, but metric=manhattan uses medians".into())
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(NearestCentroid {
        metric: params.metric,
        shrink_threshold: params.shrink_threshold,
    }))
}
