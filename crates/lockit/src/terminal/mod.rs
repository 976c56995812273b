//! What people see: text, progress, errors, and the exit code.

pub(crate) mod command_error;
pub(crate) mod exit;
pub(crate) mod printer;
#[cfg(feature = "solve")]
pub(crate) mod progress;
