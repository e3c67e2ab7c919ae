//! What others have printed: the paper's table and the submitted scores, as claims, and which of them a point of ours is.
//!
//! The paper's numbers are scikit-learn 0.19 of 2017 on standardised pixels, every parameter it does not print at the
//! default of that version. A point of ours is the same point only if nothing it sets, and nothing it leaves to a
//! default that has changed since, differs from that.

use std::sync::LazyLock;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::input::params::{Params, same_value};

/// A row of the Fashion-MNIST paper's table 3.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Published {
    /// Family, by scikit-learn's class name.
    pub classifier: String,
    /// What the paper printed as its parameters.
    pub parameters: Params,
    /// Printed accuracy on Fashion-MNIST, three decimals.
    pub fashion_accuracy: f64,
    /// Printed accuracy on MNIST, three decimals.
    pub mnist_accuracy: f64,
    /// Seconds of training that its authors' page gives, for some points.
    #[serde(rename(deserialize = "published_time_s"))]
    pub time_s: Option<f64>,
}

/// A score that somebody sent to the Fashion-MNIST README. Accuracies are kept as printed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Submitted {
    /// What was trained.
    pub classifier: String,
    /// What was done to the images first.
    pub preprocessing: String,
    /// Accuracy claimed on Fashion-MNIST.
    pub fashion_accuracy: String,
    /// Accuracy claimed on MNIST; often empty.
    pub mnist_accuracy: String,
    /// Who sent it.
    pub submitter: String,
    /// Addresses of the code, separated by spaces.
    pub code_url: String,
}

/// The 126 rows of the paper's table.
pub fn published() -> &'static [Published] {
    static ROWS: LazyLock<Vec<Published>> =
        LazyLock::new(|| embedded(include_str!("../../reference/published.csv")));
    &ROWS
}

/// The 38 submitted scores, in the order of the page they stood on.
pub fn submitted() -> &'static [Submitted] {
    static ROWS: LazyLock<Vec<Submitted>> =
        LazyLock::new(|| embedded(include_str!("../../reference/submitted.csv")));
    &ROWS
}

/// The paper's row for a point of ours, if it printed one.
pub fn find(classifier: &str, preprocessing: &str, params: &Params) -> Option<&'static Published> {
    if preprocessing != "standard" {
        return None;
    }
    published()
        .iter()
        .find(|row| row.classifier == classifier && same_point(row, params))
}

fn same_point(row: &Published, ours: &Params) -> bool {
    let classifier = row.classifier.as_str();
    let printed_hold = row.parameters.pairs().all(|(key, value)| match ours.get(key) {
        Some(own) => same_value(modern(value), modern(own)),
        None => DEFAULTS
            .iter()
            .any(|d| d.0 == classifier && d.1 == key && same_value(d.2, value)),
    });
    let extras_hold = ours
        .pairs()
        .filter(|(key, _)| row.parameters.get(key).is_none())
        .all(|(key, value)| {
            let mut rules = DEFAULTS_OF_0_19
                .iter()
                .filter(|rule| rule.0 == classifier && rule.1 == key);
            rules.any(|rule| rule.2.is_empty() || rule.2.iter().any(|default| same_value(default, value)))
        });
    let changed_are_set =
        CHANGED_SINCE_0_19
            .iter()
            .filter(|rule| rule.0 == classifier)
            .all(|(_, key, unless)| {
                ours.get(key).is_some()
                    || unless.is_some_and(|(key, value)| row.parameters.get(key) == Some(value))
            });
    printed_hold && extras_hold && changed_are_set
}

/// A value under its name of today, where scikit-learn has renamed it since 0.19.
fn modern(value: &str) -> &str {
    match value {
        "log" | "deviance" => "log_loss",
        other => other,
    }
}

/// Defaults that hold then as now, for printed parameters that a grid may leave out.
const DEFAULTS: &[(&str, &str, &str)] = &[
    ("DecisionTreeClassifier", "criterion", "gini"),
    ("DecisionTreeClassifier", "splitter", "best"),
    ("KNeighborsClassifier", "n_neighbors", "5"),
    ("KNeighborsClassifier", "p", "2"),
    ("KNeighborsClassifier", "weights", "uniform"),
    ("LogisticRegression", "C", "1"),
    ("LogisticRegression", "penalty", "l2"),
    ("RandomForestClassifier", "criterion", "gini"),
    ("SVC", "C", "1"),
    ("SVC", "kernel", "rbf"),
];

