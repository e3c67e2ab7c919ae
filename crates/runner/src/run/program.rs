//! A cell that a command engine trains, by the protocol of `docs/engine-protocol.md`; every answer is checked.

use loader::Label;
use nix::sys::signal::Signal;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::estimator::classifier::Attributes;
use crate::params::value::Value;
use crate::results::status::Status;
use crate::run::outcome::{Ended, Measured, Trained, shuffled};
use crate::run::process_tree;
use crate::run::protocol::{Program, Request};
use crate::run::resource_usage::children_peak_rss_mib;
use crate::run::stderr_tail::{last_lines, tail_of};

/// Version of the protocol.
const PROTOCOL: u32 = 1;

/// Maximum size of an answer in bytes: a hundred times the labels of a large test set.
const MAX_ANSWER_BYTES: u64 = 64 << 20;

/// How long to wait for the program's standard error after its end.
const STDERR_WAIT: Duration = Duration::from_secs(2);

/// Variables that limit the threads of common libraries; set for every program.
const THREAD_VARIABLES: [&str; 6] = [
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
];

/// The request that the program reads from standard input.
#[derive(Serialize)]
struct EngineRequest<'a> {
    protocol: u32,
    classifier: &'a str,
    parameters: Map<String, Json>,
    preprocessing: &'a str,
    seed: u64,
    threads: usize,
    n_classes: usize,
    n_train: usize,
    n_test: usize,
    attributes: bool,
    order: Vec<usize>,
    train_images: &'a Path,
    train_labels: &'a Path,
    test_images: &'a Path,
    answer: &'a Path,
}

/// The answer file that the program writes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EngineAnswer {
    labels: Option<Vec<i64>>,
    fit_s: Option<f64>,
    predict_s: Option<f64>,
    fit_cpu_s: Option<f64>,
    predict_cpu_s: Option<f64>,
    warning: Option<String>,
    refused: Option<String>,
    failed: Option<String>,
    #[serde(default)]
    libraries: BTreeMap<String, String>,
    #[serde(default)]
    attributes: Attributes,
}

/// Starts the program in its scratch folder, waits for its end and reads its answer. No process that it started survives.
pub(super) fn train(request: &Request, program: &Program) -> Result<Trained, Ended> {
    process_tree::adopt_orphans();
    let data = loader::read_cached(&request.data, 0, request.n_test)
        .map_err(|error| Ended::failed(format!("cannot read {}: {error}", request.data.display())))?;
    let answer = program.scratch.join("answer.json");
    let text = request_text(request, program, data.n_classes, &answer)?;

    let started = Instant::now();
    let mut child = start(program, request.threads)?;
    send(&mut child, text);
    let errors = tail_of(child.stderr.take());
    let status = child
        .wait()
        .map_err(|error| Ended::failed(format!("lost the program: {error}")))?;
    let wall_s = started.elapsed().as_secs_f64();
    process_tree::end_descendants(std::process::id());
    let errors = errors.recv_timeout(STDERR_WAIT).unwrap_or_default();
    if !status.success() {
        return Err(failed_exit(status, &errors));
    }

    let reply = read(&answer, &errors)?;
    if let Some(reason) = reply.refused {
        return Err(Ended(Status::Refused, reason));
    }
    if let Some(reason) = reply.failed {
        return Err(Ended::failed(reason));
    }
    let [fit_s, predict_s] = times(&reply, wall_s)?;
    let predicted = labels(reply.labels, data.n_classes)?;
    Ok(Trained {
        predicted,
        truth: data.test.labels,
        n_classes: data.n_classes,
        measured: Measured {
            fit_s,
            fit_cpu_s: reply.fit_cpu_s,
            predict_s,
            predict_cpu_s: reply.predict_cpu_s,
            peak_rss_mib: children_peak_rss_mib(),
        },
        warning: reply.warning.filter(|warning| !warning.is_empty()),
        libraries: reply.libraries,
        attributes: reply.attributes,
    })
}

fn request_text(
    request: &Request,
    program: &Program,
    n_classes: usize,
    answer: &Path,
) -> Result<String, Ended> {
    let [train_images, train_labels, test_images] = &program.files;
    let parameters = request
        .settings
        .iter()
        .map(|(name, value)| (name.clone(), json(value)))
        .collect();
    let engine_request = EngineRequest {
        protocol: PROTOCOL,
        classifier: &request.classifier,
        parameters,
        preprocessing: &request.preprocessing,
        seed: request.seed,
        threads: request.threads,
        n_classes,
        n_train: request.n_train,
        n_test: request.n_test,
        attributes: request.kept_in.is_some(),
        order: shuffled(request.n_train, request.seed),
        train_images,
        train_labels,
        test_images,
        answer,
    };
    serde_json::to_string(&engine_request)
        .map_err(|error| Ended::failed(format!("cannot write the request for the program: {error}")))
}

