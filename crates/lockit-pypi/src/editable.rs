//! Folders that are to be installed editable, where nothing is to be built: uv builds an editable folder of which it does
//! not know the name whatever it is told. It is given a plain folder then, and what comes out is editable again.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lockit_lockfile::{PipRecord, PipSource};
use lockit_spec::{ArchiveChoice, Builds, PipRequirement, plain_path};
use url::Url;

use crate::build_rules::arguments;
use crate::{PypiError, Uv};

/// The editable folders among requirements whose builds are restricted; none where they are not.
#[derive(Debug, Default)]
pub(crate) struct Editables {
    restricted: bool,
    folders: BTreeSet<PathBuf>,
}

impl Editables {
    /// `folder` is what relative paths start from.
    ///
    /// # Errors
    /// [`PypiError::OldForNoBuilds`]
    pub(crate) fn of(
        requirements: &[&PipRequirement],
        builds: &Builds,
        archives: &ArchiveChoice,
        folder: &Path,
        uv: &Uv,
    ) -> Result<Self, PypiError> {
        let rules = arguments(builds, archives, &BTreeSet::new());
        if !rules.iter().any(|rule| rule.starts_with("--only-binary")) {
            return Ok(Self::default());
        }
        let mut folders = BTreeSet::new();
        for requirement in requirements {
            let line = requirement.line();
            let Some(path) = local(&line, folder) else { continue };
            if !uv.refuses_editables() && names_sources(&path) {
                return Err(PypiError::OldForNoBuilds {
                    folder: path.display().to_string(),
                    uv: format!("uv {}", uv.version()),
                });
            }
            if line.starts_with(EDITABLE) {
                folders.insert(path);
            }
        }
        Ok(Self { restricted: true, folders })
    }

    /// The line for uv.
    pub(crate) fn line(&self, requirement: &PipRequirement) -> String {
        let line = requirement.line_without_digests();
        match line.strip_prefix(EDITABLE) {
            Some(rest) if self.restricted => rest.trim_start().to_owned(),
            _ => line,
        }
    }

    /// Makes the records of these folders editable. `project` is what paths of records start from.
    pub(crate) fn restore(&self, records: &mut [PipRecord], project: &Path) {
        for record in records {
            if let PipSource::Folder { path, editable } = &mut record.source {
                *editable |= self.folders.contains(&resolved(&project.join(path.as_str())));
            }
        }
    }
}

const EDITABLE: &str = "-e ";

/// The folder that a line asks for, absolute.
fn local(line: &str, folder: &Path) -> Option<PathBuf> {
    let place = line.strip_prefix(EDITABLE).unwrap_or(line);
    let place = place.split(" ;").next().unwrap_or(place);
    let place = place.rsplit(" @ ").next().unwrap_or(place).trim();
    let place = place.split('[').next().unwrap_or(place).trim_end();
    let path = match place.split_once("://") {
        Some(("file", _)) => Url::parse(place).ok()?.to_file_path().ok()?,
        Some(_) => return None,
        None => PathBuf::from(place),
    };
    let path = resolved(&folder.join(path));
    path.is_dir().then_some(path)
}

/// One name for a folder, however it is reached.
fn resolved(path: &Path) -> PathBuf {
    fs_err::canonicalize(path).unwrap_or_else(|_| plain_path(path))
}

fn names_sources(folder: &Path) -> bool {
    fs_err::read_to_string(folder.join("pyproject.toml"))
        .is_ok_and(|text| text.contains("sources") && text.contains("uv"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_found_in_lines() {
        let root = tempfile::tempdir().unwrap();
        let root = fs_err::canonicalize(root.path()).unwrap();
        fs_err::create_dir_all(root.join("a/b")).unwrap();
        for line in ["-e ./a/b", "./a/b[dev] ; os_name == 'nt'", "b @ ./a/b", "-e a/../a/b"] {
            assert_eq!(local(line, &root), Some(root.join("a/b")), "{line}");
        }
        let address = Url::from_file_path(root.join("a/b")).unwrap();
        assert_eq!(local(&format!("-e {address}"), &root), Some(root.join("a/b")));
        for line in ["six", "-e git+https://host/a", "b @ https://host/b.whl", "./gone"] {
            assert_eq!(local(line, &root), None, "{line}");
        }
    }
}
