//! Training and prediction of every family on every engine, with its defaults where 500 rows are enough for them, on as many generated ones.

use std::sync::Arc;

use divan::Bencher;
use loader::{Dataset, Label, Preprocessing, Search, Source, Transform};
use runner::estimator::classifier::{Classifier, FitContext};
use runner::estimator::samples::Samples;
use runner::families::FAMILIES;
use runner::families::family::{Configuration, Family, Implementation};
use runner::params::{Settings, Value};

fn main() {
    divan::main();
}

/// A family on an engine, as the table of results names it.
struct Contestant {
    name: String,
    settings: Settings,
    preprocessing: Preprocessing,
    engine: &'static Implementation,
}

impl Contestant {
    fn classifier(&self) -> Box<dyn Classifier> {
        let point = Configuration {
            settings: &self.settings,
            preprocessing: self.preprocessing,
        };
        (self.engine.build)(&point).expect("no engine refuses the defaults")
    }
}

impl std::fmt::Display for Contestant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

/// The defaults, but where they need more rows of a class than there are pixels.
fn settings(family: &Family) -> Settings {
    match family.name {
        "QuadraticDiscriminantAnalysis" => Settings::from([
            ("solver".to_owned(), Value::Text("eigen".to_owned())),
            ("shrinkage".to_owned(), Value::number(0.5)),
        ]),
        _ => Settings::new(),
    }
}

/// Every family on every engine, with the first preprocessing that it is defined for.
fn contestants() -> Vec<Contestant> {
    let mut found = Vec::new();
    for family in FAMILIES {
        let settings = settings(family);
        for engine in family.implementations {
            let points = [Preprocessing::STANDARD, Preprocessing::UNIT].map(|preprocessing| Configuration {
                settings: &settings,
                preprocessing,
            });
            let defined = points
                .into_iter()
                .find(|point| (family.undefined)(point).is_none());
            found.extend(defined.map(|point| Contestant {
                name: format!("{} {}", family.name, engine.engine.name),
                settings: settings.clone(),
                preprocessing: point.preprocessing,
                engine,
            }));
        }
    }
    found
}

fn data() -> Dataset {
    let source = Source::Synthetic {
        train: 500,
        test: 100,
        seed: 1,
    };
    loader::open("bench", &source, &Search::from_env(None), &mut |_| {}).expect("generated data can be had")
}

/// Training rows, their labels and test rows, prepared as a cell prepares them.
fn prepared(contestant: &Contestant, classifier: &dyn Classifier) -> (Samples, Vec<Label>, Samples) {
    let data = data();
    let scaler = Arc::new(Transform::fit(contestant.preprocessing, data.train.images.view()));
    let train = Samples::new(data.train.images, &scaler, classifier.layout());
    let test = Samples::new(data.test.images, &scaler, classifier.layout());
    (train, data.train.labels, test)
}

#[divan::bench(args = contestants(), sample_count = 5, sample_size = 1)]
fn fit_500_rows(bencher: Bencher<'_, '_>, contestant: &Contestant) {
    let classifier = contestant.classifier();
    let (train, labels, _) = prepared(contestant, classifier.as_ref());
    bencher.bench_local(|| {
        let fitted = classifier.fit(
            &train,
            &labels,
            &FitContext {
                seed: 0,
                memory: None,
            },
        );
        fitted.map(drop).expect("the defaults train")
    });
}

#[divan::bench(args = contestants(), sample_count = 5, sample_size = 1)]
fn predict_100_rows_by_500(bencher: Bencher<'_, '_>, contestant: &Contestant) {
    let classifier = contestant.classifier();
    let (train, labels, test) = prepared(contestant, classifier.as_ref());
    let fitted = classifier.fit(
        &train,
        &labels,
        &FitContext {
            seed: 0,
            memory: None,
        },
    );
    let model = fitted.expect("the defaults train");
    bencher.bench_local(|| model.predict(&test).expect("the defaults predict"));
}
