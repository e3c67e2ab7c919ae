//! Decision tree: axis-parallel splits, each the best one that its rows allow.
//!
//! # Engines
//! - `native`: every split there can be, on bytes; of equally good ones the first among features in an order drawn from the seed.
//! - `linfa`: sorts every column once and walks all rows at every node. Depth and sizes as scikit-learn has them; `splitter`
//!   best only, all features at every split; leaves that agree are merged, which changes no prediction.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `criterion` | gini | gini, entropy | what a split is judged by |
//! | `splitter` | best | best, random | how a threshold is found |
//! | `max_depth` | none | 1.. | most splits between root and leaf |
//! | `min_samples_split` | 2 | 2.. | fewest rows that are split |
//! | `min_samples_leaf` | 1 | 1.. | fewest rows in a leaf |
//! | `max_features` | all | count, share, sqrt, log2, all | features looked at for a split |
//! | `min_impurity_decrease` | 0 | 0.. | least weighted decrease that is worth a split |
//!
//! # Reference
//! Breiman, Friedman, Olshen, Stone (1984), Classification and Regression Trees.

use crate::estimator::classifier::Classifier;
use crate::estimator::split_criterion::SplitCriterion;
use crate::estimator::subset_size::SubsetSize;
use crate::families::choices::check_linfa_tree;
use crate::families::engine::{LINFA, NATIVE};
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::linfa_adapters::decision_tree::Linfa;
use crate::linfa_adapters::tree_settings::{LinfaTreeSettings, UNREPEATABLE};
use crate::native::tree::decision_tree::{Splitter, TreeSettings};
use crate::native::tree::forest::NativeForest;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "DecisionTreeClassifier",
    summary: "one decision tree",
    params: Params::SPECS,
    inactive_params: all_active,
    undefined: all_defined,
    implementations: &[
        Implementation {
            engine: &NATIVE,
            is_stochastic: true,
            nondeterminism: None,
            note: "",
            build: native,
        },
        Implementation {
            engine: &LINFA,
            is_stochastic: true,
            nondeterminism: Some(UNREPEATABLE),
            note: "",
            build: linfa,
        },
    ],
};

params! {
    "criterion" criterion: SplitCriterion = SplitCriterion::Gini, Range::ANY, "what a split is judged by";
    "splitter" splitter: Splitter = Splitter::Best, Range::ANY, "how a threshold is found";
    "max_depth" max_depth: Option<usize> = None, Range::at_least(1.0), "most splits between root and leaf";
    "min_samples_split" min_samples_split: usize = 2, Range::at_least(2.0), "fewest rows that are split";
    "min_samples_leaf" min_samples_leaf: usize = 1, Range::at_least(1.0), "fewest rows in a leaf";
    "max_features" max_features: SubsetSize = SubsetSize::All, Range::ANY, "features looked at for a split";
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

fn linfa(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    if params.splitter == Splitter::Random {
        return Err(Refusal::cannot(
            &LINFA,
            "splitter=random: its trees always take the best split",
        ));
    }
    if params.max_features != SubsetSize::All {
        return Err(Refusal::cannot(
            &LINFA,
            "max_features: its trees look at every feature at every split",
        ));
    }
    check_linfa_tree(params.min_impurity_decrease)?;
    let tree = LinfaTreeSettings {
        criterion: params.criterion,
        max_depth: params.max_depth,
        min_samples_split: params.min_samples_split,
        min_samples_leaf: params.min_samples_leaf,
    };
    Ok(Box::new(Linfa(tree.params())))
}
