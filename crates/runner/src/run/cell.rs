//! One cell, in its own process: read a request, train or have a program train, score, answer.

use loader::Label;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::estimator::classifier::Attributes;
use crate::results::status::Status;
use crate::run::outcome::{Ended, Trained};
use crate::run::protocol::{Request, Response, Score};
use crate::run::{built_in, metrics, process_tree, program};

/// Reads a request from standard input, does it, answers on standard output. If standard input closes while it works, whoever
/// asked is gone, and so is this process with all that it has started.
pub(crate) fn serve() {
    let (line, rest) = first_line();
    let request = serde_json::from_str::<Request>(&line);
    let scratch = request
        .as_ref()
        .ok()
        .and_then(|request| Some(request.program.as_ref()?.scratch.clone()));
    static ABANDONED: AtomicBool = AtomicBool::new(false);
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut { rest }, &mut std::io::sink());
        ABANDONED.store(true, Ordering::SeqCst);
        process_tree::end_descendants(std::process::id());
        if let Some(scratch) = scratch {
            // Nobody is left to tell.
            let _ = std::fs::remove_dir_all(scratch);
        }
        std::process::exit(1);
    });
    let answer = match request {
        Ok(request) => answer(&request),
        Err(error) => Response::Ended(Status::Failed, format!("unreadable request: {error}")),
    };
    while ABANDONED.load(Ordering::SeqCst) {
        // The other thread has still to clear away, and ends this process.
        std::thread::park();
    }
    let text = serde_json::to_string(&answer).unwrap_or_default();
    let mut out = std::io::stdout();
    // If nobody listens there is nobody to tell.
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
    std::process::exit(0);
}

fn answer(request: &Request) -> Response {
    let trained = catch_unwind(AssertUnwindSafe(|| match &request.program {
        None => built_in::train(request).map_err(|error| Ended::failed(error.to_string())),
        Some(program) => program::train(request, program),
    }));
    let scored = trained
        .unwrap_or_else(|panic| {
            Err(Ended::failed(format!(
                "the engine panicked: {}",
                told(panic.as_ref())
            )))
        })
        .and_then(|trained| score(trained, request.kept_in.as_deref()));
    match scored {
        Ok(score) => Response::Scored(score),
        Err(Ended(status, reason)) => Response::Ended(status, reason),
    }
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

/// Scores the predictions, and keeps them with the attributes in a file where one is named.
fn score(trained: Trained, kept_in: Option<&Path>) -> Result<Score, Ended> {
    let Trained {
        predicted,
        truth,
        n_classes,
        ..
    } = &trained;
    if predicted.len() != truth.len() {
        return Err(Ended::failed(format!(
            "{} labels for {} test rows",
            predicted.len(),
            truth.len()
        )));
    }
    if let Some(label) = predicted.iter().find(|label| label.index() >= *n_classes) {
        return Err(Ended::failed(format!(
            "predicted label {label} of {n_classes} classes"
        )));
    }
    let accuracy = metrics::accuracy(truth, predicted);
    let chance = metrics::chance_warning(truth, accuracy);
    let unkept = kept_in.and_then(|path| {
        let error = keep(predicted, &trained.attributes, path).err()?;
        Some(format!("not kept in {}: {error}", path.display()))
    });
    let warnings = trained.warning.clone().into_iter().chain(chance).chain(unkept);
    let warnings: Vec<String> = warnings.collect();
    Ok(Score {
        accuracy,
        macro_f1: metrics::macro_f1(truth, predicted, *n_classes),
        predictions: digest(predicted),
        fit_s: trained.fit_s,
        fit_cpu_s: trained.fit_cpu_s,
        predict_s: trained.predict_s,
        predict_cpu_s: trained.predict_cpu_s,
        peak_rss_mib: trained.peak_rss_mib,
        warning: (!warnings.is_empty()).then(|| warnings.join("; ")),
        libraries: trained.libraries.clone(),
    })
}

/// Writes labels and attributes, under another name until all is there.
fn keep(labels: &[Label], attributes: &Attributes, path: &Path) -> std::io::Result<()> {
    let labels: Vec<u8> = labels.iter().map(|label| label.0).collect();
    let kept = serde_json::json!({ "labels": labels, "attributes": attributes });
    let unfinished = path.with_extension("part");
    std::fs::write(&unfinished, format!("{kept}\n"))?;
    std::fs::rename(&unfinished, path)
}

fn digest(labels: &[Label]) -> String {
    let bytes: Vec<u8> = labels.iter().map(|label| label.0).collect();
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
