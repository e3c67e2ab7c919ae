//! Extremely randomized trees: every tree has all rows, and each drawn feature has one random threshold.
//!
//! # Engines
//! - `native`: scikit-learn's method, on bytes, and on the floats of features of several pixels. The forest is the same for any number
//!   of threads.
//!
//! # Parameters
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `n_estimators` | 100 | at least 1 | number of trees |
//! | `criterion` | gini | gini, entropy | impurity that splits reduce |
//! | `max_depth` | none | at least 1 | largest depth of a tree |
//! | `min_samples_split` | 2 | at least 2 | fewest rows of a node that is split |
//! | `min_samples_leaf` | 1 | at least 1 | fewest rows of a leaf |
//! | `max_features` | sqrt | count, share, sqrt, log2, all | features drawn for each split |
//! | `min_impurity_decrease` | 0 | at least 0 | smallest weighted impurity decrease of a split |
//! | `bootstrap` | false | | draw the rows of each tree with replacement |
//! | `max_samples` | all | count, share, all | rows drawn for each tree |
//!
//! # Reference
//! Geurts, Ernst, Wehenkel (2006), Extremely Randomized Trees.

use crate::estimator::classifier::Classifier;
use crate::estimator::split_criterion::SplitCriterion;
use crate::estimator::subset_size::SubsetSize;
use crate::families::engine::NATIVE;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::native::tree::decision_tree::{Splitter, TreeSettings};
use crate::native::tree::forest::Forest;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "ExtraTreesClassifier",
    summary: "forest of trees with random thresholds",
    kind: MethodKind::TreeEnsemble,
    params: Params::SPECS,
    inactive_params: all_active,
    undefined,
    implementations: &[Implementation {
        engine: &NATIVE,
        is_stochastic: true,
        nondeterminism: None,
        shared_params: &["n_estimators"],
        growth: |_| Growth::UNKNOWN.with_fit(0.8, 1.0).with_memory(0.95),
        note: "",
        build: native,
    }],
};

params! {
    "n_estimators" n_estimators: usize = 100, Range::at_least(1.0), "number of trees";
    "criterion" criterion: SplitCriterion = SplitCriterion::Gini, Range::ANY, "impurity that splits reduce";
    "max_depth" max_depth: Option<usize> = None, Range::at_least(1.0), "largest depth of a tree";
    "min_samples_split" min_samples_split: usize = 2, Range::at_least(2.0), "fewest rows of a node that is split";
    "min_samples_leaf" min_samples_leaf: usize = 1, Range::at_least(1.0), "fewest rows of a leaf";
    "max_features" max_features: SubsetSize = SubsetSize::Sqrt, Range::ANY, "features drawn for each split";
    "min_impurity_decrease" min_impurity_decrease: f64 = 0.0, Range::at_least(0.0),
        "smallest weighted impurity decrease of a split";
    "bootstrap" bootstrap: bool = false, Range::ANY, "draw the rows of each tree with replacement";
    "max_samples" max_samples: SubsetSize = SubsetSize::All, Range::ANY, "rows drawn for each tree";
}

/// scikit-learn raises an error for `max_samples` without `bootstrap`.
fn undefined(configuration: &Configuration<'_>) -> Option<String> {
    let params = Params::read(configuration.settings);
    let has_no_effect = !params.bootstrap && params.max_samples != SubsetSize::All;
    has_no_effect.then(|| "max_samples needs bootstrap=true".into())
}

fn native(configuration: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(configuration.settings);
    Ok(Box::new(Forest {
        tree: TreeSettings {
            criterion: params.criterion,
            splitter: Splitter::Random,
            max_depth: params.max_depth,
            min_samples_split: params.min_samples_split,
            min_samples_leaf: params.min_samples_leaf,
            max_features: params.max_features,
            min_impurity_decrease: params.min_impurity_decrease,
        },
        n_estimators: params.n_estimators,
        bootstrap: params.bootstrap.then_some(params.max_samples),
    }))
}
