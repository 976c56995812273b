//! Versions of the format. rattler writes the newest one; version 6 is what conda's plugin and older releases of pixi
//! read.

use std::collections::HashMap;

use serde_yaml::{Mapping, Value};

use crate::error::FormatError;

/// A version of pixi.lock that can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum PixiVersion {
    /// Of pixi 0.39 and later, and of everything that read pixi.lock then.
    V6,
    /// Has platforms with names and virtual packages, packages that are built from source, and indexes of archives.
    V7,
}

impl PixiVersion {
    /// Every version that can be written, with its name on the command line.
    pub const ALL: [(&'static str, Self); 2] = [("6", Self::V6), ("7", Self::V7)];

    /// The version in which a file that is there is written again: its own, as far as it can be written. `None` for
    /// a text that says none.
    pub fn of(text: &str) -> Option<Self> {
        let line = text.lines().find_map(|line| line.strip_prefix("version:"))?;
        let number: u32 = line.split('#').next()?.trim().parse().ok()?;
        Some(if number <= 6 { Self::V6 } else { Self::V7 })
    }
}

/// `conda.lock` of conda-workspaces, which is a pixi.lock of version 6 that calls itself version 1
/// (`conda_workspaces/lockfile.py`), as such a pixi.lock. `None` for other files: version 1 of pixi had no environments.
pub(super) fn of_conda_workspaces(text: &str) -> Option<String> {
    let has_key = |key: &str| text.lines().any(|line| line.starts_with(key));
    let at = text.lines().position(|line| {
        line.strip_prefix("version:").is_some_and(|version| version.trim() == "1")
    })?;
    if !has_key("environments:") || !has_key("packages:") {
        return None;
    }
    let lines = text.lines().enumerate();
    let lines = lines.map(|(index, line)| if index == at { "version: 6" } else { line });
    Some(lines.collect::<Vec<_>>().join("\n") + "\n")
}

/// What only the later version knows of a package.
const NEWER_KEYS: [&str; 5] =
    ["index", "run_exports", "indexed_timestamp", "attestations_sha256", "flags"];

/// A file of version 7 as one of version 6.
///
/// # Errors
/// What version 6 cannot say: two platforms of one subdir, packages that are built from source, PyPI packages without a
/// version.
pub(super) fn as_version_6(text: &str) -> Result<String, FormatError> {
    let unreadable = |error: serde_yaml::Error| refusal("pixi.lock", &error.to_string());
    let mut file: Mapping = serde_yaml::from_str(text).map_err(unreadable)?;
    file.insert("version".into(), 6.into());
    // One that has a name is written as its subdir.
    let platforms = match file.shift_remove("platforms") {
        Some(Value::Sequence(platforms)) => platforms,
        _ => Vec::new(),
    };
    let subdirs: HashMap<&str, &Value> = platforms
        .iter()
        .filter_map(|one| Some((one.get("name")?.as_str()?, one.get("subdir")?)))
        .collect();
    for (name, environment) in mapping(&mut file, "environments") {
        let Some(Value::Mapping(packages)) = environment.get_mut("packages") else { continue };
        let mut renamed = Mapping::new();
        for (platform, rows) in std::mem::take(packages) {
            let subdir = platform.as_str().and_then(|name| subdirs.get(name).copied());
            let subdir = subdir.cloned().unwrap_or(platform);
            if renamed.insert(subdir.clone(), rows).is_some() {
                let what = format!("environment `{}`", name.as_str().unwrap_or_default());
                let subdir = subdir.as_str().unwrap_or_default();
                return Err(refusal(&what, &format!("it has two platforms of {subdir}")));
            }
        }
        *packages = renamed;
    }
    if let Some(Value::Sequence(packages)) = file.get_mut("packages") {
        for package in packages.iter_mut() {
            let Value::Mapping(package) = package else { continue };
            if let Some(source) = package.get("conda_source") {
                let source = source.as_str().unwrap_or_default();
                return Err(refusal(&format!("`{source}`"), "it is built from source"));
            }
            if package.contains_key("pypi") && !package.contains_key("version") {
                let name = package.get("name").and_then(Value::as_str).unwrap_or_default();
                return Err(refusal(&format!("`{name}`"), "its version is not known"));
            }
            for key in NEWER_KEYS {
                package.shift_remove(key);
            }
        }
    }
    serde_yaml::to_string(&file).map_err(unreadable)
}

fn mapping<'a>(
    file: &'a mut Mapping,
    key: &str,
) -> impl Iterator<Item = (&'a Value, &'a mut Value)> {
    let found = match file.get_mut(key) {
        Some(Value::Mapping(found)) => Some(found),
        _ => None,
    };
    found.into_iter().flat_map(|found| found.iter_mut())
}

fn refusal(what: &str, reason: &str) -> FormatError {
    FormatError::Value {
        what: what.to_owned(),
        reason: format!("{reason}, which version 6 of pixi.lock cannot say; write version 7"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_keeps_its_version() {
        for (text, version) in [
            ("version: 6\nenvironments:\n", Some(PixiVersion::V6)),
            ("# made by hand\nversion: 5 # old\n", Some(PixiVersion::V6)),
            ("version: 7\n", Some(PixiVersion::V7)),
            ("version: 8\n", Some(PixiVersion::V7)),
            ("environments:\n  version: 6\n", None),
            ("version: x\n", None),
        ] {
            assert_eq!(PixiVersion::of(text), version, "{text}");
        }
    }

    const NEW: &str = "version: 7\nplatforms:\n- name: gpu\n  subdir: linux-64\n  virtual-packages:\n  - __cuda=12\n- name: linux-64\nenvironments:\n  default:\n    channels:\n    - url: https://h/c/\n    packages:\n      gpu:\n      - conda: https://h/c/noarch/a-1-0.conda\npackages:\n- conda: https://h/c/noarch/a-1-0.conda\n  sha256: 0\n  run_exports: {}\n";

    #[test]
    fn what_version_6_does_not_know_is_left_out() {
        insta::assert_snapshot!(as_version_6(NEW).unwrap(), @r"
        version: 6
        environments:
          default:
            channels:
            - url: https://h/c/
            packages:
              linux-64:
              - conda: https://h/c/noarch/a-1-0.conda
        packages:
        - conda: https://h/c/noarch/a-1-0.conda
          sha256: 0
        ");
    }

    #[test]
    fn what_version_6_cannot_say_is_refused() {
        let two = NEW.replace("packages:\n      gpu:", "packages:\n      linux-64: []\n      gpu:");
        insta::assert_snapshot!(as_version_6(&two).unwrap_err(), @"environment `default` cannot be written: it has two platforms of linux-64, which version 6 of pixi.lock cannot say; write version 7");
        let source = NEW.replace("packages:\n- ", "packages:\n- conda_source: a[1] @ .\n- ");
        insta::assert_snapshot!(as_version_6(&source).unwrap_err(), @"`a[1] @ .` cannot be written: it is built from source, which version 6 of pixi.lock cannot say; write version 7");
    }
}
