//! A cell that a built-in engine trains: read the rows, shuffle, convert, fit, predict.

use std::collections::BTreeMap;
use std::sync::Arc;

use loader::{Preprocessing, Transform};

use crate::estimator::classifier::{Attributes, Classifier, FitContext};
use crate::estimator::samples::Samples;
use crate::families;
use crate::families::family::Configuration;
use crate::results::warning::{Warning, WarningCode};
use crate::run::outcome::{Ended, Measured, Trained, shuffled};
use crate::run::protocol::Request;
use crate::run::system::resource_usage::{Stopwatch, peak_rss_mib};

/// Trains and predicts in this process.
///
/// # Errors
/// Data that cannot be read, or the engine's own error.
pub(super) fn train(request: &Request) -> Result<Trained, Ended> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(request.threads)
        .build_global()
        .map_err(|error| Ended::failed(format!("cannot start the threads of the cell: {error}")))?;
    let preprocessing: Preprocessing = request
        .preprocessing
        .parse()
        .map_err(|error| Ended::failed(format!("{error}")))?;
    let classifier = classifier(request, preprocessing)?;

    let data = request.read_data(request.n_train)?;
    let train = data.train.select(&shuffled(data.train.n_rows(), request.seed));
    let (labels, truth) = (train.labels, data.test.labels);
    drop(data.train.images);
    let transform = Arc::new(Transform::fit(preprocessing, train.images.view()));
    let train = Samples::new(train.images, &transform, classifier.layout());
    let test = Samples::new(data.test.images, &transform, classifier.layout());

    let context = FitContext {
        seed: request.seed,
        memory: request.memory,
    };
    let failed = |error: crate::estimator::error::FitError| Ended::failed(error.to_string());
    let stopwatch = Stopwatch::start();
    let model = classifier.fit(&train, &labels, &context).map_err(failed)?;
    let fit = stopwatch.read();
    let stopwatch = Stopwatch::start();
    let predicted = model.predict(&test).map_err(failed)?;
    let predict = stopwatch.read();
    Ok(Trained {
        predicted,
        truth,
        n_classes: data.n_classes,
        measured: Measured {
            fit_s: fit.wall_s,
            fit_cpu_s: Some(fit.cpu_s),
            predict_s: predict.wall_s,
            predict_cpu_s: Some(predict.cpu_s),
            wall_s: None,
            peak_rss_mib: peak_rss_mib(),
        },
        n_features: Some(transform.n_features()),
        warnings: [
            model
                .warning()
                .map(|text| Warning::new(WarningCode::NotConverged, text)),
            model.notice().map(|text| Warning::new(WarningCode::Engine, text)),
        ]
        .into_iter()
        .flatten()
        .collect(),
        libraries: BTreeMap::new(),
        attributes: (request.kept_in.as_ref()).map_or_else(Attributes::new, |_| model.attributes()),
    })
}

fn classifier(request: &Request, preprocessing: Preprocessing) -> Result<Box<dyn Classifier>, Ended> {
    let (family, engine) = (&request.classifier, &request.engine);
    let implementation = families::find(family)
        .and_then(|family| family.implementation(engine))
        .ok_or_else(|| Ended::failed(format!("engine {engine} does not train {family}")))?;
    let configuration = Configuration {
        settings: &request.settings,
        preprocessing,
    };
    (implementation.build)(&configuration).map_err(|refusal| Ended::failed(refusal.to_string()))
}
