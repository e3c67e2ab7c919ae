//! What every family on every engine keeps to.

use std::collections::{BTreeSet, HashSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use loader::{Dataset, ImageBuffer, Label, Preprocessing, Search, Source, Split, Transform};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use runner::estimator::classifier::FitContext;
use runner::estimator::part::Part;
use runner::estimator::samples::Samples;
use runner::families::FAMILIES;
use runner::families::family::{Configuration, Family, Implementation};
use runner::grid::GridFile;
use runner::params::{Settings, Value};
use runner::run::metrics::accuracy;

fn data() -> &'static Dataset {
    static DATA: OnceLock<Dataset> = OnceLock::new();
    DATA.get_or_init(|| {
        let mut search = Search::from_env(None);
        search.cache_dirs = vec![Path::new(env!("CARGO_TARGET_TMPDIR")).join("data")];
        let source = Source::Synthetic {
            train: 300,
            test: 100,
            seed: 1,
        };
        loader::open("conformance", &source, &search, &mut |_| {}).unwrap()
    })
}

/// The first rows.
fn first(split: &Split, n: usize) -> Split {
    split.select(&(0..n).collect::<Vec<_>>())
}

/// The preprocessing that the family is defined for, standardising where it can be.
fn preprocessing(family: &Family) -> Preprocessing {
    let settings = Settings::new();
    [Preprocessing::STANDARD, Preprocessing::UNIT]
        .into_iter()
        .find(|preprocessing| {
            (family.undefined)(&Configuration {
                settings: &settings,
                preprocessing: *preprocessing,
            })
            .is_none()
        })
        .unwrap_or_else(|| panic!("{} is defined for no preprocessing", family.name))
}

/// Every family on every engine.
pub(crate) fn all() -> impl Iterator<Item = (&'static Family, &'static Implementation)> {
    FAMILIES
        .iter()
        .flat_map(|family| family.implementations.iter().map(move |engine| (family, engine)))
}

/// Trains and predicts in one; `None` where the point is refused, `Err` what the engine says. A panic fails the test.
fn try_predict(
    who: (&Family, &Implementation),
    settings: &Settings,
    train: &Split,
    test: &Split,
    seed: u64,
) -> Option<Result<Vec<Label>, String>> {
    let point = Configuration {
        settings,
        preprocessing: preprocessing(who.0),
    };
    predict_point(who, &point, train, test, seed).ok()
}

/// As [`try_predict`], with any preprocessing; `Err` is why the point is refused.
pub(crate) fn predict_point(
    (family, engine): (&Family, &Implementation),
    point: &Configuration<'_>,
    train: &Split,
    test: &Split,
    seed: u64,
) -> Result<Result<Vec<Label>, String>, String> {
    if let Some(reason) = (family.undefined)(point) {
        return Err(reason);
    }
    let classifier = (engine.build)(point).map_err(|refusal| refusal.to_string())?;
    let scaler = Arc::new(Transform::fit(point.preprocessing, train.images.view()));
    let rows = Samples::new(train.images.clone(), &scaler, classifier.layout());
    let queries = Samples::new(test.images.clone(), &scaler, classifier.layout());
    let predicted = catch_unwind(AssertUnwindSafe(|| {
        let model = classifier
            .fit(&rows, &train.labels, &FitContext { seed, memory: None })
            .map_err(|error| error.to_string())?;
        model.predict(&queries).map_err(|error| error.to_string())
    }));
    Ok(predicted.unwrap_or_else(|_| {
        let (settings, preprocessing) = (point.settings, point.preprocessing);
        panic!(
            "{} {} {settings:?} {preprocessing} panicked",
            family.name, engine.engine.name
        )
    }))
}

/// The defaults, except where scikit-learn's own cannot train on so few rows.
pub(crate) fn settings(family: &Family) -> Settings {
    match family.name {
        // Thirty rows of 784 pixels have no inverse covariance; its own tests check that the defaults say so.
        "QuadraticDiscriminantAnalysis" => Settings::from([
            ("solver".to_owned(), Value::Text("eigen".to_owned())),
            ("shrinkage".to_owned(), Value::number(0.5)),
        ]),
        // At the default length scale of 1 all standardised rows are far from each other.
        "GaussianProcessClassifier" => Settings::from([("length_scale".to_owned(), Value::number(15.0))]),
        _ => Settings::new(),
    }
}

