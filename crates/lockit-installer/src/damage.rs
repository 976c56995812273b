//! Files that a prefix should have, and that are gone or are not what was installed.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::{Path, PathBuf};

use rattler_digest::{Sha256, compute_file_digest, parse_digest_from_hex};
use rayon::prelude::*;
use serde::Deserialize;

use crate::place::{Rules, Stray};
use crate::record_files::record_files;

/// How closely the files of a prefix are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// Whether they are there.
    Presence,
    /// Whether they hold what was installed as well. Every file is read.
    Contents,
}

/// What is wrong with the files of one installed package.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Damage {
    /// The package: name and version.
    pub package: String,
    /// Files that are gone, as the prefix names them.
    pub missing: Vec<PathBuf>,
    /// Files that hold something else.
    pub changed: Vec<PathBuf>,
}

impl Damage {
    pub(crate) fn is_none(&self) -> bool {
        self.missing.is_empty() && self.changed.is_empty()
    }

    /// Looks at one file: whether something is there, and whether its digest is one of these. No digests: anything is
    /// right.
    pub(crate) fn look(&mut self, top: &Path, file: &Path, look: Look, digests: &[[u8; 32]]) {
        let path = top.join(file);
        match path.symlink_metadata() {
            Err(error) if is_absent(&error) => self.missing.push(file.to_path_buf()),
            Ok(about) if look == Look::Contents && !digests.is_empty() && !about.is_symlink() => {
                let same = about.is_file()
                    && compute_file_digest::<Sha256>(&path)
                        .is_ok_and(|there| digests.iter().any(|one| there[..] == one[..]));
                if !same {
                    self.changed.push(file.to_path_buf());
                }
            }
            _ => {}
        }
    }
}

/// It is not known how a prefix stands.
#[derive(Debug)]
pub(crate) enum Unclear {
    /// A record cannot be read.
    Unreadable(io::Error),
    /// A record names something outside of the prefix.
    Stray(Stray),
}

impl From<io::Error> for Unclear {
    fn from(error: io::Error) -> Self {
        Self::Unreadable(error)
    }
}

impl From<Stray> for Unclear {
    fn from(stray: Stray) -> Self {
        Self::Stray(stray)
    }
}

fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

/// Whether python makes the file again when it is gone, and anew when its source is newer.
pub(crate) fn is_made_by_python(file: &Path) -> bool {
    file.parent().is_some_and(|folder| folder.ends_with("__pycache__"))
}

/// The part of a record in `conda-meta` that says which files there are.
#[derive(Deserialize)]
struct Listed<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    version: Cow<'a, str>,
    paths_data: Option<Paths>,
    #[serde(default)]
    files: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Paths {
    paths: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(rename = "_path")]
    path: PathBuf,
    sha256: Option<String>,
    /// Where it differs from that of the archive, since the prefix was written into the file.
    sha256_in_prefix: Option<String>,
}

impl Entry {
    /// The file, and the digest that it has in the prefix.
    fn into_file(self) -> (PathBuf, Option<[u8; 32]>) {
        let digest = self.sha256_in_prefix.or(self.sha256);
        let digest = digest.and_then(|text| parse_digest_from_hex::<Sha256>(&text));
        (self.path, digest.map(Into::into))
    }
}

/// One installed package and its files, from `conda-meta`.
struct Package {
    name: String,
    label: String,
    files: Vec<(PathBuf, Option<[u8; 32]>)>,
}

impl Package {
    /// Files of older records have no digests.
    fn read(path: &Path) -> io::Result<Self> {
        let bytes = fs_err::read(path)?;
        let listed: Listed<'_> = serde_json::from_slice(&bytes)?;
        let mut files: Vec<(PathBuf, Option<[u8; 32]>)> = match listed.paths_data {
            Some(data) => data.paths.into_iter().map(Entry::into_file).collect(),
            None => listed.files.into_iter().map(|file| (file, None)).collect(),
        };
        files.retain(|(file, _)| !is_made_by_python(file));
        Ok(Self {
            label: format!("{} {}", listed.name, listed.version),
            name: listed.name.to_ascii_lowercase(),
            files,
        })
    }
}

/// What is wrong with the files of these conda packages, by name.
///
/// # Errors
/// A record in `conda-meta` that cannot be read, or a file that is not one of the prefix.
pub(crate) fn damaged(
    prefix: &Path,
    names: &BTreeSet<String>,
    look: Look,
    rules: Rules,
) -> Result<BTreeMap<String, Damage>, Unclear> {
    let records = record_files(&prefix.join("conda-meta"))?;
    // The kernel does most of the work, and what it does for one file does not wait for another.
    let mut packages =
        records.par_iter().map(|path| Package::read(path)).collect::<io::Result<Vec<Package>>>()?;
    // Of files that several packages have, the prefix holds one; any of them will do.
    let mut shared: HashMap<PathBuf, Vec<[u8; 32]>> = HashMap::new();
    if look == Look::Contents {
        for (file, digest) in packages.iter().flat_map(|one| &one.files) {
            shared.entry(file.clone()).or_default().extend(digest);
        }
    }
    packages.retain(|one| names.contains(&one.name));
    for package in &packages {
        // They are opened, and put back where something is wrong with them.
        for (file, _) in &package.files {
            let path = file.to_string_lossy();
            rules.recorded(&path).map_err(|reason| Stray {
                package: package.label.clone(),
                path: path.to_string(),
                reason: format!("{reason}, as `conda-meta` has it"),
            })?;
        }
    }
    let found = packages.par_iter().map(|package| {
        let mut damage = Damage { package: package.label.clone(), ..Damage::default() };
        for (file, digest) in &package.files {
            let digests = shared.get(file).filter(|_| digest.is_some());
            damage.look(prefix, file, look, digests.map_or(&[], Vec::as_slice));
        }
        (package.name.clone(), damage)
    });
    Ok(found.filter(|(_, damage)| !damage.is_none()).collect())
}
