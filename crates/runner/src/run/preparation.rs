//! Makes the file of a costly preprocessing's features before the cells that read it start: one cell's process makes it, the others wait.

use std::collections::HashMap;
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread::sleep;
use std::time::Duration;

use crate::results::status::Status;
use crate::run::features::UNFINISHED;
use crate::run::halt::Halt;
use crate::run::lock::hold;
use crate::run::protocol::{Request, Response};
use crate::run::worker::{Limits, work};

/// How often a file that another process makes is looked for.
const POLL_INTERVAL: Duration = Duration::from_millis(200);

/// How the file of a run's features ended, by its path: one process makes it, and a failure is not repeated for every cell.
#[derive(Default)]
pub(super) struct Preparation(Mutex<HashMap<PathBuf, Arc<Mutex<Ended>>>>);

/// Why there is no file; `None` before it was tried and where there is one.
type Ended = Option<(Status, String)>;

impl Preparation {
    /// Makes the file of this request, unless it exists. `announce` is called before that, once.
    ///
    /// # Errors
    /// The response of a cell that has no features.
    pub(super) fn prepare(
        &self,
        path: &Path,
        request: &Request,
        limits: Limits,
        halt: &Halt,
        announce: impl FnOnce(),
    ) -> Result<(), Response> {
        let of_path = Arc::clone(hold(&self.0).entry(path.to_owned()).or_default());
        let mut ended = hold(&of_path);
        if let Some((status, reason)) = &*ended {
            return Err(Response::Ended(*status, reason.clone()));
        }
        if path.exists() {
            return Ok(());
        }
        match make(path, request, limits, halt, announce) {
            Response::Ended(status, reason) => {
                let reason = format!("features of {}: {reason}", request.preprocessing);
                // After a stop no cell starts any more.
                *ended = Some((status, reason.clone()));
                Err(Response::Ended(status, reason))
            }
            Response::MadeFeatures | Response::Scored(_) => Ok(()),
        }
    }
}

/// Makes the file in a process of its own, under a lock, so that two runs do not make it at once.
fn make(path: &Path, request: &Request, limits: Limits, halt: &Halt, announce: impl FnOnce()) -> Response {
    let lock = path.with_extension("lock");
    let opened = path
        .parent()
        .map_or(Ok(()), std::fs::create_dir_all)
        .and_then(|()| File::create(&lock));
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
    announce();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::WouldBlock) if halt.is_set() => {
                let reason = "the run was stopped while another run made them".into();
                return Response::Ended(Status::Interrupted, reason);
            }
            Err(TryLockError::WouldBlock) => sleep(POLL_INTERVAL),
            Err(TryLockError::Error(error)) => return failed(error),
        }
    }
    // Another run may have made it meanwhile.
    if path.exists() {
        return Response::MadeFeatures;
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