/// Trains with the defaults, which must work.
fn predict(who: (&Family, &Implementation), train: &Split, test: &Split, seed: u64) -> Vec<Label> {
    try_predict(who, &settings(who.0), train, test, seed)
        .unwrap_or_else(|| panic!("{} {} refuses its own defaults", who.0.name, who.1.engine.name))
        .unwrap_or_else(|error| panic!("{} {}: {error}", who.0.name, who.1.engine.name))
}

/// Checks that there is a label for every row of `test`, each one that occurs in training.
pub(crate) fn check_labels(
    who: (&Family, &Implementation),
    predicted: &[Label],
    train: &Split,
    test: &Split,
) {
    let known: HashSet<Label> = train.labels.iter().copied().collect();
    assert_eq!(
        predicted.len(),
        test.n_rows(),
        "{} {}",
        who.0.name,
        who.1.engine.name
    );
    assert!(
        predicted.iter().all(|label| known.contains(label)),
        "{} {}",
        who.0.name,
        who.1.engine.name
    );
}

#[test]
fn defaults_predict_one_known_label_per_row_and_beat_the_majority_class() {
    let (train, test) = (&data().train, &data().test);
    let share = |label: Label| accuracy(&test.labels, &vec![label; test.n_rows()]);
    let majority_share = (0..=u8::MAX).map(|label| share(Label(label))).fold(0.0, f64::max);
    for who in all() {
        let predicted = predict(who, train, test, 0);
        check_labels(who, &predicted, train, test);
        let reached = accuracy(&test.labels, &predicted);
        if who.0.name == "DummyClassifier" {
            let constant = predicted[0];
            assert!(
                predicted.iter().all(|label| *label == constant),
                "the dummy predicts one label"
            );
            assert_eq!(reached, share(constant));
            continue;
        }
        let wanted = match who.0.name {
            // Each boosted stump separates two classes.
            "AdaBoostClassifier" => majority_share + 0.05,
            _ => 0.5,
        };
        assert!(
            reached > wanted,
            "{} {}: {reached}, majority class {majority_share}",
            who.0.name,
            who.1.engine.name
        );
    }
}

#[test]
fn every_solver_of_linear_svc_takes_features_of_several_pixels() {
    let who = all().find(|who| who.0.name == "LinearSVC").unwrap();
    for (name, word) in [
        ("loss", "hinge"),
        ("multi_class", "crammer_singer"),
        ("penalty", "l1"),
    ] {
        let settings = Settings::from([(name.to_owned(), Value::Text(word.to_owned()))]);
        let point = Configuration {
            settings: &settings,
            preprocessing: "pca(12)".parse().unwrap(),
        };
        let predicted = predict_point(who, &point, &data().train, &data().test, 0)
            .unwrap()
            .unwrap();
        assert!(accuracy(&data().test.labels, &predicted) > 0.5, "{name}={word}");
    }
}

#[test]
fn one_seed_gives_one_prediction() {
    let (train, test) = (first(&data().train, 150), &data().test);
    for who in all() {
        let (one, other) = (predict(who, &train, test, 7), predict(who, &train, test, 7));
        match who.1.nondeterminism {
            None => assert_eq!(one, other, "{} {}", who.0.name, who.1.engine.name),
            Some(reason) => {
                let apart = (accuracy(&test.labels, &one) - accuracy(&test.labels, &other)).abs();
                assert!(
                    apart < 0.25,
                    "{} {}: {apart} apart; {reason}",
                    who.0.name,
                    who.1.engine.name
                );
            }
        }
    }
}

#[test]
fn a_shared_fit_predicts_what_each_fit_of_its_own_would() {
    let (train, test) = (first(&data().train, 150), &data().test);
    for who in all().filter(|who| !who.1.shared_params.is_empty()) {
        let with = |n: f64| {
            let mut settings = settings(who.0);
            settings.insert(who.1.shared_params[0].to_owned(), Value::number(n));
            settings
        };
        let preprocessing = preprocessing(who.0);
        let build = |settings: &Settings| {
            (who.1.build)(&Configuration {
                settings,
                preprocessing,
            })
            .unwrap()
        };
        let classifier = build(&with(7.0));
        let parts: Vec<Part> = [3.0, 7.0, 5.0, 3.0]
            .iter()
            .map(|n| build(&with(*n)).part().unwrap())
            .collect();
        let scaler = Arc::new(Transform::fit(preprocessing, train.images.view()));
        let rows = Samples::new(train.images.clone(), &scaler, classifier.layout());
        let queries = Samples::new(test.images.clone(), &scaler, classifier.layout());
        let context = FitContext {
            seed: 7,
            memory: None,
        };
        let model = classifier.fit(&rows, &train.labels, &context).unwrap();
        let shared = model.predict_parts(&queries, &parts).unwrap();
        for (n, shared) in [3.0, 7.0, 5.0, 3.0].iter().zip(shared) {
            let own = try_predict(who, &with(*n), &train, test, 7).unwrap().unwrap();
            assert_eq!(shared, own, "{} {} {n}", who.0.name, who.1.engine.name);
        }
        assert!(classifier.part() == Some(parts[1]), "{}", who.0.name);
    }
}

