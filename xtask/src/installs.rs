//! `cargo xtask installs`: runs the lines that install lockit, as they stand in jobs and hooks.
//!
//! Compiles lockit as it is shipped, with and without its solver, and asks PyPI. Takes a quarter of an hour, so it is no
//! part of the tests.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Install lockit in every way that jobs and hooks do
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder for what is compiled and installed (4 GB) [default: target/installs]
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or("the workspace of this chore is gone")?;
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace.join("target"), PathBuf::from);
    let built = Command::new(env!("CARGO"))
        .current_dir(workspace)
        .args(["build", "--locked", "-p", "lockit"])
        .status()?;
    if !built.success() {
        return Err("the build failed".into());
    }
    let scratch = arguments.scratch.clone().unwrap_or_else(|| target.join("installs"));
    let status = Command::new("python3")
        .arg(workspace.join("xtask/e2e/installs.py"))
        .args([target.join("debug/lockit"), scratch])
        .status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
