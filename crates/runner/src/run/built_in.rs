//! A cell that a built-in engine trains: read the rows, shuffle, convert, fit, predict.

use std::collections::BTreeMap;
use std::sync::Arc;

use loader::{Label, Preprocessing, Transform};

use crate::estimator::classifier::{Attributes, Classifier, FitContext};
use crate::estimator::part::Part;
use crate::estimator::samples::{Layout, Samples};
use crate::families;
use crate::families::family::Configuration;
use crate::params::spec::Settings;
use crate::results::warning::{Warning, WarningCode};
use crate::run::augmented::augmented;
use crate::run::features;
use crate::run::outcome::{Ended, Measured, Trained, TrainedPart, shuffled};
use crate::run::protocol::Request;
use crate::run::system::resource_usage::{Stopwatch, peak_rss_mib};

/// Starts the threads that a request allows.
///
/// # Errors
/// The system does not give them.
pub(super) fn start_threads(request: &Request) -> Result<(), Ended> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(request.threads)
        .build_global()
        .map_err(|error| Ended::failed(format!("cannot start the threads of the cell: {error}")))
}

/// Trains and predicts in this process, after [`start_threads`].
///
/// # Errors
/// Data that cannot be read, or the engine's own error.
pub(super) fn train(request: &Request) -> Result<Trained, Ended> {
    let preprocessing: Preprocessing = request
        .preprocessing
        .parse()
        .map_err(|error| Ended::failed(format!("{error}")))?;
    let classifier = classifier(request, &request.settings, preprocessing)?;
    let parts = parts(request, classifier.as_ref(), preprocessing)?;

    let Input {
        train,
        labels,
        test,
        truth,
        n_classes,
        transform_s,
        transform_cpu_s,
    } = input(request, preprocessing, classifier.layout())?;

    let n_features = train.n_features();
    let context = FitContext {
        seed: request.seed,
        memory: request.memory,
    };
    let failed = |error: crate::estimator::error::FitError| Ended::failed(error.to_string());
    let stopwatch = Stopwatch::start();
    let model = classifier.fit(&train, &labels, &context).map_err(failed)?;
    let fit = stopwatch.read();
    let stopwatch = Stopwatch::start();
    // One search for neighbors, or one pass over the trees, serves all points.
    let mut labels = if parts.is_empty() {
        vec![model.predict(&test).map_err(failed)?]
    } else {
        model.predict_parts(&test, &parts).map_err(failed)?
    };
    let predict = stopwatch.read();
    let notice = model.notice().map(|text| Warning::new(WarningCode::Engine, text));
    let warnings = |warning: Option<String>| {
        let warning = warning.map(|text| Warning::new(WarningCode::NotConverged, text));
        warning
            .into_iter()
            .chain(notice.clone())
            .collect::<Vec<Warning>>()
    };
    let smaller = labels.split_off(1).into_iter().zip(parts.iter().skip(1));
    let smaller = smaller.map(|(predicted, part)| TrainedPart {
        predicted,
        warnings: warnings(model.warning_of(*part)),
    });
    let smaller = smaller.collect();
    let predicted = labels.pop().unwrap_or_default();
    Ok(Trained {
        predicted,
        truth,
        n_classes,
        measured: Measured {
            transform_s: Some(transform_s),
            transform_cpu_s: Some(transform_cpu_s),
            fit_s: fit.wall_s,
            fit_cpu_s: Some(fit.cpu_s),
            predict_s: predict.wall_s,
            predict_cpu_s: Some(predict.cpu_s),
            wall_s: None,
            peak_rss_mib: peak_rss_mib(),
        },
        n_features: Some(n_features),
        warnings: warnings(model.warning()),
        libraries: BTreeMap::new(),
        attributes: (request.kept_in.as_ref()).map_or_else(Attributes::new, |_| model.attributes()),
        parts: smaller,
    })
}

/// What a classifier gets, and what its predictions are compared with.
struct Input {
    train: Samples,
    labels: Vec<Label>,
    test: Samples,
    truth: Vec<Label>,
    n_classes: usize,
    transform_s: f64,
    transform_cpu_s: f64,
}

/// The rows of a request, in the order of its seed: features from their file, or computed here.
fn input(request: &Request, preprocessing: Preprocessing, layout: Layout) -> Result<Input, Ended> {
    let data = request.read_data(request.n_train)?;
    let (truth, n_classes) = (data.test.labels, data.n_classes);
    let train = augmented(data.train, request)?;
    let order = shuffled(train.n_rows(), request.seed);
    let labels = order.iter().map(|row| train.labels[*row]).collect();
    if let Some(path) = &request.features {
        drop(train);
        let features = features::read(path, &order, truth.len())?;
        return Ok(Input {
            train: Samples::from_floats(features.train, layout),
            labels,
            test: Samples::from_floats(features.test, layout),
            truth,
            n_classes,
            transform_s: features.transform_s,
            transform_cpu_s: features.transform_cpu_s,
        });
    }
    let images = train.images.select(&order);
    drop(train);
    let stopwatch = Stopwatch::start();
    let transform = Arc::new(Transform::fit(preprocessing, images.view()));
    let train = Samples::new(images, &transform, layout);
    let test = Samples::new(data.test.images, &transform, layout);
    let taken = stopwatch.read();
    Ok(Input {
        train,
        labels,
        test,
        truth,
        n_classes,
        transform_s: taken.wall_s,
        transform_cpu_s: taken.cpu_s,
    })
}

/// What the classifier is of itself, and what the smaller points of the request are of it; empty where there are none.
fn parts(
    request: &Request,
    classifier: &dyn Classifier,
    preprocessing: Preprocessing,
) -> Result<Vec<Part>, Ended> {
    if request.parts.is_empty() {
        return Ok(Vec::new());
    }
    let smaller: Result<Vec<Option<Part>>, Ended> = request
        .parts
        .iter()
        .map(|settings| Ok(self::classifier(request, settings, preprocessing)?.part()))
        .collect();
    let all: Option<Vec<Part>> = [classifier.part()].into_iter().chain(smaller?).collect();
    all.ok_or_else(|| Ended::failed(format!("{} shares no fit", request.classifier)))
}

fn classifier(
    request: &Request,
    settings: &Settings,
    preprocessing: Preprocessing,
) -> Result<Box<dyn Classifier>, Ended> {
    let (family, engine) = (&request.classifier, &request.engine);
    let implementation = families::find(family)
        .and_then(|family| family.implementation(engine))
        .ok_or_else(|| Ended::failed(format!("engine {engine} does not train {family}")))?;
    let configuration = Configuration {
        settings,
        preprocessing,
    };
    (implementation.build)(&configuration).map_err(|refusal| Ended::failed(refusal.to_string()))
}
