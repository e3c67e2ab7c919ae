//! The child process of one cell: starts it, sends the request, enforces the limits and interprets how it ended.

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use std::collections::HashSet;
use std::io;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::Receiver;
use std::sync::{LazyLock, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use crate::grid::point::PlannedPoint;
use crate::results::status::Status;
use crate::run::halt::Halt;
use crate::run::lock::hold;
use crate::run::protocol::{Request, Response};
use crate::run::stderr_tail::{last_lines, tail_of};
use crate::run::system::memory_meter::MemoryMeter;
use crate::run::system::oom_kills::OomKills;
use crate::run::system::process_tree;
use crate::run::time_limit;

/// How often the limits of a running cell are checked.
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// How long to wait for a cell's output after its end: a busy machine delivers it late, and a process that the cell started may
/// keep the pipe open.
const OUTPUT_WAIT: Duration = Duration::from_secs(10);

/// Process ids of the running cells. It is locked while a cell starts and while strays are looked for.
static RUNNING: LazyLock<Mutex<HashSet<u32>>> = LazyLock::new(Mutex::default);

/// The limits of a cell.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) timeout: Option<Duration>,
    /// Bytes.
    pub(super) memory: Option<u64>,
}

impl Limits {
    /// Those of a point.
    pub(super) fn of(point: &PlannedPoint) -> Limits {
        Limits {
            timeout: point.timeout,
            memory: point.memory,
        }
    }
}

/// Runs one cell in a child process of this program.
pub(super) fn work(request: &Request, limits: Limits, halt: &Halt) -> Response {
    respond(request, limits, halt).printable()
}

fn respond(request: &Request, limits: Limits, halt: &Halt) -> Response {
    let oom_kills = OomKills::now();
    let not_started = |what: &str, error: io::Error| {
        Response::NotStarted(format!("cannot start {what} for the cell: {error}"))
    };
    let text = match serde_json::to_string(request) {
        Ok(text) => text,
        Err(error) => {
            let reason = format!(
                "cannot write the request of the cell: {error}; the folders of the cache and of temporary files need names in UTF-8"
            );
            return Response::Ended(Status::Failed, reason);
        }
    };
    let mut child = match start() {
        Ok(child) => child,
        Err(error) => return not_started("a process", error),
    };
    let stdin = child.stdin.take();
    let readers = response_of(&mut child).and_then(|response| Ok((response, tail_of(child.stderr.take())?)));
    let (response, errors) = match readers {
        Ok(readers) => readers,
        Err(error) => {
            end(&mut child);
            forget(&child);
            return not_started("a thread", error);
        }
    };
    let open_stdin = stdin.map(|mut stdin| {
        // If the child is gone, its exit status says so. The pipe stays open as long as this program lives.
        let _ = writeln!(stdin, "{text}");
        stdin
    });
    let mut watched = Watched {
        // A built-in engine measures its own memory more precisely.
        measure: request.program.is_some(),
        limits,
        memory: MemoryMeter::default(),
    };
    let (end, received) = watched.watch(&mut child, &response, halt);
    drop(open_stdin);
    forget(&child);
    let errors = errors.recv_timeout(OUTPUT_WAIT).unwrap_or_default();
    match end {
        Err(ended) => ended,
        Ok(status) => {
            let received = received.or_else(|| response.recv_timeout(OUTPUT_WAIT).ok());
            let mut response = interpret(status, received, &errors, oom_kills.rose());
            if let (Response::Scored(score), true) = (&mut response, watched.measure) {
                let sampled = watched.memory.peak_mib();
                let peak = score.measured.peak_rss_mib;
                score.measured.peak_rss_mib = Some(peak.map_or(sampled, |peak| peak.max(sampled)));
            }
            response
        }
    }
}

fn start() -> io::Result<Child> {
    // On Linux this is the file that runs now, even if it has been rebuilt since.
    let itself = std::path::Path::new("/proc/self/exe");
    let program = if itself.exists() {
        itself.to_owned()
    } else {
        std::env::current_exe()?
    };
    let mut command = Command::new(program);
    // Huge pages for large arrays, if glibc and the system allow it. A forest reads rows across tens of megabytes and spends a
    // sixth of its time on misses of the page table cache with 4 KiB pages (Ice Lake, 2026-11).
    if std::env::var_os("GLIBC_TUNABLES").is_none() {
        command.env("GLIBC_TUNABLES", "glibc.malloc.hugetlb=1");
    }
    command
        .arg("cell")
        // The end of standard error is the reason of a row: the message, not the calls that led to it.
        .env("RUST_BACKTRACE", "0")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut running = hold(&RUNNING);
    let child = command.spawn()?;
    running.insert(child.id());
    Ok(child)
}

/// Ends what an ended cell left behind: its program may have killed it and gone on.
fn forget(cell: &Child) {
    let mut running = hold(&RUNNING);
    running.remove(&cell.id());
    process_tree::end_strays(&running);
}

/// Receives the last line of the child's standard output when the output closes.
fn response_of(child: &mut Child) -> io::Result<Receiver<String>> {
    let (send, receive) = mpsc::channel();
    if let Some(out) = child.stdout.take() {
        thread::Builder::new().spawn(move || {
            let last = BufReader::new(out)
                .split(b'\n')
                .map_while(Result::ok)
                .filter(|line| !line.is_empty())
                .last();
            let _ = send.send(String::from_utf8_lossy(&last.unwrap_or_default()).into_owned());
        })?;
    }
    Ok(receive)
}

/// A running cell.
struct Watched {
    limits: Limits,
    /// Whether to sample the memory even without a limit.
    measure: bool,
    memory: MemoryMeter,
}

