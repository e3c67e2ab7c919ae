//! A cell's child process, seen from outside: start it, ask it, watch its limits, end it, say how it ended.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::io;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use crate::results::status::Status;
use crate::run::halt::Halt;
use crate::run::process_tree;
use crate::run::protocol::{Request, Response};
use crate::run::stderr_tail::{last_lines, tail_of};

/// How often a running cell's limits are looked at.
const WATCH: Duration = Duration::from_millis(20);

/// How long after its end a cell's output is waited for: on a busy machine it is read later than the end is seen, and what the
/// cell itself has started may hold it open.
const LAST_WORDS: Duration = Duration::from_secs(10);

/// What a cell may use.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) timeout: Option<Duration>,
    /// Bytes.
    pub(super) memory: Option<u64>,
}

/// Runs one cell in a child process of this program.
pub(super) fn work(request: &Request, limits: Limits, halt: &Halt) -> Response {
    let mut child = match start() {
        Ok(child) => child,
        Err(error) => {
            return Response::Ended(
                Status::Failed,
                format!("cannot start a process for the cell: {error}"),
            );
        }
    };
    let stdin = child.stdin.take();
    let answer = answer_of(&mut child);
    let errors = tail_of(child.stderr.take());
    let asked = stdin.map(|mut stdin| {
        let text = serde_json::to_string(request).unwrap_or_default();
        // A child that is gone already shows in how it ended. The pipe stays open as long as this program lives.
        let _ = writeln!(stdin, "{text}");
        stdin
    });
    let mut watched = Watched {
        // A built-in engine measures itself better.
        measure: request.program.is_some(),
        limits,
        most_held: 0,
    };
    let (end, answered) = watched.watch(&mut child, &answer, halt);
    drop(asked);
    let errors = errors.recv_timeout(LAST_WORDS).unwrap_or_default();
    match end {
        Err(ended) => ended,
        Ok(status) => {
            let answered = answered.or_else(|| answer.recv_timeout(LAST_WORDS).ok());
            let mut judged = judge(status, answered, &errors, request);
            if let (Response::Scored(score), true) = (&mut judged, watched.measure) {
                let sampled = mib(watched.most_held);
                let peak = score.measured.peak_rss_mib;
                score.measured.peak_rss_mib = Some(peak.map_or(sampled, |peak| peak.max(sampled)));
            }
            judged
        }
    }
}

fn start() -> io::Result<Child> {
    // On Linux this is the very file that runs, even if it has been built anew since.
    let itself = std::path::Path::new("/proc/self/exe");
    let program = if itself.exists() {
        itself.to_owned()
    } else {
        std::env::current_exe()?
    };
    let mut command = Command::new(program);
    // Large pages for large arrays, where glibc knows of it and the system leaves it to programs: a forest reads rows all over tens of
    // megabytes, and spends a sixth of its time on looking up 4 KiB pages (Ice Lake, 2026-11).
    if std::env::var_os("GLIBC_TUNABLES").is_none() {
        command.env("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
    }
    command
        .arg("cell")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()
}

/// The last line of the child's standard output, when that closes.
fn answer_of(child: &mut Child) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        std::thread::spawn(move || {
            let last = BufReader::new(out)
                .split(b'\n')
                .map_while(Result::ok)
                .filter(|line| !line.is_empty())
                .last();
            let _ = send.send(String::from_utf8_lossy(&last.unwrap_or_default()).into_owned());
        });
    }
    receive
}

/// A cell while it runs.
struct Watched {
    limits: Limits,
    /// Whether its memory is looked at even without a limit.
    measure: bool,
    /// The most that it was seen to hold, in bytes.
    most_held: u64,
}

