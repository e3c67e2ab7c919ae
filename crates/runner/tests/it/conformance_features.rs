//! What every family on every engine keeps to on the features of every preprocessing. Images are small: 8 × 8 pixels.

use std::collections::BTreeSet;

use loader::{ImageBuffer, Label, Preprocessing, Split, Transform};
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use runner::families::family::{Configuration, Family, Implementation};
use runner::params::{Settings, Value};
use runner::run::metrics::accuracy;

use crate::conformance::{NEED_TWO_CLASSES, NEED_VARIANCE, all, check_labels, predict_point, settings};

const SIDE: usize = 8;

/// Why a family or an engine may refuse a preprocessing.
const REFUSALS: &[(&str, &str)] = &[
    // Counts cannot be negative.
    ("MultinomialNB", "counts cannot be negative"),
];

/// Families that learn nothing from the features of a preprocessing at their defaults.
const AT_CHANCE: &[(&str, &str)] = &[
    // The features are above 0, so that every one of them becomes 1.
    ("BernoulliNB", "scattering"),
];

/// Families that fail on fewer distinct rows than features.
const NEED_DISTINCT_ROWS: &[&str] = &[
    // The covariance of a class is singular.
    "QuadraticDiscriminantAnalysis native",
];

/// Images of three classes: the left half, the upper half or the centre is bright, with noise. Dark pixels are often 0.
fn shapes(n_rows: usize, seed: u64) -> Split {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let mut pixels = Vec::with_capacity(n_rows * SIDE * SIDE);
    for row in 0..n_rows {
        for pixel in 0..SIDE * SIDE {
            let (y, x) = (pixel / SIDE, pixel % SIDE);
            let is_bright = match row % 3 {
                0 => x < SIDE / 2,
                1 => y < SIDE / 2,
                _ => x.abs_diff(SIDE / 2) < 3 && y.abs_diff(SIDE / 2) < 3,
            };
            let noise = random.gen_range(0..60u8);
            pixels.push(if is_bright {
                180 + noise
            } else {
                noise.saturating_sub(40)
            });
        }
    }
    Split {
        images: ImageBuffer::new(pixels, SIDE, SIDE),
        labels: (0..n_rows).map(|row| Label((row % 3) as u8)).collect(),
    }
}

/// The settings for these features: the length scale of a Gaussian process has to suit their distances.
fn settings_on(family: &Family, preprocessing: Preprocessing, train: &Split) -> Settings {
    let mut settings = settings(family);
    if settings.contains_key("length_scale") {
        let rows = Transform::fit(preprocessing, train.images.view()).to_f64(train.images.view());
        let mean = rows.mean_axis(ndarray::Axis(0)).expect("there are rows");
        let squares: f64 = (&rows - &mean).iter().map(|value| value * value).sum();
        let deviation = (squares / rows.nrows() as f64).sqrt().max(1e-3);
        settings.insert("length_scale".to_owned(), Value::number(deviation));
    }
    settings
}

/// Calls `visit` for every point that is not refused for a known reason, with what it predicts.
fn visit(
    train: &Split,
    test: &Split,
    seed: u64,
    mut visit: impl FnMut((&'static Family, &'static Implementation), Preprocessing, Result<Vec<Label>, String>),
) {
    for who in all() {
        for &preprocessing in Preprocessing::EXAMPLES {
            let settings = settings_on(who.0, preprocessing, train);
            let point = Configuration {
                settings: &settings,
                preprocessing,
            };
            match predict_point(who, &point, train, test, seed) {
                Ok(predicted) => visit(who, preprocessing, predicted),
                Err(reason) => {
                    let is_known =
                        |(family, text): &(&str, &str)| *family == who.0.name && reason.contains(text);
                    assert!(
                        REFUSALS.iter().any(is_known),
                        "{} {} {preprocessing}: {reason}",
                        who.0.name,
                        who.1.engine.name
                    );
                }
            }
        }
    }
}

fn name((family, engine): (&Family, &Implementation)) -> String {
    format!("{} {}", family.name, engine.engine.name)
}

#[test]
fn every_preprocessing_is_trained_on_and_beats_the_majority_class() {
    let (train, test) = (shapes(90, 1), shapes(60, 2));
    let mut order: Vec<usize> = (0..train.labels.len()).collect();
    order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(3));
    let reshuffled = train.select(&order);
    visit(&train, &test, 4, |who, preprocessing, predicted| {
        let name = name(who);
        let predicted = match predicted {
            Ok(predicted) => predicted,
            // There are more features than rows.
            Err(reason) if NEED_DISTINCT_ROWS.contains(&name.as_str()) && reason.contains("is singular") => {
                return;
            }
            Err(reason) => panic!("{name} {preprocessing}: {reason}"),
        };
        check_labels(who, &predicted, &train, &test);
        let reached = accuracy(&test.labels, &predicted);
        assert!(
            reached > 0.5
                || who.0.name == "DummyClassifier"
                || AT_CHANCE.contains(&(who.0.name, preprocessing.name())),
            "{name} {preprocessing}: {reached}"
        );
        let again = |train: &Split, seed: u64| {
            let settings = settings_on(who.0, preprocessing, train);
            let point = Configuration {
                settings: &settings,
                preprocessing,
            };
            predict_point(who, &point, train, &test, seed).expect("not refused before")
        };
        if who.1.nondeterminism.is_none() {
            assert_eq!(
                again(&train, 4).as_ref(),
                Ok(&predicted),
                "{name} {preprocessing}"
            );
        }
        // Learned features may depend on the order of the rows. A run fits them in the order of the file.
        if who.1.engine.name == "native" && !who.1.is_stochastic && !preprocessing.is_costly() {
            assert_eq!(again(&reshuffled, 5), Ok(predicted), "{name} {preprocessing}");
        }
    });
}

/// Trains every point on rows with little to learn from, and checks that none but the named ones fail.
fn assert_failing(train: &Split, test: &Split, expected: &[&str]) {
    let mut failing = BTreeSet::new();
    visit(train, test, 0, |who, preprocessing, predicted| match predicted {
        Ok(predicted) => check_labels(who, &predicted, train, test),
        Err(reason) => {
            assert!(!reason.is_empty(), "{}", name(who));
            failing.insert((name(who), preprocessing.name()));
        }
    });
    let unexpected: Vec<_> = (failing.iter())
        .filter(|(name, _)| !expected.contains(&name.as_str()))
        .collect();
    assert!(unexpected.is_empty(), "{unexpected:?}");
}

#[test]
fn one_class_duplicate_rows_and_constant_features_are_predicted() {
    let (train, test) = (shapes(60, 1), shapes(20, 2));
    let mut one_class = train.select(&(0..60).collect::<Vec<_>>());
    one_class.labels.fill(Label(7));
    assert_failing(&one_class, &test, NEED_TWO_CLASSES);
    let duplicates = train.select(&(0..60).map(|row| row % 12).collect::<Vec<_>>());
    assert_failing(&duplicates, &test, NEED_DISTINCT_ROWS);
    let constant = Split {
        images: ImageBuffer::new(vec![9; 60 * SIDE * SIDE], SIDE, SIDE),
        labels: train.labels.clone(),
    };
    assert_failing(&constant, &test, NEED_VARIANCE);
}
