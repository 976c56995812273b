//! Locks of a server.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// A test that failed while it held a lock must not hide its own message behind a second one.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
