//! Makes the file of a costly preprocessing's features before the cells that read it start: one cell's process makes it, the others wait.

use std::collections::HashMap;
use std::fs::{OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::fcntl::OFlag;

use crate::results::status::Status;
use crate::run::features::{LOCK, UNFINISHED};
use crate::run::halt::Halt;
use crate::run::lock::hold;
use crate::run::protocol::{Request, Response};
use crate::run::worker::{Limits, work};

/// How often a file that another process makes is looked for.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// How the file of a run's features ended, by its path: one process makes it, and a failure is not repeated for every cell.
#[derive(Default)]
pub(super) struct Preparation(Mutex<HashMap<PathBuf, Arc<Mutex<Ended>>>>);

/// Who makes a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Making {
    Here,
    ByAnotherRun,
}

/// Why there is no file; `None` before it was tried and where there is one.
type Ended = Option<(Status, String)>;

impl Preparation {
    /// Makes the file of this request, unless it exists. `announce` is called once, before it is made or waited for.
    ///
    /// # Errors
    /// The response of a cell that has no features.
    pub(super) fn prepare(
        &self,
        path: &Path,
        request: &Request,
        limits: Limits,
        halt: &Halt,
        announce: impl FnOnce(Making),
    ) -> Result<(), Response> {
        let of_path = Arc::clone(hold(&self.0).entry(path.to_owned()).or_default());
        let mut ended = hold(&of_path);
        if let Some((status, reason)) = &*ended {
            return Err(Response::Ended(*status, reason.clone()));
        }
        if path.is_file() {
            return Ok(());
        }
        match make(path, request, limits, halt, announce) {
            Response::Ended(status, reason) => {
                let reason = format!("features of {}: {reason}", request.preprocessing);
                // After a stop no cell starts any more.
                *ended = Some((status, reason.clone()));
                Err(Response::Ended(status, reason))
            }
            Response::NotStarted(reason) => Err(Response::NotStarted(reason)),
            Response::MadeFeatures | Response::Scored(_) => Ok(()),
        }
    }
}

/// Makes the file in a process of its own, under a lock, so that two runs do not make it at once.
fn make(
    path: &Path,
    request: &Request,
    limits: Limits,
    halt: &Halt,
    announce: impl FnOnce(Making),
) -> Response {
    let lock = path.with_extension(LOCK);
    let opened = path
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| {
            OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                // Not the target of a link of this name.
                .custom_flags(OFlag::O_NOFOLLOW.bits())
                .open(&lock)
        });
    let failed = |error: std::io::Error| {
        Response::Ended(
            Status::Failed,
            format!("cannot write {}: {error}", lock.display()),
        )
    };
    let file = match opened {
        Ok(file) => file,
        Err(error) => return failed(error),
    };
    let started = Instant::now();
    let mut announce = Some(announce);
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if halt.is_set() => {
                let reason = "the run was stopped while another run made them".into();
                return Response::Ended(Status::Interrupted, reason);
            }
            Err(TryLockError::WouldBlock)
                if limits.timeout.is_some_and(|limit| started.elapsed() > limit) =>
            {
                let reason =
                    "another run makes them, and did not end within the time limit of this one".into();
                return Response::Ended(Status::Timeout, reason);
            }
            Err(TryLockError::WouldBlock) => {
                if let Some(announce) = announce.take() {
                    announce(Making::ByAnotherRun);
                }
                sleep(POLL_INTERVAL);
            }
            Err(TryLockError::Error(error)) => return failed(error),
        }
    }
    // Another run may have made it meanwhile.
    if path.is_file() {
        return Response::MadeFeatures;
    }
    if let Some(announce) = announce.take() {
        announce(Making::Here);
    }
    let request = Request {
        makes_features: true,
        ..request.clone()
    };
    let made = work(&request, limits, halt);
    // Who waits for the lock finds the features, and who comes later does not ask for it. A process that was ended leaves its file.
    let left_over = match made {
        Response::MadeFeatures => lock,
        _ => path.with_extension(UNFINISHED),
    };
    // There may be none.
    let _ = std::fs::remove_file(left_over);
    made
}
