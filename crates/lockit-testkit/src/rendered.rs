//! All files of a channel, in memory and on disk.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, io,
    path::Path,
};

use rattler_conda_types::Subdir;
use serde_json::{Value, json};

use crate::{
    Error, Recipe, archive, digest,
    recipe::{Build, Digest},
};

/// A channel made from a [`Recipe`]: archives and a `repodata.json` per subdir.
///
/// The same recipe gives the same bytes with the same compression libraries.
pub struct RenderedChannel {
    files: BTreeMap<String, Vec<u8>>,
}

/// A way in which a folder is not the rendered channel.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Difference {
    /// The folder lacks this file.
    Missing(String),
    /// This file has other bytes.
    Changed(String),
    /// The channel has no such file.
    Superfluous(String),
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(path) => write!(f, "`{path}` is missing"),
            Self::Changed(path) => write!(f, "`{path}` is out of date"),
            Self::Superfluous(path) => write!(f, "`{path}` is not part of the channel"),
        }
    }
}

impl fmt::Debug for RenderedChannel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.files.iter().map(|(path, bytes)| (path, bytes.len()))).finish()
    }
}

impl RenderedChannel {
    pub(crate) fn new(recipe: &Recipe) -> Result<Self, Error> {
        let mut subdirs: BTreeMap<Subdir, SubdirIndex> =
            recipe.subdirs.iter().map(|subdir| (*subdir, SubdirIndex::default())).collect();
        let mut files = BTreeMap::new();
        for build in &recipe.builds {
            let index = subdirs.entry(build.subdir).or_default();
            if build.yanked {
                index.removed.insert(build.file_name());
                continue;
            }
            let bytes = archive::archive(build)?;
            index.add(build, &bytes);
            files.insert(format!("{}/{}", build.subdir, build.file_name()), bytes);
        }
        for (subdir, index) in subdirs {
            files.insert(format!("{subdir}/repodata.json"), index.json(subdir).into_bytes());
        }
        Ok(Self { files })
    }

    /// Every file with its path below the channel, sorted by path.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter().map(|(path, bytes)| (path.as_str(), bytes.as_slice()))
    }

    /// How many bytes all files have together.
    pub fn size(&self) -> usize {
        self.files.values().map(Vec::len).sum()
    }

    /// What sets a folder apart from this channel; empty when it is up to date.
    ///
    /// # Errors
    /// Any error of reading the folder, but not that it is missing.
    pub fn differences(&self, folder: &Path) -> io::Result<Vec<Difference>> {
        let mut differences = Vec::new();
        for (path, bytes) in &self.files {
            match fs_err::read(folder.join(path)) {
                Ok(there) if there == *bytes => {}
                Ok(_) => differences.push(Difference::Changed(path.clone())),
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    differences.push(Difference::Missing(path.clone()));
                }
                Err(error) => return Err(error),
            }
        }
        for path in channel_files(folder)? {
            if !self.files.contains_key(&path) {
                differences.push(Difference::Superfluous(path));
            }
        }
        Ok(differences)
    }

    /// Makes a folder this channel: writes what is missing or changed and removes archives and
    /// repodata that the channel does not have. Says what it did.
    ///
    /// # Errors
    /// Any error of reading or writing the folder.
    pub fn write(&self, folder: &Path) -> io::Result<Vec<Difference>> {
        let differences = self.differences(folder)?;
        for difference in &differences {
            match difference {
                Difference::Missing(path) | Difference::Changed(path) => {
                    let target = folder.join(path);
                    if let Some(parent) = target.parent() {
                        fs_err::create_dir_all(parent)?;
                    }
                    fs_err::write(target, &self.files[path])?;
                }
                Difference::Superfluous(path) => fs_err::remove_file(folder.join(path))?,
            }
        }
        Ok(differences)
    }
}

/// The files of a folder that a channel could have made: nothing else is ever removed.
fn channel_files(folder: &Path) -> io::Result<BTreeSet<String>> {
    let mut files = BTreeSet::new();
    if !folder.is_dir() {
        return Ok(files);
    }
    for subdir in fs_err::read_dir(folder)? {
        let subdir = subdir?.file_name();
        let Some(subdir) = subdir.to_str().filter(|name| name.parse::<Subdir>().is_ok()) else {
            continue;
        };
        for file in fs_err::read_dir(folder.join(subdir))? {
            if let Some(name) = file?.file_name().to_str()
                && (name == "repodata.json"
                    || [".conda", ".tar.bz2"].iter().any(|extension| name.ends_with(extension)))
            {
                files.insert(format!("{subdir}/{name}"));
            }
        }
    }
    Ok(files)
}

#[derive(Default)]
struct SubdirIndex {
    tar_bz2: BTreeMap<String, String>,
    conda: BTreeMap<String, String>,
    removed: BTreeSet<String>,
}

impl SubdirIndex {
    fn add(&mut self, build: &Build, archive: &[u8]) {
        let mut record: BTreeMap<String, Value> = archive::index_json(build).into_iter().collect();
        for digest in &build.digests {
            let (key, value) = match digest {
                Digest::Sha256 => ("sha256", digest::sha256(archive)),
                Digest::Md5 => ("md5", digest::md5(archive)),
            };
            record.insert(key.to_owned(), value.into());
        }
        record.insert("size".to_owned(), archive.len().into());
        let record = Value::Object(record.into_iter().collect()).to_string();
        let map = if build.tar_bz2 { &mut self.tar_bz2 } else { &mut self.conda };
        map.insert(build.file_name(), record);
    }

    /// One record per line: small, and a change of one package is a change of one line.
    fn json(&self, subdir: Subdir) -> String {
        let records = |map: &BTreeMap<String, String>| {
            let lines: Vec<_> =
                map.iter().map(|(file, record)| format!("\n{}:{record}", json!(file))).collect();
            lines.join(",")
        };
        format!(
            "{{\"info\":{{\"subdir\":\"{subdir}\"}},\n\"packages\":{{{}}},\n\"packages.conda\":{{{}}},\n\"removed\":{},\n\"repodata_version\":1}}\n",
            records(&self.tar_bz2),
            records(&self.conda),
            json!(self.removed),
        )
    }
}
