//! One cell in its own process: reads a request, trains, scores the predictions and responds.

use loader::Label;
use sha2::{Digest, Sha256};
use std::io::{Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::estimator::classifier::Attributes;
use crate::results::status::Status;
use crate::results::warning::{Warning, WarningCode};
use crate::run::halt::survive_hangup;
use crate::run::outcome::{Ended, Trained};
use crate::run::protocol::{Request, Response, Score};
use crate::run::system::process_tree;
use crate::run::system::scratch::remove;
use crate::run::{built_in, features, metrics, program};

/// Reads a request from standard input, runs the cell and writes the response to standard output.
///
/// If standard input closes meanwhile, the runner is gone: this process then ends itself and every process that it started.
pub(crate) fn serve() {
    // A stopped cell whose runner dies gets this signal. It must live on to end its program. Programs have the usual action.
    survive_hangup();
    let (line, rest) = first_line();
    let request = serde_json::from_str::<Request>(&line);
    let scratch = request
        .as_ref()
        .ok()
        .and_then(|request| Some(request.program.as_ref()?.scratch.clone()));
    static ABANDONED: AtomicBool = AtomicBool::new(false);
    let watch = std::thread::Builder::new().spawn(move || {
        let _ = std::io::copy(&mut { rest }, &mut std::io::sink());
        ABANDONED.store(true, Ordering::SeqCst);
        process_tree::end_descendants(std::process::id());
        if let Some(scratch) = scratch {
            // The runner is gone, so nobody can be informed.
            let _ = remove(&scratch);
        }
        std::process::exit(1);
    });
    let response = match (watch, request) {
        (Err(error), _) => Response::Ended(
            Status::Failed,
            format!("cannot start a thread in the cell's process: {error}"),
        ),
        (Ok(_), Ok(request)) => respond(&request),
        (Ok(_), Err(error)) => Response::Ended(Status::Failed, format!("unreadable request: {error}")),
    };
    while ABANDONED.load(Ordering::SeqCst) {
        // The other thread cleans up and then ends this process.
        std::thread::park();
    }
    let text = serde_json::to_string(&response).unwrap_or_default();
    let mut out = std::io::stdout();
    let sent = writeln!(out, "{text}").and_then(|()| out.flush());
    // A closed pipe means that the runner is gone. After anything else it learns from the exit code that the response is lost.
    std::process::exit(i32::from(sent.is_err()));
}

fn respond(request: &Request) -> Response {
    let outcome = catch_unwind(AssertUnwindSafe(|| match (&request.program, &request.features) {
        (Some(program), _) => score(program::train(request, program)?, request)
            .map(Box::new)
            .map(Response::Scored),
        (None, Some(path)) if request.makes_features => {
            built_in::start_threads(request)?;
            features::make(request, path).map(|()| Response::MadeFeatures)
        }
        (None, _) => {
            built_in::start_threads(request)?;
            score(built_in::train(request)?, request)
                .map(Box::new)
                .map(Response::Scored)
        }
    }));
    let outcome = outcome.unwrap_or_else(|panic| {
        Err(Ended::failed(format!(
            "the engine panicked: {}",
            panic_message(panic.as_ref())
        )))
    });
    outcome.unwrap_or_else(|Ended(status, reason)| Response::Ended(status, reason))
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

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .map(ToString::to_string)
        .or_else(|| panic.downcast_ref::<String>().cloned());
    text.unwrap_or_else(|| "no message".into())
}

/// Scores the predictions; keeps labels and attributes in the file `kept_in`, if it is given.
fn score(trained: Trained, request: &Request) -> Result<Score, Ended> {
    let not_kept = request.kept_in.as_deref().and_then(|path| {
        let error = keep(&trained.predicted, &trained.attributes, path).err()?;
        Some(format!("cannot write {}: {error}", path.display()))
    });
    let not_kept = not_kept.map(|text| Warning::new(WarningCode::NotKept, text));
    let parts = trained.parts.iter();
    let parts = parts.map(|part| score_labels(&part.predicted, &part.warnings, &trained, request));
    let parts = parts.collect::<Result<_, _>>()?;
    let mut score = score_labels(&trained.predicted, &trained.warnings, &trained, request)?;
    score.warnings.extend(not_kept);
    Ok(Score { parts, ..score })
}

/// The score of these labels; everything else is that of the fit.
fn score_labels(
    predicted: &[Label],
    warnings: &[Warning],
    trained: &Trained,
    request: &Request,
) -> Result<Score, Ended> {
    let Trained { truth, n_classes, .. } = trained;
    if predicted.len() != truth.len() {
        return Err(Ended::failed(format!(
            "the engine predicted {} labels for {} test rows",
            predicted.len(),
            truth.len()
        )));
    }
    if let Some(label) = predicted.iter().find(|label| label.index() >= *n_classes) {
        return Err(Ended::failed(format!(
            "the engine predicted label {label}, but there are {n_classes} classes"
        )));
    }
    let accuracy = metrics::accuracy(truth, predicted);
    let chance = metrics::majority_share_warning(truth, accuracy).filter(|_| !request.is_baseline);
    let mut warnings = warnings.to_vec();
    warnings.extend(chance.map(|text| Warning::new(WarningCode::Chance, text)));
    Ok(Score {
        accuracy,
        macro_f1: metrics::macro_f1(truth, predicted, *n_classes),
        predictions: digest(predicted),
        labels: predicted.iter().map(|label| label.0).collect(),
        n_features: trained.n_features,
        measured: trained.measured.clone(),
        warnings,
        libraries: trained.libraries.clone(),
        parts: Vec::new(),
    })
}

/// Writes labels and attributes to a temporary file, then renames it.
fn keep(labels: &[Label], attributes: &Attributes, path: &Path) -> std::io::Result<()> {
    let labels: Vec<u8> = labels.iter().map(|label| label.0).collect();
    let kept = serde_json::json!({ "labels": labels, "attributes": attributes });
    let unfinished = path.with_extension("part");
    let written =
        std::fs::write(&unfinished, format!("{kept}\n")).and_then(|()| std::fs::rename(&unfinished, path));
    if written.is_err() {
        // It may not exist.
        let _ = std::fs::remove_file(&unfinished);
    }
    written
}

fn digest(labels: &[Label]) -> String {
    let bytes: Vec<u8> = labels.iter().map(|label| label.0).collect();
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
