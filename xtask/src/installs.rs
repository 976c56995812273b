//! `cargo xtask installs`: runs the lines that install lockit, as they stand in jobs and hooks.
//!
//! Compiles lockit as it is shipped, with and without its solver, and asks PyPI. Takes a quarter of an hour, so it is no
//! part of the tests.

use std::error::Error;
use std::path::PathBuf;
use std::process::ExitCode;

use crate::python_chore;

/// Install lockit in every way that jobs and hooks do
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder for what is compiled and installed (4 GB) [default: target/installs]
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    python_chore::run("installs.py", arguments.scratch.as_deref(), "installs")
}
