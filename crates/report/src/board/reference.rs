//! Published scores: the table of the Fashion-MNIST paper, and scores that people submitted to its repository.
//!
//! The paper used scikit-learn 0.19 (2017) on standardized pixels and left unprinted parameters at their defaults. A point
//! of ours matches a row of the paper only if both have the same effective parameters. Defaults that have changed since
//! then count as a difference.

use std::borrow::Cow;
use std::sync::LazyLock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::input::families::{CHANGED_DEFAULTS, PRINTED_DEFAULTS, UNPRINTED_DEFAULTS};
use crate::input::params::{Params, same_value};

/// A row of table 3 of the Fashion-MNIST paper.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Published {
    /// Class name in scikit-learn.
    pub classifier: String,
    /// The printed parameters.
    pub parameters: Params,
    /// The same point for scikit-learn of today: defaults that have changed since are set, and renamed values have their new names.
    #[serde(skip_serializing)]
    pub parameters_today: Params,
    /// Printed accuracy on Fashion-MNIST, three decimals.
    pub fashion_accuracy: f64,
    /// Printed accuracy on MNIST, three decimals.
    pub mnist_accuracy: f64,
    /// Training time in seconds from the authors' web page, known for some points.
    #[serde(rename(deserialize = "published_time_s"))]
    pub time_s: Option<f64>,
}

/// A score that somebody submitted to the Fashion-MNIST repository. Accuracies are text, as printed there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// Name of the model.
    pub classifier: String,
    /// Preprocessing of the images.
    pub preprocessing: String,
    /// Claimed accuracy on Fashion-MNIST.
    pub fashion_accuracy: String,
    /// Claimed accuracy on MNIST; often empty.
    pub mnist_accuracy: String,
    /// Name of the submitter.
    pub submitter: String,
    /// Addresses of the code, separated by spaces.
    pub code_url: String,
}

/// The 126 rows of the paper's table.
pub fn published() -> &'static [Published] {
    static ROWS: LazyLock<Vec<Published>> =
        LazyLock::new(|| embedded(include_str!("../../../../reference/published.csv")));
    &ROWS
}

/// The 38 submitted scores, in their original order.
pub fn submitted() -> &'static [Submitted] {
    static ROWS: LazyLock<Vec<Submitted>> =
        LazyLock::new(|| embedded(include_str!("../../../../reference/submitted.csv")));
    &ROWS
}

/// The row of the paper that matches a point, if there is one.
pub fn find(classifier: &str, preprocessing: &str, params: &Params) -> Option<&'static Published> {
    static PRINTED: LazyLock<Vec<(&Published, Pairs<'_>)>> = LazyLock::new(|| {
        let rows = published().iter();
        rows.map(|row| (row, row.parameters.pairs().collect())).collect()
    });
    if preprocessing != "standard" {
        return None;
    }
    let ours: Pairs<'_> = params.pairs().collect();
    let mut rows = PRINTED.iter().filter(|(row, _)| row.classifier == classifier);
    let found = rows.find(|(_, printed)| same_point(classifier, printed, &ours));
    found.map(|(row, _)| *row)
}

/// Keys and values.
type Pairs<'a> = Vec<(Cow<'a, str>, Cow<'a, str>)>;

fn value<'a>(pairs: &'a Pairs<'_>, key: &str) -> Option<&'a str> {
    let pair = pairs.iter().find(|(k, _)| k == key);
    pair.map(|(_, value)| value.as_ref())
}

fn same_point(classifier: &str, printed: &Pairs<'_>, ours: &Pairs<'_>) -> bool {
    let printed_match = printed.iter().all(|(key, own)| match value(ours, key) {
        Some(other) => same_value(modern(own), modern(other)),
        None => PRINTED_DEFAULTS
            .iter()
            .any(|d| d.0 == classifier && d.1 == key && same_value(d.2, own)),
    });
    let unprinted_match = || {
        ours.iter()
            .filter(|(key, _)| value(printed, key).is_none())
            .all(|(key, value)| {
                let mut rules = UNPRINTED_DEFAULTS
                    .iter()
                    .filter(|rule| rule.0 == classifier && rule.1 == key);
                rules.any(|rule| rule.2.is_empty() || rule.2.iter().any(|default| same_value(default, value)))
            })
    };
    let changed_are_set = || {
        CHANGED_DEFAULTS
            .iter()
            .filter(|rule| rule.0 == classifier)
            .all(|(_, key, unless)| {
                value(ours, key).is_some()
                    || unless.is_some_and(|(key, own)| value(printed, key) == Some(own))
            })
    };
    printed_match && unprinted_match() && changed_are_set()
}

