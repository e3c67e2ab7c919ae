//! Random forest: trees on bootstrap samples, each split among randomly drawn features.
//!
//! # Engines
//! - `native`: scikit-learn's method, on bytes. The forest is the same for any number of threads.
//!   Features of several pixels are searched in at most 255 bins each, of one value or of one quantile range, between midpoints of
//!   values; where a feature has more values, the result says so.
//! - `linfa`: draws `max_features` once per tree, with replacement; scikit-learn draws them for every split. Trees vote;
//!   scikit-learn averages their class probabilities. With few features per tree it is weaker than scikit-learn's forest.
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
//! | `bootstrap` | true | | draw the rows of each tree with replacement |
//! | `max_samples` | all | count, share, all | rows drawn for each tree |
//!
//! # Reference
//! Breiman (2001), Random Forests.

use crate::estimator::classifier::Classifier;
use crate::estimator::split_criterion::SplitCriterion;
use crate::estimator::subset_size::SubsetSize;
use crate::families::choices::check_linfa_tree;
use crate::families::engine::{LINFA, NATIVE};
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::linfa_adapters::ensemble::LinfaEnsemble;
use crate::linfa_adapters::tree_settings::{LinfaTreeSettings, NONDETERMINISM};
use crate::native::tree::decision_tree::{Splitter, TreeSettings};
use crate::native::tree::forest::Forest;
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "RandomForestClassifier",
    summary: "trees on bootstrap samples and random features",
    kind: MethodKind::TreeEnsemble,
    params: Params::SPECS,
    inactive_params: all_active,
    undefined,
    implementations: &[
        Implementation {
            engine: &NATIVE,
            is_stochastic: true,
            nondeterminism: None,
            shared_params: &["n_estimators"],
            growth: |_| Growth::UNKNOWN.with_fit(0.8, 1.0).with_memory(0.95),
            note: "",
            build: native,
        },
        Implementation {
            engine: &LINFA,
            is_stochastic: true,
            nondeterminism: Some(NONDETERMINISM),
            shared_params: &[],
            growth: |_| Growth::UNKNOWN,
            note: "draws max_features once per tree, with replacement, instead of for every split; trees vote",
            build: linfa,
        },
    ],
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
    "bootstrap" bootstrap: bool = true, Range::ANY, "draw the rows of each tree with replacement";
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
            splitter: Splitter::Best,
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

fn linfa(configuration: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(configuration.settings);
    if !params.bootstrap {
        return Err(Refusal::cannot(
            &LINFA,
            "bootstrap=false: its ensembles always draw rows with replacement",
        ));
    }
    check_linfa_tree(params.min_impurity_decrease)?;
    Ok(Box::new(LinfaEnsemble {
        tree: LinfaTreeSettings {
            criterion: params.criterion,
            max_depth: params.max_depth,
            min_samples_split: params.min_samples_split,
            min_samples_leaf: params.min_samples_leaf,
        },
        n_estimators: params.n_estimators,
        max_samples: params.max_samples,
        max_features: params.max_features,
    }))
}
