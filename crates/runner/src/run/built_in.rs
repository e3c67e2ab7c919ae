//! A cell that an engine of the registry trains: read the rows, reshuffle, prepare, fit, predict.

use loader::{Preprocessing, Transform};
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::estimator::classifier::{Attributes, Classifier, FitContext};
use crate::estimator::error::FitError;
use crate::estimator::samples::Samples;
use crate::families;
use crate::families::family::Configuration;
use crate::run::outcome::{Trained, shuffled};
use crate::run::protocol::Request;
use crate::run::resource_usage::{Stopwatch, peak_rss_mib};

/// Does what is asked, in this process.
///
/// # Errors
/// Unreadable data, or what the engine says.
pub(super) fn train(request: &Request) -> Result<Trained, FitError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(request.threads)
        .build_global()
        .map_err(|error| FitError::Data(format!("starting {} threads: {error}", request.threads)))?;
    let preprocessing: Preprocessing = request
        .preprocessing
        .parse()
        .map_err(|_| FitError::Data(format!("preprocessing {}", request.preprocessing)))?;
    let classifier = classifier(request, preprocessing)?;

    let data = loader::read_cached(&request.data, request.n_train, request.n_test)
        .map_err(|error| FitError::Data(format!("reading {}: {error}", request.data.display())))?;
    let train = data.train.select(&shuffled(data.train.n_rows(), request.seed));
    let (labels, truth) = (train.labels, data.test.labels);
    drop(data.train.images);
    let scaler = Arc::new(Transform::fit(preprocessing, train.images.view()));
    let train = Samples::new(train.images, &scaler, classifier.layout());
    let test = Samples::new(data.test.images, &scaler, classifier.layout());

    let context = FitContext {
        seed: request.seed,
        memory: request.memory,
    };
    let watch = Stopwatch::start();
    let model = classifier.fit(&train, &labels, &context)?;
    let fit = watch.read();
    let watch = Stopwatch::start();
    let predicted = model.predict(&test)?;
    let predict = watch.read();
    Ok(Trained {
        predicted,
        truth,
        n_classes: data.n_classes,
        fit_s: fit.wall_s,
        fit_cpu_s: Some(fit.cpu_s),
        predict_s: predict.wall_s,
        predict_cpu_s: Some(predict.cpu_s),
        peak_rss_mib: peak_rss_mib(),
        warning: model.warning(),
        libraries: BTreeMap::new(),
        attributes: (request.kept_in.as_ref()).map_or_else(Attributes::new, |_| model.attributes()),
    })
}

fn classifier(request: &Request, preprocessing: Preprocessing) -> Result<Box<dyn Classifier>, FitError> {
    let engine = families::find(&request.classifier)
        .and_then(|family| {
            family
                .implementations
                .iter()
                .find(|engine| engine.engine.name == request.engine)
        })
        .ok_or_else(|| FitError::Data(format!("no engine {} for {}", request.engine, request.classifier)))?;
    let point = Configuration {
        settings: &request.settings,
        preprocessing,
    };
    engine
        .classifier(&point)
        .map_err(|error| FitError::Data(error.to_string()))
}
