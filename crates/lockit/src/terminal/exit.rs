//! What the exit code says. Documented in the README; scripts depend on it.

use std::process::ExitCode;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum ExitStatus {
    /// Everything is as it should be.
    Success = 0,
    /// The user has something to do: a stale lock, an unsolvable spec.
    Failure = 1,
    /// The command line, a file or the machine is broken.
    Error = 2,
}

impl From<ExitStatus> for ExitCode {
    fn from(status: ExitStatus) -> Self {
        Self::from(status as u8)
    }
}
