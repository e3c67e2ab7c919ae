//! Defaults of scikit-learn 0.19 (2017) that have changed since: a grid of that time means them where it states nothing.

/// A value of a parameter.
pub(crate) enum Default2017 {
    /// A whole number.
    Whole(i64),
    /// A word.
    Word(&'static str),
}

/// Five epochs, whatever the loss does.
const FIVE_EPOCHS: &[(&str, Default2017)] = &[
    ("max_iter", Default2017::Whole(5)),
    ("tol", Default2017::Word("none")),
];

/// Parameters of a family, and their defaults of 2017.
pub(crate) fn defaults_of_2017(family: &str) -> &'static [(&'static str, Default2017)] {
    match family {
        "PassiveAggressiveClassifier" | "SGDClassifier" | "Perceptron" => FIVE_EPOCHS,
        "SVC" => &[("gamma", Default2017::Word("auto"))],
        "MLPClassifier" => &[("n_iter_no_change", Default2017::Whole(2))],
        _ => &[],
    }
}
