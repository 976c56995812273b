//! `lockit install` without its process: `cargo xtask bench --install` holds it against py-rattler's installer.
//!
//! ```text
//! cargo run --release -p lockit-installer --example install -- LOCKFILE PLATFORM PREFIX CACHE_DIR
//! ```
//!
//! Prints how many seconds the installation took, without starting and without reading the lockfile.
#![expect(clippy::print_stdout, reason = "the time is its output")]

use std::error::Error;
use std::path::PathBuf;
use std::time::Instant;

use lockit_installer::{Credentials, Installation, Look, NoInstallProgress};
use lockit_solver::Network;
use lockit_spec::Platform;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [lockfile, platform, prefix, cache_dir] = arguments.as_slice() else {
        return Err("usage: install LOCKFILE PLATFORM PREFIX CACHE_DIR".into());
    };
    let read = lockit_lockfile::detect::read(lockfile.as_ref())
        .map_err(|_| format!("`{lockfile}` cannot be read as a lockfile"))?;
    let platform: Platform = platform.parse()?;
    let lock = read.locks.first().and_then(|lock| lock.platforms.get(&platform));
    let installation = Installation {
        builds: lockit_spec::Builds::default(),
        lock: lock.ok_or("the lockfile does not have this platform")?,
        platform,
        prefix: prefix.into(),
        look: Look::Presence,
        copy: false,
        compile: false,
        pip: false,
        folder: PathBuf::new(),
        link_scripts: false,
        missing_digests: false,
        max_unpacked: None,
        authenticated: &std::collections::BTreeSet::new(),
        credentials: Credentials::default(),
        network: Network { cache_dir: Some(cache_dir.into()), ..Network::default() },
    };
    let start = Instant::now();
    installation.run(&|_: &str| None, &NoInstallProgress)?;
    println!("{}", start.elapsed().as_secs_f64());
    Ok(())
}
