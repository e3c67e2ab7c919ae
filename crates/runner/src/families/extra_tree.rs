//! Extremely randomised tree: for every feature looked at, one threshold drawn at random between its smallest and largest value.
//!
//! # Engines
//! - `native`: on bytes; a threshold uniform among the values of a pixel is uniform among the floats that they become.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `criterion` | gini | gini, entropy | what a split is judged by |
//! | `splitter` | random | best, random | how a threshold is found |
//! | `max_depth` | none | 1.. | most splits between root and leaf |
//! | `min_samples_split` | 2 | 2.. | fewest rows that are split |
//! | `min_samples_leaf` | 1 | 1.. | fewest rows in a leaf |
//! | `max_features` | sqrt | count, share, sqrt, log2, all | features looked at for a split |
//! | `min_impurity_decrease` | 0 | 0.. | least weighted decrease that is worth a split |
//!
//! # Reference
//! Geurts, Ernst, Wehenkel (2006), Extremely Randomized Trees.

use crate::estimator::classifier::Classifier;
use crate::estimator::split_criterion::SplitCriterion;
use crate::estimator::subset_size::SubsetSize;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::native::tree::decision_tree::{Splitter, TreeSettings};
use crate::native::tree::forest::NativeForest;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "ExtraTreeClassifier",
    summary: "one decision tree with thresholds drawn at random",
    params: Params::SPECS,
    inactive_params: all_active,
    undefined: all_defined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: true,
        nondeterminism: None,
        note: "",
        build: native,
    }],
};

params! {
    "criterion" criterion: SplitCriterion = SplitCriterion::Gini, Range::ANY, "what a split is judged by";
    "splitter" splitter: Splitter = Splitter::Random, Range::ANY, "how a threshold is found";
    "max_depth" max_depth: Option<usize> = None, Range::at_least(1.0), "most splits between root and leaf";
    "min_samples_split" min_samples_split: usize = 2, Range::at_least(2.0), "fewest rows that are split";
    "min_samples_leaf" min_samples_leaf: usize = 1, Range::at_least(1.0), "fewest rows in a leaf";
    "max_features" max_features: SubsetSize = SubsetSize::Sqrt, Range::ANY, "features looked at for a split";
    "min_impurity_decrease" min_impurity_decrease: f64 = 0.0, Range::at_least(0.0),
        "least weighted decrease that is worth a split";
}

fn native(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    Ok(Box::new(NativeForest::single(TreeSettings {
        criterion: params.criterion,
        splitter: params.splitter,
        max_depth: params.max_depth,
        min_samples_split: params.min_samples_split,
        min_samples_leaf: params.min_samples_leaf,
        max_features: params.max_features,
        min_impurity_decrease: params.min_impurity_decrease,
    })))
}
