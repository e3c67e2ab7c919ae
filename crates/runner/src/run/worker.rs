//! A cell's child process, seen from outside: start it, ask it, watch its limits, end it, say how it ended.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

use super::answer::Score;
use super::{Answer, Halt, Request, Status};
use crate::clock::rss_bytes;

/// How often a running cell's limits are looked at.
const WATCH: Duration = Duration::from_millis(20);

/// What is kept of a cell's standard error: its end, in bytes.
const TAIL: usize = 4096;

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

/// How a cell ended.
#[derive(Debug)]
pub(super) enum End {
    Scored(Score),
    Ended(Status, String),
}

/// Runs one cell in a child process of this program.
pub(super) fn work(request: &Request, limits: Limits, halt: &Halt) -> End {
    let mut child = match start() {
        Ok(child) => child,
        Err(error) => {
            return End::Ended(
                Status::Failed,
                format!("cannot start a process for the cell: {error}"),
            );
        }
    };
    let stdin = child.stdin.take();
    let answer = answer_of(&mut child);
    let errors = tail_of(&mut child);
    let asked = stdin.map(|mut stdin| {
        let text = serde_json::to_string(request).unwrap_or_default();
        // A child that is gone already shows in how it ended. The pipe stays open as long as this program lives.
        let _ = writeln!(stdin, "{text}");
        stdin
    });
    let (end, answered) = watch(&mut child, &answer, limits, halt);
    drop(asked);
    let errors = errors.recv_timeout(LAST_WORDS).unwrap_or_default();
    match end {
        Err(ended) => ended,
        Ok(status) => judge(
            status,
            answered.or_else(|| answer.recv_timeout(LAST_WORDS).ok()),
            &errors,
            request,
        ),
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
    Command::new(program)
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

/// The end of what the child writes to standard error, when that closes; the rest is read and dropped.
fn tail_of(child: &mut Child) -> Receiver<String> {
    let (send, receive) = mpsc::channel();
    if let Some(mut errors) = child.stderr.take() {
        std::thread::spawn(move || {
            let mut tail = Vec::new();
            let mut block = [0; 8192];
            while let Ok(read @ 1..) = errors.read(&mut block) {
                tail.extend_from_slice(&block[..read]);
                let surplus = tail.len().saturating_sub(TAIL);
                tail.drain(..surplus);
            }
            let _ = send.send(String::from_utf8_lossy(&tail).into_owned());
        });
    }
    receive
}

/// Waits for the child within its limits; `Err` if it was ended for one of them.
fn watch(
    child: &mut Child,
    answer: &Receiver<String>,
    limits: Limits,
    halt: &Halt,
) -> (Result<ExitStatus, End>, Option<String>) {
    let started = Instant::now();
    let mut answered = None;
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return (Ok(status), answered),
            Ok(None) => {}
            Err(error) => {
                return (
                    Err(End::Ended(
                        Status::Failed,
                        format!("lost the cell's process: {error}"),
                    )),
                    None,
                );
            }
        }
        let ended = if halt.is_set() {
            Some(End::Ended(
                Status::Interrupted,
                "the run was stopped while it ran".into(),
            ))
        } else if limits.timeout.is_some_and(|timeout| started.elapsed() >= timeout) {
            let limit = limits.timeout.unwrap_or_default();
            Some(End::Ended(
                Status::Timeout,
                format!(
                    "still running at its limit of {}",
                    humantime::format_duration(limit)
                ),
            ))
        } else {
            over_memory(child.id(), limits.memory)
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

fn over_memory(pid: u32, limit: Option<u64>) -> Option<End> {
    let limit = limit?;
    let held = rss_bytes(pid).filter(|held| *held > limit)?;
    let size = |bytes| bytesize::ByteSize(bytes).display().iec();
    Some(End::Ended(
        Status::OutOfMemory,
        format!("held {} at its limit of {}", size(held), size(limit)),
    ))
}

/// Ends the child's whole process group and reaps the child.
fn end(child: &mut Child) {
    if let Ok(pid) = i32::try_from(child.id()) {
        // It may have ended by itself meanwhile.
        let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

/// What an exit means.
fn judge(status: ExitStatus, answer: Option<String>, errors: &str, request: &Request) -> End {
    let last_words = || {
        let lines: Vec<&str> = errors.lines().filter(|line| !line.trim().is_empty()).collect();
        let last = lines[lines.len().saturating_sub(3)..].join(" | ");
        if last.is_empty() {
            String::new()
        } else {
            format!(": {last}")
        }
    };
    if errors.contains("memory allocation of") && !status.success() {
        return End::Ended(
            Status::OutOfMemory,
            format!("the system had no more memory{}", last_words()),
        );
    }
    if let Some(signal) = status.signal() {
        let name =
            Signal::try_from(signal).map_or_else(|_| format!("signal {signal}"), |signal| signal.to_string());
        return if signal == Signal::SIGKILL as i32 {
            let rows = request.n_train;
            End::Ended(
                Status::OutOfMemory,
                format!(
                    "killed from outside, most likely by the kernel for lack of memory ({rows} training rows)"
                ),
            )
        } else {
            End::Ended(Status::Crashed, format!("ended by {name}{}", last_words()))
        };
    }
    match answer.as_deref().map(serde_json::from_str::<Answer>) {
        Some(Ok(Answer::Scored(score))) if status.success() => End::Scored(score),
        Some(Ok(Answer::Failed(reason))) if status.success() => End::Ended(Status::Failed, reason),
        _ => End::Ended(Status::Failed, format!("no answer, {status}{}", last_words())),
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
        }
    }

    fn judged(raw: i32, answer: Option<&str>, errors: &str) -> (Status, String) {
        match judge(
            ExitStatus::from_raw(raw),
            answer.map(str::to_owned),
            errors,
            &request(),
        ) {
            End::Ended(status, reason) => (status, reason),
            End::Scored(_) => (Status::Ok, String::new()),
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
        assert_eq!(judged(3 << 8, Some("{\"Failed\":\"x\"}"), "").0, Status::Failed);
    }

    #[test]
    fn an_engines_reason_is_kept() {
        assert_eq!(
            judged(0, Some("{\"Failed\":\"too few rows\"}"), ""),
            (Status::Failed, "too few rows".into())
        );
    }
}