/// The current name of a value that scikit-learn has renamed since 0.19.
fn modern(value: &str) -> &str {
    match value {
        "log" | "deviance" => "log_loss",
        other => other,
    }
}

fn embedded<T: DeserializeOwned>(text: &str) -> Vec<T> {
    let rows = csv::Reader::from_reader(text.as_bytes())
        .into_deserialize()
        .collect::<Result<_, _>>();
    rows.expect("a test reads the embedded files")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn printed(classifier: &str, preprocessing: &str, params: &str) -> Option<(f64, f64)> {
        find(classifier, preprocessing, &Params::new(params))
            .map(|row| (row.fashion_accuracy, row.mnist_accuracy))
    }

    #[test]
    fn embedded_tables_are_complete() {
        assert_eq!((published().len(), submitted().len()), (126, 38));
    }

    /// The parameters of a row for a grid of today: changed defaults are set, values have their current names, keys are sorted.
    fn parameters_today(row: &Published) -> String {
        let mut pairs: BTreeMap<String, String> = row
            .parameters
            .pairs()
            .map(|(key, value)| (key.into_owned(), modern(&value).to_owned()))
            .collect();
        for (_, key, unless) in CHANGED_DEFAULTS.iter().filter(|rule| rule.0 == row.classifier) {
            if unless.is_some_and(|(key, value)| row.parameters.get(key).as_deref() == Some(value)) {
                continue;
            }
            let old = UNPRINTED_DEFAULTS
                .iter()
                .find(|rule| rule.0 == row.classifier && rule.1 == *key)
                .unwrap();
            pairs.insert((*key).to_owned(), old.2[0].to_owned());
        }
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect();
        pairs.join(";")
    }

    #[test]
    fn the_column_parameters_today_follows_from_the_rules_and_finds_its_row() {
        for row in published() {
            assert_eq!(row.parameters_today.as_str(), parameters_today(row));
            assert_eq!(
                find(&row.classifier, "standard", &row.parameters_today),
                Some(row)
            );
        }
    }

    #[test]
    fn numbers_match_by_value_and_renamed_losses_under_both_names() {
        assert_eq!(
            printed("SVC", "standard", "C=10.0;gamma=auto;kernel=rbf"),
            Some((0.897, 0.973))
        );
        let boosting = "loss=log_loss;max_depth=3;n_estimators=10";
        assert_eq!(
            printed("GradientBoostingClassifier", "standard", boosting),
            Some((0.782, 0.846))
        );
        let mlp = "activation=relu;hidden_layer_sizes=[100,10];n_iter_no_change=2";
        assert_eq!(printed("MLPClassifier", "standard", mlp), Some((0.870, 0.972)));
    }

    #[test]
    fn a_changed_default_does_not_match() {
        assert_eq!(printed("SVC", "standard", "C=10;kernel=rbf"), None); // gamma is "scale" today
        assert_eq!(printed("SVC", "standard", "C=10;gamma=scale;kernel=rbf"), None);
        assert_eq!(
            printed("SGDClassifier", "standard", "loss=hinge;penalty=l2"),
            None
        ); // 1000 epochs today
        assert_eq!(
            printed("SVC", "standard", "C=1;kernel=linear"),
            Some((0.839, 0.929))
        ); // gamma has no effect
    }

    #[test]
    fn parameters_without_effect_are_ignored() {
        let neighbors = "algorithm=kd_tree;n_neighbors=5;p=2;weights=distance";
        assert_eq!(
            printed("KNeighborsClassifier", "standard", neighbors),
            Some((0.852, 0.945))
        );
        assert_eq!(
            printed("KNeighborsClassifier", "standard", ""),
            Some((0.849, 0.944))
        );
        assert_eq!(
            printed("DecisionTreeClassifier", "standard", "max_depth=50"),
            Some((0.783, 0.877))
        );
    }

    #[test]
    fn other_preprocessing_unknown_keys_and_missing_priors_do_not_match() {
        assert_eq!(
            printed(
                "KNeighborsClassifier",
                "none",
                "n_neighbors=5;p=2;weights=distance"
            ),
            None
        );
        assert_eq!(
            printed("KNeighborsClassifier", "standard", "colour=red;n_neighbors=5"),
            None
        );
        assert_eq!(printed("GaussianNB", "standard", ""), None);
        assert_eq!(printed("SVC", "standard", "C=2;gamma=auto;kernel=rbf"), None);
    }
}
