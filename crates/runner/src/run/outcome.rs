//! What a trained cell returns to the code that scores it.

use loader::Label;
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::collections::BTreeMap;

use crate::estimator::classifier::Attributes;
use crate::results::status::Status;

/// What a fit and its predictions came to.
pub(crate) struct Trained {
    /// One label a test row.
    pub(crate) predicted: Vec<Label>,
    /// The right labels.
    pub(crate) truth: Vec<Label>,
    pub(crate) n_classes: usize,
    pub(crate) fit_s: f64,
    pub(crate) fit_cpu_s: Option<f64>,
    pub(crate) predict_s: f64,
    pub(crate) predict_cpu_s: Option<f64>,
    pub(crate) peak_rss_mib: Option<f64>,
    pub(crate) warning: Option<String>,
    pub(crate) libraries: BTreeMap<String, String>,
    /// What the fit came to, if it is to be kept.
    pub(crate) attributes: Attributes,
}

/// How a cell ends without a score.
pub(crate) struct Ended(pub(crate) Status, pub(crate) String);

impl Ended {
    pub(crate) fn failed(reason: impl Into<String>) -> Ended {
        Ended(Status::Failed, reason.into())
    }
}

/// The order in which the first `n_rows` training rows are seen.
pub(crate) fn shuffled(n_rows: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n_rows).collect();
    order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(seed));
    order
}