impl Watched {
    /// Waits for the child within its limits; `Err` if it was ended for one of them.
    fn watch(
        &mut self,
        child: &mut Child,
        answer: &Receiver<String>,
        halt: &Halt,
    ) -> (Result<ExitStatus, Response>, Option<String>) {
        let started = Instant::now();
        let mut answered = None;
        loop {
            match child.try_wait() {
                Ok(Some(status)) => {
                    end_group(child);
                    return (Ok(status), answered);
                }
                Ok(None) => {}
                Err(error) => {
                    let reason = format!("lost the cell's process: {error}");
                    return (Err(Response::Ended(Status::Failed, reason)), None);
                }
            }
            let ended = if halt.is_set() {
                let reason = "the run was stopped while it ran".into();
                Some(Response::Ended(Status::Interrupted, reason))
            } else {
                self.over_time(started).or_else(|| self.over_memory(child.id()))
            };
            if let Some(ended) = ended {
                end(child);
                return (Err(ended), None);
            }
            match answer.recv_timeout(WATCH) {
                // Its output is closed: it is about to exit.
                Ok(text) => answered = Some(text),
                Err(mpsc::RecvTimeoutError::Disconnected) => std::thread::sleep(Duration::from_millis(1)),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn over_time(&self, started: Instant) -> Option<Response> {
        let limit = self.limits.timeout.filter(|limit| started.elapsed() >= *limit)?;
        let reason = format!(
            "still running at its limit of {}",
            humantime::format_duration(limit)
        );
        Some(Response::Ended(Status::Timeout, reason))
    }

    fn over_memory(&mut self, pid: u32) -> Option<Response> {
        if !self.measure && self.limits.memory.is_none() {
            return None;
        }
        let held = process_tree::memory(pid);
        self.most_held = self.most_held.max(held);
        let limit = self.limits.memory.filter(|limit| held > *limit)?;
        let size = |bytes| bytesize::ByteSize(bytes).display().iec();
        Some(Response::Ended(
            Status::OutOfMemory,
            format!("held {} at its limit of {}", size(held), size(limit)),
        ))
    }
}

#[expect(clippy::cast_precision_loss, reason = "a size in bytes")]
fn mib(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}

/// Ends all that the child has started, then its process group, and reaps the child.
fn end(child: &mut Child) {
    process_tree::end_descendants(child.id());
    end_group(child);
    let _ = child.kill();
    let _ = child.wait();
}

/// Ends what is left of the child's process group.
fn end_group(child: &Child) {
    if let Ok(pid) = i32::try_from(child.id()) {
        // Most often nothing is.
        let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
    }
}

/// What an exit means.
fn judge(status: ExitStatus, answer: Option<String>, errors: &str, request: &Request) -> Response {
    let last_words = || last_lines(errors);
    if errors.contains("memory allocation of") && !status.success() {
        let reason = format!("the system had no more memory{}", last_words());
        return Response::Ended(Status::OutOfMemory, reason);
    }
    if let Some(signal) = status.signal() {
        let name =
            Signal::try_from(signal).map_or_else(|_| format!("signal {signal}"), |signal| signal.to_string());
        return if signal == Signal::SIGKILL as i32 {
            let rows = request.n_train;
            Response::Ended(
                Status::OutOfMemory,
                format!(
                    "killed from outside, most likely by the kernel for lack of memory ({rows} training rows)"
                ),
            )
        } else {
            Response::Ended(Status::Crashed, format!("ended by {name}{}", last_words()))
        };
    }
    match answer.as_deref().map(serde_json::from_str::<Response>) {
        Some(Ok(answer)) if status.success() => answer,
        _ => Response::Ended(Status::Failed, format!("no answer, {status}{}", last_words())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            data: "nowhere".into(),
            n_train: 10,
            n_test: 10,
            preprocessing: "none".into(),
            classifier: "SVC".into(),
            engine: "linfa".into(),
            settings: Default::default(),
            seed: 0,
            threads: 1,
            memory: None,
            program: None,
            kept_in: None,
        }
    }

    fn judged(raw: i32, answer: Option<&str>, errors: &str) -> (Status, String) {
        match judge(
            ExitStatus::from_raw(raw),
            answer.map(str::to_owned),
            errors,
            &request(),
        ) {
            Response::Ended(status, reason) => (status, reason),
            Response::Scored(_) => (Status::Ok, String::new()),
        }
    }

    #[test]
    fn an_abort_for_memory_is_told_from_other_aborts() {
        assert_eq!(
            judged(6, None, "memory allocation of 999 bytes failed").0,
            Status::OutOfMemory
        );
        let (status, reason) = judged(6, None, "free(): invalid pointer");
        assert_eq!(status, Status::Crashed);
        assert!(
            reason.contains("SIGABRT") && reason.contains("invalid pointer"),
            "{reason}"
        );
    }

    #[test]
    fn a_kill_from_outside_is_taken_for_the_kernels() {
        assert_eq!(judged(9, None, "").0, Status::OutOfMemory);
    }

    #[test]
    fn half_an_answer_is_no_answer() {
        assert_eq!(judged(0, Some("{\"Scored\":{\"accu"), "").0, Status::Failed);
        assert_eq!(judged(0, None, "").0, Status::Failed);
        assert_eq!(
            judged(3 << 8, Some("{\"Ended\":[\"refused\",\"x\"]}"), "").0,
            Status::Failed
        );
    }

    #[test]
    fn an_engines_reason_is_kept() {
        assert_eq!(
            judged(0, Some("{\"Ended\":[\"failed\",\"too few rows\"]}"), ""),
            (Status::Failed, "too few rows".into())
        );
    }
}
