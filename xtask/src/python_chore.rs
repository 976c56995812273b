//! A chore that is a Python script and wants a built lockit.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Builds lockit and runs `xtask/e2e/<script>.py` with it and a folder that it may fill. Without `scratch` that is the
/// folder of this name in the target folder.
pub(crate) fn run(
    script: &str,
    scratch: Option<&Path>,
    name: &str,
) -> Result<ExitCode, Box<dyn Error>> {
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .ok_or("the workspace of this chore is gone")?;
    let target = std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace.join("target"), PathBuf::from);
    let built = Command::new(env!("CARGO"))
        .current_dir(workspace)
        .args(["build", "--locked", "-p", "conda-lockit"])
        .status()?;
    if !built.success() {
        return Err("the build failed".into());
    }
    let scratch = scratch.map_or_else(|| target.join(name), Path::to_path_buf);
    let status = Command::new("python3")
        .arg(workspace.join("xtask/e2e").join(script))
        .args([target.join("debug/lockit"), scratch])
        .status()?;
    Ok(if status.success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
