//! Bagging: decision trees on bootstrapped rows, all features, majority vote.
//!
//! # Engines
//! - `linfa`: draws features with replacement too, so that a tree sees about 63 % of them where scikit-learn's sees all.
//!
//! # Parameters
//! `estimator` is a decision tree; its parameters stand behind `estimator__`, as scikit-learn writes them.
//!
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `n_estimators` | 10 | 1.. | number of trees |
//! | `max_samples` | all | count, share, all | rows drawn for a tree |
//! | `max_features` | all | count, share, all | features drawn for a tree |
//! | `bootstrap` | true | | whether rows are drawn with replacement |
//! | `bootstrap_features` | false | | whether features are drawn with replacement |
//! | `estimator__criterion` | gini | gini, entropy | what a split is judged by |
//! | `estimator__max_depth` | none | 1.. | most splits between root and leaf |
//! | `estimator__min_samples_split` | 2 | 2.. | fewest rows that are split |
//! | `estimator__min_samples_leaf` | 1 | 1.. | fewest rows in a leaf |
//!
//! # Reference
//! Breiman (1996), Bagging Predictors.

use crate::estimator::classifier::Classifier;
use crate::estimator::split_criterion::SplitCriterion;
use crate::estimator::subset_size::SubsetSize;
use crate::families::engine::LINFA;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::linfa_adapters::ensemble::LinfaEnsemble;
use crate::linfa_adapters::tree_settings::{LinfaTreeSettings, UNREPEATABLE};
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "BaggingClassifier",
    summary: "decision trees on bootstrapped rows",
    params: Params::SPECS,
    inactive_params: all_active,
    undefined: all_defined,
    implementations: &[Implementation {
        engine: &LINFA,
        is_stochastic: true,
        nondeterminism: Some(UNREPEATABLE),
        note: "features are always drawn with replacement, so that a tree sees about 63 % of them",
        build: linfa,
    }],
};

params! {
    "n_estimators" n_estimators: usize = 10, Range::at_least(1.0), "number of trees";
    "max_samples" max_samples: SubsetSize = SubsetSize::All, Range::ANY, "rows drawn for a tree";
    "max_features" max_features: SubsetSize = SubsetSize::All, Range::ANY, "features drawn for a tree";
    "bootstrap" bootstrap: bool = true, Range::ANY, "whether rows are drawn with replacement";
    "bootstrap_features" bootstrap_features: bool = false, Range::ANY, "whether features are drawn with replacement";
    "estimator__criterion" criterion: SplitCriterion = SplitCriterion::Gini, Range::ANY, "what a split is judged by";
    "estimator__max_depth" max_depth: Option<usize> = None, Range::at_least(1.0), "most splits between root and leaf";
    "estimator__min_samples_split" min_samples_split: usize = 2, Range::at_least(2.0), "fewest rows that are split";
    "estimator__min_samples_leaf" min_samples_leaf: usize = 1, Range::at_least(1.0), "fewest rows in a leaf";
}

fn linfa(point: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(point.settings);
    if !params.bootstrap {
        return Err(Refusal::cannot(
            &LINFA,
            "bootstrap=false: its ensembles always draw rows with replacement",
        ));
    }
    if point.settings.contains_key("bootstrap_features") && !params.bootstrap_features {
        return Err(Refusal::cannot(
            &LINFA,
            "bootstrap_features=false: its ensembles always draw features with replacement",
        ));
    }
    let tree = LinfaTreeSettings {
        criterion: params.criterion,
        max_depth: params.max_depth,
        min_samples_split: params.min_samples_split,
        min_samples_leaf: params.min_samples_leaf,
    };
    Ok(Box::new(LinfaEnsemble {
        tree: tree.params(),
        n_estimators: params.n_estimators,
        samples: params.max_samples,
        features: params.max_features,
    }))
}
