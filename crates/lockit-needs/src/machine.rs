//! Where each need is looked for.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::Need;

/// A folder of the shared files: `LOCKIT_SHARED` names where they are, else they lie in `../shared` beside the
/// checkout.
#[track_caller]
pub fn shared(folder: &str) -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("LOCKIT_SHARED").map_or_else(beside, PathBuf::from).join(folder);
    let reason = "neither LOCKIT_SHARED nor `shared` beside the checkout has";
    Need::Shared.or_skip(if path.is_dir() { Ok(path) } else { Err(format!("{reason} `{folder}`")) })
}

const NO_PEERS: &str = "LOCKIT_PEERS names no Python with `.ci/peers.txt` installed";

/// The Python that `LOCKIT_PEERS` names, in which other tools are installed.
#[track_caller]
pub fn peers() -> Option<PathBuf> {
    Need::Peers.or_skip(std::env::var_os("LOCKIT_PEERS").map(PathBuf::from).ok_or(NO_PEERS))
}

/// The uv beside the Python that `LOCKIT_PEERS` names.
#[track_caller]
pub fn uv() -> Option<PathBuf> {
    let beside = |python| {
        let uv = PathBuf::from(python).with_file_name("uv");
        if uv.is_file() { Ok(uv) } else { Err(format!("`{}` is not there", uv.display())) }
    };
    Need::Uv.or_skip(std::env::var_os("LOCKIT_PEERS").ok_or(NO_PEERS.to_owned()).and_then(beside))
}

/// Whether strace can trace here; the test has to end if not.
#[must_use]
#[track_caller]
pub fn can_trace() -> bool {
    let traced = succeeds("strace", &["-f", "-qq", "-o", "/dev/null", "true"]);
    Need::Strace.or_skip(traced.then_some(()).ok_or("strace is absent or may not trace")).is_some()
}

/// Whether `unshare -m` gives a namespace in which one can mount; the test has to end if not.
#[must_use]
#[track_caller]
pub fn can_mount() -> bool {
    let mounted = succeeds("unshare", &["-m", "sh", "-c", "mount -t tmpfs none /mnt"]);
    Need::Mounts.or_skip(mounted.then_some(()).ok_or("there is no mount namespace")).is_some()
}

/// Whether git can serve repositories over HTTP here; the test has to end if not.
#[must_use]
#[track_caller]
pub fn git_serves() -> bool {
    let folder = Command::new("git").arg("--exec-path").output();
    let folder = folder.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let serves = folder.is_ok_and(|folder| Path::new(&folder).join("git-http-backend").is_file());
    Need::Git.or_skip(serves.then_some(()).ok_or("git has no `git http-backend`")).is_some()
}

/// Whether there is a curl; the test has to end if not.
#[must_use]
#[track_caller]
pub fn has_curl() -> bool {
    Need::Curl
        .or_skip(succeeds("curl", &["--version"]).then_some(()).ok_or("there is no curl"))
        .is_some()
}

fn succeeds(program: &str, args: &[&str]) -> bool {
    let silent = || Stdio::null();
    let mut command = Command::new(program);
    command.args(args).stdin(silent()).stdout(silent()).stderr(silent());
    command.status().is_ok_and(|status| status.success())
}
