//! Bagging: decision trees on bootstrap samples, with a majority vote.
//!
//! # Engines
//! - `linfa`: draws features with replacement, too. A tree has about 63 % of them; scikit-learn's trees have all.
//!
//! # Parameters
//! The members are decision trees. Their parameters start with `estimator__`, as in scikit-learn.
//!
//! | name | default | range | meaning |
//! |---|---|---|---|
//! | `n_estimators` | 10 | at least 1 | number of trees |
//! | `max_samples` | all | count, share, all | rows drawn for each tree |
//! | `max_features` | all | count, share, all | features drawn for each tree |
//! | `bootstrap` | true | | draw rows with replacement |
//! | `bootstrap_features` | false | | draw features with replacement |
//! | `estimator__criterion` | gini | gini, entropy | impurity that splits reduce |
//! | `estimator__max_depth` | none | at least 1 | largest depth of a tree |
//! | `estimator__min_samples_split` | 2 | at least 2 | fewest rows of a node that is split |
//! | `estimator__min_samples_leaf` | 1 | at least 1 | fewest rows of a leaf |
//!
//! # Reference
//! Breiman (1996), Bagging Predictors.

use crate::estimator::classifier::Classifier;
use crate::estimator::split_criterion::SplitCriterion;
use crate::estimator::subset_size::SubsetSize;
use crate::families::engine::LINFA;
use crate::families::family::{Configuration, Family, Implementation, Refusal, all_active, all_defined};
use crate::families::growth::Growth;
use crate::families::method_kind::MethodKind;
use crate::linfa_adapters::ensemble::LinfaEnsemble;
use crate::linfa_adapters::tree_settings::{LinfaTreeSettings, NONDETERMINISM};
use crate::params::declare::params;
use crate::params::range::Range;

pub(crate) const FAMILY: Family = Family {
    name: "BaggingClassifier",
    summary: "decision trees on bootstrap samples",
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
        note: "always draws features with replacement, about 63 % of them per tree",
        build: linfa,
    }],
};

params! {
    "n_estimators" n_estimators: usize = 10, Range::at_least(1.0), "number of trees";
    "max_samples" max_samples: SubsetSize = SubsetSize::All, Range::ANY, "rows drawn for each tree";
    "max_features" max_features: SubsetSize = SubsetSize::All, Range::ANY, "features drawn for each tree";
    "bootstrap" bootstrap: bool = true, Range::ANY, "draw rows with replacement";
    "bootstrap_features" bootstrap_features: bool = false, Range::ANY, "draw features with replacement";
    "estimator__criterion" criterion: SplitCriterion = SplitCriterion::Gini, Range::ANY, "impurity that splits reduce";
    "estimator__max_depth" max_depth: Option<usize> = None, Range::at_least(1.0), "largest depth of a tree";
    "estimator__min_samples_split" min_samples_split: usize = 2, Range::at_least(2.0), "fewest rows of a node that is split";
    "estimator__min_samples_leaf" min_samples_leaf: usize = 1, Range::at_least(1.0), "fewest rows of a leaf";
}

fn linfa(configuration: &Configuration<'_>) -> Result<Box<dyn Classifier>, Refusal> {
    let params = Params::read(configuration.settings);
    if !params.bootstrap {
        return Err(Refusal::cannot(
            &LINFA,
            "bootstrap=false: its ensembles always draw rows with replacement",
        ));
    }
    if configuration.settings.contains_key("bootstrap_features") && !params.bootstrap_features {
        return Err(Refusal::cannot(
            &LINFA,
            "bootstrap_features=false: its ensembles always draw features with replacement",
        ));
    }
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