impl Watched {
    /// Waits for the child; `Err` if it was ended because of a limit or of a stop.
    fn watch(
        &mut self,
        child: &mut Child,
        response: &Receiver<String>,
        halt: &Halt,
    ) -> (Result<ExitStatus, Response>, Option<String>) {
        let started = Instant::now();
        let mut received = None;
        loop {
            match child.try_wait() {
                Ok(Some(status)) => {
                    end_group(child);
                    return (Ok(status), received);
                }
                Ok(None) => {}
                Err(error) => {
                    let reason = format!("lost the cell's process: {error}");
                    return (Err(Response::Ended(Status::Failed, reason)), None);
                }
            }
            let ended = if halt.is_set() {
                let reason = "the run was stopped while the cell ran".into();
                Some(Response::Ended(Status::Interrupted, reason))
            } else {
                self.over_time(started).or_else(|| self.over_memory(child.id()))
            };
            if let Some(ended) = ended {
                end(child);
                return (Err(ended), None);
            }
            match response.recv_timeout(POLL_INTERVAL) {
                // The output is closed: the child is about to exit.
                Ok(text) => received = Some(text),
                Err(mpsc::RecvTimeoutError::Disconnected) => thread::sleep(Duration::from_millis(1)),
                Err(mpsc::RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn over_time(&self, started: Instant) -> Option<Response> {
        let limit = self.limits.timeout.filter(|limit| started.elapsed() >= *limit)?;
        Some(Response::Ended(Status::Timeout, time_limit::reason(limit)))
    }

    fn over_memory(&mut self, pid: u32) -> Option<Response> {
        if !self.measure && self.limits.memory.is_none() {
            return None;
        }
        let held = self.memory.above(pid, self.limits.memory)?;
        let limit = self.limits.memory?;
        let size = |bytes| bytesize::ByteSize(bytes).display().iec();
        Some(Response::Ended(
            Status::OutOfMemory,
            format!("used {} of memory; the limit is {}", size(held), size(limit)),
        ))
    }
}

/// Kills every process that the child started, then its process group, and reaps the child.
fn end(child: &mut Child) {
    process_tree::end_descendants(child.id());
    end_group(child);
    let _ = child.kill();
    let _ = child.wait();
}

/// Kills what is left of the child's process group.
fn end_group(child: &Child) {
    if let Ok(pid) = i32::try_from(child.id()) {
        // Usually nothing is left.
        let _ = killpg(Pid::from_raw(pid), Signal::SIGKILL);
    }
}

/// The outcome that an exit status means. `oom_rose`: whether the kernel killed a process for lack of memory meanwhile.
fn interpret(status: ExitStatus, response: Option<String>, errors: &str, oom_rose: bool) -> Response {
    let last_words = || last_lines(errors);
    if errors.contains("memory allocation of") && !status.success() {
        let reason = format!("the system ran out of memory{}", last_words());
        return Response::Ended(Status::OutOfMemory, reason);
    }
    if let Some(signal) = status.signal() {
        if signal == Signal::SIGKILL as i32 && oom_rose {
            let reason = "killed by SIGKILL while the system ran out of memory".into();
            return Response::Ended(Status::OutOfMemory, reason);
        }
        let name =
            Signal::try_from(signal).map_or_else(|_| format!("signal {signal}"), |signal| signal.to_string());
        return Response::Ended(Status::Crashed, format!("killed by {name}{}", last_words()));
    }
    match response.as_deref().map(serde_json::from_str::<Response>) {
        Some(Ok(response)) if status.success() => response,
        _ => Response::Ended(Status::Failed, format!("no response; {status}{}", last_words())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interpreted(raw: i32, response: Option<&str>, errors: &str) -> (Status, String) {
        match interpret(
            ExitStatus::from_raw(raw),
            response.map(str::to_owned),
            errors,
            false,
        ) {
            Response::Ended(status, reason) => (status, reason),
            Response::Scored(_) | Response::NotStarted(_) | Response::MadeFeatures => {
                (Status::Ok, String::new())
            }
        }
    }

    #[test]
    fn an_abort_for_lack_of_memory_differs_from_other_aborts() {
        assert_eq!(
            interpreted(6, None, "memory allocation of 999 bytes failed").0,
            Status::OutOfMemory
        );
        let (status, reason) = interpreted(6, None, "free(): invalid pointer");
        assert_eq!(status, Status::Crashed);
        assert!(
            reason.contains("SIGABRT") && reason.contains("invalid pointer"),
            "{reason}"
        );
    }

    #[test]
    fn sigkill_is_for_lack_of_memory_only_if_the_kernel_counted_one() {
        assert_eq!(
            interpreted(9, None, ""),
            (Status::Crashed, "killed by SIGKILL".into())
        );
        let killed = interpret(ExitStatus::from_raw(9), None, "", true);
        assert!(matches!(killed, Response::Ended(Status::OutOfMemory, _)));
    }

    #[test]
    fn a_partial_response_is_a_failure() {
        assert_eq!(interpreted(0, Some("{\"Scored\":{\"accu"), "").0, Status::Failed);
        assert_eq!(interpreted(0, None, "").0, Status::Failed);
        assert_eq!(
            interpreted(3 << 8, Some("{\"Ended\":[\"refused\",\"x\"]}"), "").0,
            Status::Failed
        );
    }

    #[test]
    fn an_engines_reason_is_kept() {
        assert_eq!(
            interpreted(0, Some("{\"Ended\":[\"failed\",\"too few rows\"]}"), ""),
            (Status::Failed, "too few rows".into())
        );
    }
}
