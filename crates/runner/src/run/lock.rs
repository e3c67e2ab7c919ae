//! Locks a mutex whose data stay valid if a thread panics.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// Waits for the lock.
pub(super) fn hold<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
