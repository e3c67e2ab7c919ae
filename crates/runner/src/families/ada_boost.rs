//! AdaBoost (SAMME): a sequence of small trees, each on rows weighted by the errors of the trees before it.
//!
//! # Engines
//! - `linfa`: its trees take no weights, so rows are drawn with probabilities proportional to their weights. It stops early
//!   if a tree makes no error, or is no better than chance.
//!
//! # Parameters
//! The members are decision trees. Their parameters start with `estimator__`, as in scikit-learn.
//!
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `n_estimators` | 50 | at least 1 | largest number of trees |
//! | `learning_rate` | 1 | above 0 | factor of the weight of each tree |
//! | `estimator__criterion` | gini | gini, entropy | impurity that splits reduce |
//! | `estimator__max_depth` | 1 | at least 1 | largest depth of a tree |
//! | `estimator__min_samples_split` | 2 | at least 2 | fewest rows of a node that is split |
//! | `estimator__min_samples_leaf` | 1 | at least 1 | fewest rows of a leaf |
//!
//! # Reference
//! Zhu, Zou, Rosset, Hastie (2009), Multi-class AdaBoost.

use crate::estimator::classifier::Classifier;
use crate::estimator::split_criterion::SplitCriterion;
use crate::families::engine::LINFA;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::linfa_adapters::ada_boost::LinfaAdaBoost;
use crate::linfa_adapters::tree_settings::{LinfaTreeSettings, NONDETERMINISM};
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "AdaBoostClassifier",
    summary: "sequence of small trees on reweighted rows",
    kind: MethodKind::TreeEnsemble,
    params: Params::SPECS,
    inactive_params: all_active,
    undefined: all_defined,
    implementations: &[Implementation {
        engine: &LINFA,
        is_stochastic: true,
        nondeterminism: Some(NONDETERMINISM),
        shared_params: &[],
        growth: |_| Growth::UNKNOWN,
        note: "draws rows by weight, because its trees take no weights",
        build: linfa,
    }],
};

params! {
    "n_estimators" n_estimators: usize = 50, Range::at_least(1.0), "largest number of trees";
    "learning_rate" learning_rate: f64 = 1.0, Range::POSITIVE, "factor of the weight of each tree";
    "estimator__criterion" criterion: SplitCriterion = SplitCriterion::Gini, Range::ANY, "impurity that splits reduce";
    "estimator__max_depth" max_depth: Option<usize> = Some(1), Range::at_least(1.0), "largest depth of a tree";
    "estimator__min_samples_split" min_samples_split: usize = 2, Range::at_least(2.0), "fewest rows of a node that is split";
    "estimator__min_samples_leaf" min_samples_leaf: usize = 1, Range::at_least(1.0), "fewest rows of a leaf";
}

fn linfa(configuration: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(configuration.settings);
    Ok(Box::new(LinfaAdaBoost {
        tree: LinfaTreeSettings {
            criterion: params.criterion,
            max_depth: params.max_depth,
            min_samples_split: params.min_samples_split,
            min_samples_leaf: params.min_samples_leaf,
        },
        n_estimators: params.n_estimators,
        learning_rate: params.learning_rate,
    }))
}