/// Parameters that the paper does not print, with the values that leave a point what it was; no value means any.
const DEFAULTS_OF_0_19: &[(&str, &str, &[&str])] = &[
    ("DecisionTreeClassifier", "max_features", &["none"]),
    ("DecisionTreeClassifier", "min_impurity_decrease", &["0"]),
    ("DecisionTreeClassifier", "min_samples_leaf", &["1"]),
    ("DecisionTreeClassifier", "min_samples_split", &["2"]),
    ("ExtraTreeClassifier", "max_features", &["sqrt"]),
    ("ExtraTreeClassifier", "min_samples_leaf", &["1"]),
    ("ExtraTreeClassifier", "min_samples_split", &["2"]),
    ("GaussianNB", "var_smoothing", &[]),
    ("GradientBoostingClassifier", "learning_rate", &["0.1"]),
    ("GradientBoostingClassifier", "subsample", &["1"]),
    (
        "KNeighborsClassifier",
        "algorithm",
        &["auto", "brute", "kd_tree", "ball_tree"],
    ), // all exact
    ("KNeighborsClassifier", "leaf_size", &[]),
    ("KNeighborsClassifier", "metric", &["minkowski"]),
    ("LinearSVC", "max_iter", &["1000"]),
    ("LinearSVC", "tol", &["0.0001"]),
    ("LogisticRegression", "max_iter", &[]),
    ("LogisticRegression", "solver", &[]), // one optimum; liblinear differs in penalising the intercept
    ("LogisticRegression", "tol", &["0.0001"]),
    ("MLPClassifier", "alpha", &["0.0001"]),
    ("MLPClassifier", "batch_size", &["auto", "200"]),
    ("MLPClassifier", "learning_rate_init", &["0.001"]),
    ("MLPClassifier", "max_iter", &["200"]),
    ("MLPClassifier", "n_iter_no_change", &["2"]),
    ("MLPClassifier", "solver", &["adam"]),
    ("MLPClassifier", "tol", &["0.0001"]),
    ("PassiveAggressiveClassifier", "loss", &["hinge"]),
    ("PassiveAggressiveClassifier", "max_iter", &["5"]),
    ("PassiveAggressiveClassifier", "tol", &["none"]),
    ("Perceptron", "alpha", &["0.0001"]),
    ("Perceptron", "max_iter", &["5"]),
    ("Perceptron", "tol", &["none"]),
    ("RandomForestClassifier", "bootstrap", &["true"]),
    ("RandomForestClassifier", "max_features", &["sqrt"]),
    ("RandomForestClassifier", "min_samples_leaf", &["1"]),
    ("RandomForestClassifier", "min_samples_split", &["2"]),
    ("SGDClassifier", "alpha", &["0.0001"]),
    ("SGDClassifier", "max_iter", &["5"]),
    ("SGDClassifier", "tol", &["none"]),
    ("SVC", "coef0", &["0"]),
    ("SVC", "degree", &["3"]),
    ("SVC", "gamma", &["auto"]),
    ("SVC", "tol", &["0.001"]),
];

/// Parameters whose default is another today, so that a grid must set them to land on the printed point; the pair is a
/// printed parameter under which the key has no effect.
const CHANGED_SINCE_0_19: &[Changed] = &[
    ("MLPClassifier", "n_iter_no_change", None),
    ("PassiveAggressiveClassifier", "max_iter", None),
    ("PassiveAggressiveClassifier", "tol", None),
    ("Perceptron", "max_iter", None),
    ("Perceptron", "tol", None),
    ("SGDClassifier", "max_iter", None),
    ("SGDClassifier", "tol", None),
    ("SVC", "gamma", Some(("kernel", "linear"))),
];

/// Family, key, and the printed pair under which the key does not matter.
type Changed = (&'static str, &'static str, Option<(&'static str, &'static str)>);

fn embedded<T: DeserializeOwned>(text: &str) -> Vec<T> {
    let rows = csv::Reader::from_reader(text.as_bytes())
        .into_deserialize()
        .collect::<Result<_, _>>();
    rows.expect("the embedded reference files are read by a test")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(classifier: &str, preprocessing: &str, params: &str) -> Option<(f64, f64)> {
        find(classifier, preprocessing, &Params::new(params))
            .map(|row| (row.fashion_accuracy, row.mnist_accuracy))
    }

    #[test]
    fn both_embedded_tables_are_whole() {
        assert_eq!((published().len(), submitted().len()), (126, 38));
    }

    #[test]
    fn every_published_point_finds_its_own_row_once_changed_defaults_are_set() {
        for row in published() {
            let mut params = row.parameters.as_str().to_owned();
            for (_, key, unless) in CHANGED_SINCE_0_19.iter().filter(|rule| rule.0 == row.classifier) {
                if unless.is_some_and(|(key, value)| row.parameters.get(key) == Some(value)) {
                    continue;
                }
                let old = DEFAULTS_OF_0_19
                    .iter()
                    .find(|rule| rule.0 == row.classifier && rule.1 == *key)
                    .unwrap();
                params.push_str(&format!(";{key}={}", old.2[0]));
            }
            assert_eq!(find(&row.classifier, "standard", &Params::new(params)), Some(row));
        }
    }

    #[test]
    fn numbers_match_as_numbers_and_renamed_losses_under_both_names() {
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
    fn a_default_of_another_year_is_another_point() {
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
    fn what_leaves_the_point_as_it_was_still_matches() {
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
    fn other_pixels_unknown_keys_and_missing_priors_do_not_match() {
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
