//! How far two engines' mean accuracies on the same rows may lie apart, by family, and why.
//!
//! Two right implementations still differ in draws, ties and rounding. A family that is not listed is compared and not
//! judged.

/// A tolerance, the families it is for and its reason.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tolerance {
    /// The largest difference of mean accuracies, either way.
    pub accuracy: f64,
    /// The families, by scikit-learn's names.
    pub classifiers: &'static [&'static str],
    /// What is left to differ.
    pub reason: &'static str,
}

/// Every tolerance, the narrowest first.
pub const TOLERANCES: &[Tolerance] = &[
    Tolerance {
        accuracy: 0.0003,
        classifiers: &["KNeighborsClassifier", "GaussianNB"],
        reason: "exact, and nothing is drawn: equal distances and the last digit of a sum, three of 10,000 images",
    },
    Tolerance {
        accuracy: 0.001,
        classifiers: &["SVC"],
        reason: "one optimum; both solvers stop within `tol` of it",
    },
    Tolerance {
        accuracy: 0.002,
        classifiers: &[
            "LogisticRegression",
            "LinearSVC",
            "RidgeClassifier",
            "LinearDiscriminantAnalysis",
            "QuadraticDiscriminantAnalysis",
        ],
        reason: "one solution, so flat that the solvers' last steps or what rounding leaves of a rank show in a few images",
    },
    Tolerance {
        accuracy: 0.004,
        classifiers: &[
            "RandomForestClassifier",
            "ExtraTreesClassifier",
            "GradientBoostingClassifier",
            "HistGradientBoostingClassifier",
        ],
        reason: "a tree's draws and ties, averaged over many trees",
    },
    Tolerance {
        accuracy: 0.005,
        classifiers: &["GaussianProcessClassifier"],
        reason: "both are exact, and nothing is drawn: the last digits decide where latent means all but vanish",
    },
    Tolerance {
        accuracy: 0.005,
        classifiers: &["DecisionTreeClassifier", "ExtraTreeClassifier"],
        reason: "one tree: a split that is drawn, or one of several that are equally good, decides all below it",
    },
    Tolerance {
        accuracy: 0.006,
        classifiers: &["MLPClassifier"],
        reason: "first weights and batches are drawn, and where it stops follows from them",
    },
    Tolerance {
        accuracy: 0.01,
        classifiers: &["SGDClassifier", "Perceptron", "PassiveAggressiveClassifier"],
        reason: "the order of the rows is drawn, and the last rows of the last pass move the score",
    },
];

/// The tolerance of a family, if it has one.
pub fn tolerance(classifier: &str) -> Option<f64> {
    TOLERANCES
        .iter()
        .find(|tolerance| tolerance.classifiers.contains(&classifier))
        .map(|tolerance| tolerance.accuracy)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_family_has_one_tolerance_and_others_have_none() {
        let names: Vec<&str> = TOLERANCES
            .iter()
            .flat_map(|tolerance| tolerance.classifiers.iter().copied())
            .collect();
        assert_eq!(names.len(), names.iter().collect::<BTreeSet<_>>().len());
        assert!(TOLERANCES.is_sorted_by(|a, b| a.accuracy <= b.accuracy));
        assert_eq!(tolerance("SVC"), Some(0.001));
        assert_eq!(tolerance("NearestCentroid"), None);
    }
}
