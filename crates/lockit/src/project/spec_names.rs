//! How specs are called.

use std::path::{Path, PathBuf};

use lockit_spec::pyproject_names_dependencies;

use super::error::ProjectError;
use super::files::Files;

/// What a spec is called that nobody names, most usual first.
pub const ENVIRONMENT_FILES: [&str; 2] = ["environment.yml", "environment.yaml"];

/// Whether a file is called as specs are: `environment.yml`, `predict-environment.yaml`.
pub fn is_spec_name(name: &str) -> bool {
    [".yml", ".yaml"].iter().any(|end| {
        name.strip_suffix(end)
            .is_some_and(|stem| stem == "environment" || stem.ends_with("-environment"))
    })
}

/// The environment that a spec is about when it does not say: `predict` of `predict-environment.yml`.
pub fn environment_of(path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    match stem.strip_suffix("-environment") {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => stem,
    }
}

/// The spec of a folder when nobody names one.
///
/// # Errors
/// There is none, or there are two.
pub fn default_spec(root: &Path, files: &Files) -> Result<PathBuf, ProjectError> {
    let found: Vec<&str> =
        ENVIRONMENT_FILES.into_iter().filter(|name| files.has(&root.join(name))).collect();
    match found.as_slice() {
        [one] => Ok(PathBuf::from(one)),
        [] if pyproject_is_spec(root, files) => Ok(PathBuf::from("pyproject.toml")),
        [] => Err(ProjectError::new("nothing to lock: no lockit.toml and no environment.yml here")
            .hint("name a file with `-f`, or declare environments in lockit.toml")),
        _ => Err(ProjectError::new("both environment.yml and environment.yaml are here")
            .hint("say which one with `-f`")),
    }
}

/// Whether a folder has a spec that is taken when nobody names one.
pub fn has_default_spec(root: &Path, files: &Files) -> bool {
    ENVIRONMENT_FILES.iter().any(|name| files.has(&root.join(name)))
        || pyproject_is_spec(root, files)
}

/// Whether a folder has a `pyproject.toml` that says itself what conda packages it wants.
fn pyproject_is_spec(folder: &Path, files: &Files) -> bool {
    files.read(&folder.join("pyproject.toml")).is_ok_and(|file| pyproject_names_dependencies(&file))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_are_known_by_their_names() {
        for name in ["environment.yml", "environment.yaml", "predict-environment.yml"] {
            assert!(is_spec_name(name), "{name}");
        }
        for name in ["environment.json", "myenvironment.yml", "conda-lock.yml", "environment"] {
            assert!(!is_spec_name(name), "{name}");
        }
    }

    #[test]
    fn a_name_tells_the_environment() {
        for (path, name) in [
            ("predict-environment.yml", "predict"),
            ("sub/environment.yaml", "environment"),
            ("-environment.yml", "-environment"),
            ("dev.yml", "dev"),
        ] {
            assert_eq!(environment_of(Path::new(path)), name, "{path}");
        }
    }
}
