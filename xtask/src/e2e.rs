//! `cargo xtask e2e`: builds what `lockit dockerfile` writes, and asks the result over HTTP.
//!
//! Takes some minutes, root, `debootstrap` and `buildah`, so it is no part of the tests.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Build emitted Dockerfiles with buildah and run the results
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder for images, channel and caches (5 GB) [default: target/e2e]
    #[arg(long, value_name = "DIR")]
    scratch: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or("the workspace of this chore is gone")?;
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace.join("target"), PathBuf::from);
    for program in ["buildah", "debootstrap"] {
        if Command::new(program).arg("--version").output().is_err() {
            return Err(format!("`{program}` is not installed: apt-get install {program}").into());
        }
    }
    let built = Command::new(env!("CARGO"))
        .current_dir(workspace)
        .args(["build", "--locked", "-p", "lockit"])
        .status()?;
    if !built.success() {
        return Err("the build failed".into());
    }
    let scratch = arguments.scratch.clone().unwrap_or_else(|| target.join("e2e"));
    let status = Command::new("python3")
        .arg(workspace.join("xtask/e2e/build.py"))
        .args([target.join("debug/lockit"), scratch])
        .status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
