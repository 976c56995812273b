//! `cargo xtask e2e`: builds what `lockit dockerfile` writes, and asks the result over HTTP.
//!
//! Takes some minutes, root, `debootstrap` and `buildah`, so it is no part of the tests.

use std::error::Error;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use crate::python_chore;

/// Build emitted Dockerfiles with buildah and run the results
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder for images, channel and caches (5 GB) [default: target/e2e]
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    for program in ["buildah", "debootstrap"] {
        if Command::new(program).arg("--version").output().is_err() {
            return Err(format!("`{program}` is not installed: apt-get install {program}").into());
        }
    }
    python_chore::run("build.py", arguments.scratch.as_deref(), "e2e")
}