/// A setting as JSON; `none` becomes null.
fn json(value: &Value) -> Json {
    match value {
        Value::Bool(flag) => (*flag).into(),
        Value::Int(whole) => (*whole).into(),
        Value::Float(number) => (*number).into(),
        Value::Text(text) if text == "none" => Json::Null,
        Value::Text(text) => text.as_str().into(),
        Value::List(values) => values.iter().map(json).collect(),
    }
}

fn start(program: &Program, threads: usize) -> Result<Child, Ended> {
    let mut command = Command::new(&program.command[0]);
    command
        .args(&program.command[1..])
        .current_dir(&program.scratch)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped());
    for variable in THREAD_VARIABLES {
        command.env(variable, threads.to_string());
    }
    command
        .spawn()
        .map_err(|error| Ended::failed(format!("cannot start `{}`: {error}", program.command.join(" "))))
}

/// Writes the request to the program; a program that does not read it may still answer.
fn send(child: &mut Child, text: String) {
    if let Some(mut input) = child.stdin.take() {
        std::thread::spawn(move || {
            let _ = writeln!(input, "{text}");
        });
    }
}

fn failed_exit(status: ExitStatus, errors: &str) -> Ended {
    let last = last_lines(errors);
    match status.signal().map(Signal::try_from) {
        Some(Ok(Signal::SIGKILL)) => Ended(
            Status::OutOfMemory,
            "the program was killed by SIGKILL, most likely because the system ran out of memory".into(),
        ),
        Some(Ok(signal)) => Ended(
            Status::Crashed,
            format!("the program was killed by {signal}{last}"),
        ),
        _ => Ended::failed(format!("the program ended with {status}{last}")),
    }
}

fn read(path: &Path, errors: &str) -> Result<EngineAnswer, Ended> {
    let last = last_lines(errors);
    if !path.is_file() {
        return Err(Ended::failed(format!(
            "the program wrote no answer: answer.json does not exist{last}"
        )));
    }
    let mut text = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MAX_ANSWER_BYTES + 1).read_to_end(&mut text))
        .map_err(|error| Ended::failed(format!("cannot read the program's answer: {error}")))?;
    if text.len() as u64 > MAX_ANSWER_BYTES {
        return Err(Ended::failed(format!(
            "the program's answer is longer than {} MiB",
            MAX_ANSWER_BYTES >> 20
        )));
    }
    serde_json::from_slice(&text).map_err(|error| {
        Ended::failed(format!(
            "the program's answer does not follow docs/engine-protocol.md: {error}{last}"
        ))
    })
}

/// Seconds of fit and prediction: both present, and together no longer than the program ran.
fn times(reply: &EngineAnswer, wall_s: f64) -> Result<[f64; 2], Ended> {
    let mut times = [0.0; 2];
    for (time, (name, given)) in times
        .iter_mut()
        .zip([("fit_s", reply.fit_s), ("predict_s", reply.predict_s)])
    {
        *time = given
            .filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
            .ok_or_else(|| {
                Ended::failed(format!(
                    "the program's answer needs `{name}`, in seconds and at least 0"
                ))
            })?;
    }
    if times.iter().sum::<f64>() > wall_s {
        return Err(Ended::failed(format!(
            "the program reports fit_s={} and predict_s={}, but ran for only {wall_s:.3} s; both must be in seconds",
            times[0], times[1]
        )));
    }
    Ok(times)
}

fn labels(labels: Option<Vec<i64>>, n_classes: usize) -> Result<Vec<Label>, Ended> {
    let labels = labels.ok_or_else(|| Ended::failed("the program's answer has no `labels`"))?;
    let label = |(row, label): (usize, i64)| {
        u8::try_from(label)
            .ok()
            .filter(|label| usize::from(*label) < n_classes)
            .map(Label)
            .ok_or_else(|| {
                Ended::failed(format!(
                    "label {label} of test row {row} is out of range: there are {n_classes} classes"
                ))
            })
    };
    labels.into_iter().enumerate().map(label).collect()
}
