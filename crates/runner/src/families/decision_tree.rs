//! Decision tree: axis-parallel splits, each of which reduces the impurity most.
//!
//! # Engines
//! - `native`: exact splits on bytes. Features are drawn in random order; of equally good splits the first one is taken.
//!   Features of several pixels are searched in at most 255 bins each, of one value or of one quantile range, between midpoints of
//!   values; where a feature has more values, the result says so.
//! - `linfa`: only `splitter` best, only all features at each split, only `min_impurity_decrease` 0. Leaves with the same
//!   label are merged, which changes no prediction.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `criterion` | gini | gini, entropy | impurity that splits reduce |
//! | `splitter` | best | best, random | how the threshold of a feature is chosen |
//! | `max_depth` | none | at least 1 | largest depth of a tree |
//! | `min_samples_split` | 2 | at least 2 | fewest rows of a node that is split |
//! | `min_samples_leaf` | 1 | at least 1 | fewest rows of a leaf |
//! | `max_features` | all | count, share, sqrt, log2, all | features drawn for each split |
//! | `min_impurity_decrease` | 0 | at least 0 | smallest weighted impurity decrease of a split |
//!
//! # Reference
//! Breiman, Friedman, Olshen, Stone (1984), Classification and Regression Trees.

use crate::estimator::classifier::Classifier;
use crate::estimator::split_criterion::SplitCriterion;
use crate::estimator::subset_size::SubsetSize;
use crate::families::choices::check_linfa_tree;
use crate::families::engine::{LINFA, NATIVE};
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::linfa_adapters::decision_tree::LinfaDecisionTree;
use crate::linfa_adapters::tree_settings::{LinfaTreeSettings, NONDETERMINISM};
use crate::native::tree::decision_tree::{Splitter, TreeSettings};
use crate::native::tree::forest::Forest;
use crate::params::choice::words;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "DecisionTreeClassifier",
    summary: "one decision tree",
    kind: MethodKind::Tree,
    params: Params::SPECS,
    inactive_params: all_active,
    undefined: all_defined,
    implementations: &[
        Implementation {
            engine: &NATIVE,
            is_stochastic: true,
            nondeterminism: None,
            shared_params: &[],
            growth: |_| Growth::UNKNOWN.with_fit(0.85, 1.1).with_memory(0.85),
            note: "",
            build: native,
        },
        Implementation {
            engine: &LINFA,
            is_stochastic: true,
            nondeterminism: Some(NONDETERMINISM),
            shared_params: &[],
            growth: |_| Growth::UNKNOWN,
            note: "",
            build: linfa,
        },
    ],
};

words! {
    Splitter { Best = "best", Random = "random" }
}

params! {
    "criterion" criterion: SplitCriterion = SplitCriterion::Gini, Range::ANY, "impurity that splits reduce";
    "splitter" splitter: Splitter = Splitter::Best, Range::ANY, "how the threshold of a feature is chosen";
    "max_depth" max_depth: Option<usize> = None, Range::at_least(1.0), "largest depth of a tree";
    "min_samples_split" min_samples_split: usize = 2, Range::at_least(2.0), "fewest rows of a node that is split";
    "min_samples_leaf" min_samples_leaf: usize = 1, Range::at_least(1.0), "fewest rows of a leaf";
    "max_features" max_features: SubsetSize = SubsetSize::All, Range::ANY, "features drawn for each split";
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

fn linfa(configuration: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(configuration.settings);
    if params.splitter == Splitter::Random {
        return Err(Refusal::cannot(
            &LINFA,
            "splitter=random: its trees always take the best split",
        ));
    }
    if params.max_features != SubsetSize::All {
        return Err(Refusal::cannot(
            &LINFA,
            "max_features: its trees search every feature at every split",
        ));
    }
    check_linfa_tree(params.min_impurity_decrease)?;
    Ok(Box::new(LinfaDecisionTree {
        tree: LinfaTreeSettings {
            criterion: params.criterion,
            max_depth: params.max_depth,
            min_samples_split: params.min_samples_split,
            min_samples_leaf: params.min_samples_leaf,
        },
    }))
}
