//! A lockfile as a list of packages, for `git diff`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use lockit_lockfile::{Package, detect};

use crate::terminal::command_error::CommandError;

/// One line for each package, with its platforms where it is not on all. A file that cannot be read as a
/// lockfile is given as it is: `git diff` must go on.
pub(super) fn list(path: &Path) -> Result<String, CommandError> {
    let Ok(lockfile) = detect::read(path) else {
        let bytes = fs_err::read(path)?;
        return Ok(String::from_utf8_lossy(&bytes).into_owned());
    };
    let mut out = String::new();
    for lock in &lockfile.locks {
        if !lock.environment.is_empty() {
            let _ = writeln!(out, "[{}]", lock.environment);
        }
        let mut packages: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        let mut builds: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
        for (platform, chosen) in &lock.platforms {
            for record in &chosen.records {
                let key = (record.name.as_str(), record.version.as_str());
                packages.entry(key).or_default().push(platform.as_str());
                builds.entry(key).or_default().push(&record.build);
            }
            for record in &chosen.pip {
                let key = (record.name.as_str(), record.version.as_str());
                packages.entry(key).or_default().push(platform.as_str());
                builds.entry(key).or_default().extend(["pip", Package::Pip(record).build()]);
            }
        }
        for ((name, version), platforms) in &packages {
            let mut names = builds.remove(&(*name, *version)).unwrap_or_default();
            names.sort_unstable();
            names.dedup();
            names.retain(|build| !build.is_empty());
            let builds = names.join(" ");
            let place = if platforms.len() == lock.platforms.len() {
                String::new()
            } else {
                format!("  [{}]", platforms.join(", "))
            };
            let _ = writeln!(out, "{}{place}", format!("{name} {version} {builds}").trim_end());
        }
    }
    Ok(out)
}
