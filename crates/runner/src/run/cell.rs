//! One cell, in its own process: read the rows, reshuffle, fit, predict, score.

use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use loader::{Label, Preprocessing, Scaler};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use sha2::{Digest, Sha256};

use super::answer::Score;
use super::{Answer, Request};
use crate::classifiers::{FitContext, FitError, Point, Samples, family};
use crate::clock::{Stopwatch, peak_rss_mib};
use crate::score;

/// Reads a request from standard input, does it, answers on standard output. If standard input closes while it works, whoever
/// asked is gone, and so is this process.
pub fn serve() {
    let (line, rest) = first_line();
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut { rest }, &mut std::io::sink());
        std::process::exit(1);
    });
    let answer = match serde_json::from_str::<Request>(&line) {
        Ok(request) => match catch_unwind(AssertUnwindSafe(|| run(&request))) {
            Ok(Ok(score)) => Answer::Scored(score),
            Ok(Err(error)) => Answer::Failed(error.to_string()),
            Err(panic) => Answer::Failed(format!("the engine panicked: {}", told(panic.as_ref()))),
        },
        Err(error) => Answer::Failed(format!("unreadable request: {error}")),
    };
    let text = serde_json::to_string(&answer).unwrap_or_else(|error| format!("{{\"Failed\":\"{error}\"}}"));
    let mut out = std::io::stdout();
    // If nobody listens there is nobody to tell.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    std::process::exit(0);
}

fn first_line() -> (String, std::io::Stdin) {
    let mut input = std::io::stdin();
    let mut line = Vec::new();
    let mut byte = [0];
    while matches!(input.read(&mut byte), Ok(1)) && byte[0] != b'\n' {
        line.push(byte[0]);
    }
    (String::from_utf8_lossy(&line).into_owned(), input)
}

fn told(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "without a message".into())
}

/// Does what is asked.
///
/// # Errors
/// Unreadable data, or what the engine says.
fn run(request: &Request) -> Result<Score, FitError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(request.threads)
        .build_global()
        .map_err(|error| FitError(format!("starting {} threads: {error}", request.threads)))?;
    let preprocessing: Preprocessing = request
        .preprocessing
        .parse()
        .map_err(|_| FitError(format!("preprocessing {}", request.preprocessing)))?;
    let classifier = family(&request.classifier)
        .and_then(|family| family.engines.iter().find(|engine| engine.name == request.engine))
        .ok_or_else(|| FitError(format!("no engine {} for {}", request.engine, request.classifier)))
        .and_then(|engine| {
            (engine.build)(&Point {
                settings: &request.settings,
                preprocessing,
            })
            .map_err(|error| FitError(error.to_string()))
        })?;

    let data = loader::read_cached(&request.data, request.n_train, request.n_test)
        .map_err(|error| FitError(format!("reading {}: {error}", request.data.display())))?;
    let mut order: Vec<usize> = (0..data.train.n_rows()).collect();
    order.shuffle(&mut Xoshiro256PlusPlus::seed_from_u64(request.seed));
    let train = data.train.select(&order);
    let (labels, truth) = (train.labels, data.test.labels);
    drop(data.train.images);
    let scaler = Arc::new(Scaler::fit(preprocessing, train.images.view()));
    let train = Samples::new(train.images, Arc::clone(&scaler));
    let test = Samples::new(data.test.images, scaler);
    train.prepare(classifier.layout());
    test.prepare(classifier.layout());

    let watch = Stopwatch::start();
    let model = classifier.fit(&train, &labels, &FitContext { seed: request.seed })?;
    let fit = watch.read();
    let watch = Stopwatch::start();
    let predicted = model.predict(&test)?;
    let predict = watch.read();
    if predicted.len() != truth.len() {
        return Err(FitError(format!(
            "{} labels for {} test rows",
            predicted.len(),
            truth.len()
        )));
    }
    if let Some(label) = predicted.iter().find(|label| label.index() >= data.n_classes) {
        return Err(FitError(format!(
            "predicted label {label} of {} classes",
            data.n_classes
        )));
    }
    let accuracy = score::accuracy(&truth, &predicted);
    let chance = score::chance_warning(&truth, accuracy);
    let warnings: Vec<String> = model.warning().into_iter().chain(chance).collect();
    Ok(Score {
        accuracy,
        macro_f1: score::macro_f1(&truth, &predicted, data.n_classes),
        predictions: digest(&predicted),
        fit_s: fit.wall_s,
        fit_cpu_s: fit.cpu_s,
        predict_s: predict.wall_s,
        predict_cpu_s: predict.cpu_s,
        peak_rss_mib: peak_rss_mib(),
        warning: (!warnings.is_empty()).then(|| warnings.join("; ")),
    })
}

fn digest(labels: &[Label]) -> String {
    let bytes: Vec<u8> = labels.iter().map(|label| label.0).collect();
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
