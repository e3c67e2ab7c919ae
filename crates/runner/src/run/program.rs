//! A cell that a command engine trains, by the protocol of `docs/engine-protocol.md`; every answer is checked.

use loader::Preprocessing;
use nix::sys::signal::Signal;
use serde::Serialize;
use serde_json::{Map, Value as Json};
use std::io;
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::params::value::Value;
use crate::results::status::Status;
use crate::run::answer;
use crate::run::outcome::{Ended, Measured, Trained, shuffled, with_sources};
use crate::run::protocol::{Program, Request};
use crate::run::stderr_tail::{last_lines, tail_of};
use crate::run::system::oom_kills::OomKills;
use crate::run::system::process_tree;
use crate::run::system::resource_usage::{children_peak_rss_mib, machine_cores};

/// Version of the protocol.
const PROTOCOL: u32 = 2;

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

/// Starts the program in its scratch folder, waits for its end and reads its answer. No process that it started survives.
pub(super) fn train(request: &Request, program: &Program) -> Result<Trained, Ended> {
    process_tree::adopt_orphans();
    let data = request.read_data(0)?;
    let check_files = |when: &str| {
        let checked = program.files.check();
        checked.map_err(|error| Ended::failed(format!("{when}: {}", with_sources(&error))))
    };
    // The stamps first: a change between them and the check is then noticed after the run.
    let stamps = program.files.stamps_now().ok();
    check_files("the data files were wrong before the program started")?;
    let images = data.test.images.view();
    let preprocessing: Result<Preprocessing, _> = request.preprocessing.parse();
    let n_features = preprocessing
        .ok()
        .map(|preprocessing| preprocessing.n_features(images.height(), images.width()));
    let answer = program.scratch.join("answer.json");
    let text = request_text(request, program, data.n_classes, &answer)?;

    let oom_kills = OomKills::now();
    let started = Instant::now();
    let mut child = start(program, request.threads)?;
    let errors = match send(&mut child, text).and_then(|()| tail_of(child.stderr.take())) {
        Ok(errors) => errors,
        Err(error) => {
            process_tree::end_descendants(std::process::id());
            return Err(Ended::failed(format!(
                "cannot start a thread beside the program: {error}"
            )));
        }
    };
    let status = child
        .wait()
        .map_err(|error| Ended::failed(format!("lost the program: {error}")))?;
    let wall_s = started.elapsed().as_secs_f64();
    process_tree::end_descendants(std::process::id());
    process_tree::reap_children();
    check_files("the data files were changed while the program ran")?;
    if program.files.stamps_now().ok() != stamps {
        let reason = "the data files were changed while the program ran: somebody wrote to them and restored them, or changed their attributes";
        return Err(Ended::failed(reason));
    }
    let last = last_lines(&errors.recv_timeout(STDERR_WAIT).unwrap_or_default());
    if !status.success() {
        return Err(failed_exit(status, &last, oom_kills.rose()));
    }

    let reply = answer::read(&answer, &last)?.checked(data.n_classes, wall_s, machine_cores())?;
    Ok(Trained {
        predicted: reply.predicted,
        truth: data.test.labels,
        n_classes: data.n_classes,
        measured: Measured {
            transform_s: None,
            transform_cpu_s: None,
            fit_s: reply.fit_s,
            fit_cpu_s: reply.fit_cpu_s,
            predict_s: reply.predict_s,
            predict_cpu_s: reply.predict_cpu_s,
            wall_s: Some(wall_s),
            peak_rss_mib: children_peak_rss_mib(),
        },
        n_features,
        warnings: reply.warnings,
        libraries: reply.libraries,
        attributes: reply.attributes,
        parts: Vec::new(),
    })
}

fn request_text(
    request: &Request,
    program: &Program,
    n_classes: usize,
    answer: &Path,
) -> Result<String, Ended> {
    let [train_images, train_labels, test_images] = &program.files.paths();
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
        .map_err(|error| Ended::failed(format!("cannot start `{}`: {error}", program.command[0])))
}

/// Writes the request to the program; a program that does not read it may still answer.
///
/// # Errors
/// No thread could be started.
fn send(child: &mut Child, text: String) -> io::Result<()> {
    if let Some(mut input) = child.stdin.take() {
        thread::Builder::new().spawn(move || {
            let _ = writeln!(input, "{text}");
        })?;
    }
    Ok(())
}

/// Why a program that ended without success has no score. `oom_rose`: whether the kernel killed a process for lack of memory
/// meanwhile.
fn failed_exit(status: ExitStatus, last: &str, oom_rose: bool) -> Ended {
    /// What a shell returns if SIGKILL ended its command.
    const KILLED_COMMAND: i32 = 128 + Signal::SIGKILL as i32;
    match status.signal().map(Signal::try_from) {
        Some(Ok(Signal::SIGKILL)) if oom_rose => Ended(
            Status::OutOfMemory,
            format!("the program was killed by SIGKILL while the system ran out of memory{last}"),
        ),
        Some(Ok(signal)) => Ended(
            Status::Crashed,
            format!("the program was killed by {signal}{last}"),
        ),
        None if oom_rose && status.code() == Some(KILLED_COMMAND) => Ended(
            Status::OutOfMemory,
            format!("the program ended with {status} while the system ran out of memory{last}"),
        ),
        _ => Ended::failed(format!("the program ended with {status}{last}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sigkill_is_for_lack_of_memory_only_if_the_kernel_counted_one() {
        let status = |raw: i32, oom_rose: bool| failed_exit(ExitStatus::from_raw(raw), "", oom_rose).0;
        assert_eq!(status(9, false), Status::Crashed);
        assert_eq!(status(9, true), Status::OutOfMemory);
        assert_eq!(status(11, true), Status::Crashed);
        assert_eq!(status(137 << 8, false), Status::Failed);
        assert_eq!(status(137 << 8, true), Status::OutOfMemory);
        assert_eq!(status(1 << 8, true), Status::Failed);
    }
}