#[test]
fn native_predictions_do_not_depend_on_the_number_of_threads() {
    let (train, test) = (first(&data().train, 150), &data().test);
    for who in all().filter(|who| who.1.engine.name == "native") {
        let with = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            pool.install(|| predict(who, &train, test, 7))
        };
        assert_eq!(with(1), with(3), "{} {}", who.0.name, who.1.engine.name);
    }
}

#[test]
fn trees_on_bytes_ignore_standardisation() {
    let (train, test) = (first(&data().train, 200), &data().test);
    let trees = [
        "DecisionTreeClassifier",
        "ExtraTreeClassifier",
        "RandomForestClassifier",
        "ExtraTreesClassifier",
    ];
    for who in all().filter(|who| who.1.engine.name == "native" && trees.contains(&who.0.name)) {
        let settings = Settings::new();
        let with = |preprocessing: Preprocessing| {
            let classifier = (who.1.build)(&Configuration {
                settings: &settings,
                preprocessing,
            })
            .unwrap();
            let scaler = Arc::new(Transform::fit(preprocessing, train.images.view()));
            let rows = Samples::new(train.images.clone(), &scaler, classifier.layout());
            let model = classifier
                .fit(
                    &rows,
                    &train.labels,
                    &FitContext {
                        seed: 1,
                        memory: None,
                    },
                )
                .unwrap();
            model
                .predict(&Samples::new(test.images.clone(), &scaler, classifier.layout()))
                .unwrap()
        };
        assert_eq!(
            with(Preprocessing::NONE),
            with(Preprocessing::STANDARD),
            "{}",
            who.0.name
        );
    }
}

/// Images of three classes, each a bright band of its own with noise: every classifier can separate them.
fn blobs(n_rows: usize, seed: u64) -> Split {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut split = first(&data().train, n_rows);
    let mut pixels = Vec::with_capacity(n_rows * 784);
    for row in 0..n_rows {
        split.labels[row] = Label((row % 3) as u8);
        pixels.extend((0..784).map(|pixel| {
            let noise = random.gen_range(0..60u8);
            if pixel % 28 / 9 == row % 3 {
                180 + noise
            } else {
                noise
            }
        }));
    }
    split.images = ImageBuffer::new(pixels, 28, 28);
    split
}

#[test]
fn engines_of_one_family_agree_on_separated_classes() {
    let (train, test) = (blobs(150, 1), blobs(90, 2));
    let mut n_families = 0;
    for family in FAMILIES.iter().filter(|family| family.implementations.len() > 1) {
        n_families += 1;
        for implementation in family.implementations {
            let predicted = predict((family, implementation), &train, &test, 0);
            let n_wrong = predicted
                .iter()
                .zip(&test.labels)
                .filter(|(one, other)| one != other)
                .count();
            assert!(
                n_wrong <= 1,
                "{} {}: {n_wrong} of 90 labels are wrong",
                family.name,
                implementation.engine.name
            );
        }
    }
    assert!(n_families >= 8, "only {n_families} families have two engines");
}

#[test]
fn deterministic_engines_of_one_family_agree_on_every_row_but_one() {
    let (train, test) = (&data().train, &data().test);
    let mut compared = Vec::new();
    for family in FAMILIES {
        let deterministic: Vec<&Implementation> = family
            .implementations
            .iter()
            .filter(|implementation| !implementation.is_stochastic)
            .collect();
        for pair in deterministic.windows(2) {
            let [one, other] = [pair[0], pair[1]].map(|engine| predict((family, engine), train, test, 0));
            let differ = one.iter().zip(&other).filter(|(one, other)| one != other).count();
            assert!(differ <= 1, "{}: {differ} of 100 labels differ", family.name);
            compared.push(family.name);
        }
    }
    assert_eq!(compared, ["BernoulliNB", "GaussianNB", "MultinomialNB"]);
}

