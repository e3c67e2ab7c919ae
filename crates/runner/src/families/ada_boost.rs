//! AdaBoost: small trees in turn, each on rows weighted by what the ones before got wrong (SAMME).
//!
//! # Engines
//! - `linfa`: its trees take no weights, so that rows are drawn by weight instead; stops early when a tree is perfect or no
//!   better than guessing.
//!
//! # Parameters
//! `estimator` is a decision tree; its parameters stand behind `estimator__`, as scikit-learn writes them.
//!
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `n_estimators` | 50 | 1.. | most trees |
//! | `learning_rate` | 1 | above 0 | shrinks the weight of every tree |
//! | `estimator__criterion` | gini | gini, entropy | what a split is judged by |
//! | `estimator__max_depth` | 1 | 1.. | most splits between root and leaf |
//! | `estimator__min_samples_split` | 2 | 2.. | fewest rows that are split |
//! | `estimator__min_samples_leaf` | 1 | 1.. | fewest rows in a leaf |
//!
//! # Reference
//! Zhu, Zou, Rosset, Hastie (2009), Multi-class AdaBoost.

use crate::estimator::classifier::Classifier;
use crate::estimator::split_criterion::SplitCriterion;
use crate::families::engine::LINFA;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::linfa_adapters::ada_boost::Linfa;
use crate::linfa_adapters::tree_settings::{LinfaTreeSettings, UNREPEATABLE};
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "AdaBoostClassifier",
    summary: "small trees, each on what the ones before got wrong",
    params: Params::SPECS,
    inactive_params: all_active,
    undefined: all_defined,
    implementations: &[Implementation {
        engine: &LINFA,
        is_stochastic: true,
        nondeterminism: Some(UNREPEATABLE),
        note: "rows are drawn by weight, since its trees take no weights",
        build: linfa,
    }],
};

params! {
    "n_estimators" n_estimators: usize = 50, Range::at_least(1.0), "most trees";
    "learning_rate" learning_rate: f64 = 1.0, Range::POSITIVE, "shrinks the weight of every tree";
    "estimator__criterion" criterion: SplitCriterion = SplitCriterion::Gini, Range::ANY, "what a split is judged by";
    "estimator__max_depth" max_depth: Option<usize> = Some(1), Range::at_least(1.0), "most splits between root and leaf";
    "estimator__min_samples_split" min_samples_split: usize = 2, Range::at_least(2.0), "fewest rows that are split";
    "estimator__min_samples_leaf" min_samples_leaf: usize = 1, Range::at_least(1.0), "fewest rows in a leaf";
}

fn linfa(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    let tree = LinfaTreeSettings {
        criterion: params.criterion,
        max_depth: params.max_depth,
        min_samples_split: params.min_samples_split,
        min_samples_leaf: params.min_samples_leaf,
    };
    Ok(Box::new(Linfa {
        tree: tree.params(),
        n_estimators: params.n_estimators,
        learning_rate: params.learning_rate,
    }))
}
