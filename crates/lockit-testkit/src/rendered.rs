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

impl Recipe {
    /// Makes every file of the channel.
    ///
    /// # Errors
    /// [`Error::Io`] when the archives cannot be put together in the temporary directory.
    pub fn render(&self) -> Result<RenderedChannel, Error> {
        RenderedChannel::new(self)
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

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use rattler_conda_types::{
        MatchSpec, Matches, ParseStrictness, RepoData,
        package::{IndexJson, PackageFile, PathsJson},
    };
    use rattler_package_streaming::read::{extract_conda_via_streaming, extract_tar_bz2};

    use super::*;
    use crate::test_data;

    const RECIPE: &str = "
platforms: [linux-64, osx-arm64]
packages:
  python: {versions: {3.12.4: 2024-06-07}, depends: [{linux: __glibc >=2.17}, {osx: __osx >=11.0}]}
  numpy: {versions: [2.3.1], python: ['3.12'], constrains: numpy-base <0a0, track_features: [a, b]}
  app: {versions: {1.0: ~}, noarch: python, license: MIT, depends: python, digests: [md5]}
  old: {versions: [1.0], noarch: generic, format: tar.bz2}
  gone: {versions: [1.0], noarch: generic, yanked: true}
";

    fn rendered() -> RenderedChannel {
        Recipe::parse("channel.yml", RECIPE).unwrap().render().unwrap()
    }

    #[test]
    fn the_same_recipe_gives_the_same_bytes() {
        assert_eq!(rendered().files, rendered().files);
    }

    #[test]
    fn an_index_has_a_record_per_line() {
        let filter = |text: &str| {
            let channel = rendered();
            String::from_utf8(channel.files[text].clone()).unwrap()
        };
        insta::with_settings!({ filters => vec![
            (r#""(md5|sha256)":"[0-9a-f]+""#, r#""$1":"…""#),
            (r#""size":\d+"#, r#""size":…"#),
        ]}, {
            insta::assert_snapshot!(filter("noarch/repodata.json"), @r#"
            {"info":{"subdir":"noarch"},
            "packages":{
            "old-1.0-h4eb5bc8_0.tar.bz2":{"build":"h4eb5bc8_0","build_number":0,"depends":[],"md5":"…","name":"old","noarch":"generic","sha256":"…","size":…,"subdir":"noarch","timestamp":1735689600000,"version":"1.0"}},
            "packages.conda":{
            "app-1.0-pyh58c7578_0.conda":{"build":"pyh58c7578_0","build_number":0,"depends":["python"],"license":"MIT","md5":"…","name":"app","noarch":"python","size":…,"subdir":"noarch","version":"1.0"}},
            "removed":["gone-1.0-h18222a1_0.conda"],
            "repodata_version":1}
            "#);
            insta::assert_snapshot!(filter("linux-64/repodata.json"), @r#"
            {"info":{"subdir":"linux-64"},
            "packages":{},
            "packages.conda":{
            "numpy-2.3.1-py312h22e42ba_0.conda":{"build":"py312h22e42ba_0","build_number":0,"constrains":["numpy-base <0a0"],"depends":["python >=3.12,<3.13.0a0","python_abi 3.12.* *_cp312"],"md5":"…","name":"numpy","sha256":"…","size":…,"subdir":"linux-64","timestamp":1735689600000,"track_features":"a b","version":"2.3.1"},
            "python-3.12.4-h6e43538_0.conda":{"build":"h6e43538_0","build_number":0,"depends":["__glibc >=2.17"],"md5":"…","name":"python","sha256":"…","size":…,"subdir":"linux-64","timestamp":1717718400000,"version":"3.12.4"}},
            "removed":[],
            "repodata_version":1}
            "#);
        });
    }

    /// What an installer would do with each record.
    #[test]
    fn archives_are_what_their_records_say() {
        let channel = rendered();
        let mut seen = 0;
        for (path, bytes) in channel.files().filter(|(path, _)| path.ends_with("repodata.json")) {
            let subdir = path.split('/').next().unwrap();
            let repodata: RepoData = serde_json::from_slice(bytes).unwrap();
            for (file, record) in repodata.packages.iter().chain(&repodata.conda_packages) {
                let file = file.to_string();
                let archive = &channel.files[&format!("{subdir}/{file}")];
                let folder = tempfile::tempdir().unwrap();
                let digests = if record.name.as_normalized() == "old" {
                    assert_eq!(file, "old-1.0-h4eb5bc8_0.tar.bz2");
                    extract_tar_bz2(Cursor::new(archive), folder.path()).unwrap()
                } else {
                    extract_conda_via_streaming(Cursor::new(archive), folder.path()).unwrap()
                };
                assert_eq!(record.size, Some(archive.len() as u64), "{file}");
                assert_eq!(record.md5, Some(digests.md5), "{file}");
                let sha256 = (record.name.as_normalized() != "app").then_some(digests.sha256);
                assert_eq!(record.sha256, sha256, "{file}");

                let index = IndexJson::from_package_directory(folder.path()).unwrap();
                assert_eq!(index.name, record.name);
                assert_eq!(index.version, record.version);
                assert_eq!(index.build, record.build);
                assert_eq!(index.depends, record.depends);
                assert_eq!(index.constrains, record.constrains);
                assert_eq!(index.subdir.as_deref(), Some(subdir));

                let paths = PathsJson::from_package_directory(folder.path()).unwrap();
                for entry in paths.paths {
                    let installed = fs_err::read(folder.path().join(&entry.relative_path)).unwrap();
                    assert_eq!(entry.size_in_bytes, Some(installed.len() as u64));
                    assert_eq!(digest::hex(&entry.sha256.unwrap()), digest::sha256(installed));
                }
                seen += 1;
            }
        }
        // python and numpy on two platforms, app and old on noarch
        assert_eq!(seen, 6);
    }

    #[test]
    fn writing_again_changes_nothing_and_removes_what_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let channel = rendered();
        assert_eq!(channel.write(folder.path()).unwrap().len(), channel.files.len());
        assert_eq!(channel.write(folder.path()).unwrap(), []);

        fs_err::write(folder.path().join("noarch/stray-1.0-0.conda"), "").unwrap();
        fs_err::write(folder.path().join("noarch/notes.txt"), "").unwrap();
        fs_err::write(folder.path().join("osx-arm64/repodata.json"), "{}").unwrap();
        let expected = [
            Difference::Changed("osx-arm64/repodata.json".to_owned()),
            Difference::Superfluous("noarch/stray-1.0-0.conda".to_owned()),
        ];
        assert_eq!(channel.differences(folder.path()).unwrap(), expected);
        assert_eq!(channel.write(folder.path()).unwrap(), expected);
        assert_eq!(channel.differences(folder.path()).unwrap(), []);
        assert!(folder.path().join("noarch/notes.txt").exists());
    }

    /// Dependencies that nothing on a platform satisfies are there on purpose, or are mistakes.
    #[test]
    fn the_channel_in_test_data_lacks_only_what_it_should() {
        let repodata = |subdir: &str| {
            let path = test_data("channel").join(subdir).join("repodata.json");
            serde_json::from_slice::<RepoData>(&fs_err::read(path).unwrap()).unwrap()
        };
        let noarch = repodata("noarch");
        let mut unmet = BTreeSet::new();
        for subdir in ["linux-64", "linux-aarch64", "osx-64", "osx-arm64"] {
            let platform = repodata(subdir);
            let records: Vec<_> = [&noarch, &platform]
                .into_iter()
                .flat_map(|repodata| {
                    repodata.packages.values().chain(repodata.conda_packages.values())
                })
                .collect();
            for record in &records {
                for depends in record.depends.iter().filter(|text| !text.starts_with("__")) {
                    let spec = MatchSpec::from_str(depends, ParseStrictness::Lenient).unwrap();
                    if !records.iter().any(|other| spec.matches(*other)) {
                        unmet.insert(format!("{}: {depends}", record.name.as_normalized()));
                    }
                }
            }
        }
        assert_eq!(unmet, BTreeSet::from(["wants-nothing-there: no-such-package >=1".to_owned()]));
    }

    #[test]
    fn the_channel_in_test_data_is_up_to_date() {
        let channel = Recipe::read(&test_data("channel.yml")).unwrap().render().unwrap();
        let differences = channel.differences(&test_data("channel")).unwrap();
        assert_eq!(differences, [], "run `cargo xtask channel`");
    }
}
