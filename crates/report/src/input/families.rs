//! Every list of classifier families in this crate, each with its reason.
//!
//! The report takes families and their kinds from the results files. A family is listed here only if a text treats it in a way
//! that its kind does not say: the answer of the README, the defaults of the paper's scikit-learn, and two groups that are smaller
//! than a kind. Names are the class names of scikit-learn, LightGBM and XGBoost.

/// The first question of the README is what this family reaches with its default kernel.
pub const ASKED_FOR: (&str, &str) = ("SVC", "rbf");

/// Solvers that stopped far from the optimum in the paper, after 1,000 iterations.
pub const UNCONVERGED_IN_THE_PAPER: &[&str] = &["LinearSVC"];

/// Five passes over the rows decide their accuracy, so single seeds differ much.
pub const FIVE_EPOCHS: &[&str] = &["PassiveAggressiveClassifier", "Perceptron"];

/// Exact and deterministic: no random numbers and no iterative solver. The kinds `bayes` and `neighbors` also have families that
/// parity does not judge.
pub const EXACT: &[&str] = &["KNeighborsClassifier", "GaussianNB"];

/// Boosted trees of every library. Each library has its own names for family and parameters, so its points have no
/// counterpart on another engine and need a table of their own. The kind `tree-ensemble` also has forests.
pub const BOOSTED: &[&str] = &[
    "AdaBoostClassifier",
    "GradientBoostingClassifier",
    "HistGradientBoostingClassifier",
    "LGBMClassifier",
    "XGBClassifier",
];

/// A family of ours and those of other libraries that train the same kind of model under other names.
pub struct Counterparts {
    /// Our family.
    pub family: &'static str,
    /// The parameter that is its number of rounds.
    pub rounds: &'static str,
    /// The others, each with its parameter.
    pub others: &'static [(&'static str, &'static str)],
}

/// The families that can only be compared with one of another name.
pub const COUNTERPARTS: &[Counterparts] = &[Counterparts {
    family: "HistGradientBoostingClassifier",
    rounds: "max_iter",
    others: &[
        ("LGBMClassifier", "n_estimators"),
        ("XGBClassifier", "n_estimators"),
    ],
}];

/// A submitted model that Hemline has too.
pub struct SubmittedModel {
    /// Its name in the list of submitted scores.
    pub name: &'static str,
    /// The families that it may be; its author's settings are not known further.
    pub families: &'static [&'static str],
    /// The method before its classifier; `None` for any.
    pub preprocessing: Option<&'static str>,
    /// The parameter that its name states.
    pub parameter: Option<(&'static str, &'static str)>,
}

/// The submitted scores that a point of ours can confirm. The other models are neural networks that Hemline does not train.
pub const SUBMITTED_MODELS: &[SubmittedModel] = &[
    SubmittedModel {
        name: "HOG+SVM",
        families: &["SVC", "LinearSVC"],
        preprocessing: Some("hog"),
        parameter: None,
    },
    SubmittedModel {
        name: "MLP 256-128-100",
        families: &["MLPClassifier"],
        preprocessing: None,
        parameter: Some(("hidden_layer_sizes", "[256, 128, 100]")),
    },
    SubmittedModel {
        name: "XgBoost",
        families: &["XGBClassifier"],
        preprocessing: None,
        parameter: None,
    },
];

/// Family, parameter and default: parameters that the paper prints and a grid may leave out, because the default is the same
/// in scikit-learn 0.19 and today.
pub const PRINTED_DEFAULTS: &[(&str, &str, &str)] = &[
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

/// Family, parameter and accepted values: parameters that the paper does not print. A value is accepted if it is the default
/// of scikit-learn 0.19 or has no effect on the accuracy. An empty list accepts any value.
pub const UNPRINTED_DEFAULTS: &[(&str, &str, &[&str])] = &[
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
    ), // all are exact
    ("KNeighborsClassifier", "leaf_size", &[]),
    ("KNeighborsClassifier", "metric", &["minkowski"]),
    ("LinearSVC", "max_iter", &["1000"]),
    ("LinearSVC", "tol", &["0.0001"]),
    ("LogisticRegression", "max_iter", &[]),
    ("LogisticRegression", "solver", &[]), // same optimum; liblinear also penalizes the intercept
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

/// Parameters whose default has changed since scikit-learn 0.19: a grid must set them to match the paper.
pub const CHANGED_DEFAULTS: &[ChangedDefault] = &[
    ("MLPClassifier", "n_iter_no_change", None),
    ("PassiveAggressiveClassifier", "max_iter", None),
    ("PassiveAggressiveClassifier", "tol", None),
    ("Perceptron", "max_iter", None),
    ("Perceptron", "tol", None),
    ("SGDClassifier", "max_iter", None),
    ("SGDClassifier", "tol", None),
    ("SVC", "gamma", Some(("kernel", "linear"))),
];

/// Family, parameter, and the printed parameter and value under which it has no effect.
pub type ChangedDefault = (&'static str, &'static str, Option<(&'static str, &'static str)>);
