//! The flag that asks a run to stop.

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Asks a run to stop: set by Ctrl-C and by the signals that end a terminal or a job.
#[derive(Clone, Default)]
pub(crate) struct Halt(Arc<AtomicBool>);

impl Halt {
    /// A flag that SIGINT, SIGTERM and SIGHUP set.
    ///
    /// # Errors
    /// The system refuses to install a handler.
    pub(crate) fn on_signals() -> io::Result<Halt> {
        let halt = Halt::default();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            if signal != SIGHUP || !is_hangup_ignored() {
                flag::register(signal, Arc::clone(&halt.0))?;
            }
        }
        Ok(halt)
    }

    /// Whether the run should stop.
    pub(crate) fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Lets this process live on when its terminal goes or its stopped group is orphaned. The processes that it starts are as before.
pub(crate) fn survive_hangup() {
    if !is_hangup_ignored() {
        // If it fails, a hangup ends the process.
        let _ = flag::register(SIGHUP, Arc::default());
    }
}

/// Whether `nohup` or another parent made this process ignore SIGHUP. Only Linux tells.
fn is_hangup_ignored() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (SIGHUP - 1)) != 0)
}

/// Makes a write beyond the limit on file sizes an error, which is reported, instead of a signal that ends the process. The
/// processes that this one starts are as before.
pub fn survive_file_size_limit() {
    // If it fails, only this one limit ends the process.
    let _ = flag::register(SIGXFSZ, Arc::default());
}