#[test]
fn deterministic_engines_ignore_seed_and_order_of_rows() {
    let (train, test) = (&data().train, &data().test);
    let mut order: Vec<usize> = (0..train.n_rows()).collect();
    order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(3));
    let reshuffled = train.select(&order);
    for who in all().filter(|who| !who.1.is_stochastic) {
        assert_eq!(
            predict(who, train, test, 0),
            predict(who, &reshuffled, test, 1),
            "{} {}",
            who.0.name,
            who.1.engine.name
        );
    }
}

/// Trains every family on every engine on rows with little to learn from, and checks that exactly the named ones fail.
fn assert_refusing(train: &Split, test: &Split, expected: &[&[&str]]) {
    let mut refusing = BTreeSet::new();
    for who in all() {
        let name = format!("{} {}", who.0.name, who.1.engine.name);
        match try_predict(who, &Settings::new(), train, test, 0) {
            Some(Ok(predicted)) => check_labels(who, &predicted, train, test),
            Some(Err(reason)) => {
                assert!(!reason.is_empty(), "{name}");
                refusing.insert(name);
            }
            None => panic!("{name} refuses its own defaults"),
        }
    }
    let expected = expected
        .iter()
        .flat_map(|list| list.iter().copied().map(str::to_owned));
    assert_eq!(refusing, expected.collect());
}

/// Families that separate classes or model their scatter, as in scikit-learn: they need two classes.
pub(crate) const NEED_TWO_CLASSES: &[&str] = &[
    "AdaBoostClassifier linfa",
    "GradientBoostingClassifier native",
    "HistGradientBoostingClassifier native",
    "LinearDiscriminantAnalysis native",
    "LinearSVC native",
    "LogisticRegression native",
    "MLPClassifier native",
    "PassiveAggressiveClassifier native",
    "Perceptron native",
    "QuadraticDiscriminantAnalysis native",
    "RidgeClassifier native",
    "SGDClassifier native",
];

/// Five neighbours need five rows.
const NEED_ROWS: &[&str] = &["KNeighborsClassifier native", "KNeighborsClassifier linfa"];

/// A normal distribution needs variance; linfa's boosting needs a stump better than chance.
pub(crate) const NEED_VARIANCE: &[&str] = &[
    "AdaBoostClassifier linfa",
    "GaussianNB native",
    "GaussianNB linfa",
    "QuadraticDiscriminantAnalysis native",
];

#[test]
fn a_single_class_is_predicted_except_by_families_that_separate_classes() {
    let mut train = first(&data().train, 40);
    train.labels.fill(Label(3));
    assert_refusing(&train, &data().test, &[NEED_TWO_CLASSES]);
}

#[test]
fn one_row_is_predicted_except_by_families_that_need_more() {
    let needs: &[&[&str]] = &[NEED_TWO_CLASSES, NEED_ROWS, NEED_VARIANCE];
    assert_refusing(&first(&data().train, 1), &data().test, needs);
}

#[test]
fn duplicate_rows_are_predicted() {
    let train = data()
        .train
        .select(&(0..120).map(|row| row % 60).collect::<Vec<_>>());
    for who in all() {
        check_labels(who, &predict(who, &train, &data().test, 0), &train, &data().test);
    }
}

#[test]
fn constant_pixels_are_predicted_except_by_families_that_need_variance() {
    let mut train = first(&data().train, 60);
    let mut test = first(&data().test, 20);
    for split in [&mut train, &mut test] {
        split.images = ImageBuffer::new(vec![9; split.n_rows() * 784], 28, 28);
    }
    assert_refusing(&train, &test, &[NEED_VARIANCE]);
}

/// Parameters that linfa supports at their default alone, and that our values below miss.
const UNSUPPORTED: &[&str] = &[
    "DecisionTreeClassifier linfa max_features",
    "SVC linfa cache_size",
];

/// Settings that give a parameter an effect.
fn companions(family: &str, parameter: &str) -> Vec<(&'static str, Value)> {
    match (family, parameter) {
        ("ExtraTreesClassifier", "max_samples") => vec![("bootstrap", Value::Bool(true))],
        ("LinearDiscriminantAnalysis", "shrinkage") => vec![("solver", Value::Text("lsqr".into()))],
        _ => Vec::new(),
    }
}

