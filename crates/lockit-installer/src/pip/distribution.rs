//! Python packages as a prefix has them: the `*.dist-info` folders among its modules (PEP 376, PEP 627).

use std::path::{Path, PathBuf};
use std::time::SystemTime;

use lockit_spec::Platform;
use rattler::install::PythonInfo;
use rattler_conda_types::Version;

use crate::place::Rules;

/// One installed python package, whoever installed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Distribution {
    /// Name, normalised (PEP 503).
    pub(crate) name: String,
    /// Version as the folder's name has it.
    pub(crate) version: String,
    /// The name of its `*.dist-info` folder.
    pub(crate) folder: String,
    /// When the list of its files was written. `None` if there is none: its installation was killed.
    pub(crate) written: Option<SystemTime>,
}

impl Distribution {
    /// Whether the program that is named in its `INSTALLER` installed it.
    pub(crate) fn is_by(&self, site_packages: &Path, installer: &str) -> bool {
        let path = site_packages.join(&self.folder).join("INSTALLER");
        fs_err::read_to_string(path).is_ok_and(|text| text.trim() == installer)
    }
}

/// All that lie in a folder of modules, by name. A folder that is not there holds none.
pub(crate) fn distributions(site_packages: &Path) -> Vec<Distribution> {
    let entries = fs_err::read_dir(site_packages).into_iter().flatten().flatten();
    let mut found: Vec<Distribution> = entries
        .filter_map(|entry| {
            let folder = entry.file_name().into_string().ok()?;
            let (name, version) = folder.strip_suffix(".dist-info")?.split_once('-')?;
            let record = site_packages.join(&folder).join("RECORD");
            let written = fs_err::metadata(record).and_then(|about| about.modified()).ok();
            let (name, version) = (normalised(name), version.to_owned());
            Some(Distribution { name, version, folder, written })
        })
        .collect();
    found.sort_by(|a, b| (&a.name, &a.folder).cmp(&(&b.name, &b.folder)));
    found
}

/// `Ruamel.Yaml__x` is `ruamel-yaml-x` (PEP 503).
pub(crate) fn normalised(name: &str) -> String {
    let parts: Vec<&str> = name.split(['-', '_', '.']).filter(|part| !part.is_empty()).collect();
    parts.join("-").to_ascii_lowercase()
}

/// Where the python of a prefix has its modules. `told` is what the package itself says of it (CEP 17).
pub(crate) fn site_packages(
    prefix: &Path,
    version: &Version,
    told: Option<&str>,
) -> Option<PathBuf> {
    // Of this machine, as everything that uv is asked for.
    let platform = Platform::current()?;
    if told.is_some_and(|told| Rules::new(platform).place(told).is_err()) {
        return None;
    }
    let python = PythonInfo::from_version(version, told, platform).ok()?;
    Some(prefix.join(python.site_packages_path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_indexes_read_them() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["Ruamel.Yaml-0.18.6.dist-info", "six-1.17.0.dist-info", "six", "x.egg-info"] {
            fs_err::create_dir(folder.path().join(name)).unwrap();
        }
        fs_err::write(folder.path().join("six-1.17.0.dist-info/RECORD"), "").unwrap();
        fs_err::write(folder.path().join("six-1.17.0.dist-info/INSTALLER"), "uv\n").unwrap();
        let found = distributions(folder.path());
        let names: Vec<_> = found.iter().map(|one| (&*one.name, &*one.version)).collect();
        assert_eq!(names, [("ruamel-yaml", "0.18.6"), ("six", "1.17.0")]);
        assert!(found[0].written.is_none() && found[1].written.is_some());
        assert!(found[1].is_by(folder.path(), "uv") && !found[0].is_by(folder.path(), "uv"));
        assert!(distributions(&folder.path().join("not-there")).is_empty());
    }
}
