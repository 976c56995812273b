//! The folders of a prefix as it is: where files put into them would be.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use crate::place::{Rules, Stray};
use crate::unpacked::parents;

/// The folders of the prefix as it is.
pub(crate) struct Ground {
    prefix: PathBuf,
    /// The prefix without links on the way to it. `None`: it is not there.
    real: Option<PathBuf>,
    rules: Rules,
    /// Folders that were looked at: whether they are there.
    known: HashMap<String, bool>,
}

impl Ground {
    pub(crate) fn new(prefix: &Path, rules: Rules) -> Self {
        let real = fs_err::canonicalize(prefix).ok();
        Self { prefix: prefix.to_path_buf(), real, rules, known: HashMap::new() }
    }

    /// Whether there is a prefix.
    pub(crate) fn is_there(&self) -> bool {
        self.real.is_some()
    }

    /// The folders that these lie in are not elsewhere by way of a link.
    ///
    /// # Errors
    /// The first that is.
    pub(crate) fn carries<'a>(
        &mut self,
        package: &str,
        places: impl IntoIterator<Item = &'a String>,
    ) -> Result<(), Stray> {
        let Some(real) = self.real.clone() else { return Ok(()) };
        let mut last = "";
        for place in places {
            let folder = place.rsplit_once('/').map_or("", |(folder, _)| folder);
            if folder == last {
                continue;
            }
            last = folder;
            for parent in parents(place) {
                let is_there = match self.known.get(parent) {
                    Some(known) => *known,
                    None => self.look(&real, parent).map_err(|aim| Stray {
                        package: package.to_owned(),
                        path: place.clone(),
                        reason: format!(
                            "lies behind `{parent}`, a link in the environment to `{}`",
                            aim.display()
                        ),
                    })?,
                };
                if !is_there {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Whether a folder is there. The error is where it leads, if that is no place for files of packages.
    fn look(&mut self, real: &Path, folder: &str) -> Result<bool, PathBuf> {
        let path = self.prefix.join(folder);
        let there = match path.symlink_metadata() {
            Err(_) => false,
            Ok(about) if !about.is_symlink() => true,
            Ok(_) => {
                let aim = fs_err::read_link(&path).unwrap_or_else(|_| path.clone());
                let end = fs_err::canonicalize(&path).map_err(|_| aim.clone())?;
                let inside = end.strip_prefix(real).map_err(|_| aim.clone())?;
                let inside = inside.to_string_lossy();
                // A link to the top would be a second name for all that is reserved.
                if self.rules.place(&inside).is_err() {
                    return Err(aim);
                }
                true
            }
        };
        self.known.insert(folder.to_owned(), there);
        Ok(there)
    }

    /// The folders of the installer are in the prefix.
    ///
    /// # Errors
    /// One that is a link out of it, and where that leads.
    pub(crate) fn is_sound(&self) -> Result<(), (PathBuf, PathBuf)> {
        let Some(real) = &self.real else { return Ok(()) };
        for folder in ["conda-meta", "__clobbers__", ".trash"] {
            let path = self.prefix.join(folder);
            if path.is_symlink()
                && !fs_err::canonicalize(&path).is_ok_and(|end| end.starts_with(real))
            {
                let aim = fs_err::read_link(&path).unwrap_or_default();
                return Err((path, aim));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn links_in_a_prefix_carry_files_only_inside() {
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path().join("env");
        fs_err::create_dir_all(prefix.join("lib")).unwrap();
        fs_err::create_dir_all(prefix.join("conda-meta")).unwrap();
        let link =
            |aim: &str, at: &str| fs_err::os::unix::fs::symlink(aim, prefix.join(at)).unwrap();
        link("lib", "lib64");
        link("..", "out");
        link("conda-meta", "meta");
        link("not-there", "gone");
        link(".", "self");
        let carries = |place: &str| {
            let mut ground = Ground::new(&prefix, Rules::new(rattler_conda_types::Subdir::Linux64));
            ground.carries("app", &[place.to_owned()]).is_ok()
        };
        for (place, is_right) in [
            ("lib/x", true),
            ("lib64/x", true),
            ("new/folder/x", true),
            ("out/x", false),
            ("meta/x.json", false),
            ("gone/x", false),
            ("self/conda-meta/x", false),
        ] {
            assert_eq!(carries(place), is_right, "{place}");
        }
    }
}