#[test]
fn every_parameter_trains_at_some_edge_value_and_never_panics() {
    let (few, many, test) = (
        first(&data().train, 30),
        first(&data().train, 120),
        first(&data().test, 10),
    );
    let numbers = [0.0, 1.0, 2.0, 90.0, -1.0, 0.5, 1e-3, 1e6].map(Value::number);
    let mut never_trained = Vec::new();
    for who in all() {
        for spec in who.0.params {
            // A million trees or iterations test no edge; they only take long.
            let is_work = ["n_estimators", "max_iter"].contains(&spec.name);
            let values = numbers
                .iter()
                .filter(|value| !is_work || **value != Value::Int(1_000_000));
            let values: Vec<Value> = values.filter_map(|value| spec.check(value).ok()).collect();
            let mut n_trained = 0;
            for value in &values {
                let mut settings = settings(who.0);
                let companions = companions(who.0.name, spec.name);
                settings.extend(
                    companions
                        .into_iter()
                        .map(|(name, value)| (name.to_owned(), value)),
                );
                settings.insert(spec.name.to_owned(), value.clone());
                // A covariance matrix per class needs several rows of each.
                let is_quadratic = who.0.name == "QuadraticDiscriminantAnalysis";
                let train = if is_quadratic { &many } else { &few };
                if let Some(Ok(predicted)) = try_predict(who, &settings, train, &test, 0) {
                    check_labels(who, &predicted, train, &test);
                    n_trained += 1;
                }
            }
            if n_trained == 0 && !values.is_empty() {
                never_trained.push(format!("{} {} {}", who.0.name, who.1.engine.name, spec.name));
            }
        }
    }
    assert_eq!(never_trained, UNSUPPORTED);
}

#[test]
fn more_neighbours_than_rows_is_an_error() {
    let who = all().find(|who| who.0.name == "KNeighborsClassifier").unwrap();
    let settings = Settings::from([("n_neighbors".to_owned(), Value::Int(31))]);
    let result = try_predict(who, &settings, &first(&data().train, 30), &data().test, 0).unwrap();
    assert!(
        result
            .unwrap_err()
            .contains("n_neighbors is 31, but the number of training rows is 30")
    );
}

#[test]
fn every_family_refuses_keys_that_it_does_not_have() {
    for family in FAMILIES {
        // Whatever is built in or not, this engine has every family.
        let grid = |line: &str| {
            let engine = "[engines.own]\ncommand = [\"true\"]";
            format!("{engine}\n[[grid]]\nclassifier = \"{}\"\n{line}\n", family.name)
        };
        assert!(
            GridFile::parse("grid.toml", &grid(""), None).is_ok(),
            "{}",
            family.name
        );
        assert!(
            GridFile::parse("grid.toml", &grid("no_such_key = 1"), None).is_err(),
            "{}",
            family.name
        );
        assert!(
            GridFile::parse("grid.toml", &grid("engine = \"no-such-engine\""), None).is_err(),
            "{}",
            family.name
        );
    }
}

#[test]
fn the_header_of_a_family_has_a_line_for_every_parameter_and_engine() {
    for family in FAMILIES {
        let file = format!(
            "{}/src/families/{}.rs",
            env!("CARGO_MANIFEST_DIR"),
            family.file_stem()
        );
        let text = std::fs::read_to_string(&file).unwrap();
        let header: Vec<&str> = text.lines().take_while(|line| line.starts_with("//!")).collect();
        for part in ["//! # Engines", "//! # Parameters", "//! # Reference"] {
            assert!(header.contains(&part), "{file} lacks {part}");
        }
        for spec in family.params {
            let name = format!("`{}`", spec.name);
            let default = (spec.default)().to_string();
            let number = |text: &str| text.parse::<f64>().ok();
            let is_line = |line: &&str| {
                let cells: Vec<&str> = line.split('|').map(str::trim).collect();
                cells.get(1) == Some(&name.as_str())
                    && cells.get(2).is_some_and(|cell| {
                        *cell == default || number(cell).is_some_and(|found| Some(found) == number(&default))
                    })
            };
            assert!(
                header.iter().any(is_line),
                "{file} lacks {name} with default {default}"
            );
            assert!(!spec.meaning.is_empty(), "{} {}", family.name, spec.name);
        }
        for engine in family.implementations {
            let line = format!("//! - `{}`:", engine.engine.name);
            assert!(
                header.iter().any(|header| header.starts_with(&line)),
                "{file} lacks `{line}`"
            );
        }
    }
}
