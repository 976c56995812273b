//! Which lock a command reads.

use std::path::PathBuf;

use clap::Args;

/// Which lock to read.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct WhichLock {
    /// Lockfile of any kind [default: what the project here has locked]
    #[arg(value_name = "LOCKFILE")]
    pub(crate) lockfile: Option<PathBuf>,
    /// Environment, when there are several
    #[arg(long, value_name = "NAME")]
    pub(crate) environment: Option<String>,
}
