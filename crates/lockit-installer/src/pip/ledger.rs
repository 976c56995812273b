//! What lockit has put into a prefix by way of uv: `conda-meta/lockit-pip`.
//!
//! `conda-meta` of conda packages is kept by rattler. Python packages have their `*.dist-info`, but that does
//! not say whether lockit put them there, nor by which digest. Only what stands here is ever uninstalled:
//! a `pip install --editable .` of the user's own stays.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// One package that was installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The name of its `*.dist-info` folder.
    pub(crate) folder: String,
    /// The line by which uv was asked for it, without secrets.
    pub(crate) requirement: String,
}

/// The packages by name. `None`: begun, and maybe neither there nor gone.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Ledger {
    pub(crate) entries: BTreeMap<String, Option<Entry>>,
}

const HEAD: &str = "# PyPI packages that lockit has installed. Do not edit.\n";

impl Ledger {
    /// One of packages that are there.
    pub(crate) fn of<'a>(entries: impl IntoIterator<Item = (&'a String, &'a Entry)>) -> Self {
        let entries = entries.into_iter().map(|(name, entry)| (name.clone(), Some(entry.clone())));
        Self { entries: entries.collect() }
    }

    /// That of a prefix; empty where there is none, or where a line cannot be understood: then everything is
    /// looked at afresh.
    pub(crate) fn read(prefix: &Path) -> Self {
        let text = fs_err::read_to_string(path(prefix)).unwrap_or_default();
        let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
        let entries = lines.map(|line| {
            let mut words = line.splitn(3, ' ');
            let name = words.next().unwrap_or_default().to_owned();
            let entry = words.next().zip(words.next()).map(|(folder, requirement)| Entry {
                folder: folder.to_owned(),
                requirement: requirement.to_owned(),
            });
            (name, entry)
        });
        Self { entries: entries.collect() }
    }

    /// Puts it in its place; one without entries is removed.
    ///
    /// # Errors
    /// As writing a file does.
    pub(crate) fn write(&self, prefix: &Path) -> std::io::Result<()> {
        let path = path(prefix);
        if self.entries.is_empty() {
            return match fs_err::remove_file(path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            };
        }
        let mut text = HEAD.to_owned();
        for (name, entry) in &self.entries {
            let _ = match entry {
                Some(entry) => writeln!(text, "{name} {} {}", entry.folder, entry.requirement),
                None => writeln!(text, "{name}"),
            };
        }
        let staged = path.with_extension("new");
        fs_err::write(&staged, text)?;
        fs_err::rename(staged, path)
    }
}

fn path(prefix: &Path) -> PathBuf {
    prefix.join("conda-meta/lockit-pip")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let prefix = tempfile::tempdir().unwrap();
        fs_err::create_dir(prefix.path().join("conda-meta")).unwrap();
        assert_eq!(Ledger::read(prefix.path()), Ledger::default());
        let entry = Entry {
            folder: "six-1.17.0.dist-info".to_owned(),
            requirement: "six @ https://host/six.whl --hash=sha256:00".to_owned(),
        };
        let entries = BTreeMap::from([("begun".to_owned(), None), ("six".to_owned(), Some(entry))]);
        let ledger = Ledger { entries };
        ledger.write(prefix.path()).unwrap();
        assert_eq!(Ledger::read(prefix.path()), ledger);
        Ledger::default().write(prefix.path()).unwrap();
        Ledger::default().write(prefix.path()).unwrap();
        assert!(!path(prefix.path()).exists());
    }
}
