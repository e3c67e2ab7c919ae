//! A cell that a program trains: asked and answering as `docs/engine-protocol.md` says, its answer checked.

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

/// Most bytes of an answer: a hundred times what the labels of a large test set take.
const MOST_ANSWER_BYTES: u64 = 64 << 20;

/// How long after the program's end what it wrote to standard error is waited for.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// What limits the threads of the usual libraries, set for every program.
const THREAD_VARIABLES: [&str; 6] = [
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
];

/// What the program reads from its standard input.
#[derive(Serialize)]
struct Question<'a> {
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
    test_labels: &'a Path,
    answer: &'a Path,
}

/// What the program leaves in the answer file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reply {
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

/// Starts the program in its scratch folder, waits for its end and reads its answer. Nothing that it has started outlives this.
pub(super) fn train(request: &Request, program: &Program) -> Result<Trained, Ended> {
    process_tree::adopt_orphans();
    let data = loader::read_cached(&request.data, 0, request.n_test)
        .map_err(|error| Ended::failed(format!("reading {}: {error}", request.data.display())))?;
    let answer = program.scratch.join("answer.json");
    let question = question(request, program, data.n_classes, &answer)?;

    let started = Instant::now();
    let mut child = start(program, request.threads)?;
    ask(&mut child, question);
    let errors = tail_of(child.stderr.take());
    let status = child
        .wait()
        .map_err(|error| Ended::failed(format!("lost the program: {error}")))?;
    let wall_s = started.elapsed().as_secs_f64();
    process_tree::end_descendants(std::process::id());
    let errors = errors.recv_timeout(LAST_WORDS).unwrap_or_default();
    if !status.success() {
        return Err(ended_badly(status, &errors));
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

fn question(request: &Request, program: &Program, n_classes: usize, answer: &Path) -> Result<String, Ended> {
    let [train_images, train_labels, test_images, test_labels] = &program.files;
    let parameters = request
        .settings
        .iter()
        .map(|(name, value)| (name.clone(), json(value)))
        .collect();
    let question = Question {
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
        test_labels,
        answer,
    };
    serde_json::to_string(&question)
        .map_err(|error| Ended::failed(format!("cannot write the request for the program: {error}")))
}

/// A setting as JSON has it; `none` is null.
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

/// Hands the question over; a program that does not read it may still answer.
fn ask(child: &mut Child, question: String) {
    if let Some(mut input) = child.stdin.take() {
        std::thread::spawn(move || {
            let _ = writeln!(input, "{question}");
        });
    }
}

fn ended_badly(status: ExitStatus, errors: &str) -> Ended {
    let last = last_lines(errors);
    match status.signal().map(Signal::try_from) {
        Some(Ok(Signal::SIGKILL)) => Ended(
            Status::OutOfMemory,
            "the program was killed from outside, most likely by the kernel for lack of memory".into(),
        ),
        Some(Ok(signal)) => Ended(
            Status::Crashed,
            format!("the program was ended by {signal}{last}"),
        ),
        _ => Ended::failed(format!("the program ended with {status}{last}")),
    }
}

fn read(path: &Path, errors: &str) -> Result<Reply, Ended> {
    let last = last_lines(errors);
    if !path.is_file() {
        return Err(Ended::failed(format!(
            "the program left no answer: no answer.json{last}"
        )));
    }
    let mut text = Vec::new();
    std::fs::File::open(path)
        .and_then(|file| file.take(MOST_ANSWER_BYTES + 1).read_to_end(&mut text))
        .map_err(|error| Ended::failed(format!("cannot read the program's answer: {error}")))?;
    if text.len() as u64 > MOST_ANSWER_BYTES {
        return Err(Ended::failed(format!(
            "the program's answer is longer than {} MiB",
            MOST_ANSWER_BYTES >> 20
        )));
    }
    serde_json::from_slice(&text).map_err(|error| {
        Ended::failed(format!(
            "the program's answer is not as docs/engine-protocol.md says: {error}{last}"
        ))
    })
}

/// Fit and predict in seconds: there, and no longer than the program ran.
fn times(reply: &Reply, wall_s: f64) -> Result<[f64; 2], Ended> {
    let mut told = [0.0; 2];
    for (told, (name, given)) in told
        .iter_mut()
        .zip([("fit_s", reply.fit_s), ("predict_s", reply.predict_s)])
    {
        *told = given
            .filter(|seconds| seconds.is_finite() && *seconds >= 0.0)
            .ok_or_else(|| {
                Ended::failed(format!(
                    "the program's answer has no `{name}` in seconds of at least 0"
                ))
            })?;
    }
    if told.iter().sum::<f64>() > wall_s {
        return Err(Ended::failed(format!(
            "the program says fit_s={} and predict_s={}, and ran for {wall_s:.3} s in all: are they seconds?",
            told[0], told[1]
        )));
    }
    Ok(told)
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
