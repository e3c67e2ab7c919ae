//! Extremely randomized tree: each drawn feature has one random threshold, between its smallest and its largest value.
//!
//! # Engines
//! - `native`: on bytes, and on the floats of features of several pixels. A threshold that is uniform among bytes is uniform among
//!   preprocessed values, too. With `splitter` best, floats are binned as in `DecisionTreeClassifier`.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `criterion` | gini | gini, entropy | impurity that splits reduce |
//! | `splitter` | random | best, random | how the threshold of a feature is chosen |
//! | `max_depth` | none | at least 1 | largest depth of a tree |
//! | `min_samples_split` | 2 | at least 2 | fewest rows of a node that is split |
//! | `min_samples_leaf` | 1 | at least 1 | fewest rows of a leaf |
//! | `max_features` | sqrt | count, share, sqrt, log2, all | features drawn for each split |
//! | `min_impurity_decrease` | 0 | at least 0 | smallest weighted impurity decrease of a split |
//!
//! # Reference
//! Geurts, Ernst, Wehenkel (2006), Extremely Randomized Trees.

use crate::estimator::classifier::Classifier;
use crate::estimator::split_criterion::SplitCriterion;
use crate::estimator::subset_size::SubsetSize;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::native::tree::decision_tree::{Splitter, TreeSettings};
use crate::native::tree::forest::Forest;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "ExtraTreeClassifier",
    summary: "one decision tree with random thresholds",
    kind: MethodKind::Tree,
    params: Params::SPECS,
    inactive_params: all_active,
    undefined: all_defined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: true,
        nondeterminism: None,
        shared_params: &[],
        growth: |_| Growth::UNKNOWN.with_fit(0.85, 1.1).with_memory(0.85),
        note: "",
        build: native,
    }],
};

params! {
    "criterion" criterion: SplitCriterion = SplitCriterion::Gini, Range::ANY, "impurity that splits reduce";
    "splitter" splitter: Splitter = Splitter::Random, Range::ANY, "how the threshold of a feature is chosen";
    "max_depth" max_depth: Option<usize> = None, Range::at_least(1.0), "largest depth of a tree";
    "min_samples_split" min_samples_split: usize = 2, Range::at_least(2.0), "fewest rows of a node that is split";
    "min_samples_leaf" min_samples_leaf: usize = 1, Range::at_least(1.0), "fewest rows of a leaf";
    "max_features" max_features: SubsetSize = SubsetSize::Sqrt, Range::ANY, "features drawn for each split";
    "min_impurity_decrease" min_impurity_decrease: f64 = 0.0, Range::at_least(0.0),
        "smallest weighted impurity decrease of a split";
}

fn native(configuration: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(configuration.settings);
    Ok(Box::new(Forest::single_tree(TreeSettings {
        criterion: params.criterion,
        splitter: params.splitter,
        max_depth: params.max_depth,
        min_samples_split: params.min_samples_split,
        min_samples_leaf: params.min_samples_leaf,
        max_features: params.max_features,
        min_impurity_decrease: params.min_impurity_decrease,
    })))
}
