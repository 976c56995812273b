//! What uv has resolved (`pylock.toml`, PEP 751): one artefact for each package.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lockit_lockfile::{PipRecord, PipSource};
use lockit_spec::plain_path;
use serde::Deserialize;
use url::Url;
use uv_distribution_filename::{BuildTag, WheelFilename};
use uv_platform_tags::{TagCompatibility, TagPriority, Tags};

use crate::PypiError;
use crate::provided::normalised;

/// What uv answers.
#[derive(Debug, Deserialize)]
pub(crate) struct Document {
    #[serde(default)]
    pub(crate) packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    name: String,
    pub(crate) version: Option<String>,
    index: Option<String>,
    vcs: Option<Vcs>,
    directory: Option<Directory>,
    archive: Option<Artefact>,
    sdist: Option<Artefact>,
    #[serde(default)]
    wheels: Vec<Artefact>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Vcs {
    url: Option<String>,
    path: Option<String>,
    commit_id: String,
    subdirectory: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Directory {
    path: String,
    #[serde(default)]
    editable: bool,
    subdirectory: Option<String>,
}

/// A file that can be installed.
#[derive(Debug, Deserialize)]
pub(crate) struct Artefact {
    name: Option<String>,
    url: Option<String>,
    path: Option<String>,
    size: Option<u64>,
    /// Algorithm and hexadecimal digest.
    #[serde(default)]
    pub(crate) hashes: BTreeMap<String, String>,
}

/// Where things are.
pub(crate) struct Folders<'a> {
    /// The folder that paths of the file are relative to.
    pub(crate) output: &'a Path,
    /// The folder that paths of records are relative to.
    pub(crate) project: &'a Path,
    /// The folder of the wheels that stand for conda packages.
    pub(crate) stubs: &'a Path,
}

impl Document {
    /// # Errors
    /// [`PypiError::Answer`]
    pub(crate) fn parse(text: &str) -> Result<Self, PypiError> {
        toml::from_str(text)
            .map_err(|error| PypiError::Answer { reason: error.message().to_owned() })
    }

    /// The packages that conda does not provide. Of several wheels the one that fits best is taken, and a source
    /// distribution where none fits.
    ///
    /// # Errors
    /// [`PypiError::NoArtefact`], [`PypiError::Answer`]
    pub(crate) fn records(
        self,
        tags: &Tags,
        folders: &Folders<'_>,
    ) -> Result<Vec<PipRecord>, PypiError> {
        let mut records = Vec::new();
        for package in self.packages {
            if let Some(record) = record(package, tags, folders)? {
                records.push(record);
            }
        }
        records.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(records)
    }
}

impl Package {
    /// Normalised.
    pub(crate) fn name(&self) -> String {
        normalised(&self.name).unwrap_or_else(|| self.name.clone())
    }

    /// Everything that could be installed: an archive that was asked for by its address, wheels, the source
    /// distribution. None for a commit or a folder.
    pub(crate) fn artefacts(&self) -> impl Iterator<Item = &Artefact> {
        self.archive.iter().chain(&self.wheels).chain(&self.sdist)
    }

    /// Whether a wheel fits, or an archive was asked for by its address: otherwise the source distribution is taken.
    pub(crate) fn has_wheel(&self, tags: &Tags) -> bool {
        self.archive.is_some() || self.wheels.iter().any(|wheel| fitness(wheel, tags).is_some())
    }

    /// Leaves out artefacts.
    pub(crate) fn retain(&mut self, keep: impl Fn(&Artefact) -> bool) {
        self.archive = self.archive.take().filter(&keep);
        self.sdist = self.sdist.take().filter(&keep);
        self.wheels.retain(&keep);
    }
}

impl Artefact {
    /// The name of the file.
    pub(crate) fn file_name(&self) -> Option<String> {
        let address = self.name.as_deref().or(self.url.as_deref()).or(self.path.as_deref())?;
        Some(address.split(['?', '#']).next()?.rsplit('/').next()?.replace("%2B", "+"))
    }
}

fn record(
    package: Package,
    tags: &Tags,
    folders: &Folders<'_>,
) -> Result<Option<PipRecord>, PypiError> {
    let name = package.name();
    let mut record =
        PipRecord { name, version: package.version.unwrap_or_default(), ..PipRecord::default() };
    if let Some(vcs) = package.vcs {
        let url = vcs.url.or(vcs.path).unwrap_or_default();
        record.source =
            PipSource::Git { url, commit: vcs.commit_id, subdirectory: vcs.subdirectory };
        return Ok(Some(record));
    }
    if let Some(directory) = package.directory {
        let mut path = folders.output.join(&directory.path);
        path.extend(directory.subdirectory);
        record.source = PipSource::Folder {
            path: relative(&plain_path(&path), folders.project),
            editable: directory.editable,
        };
        return Ok(Some(record));
    }
    let artefact = match package.archive {
        Some(archive) => archive,
        None => best_wheel(package.wheels, tags).or(package.sdist).ok_or_else(|| {
            PypiError::NoArtefact { package: format!("{} {}", record.name, record.version) }
        })?,
    };
    record.sha256 = artefact.hashes.get("sha256").cloned();
    record.size = artefact.size;
    let url = match (artefact.url, artefact.path) {
        (Some(url), _) => match Url::parse(&url).ok().and_then(|url| url.to_file_path().ok()) {
            Some(path) => match relative(&path, folders.project) {
                near if near.starts_with('.') => near,
                _ => url,
            },
            None => url,
        },
        (None, Some(path)) => {
            let path = plain_path(&folders.output.join(path));
            if path.starts_with(folders.stubs) {
                return Ok(None);
            }
            relative(&path, folders.project)
        }
        (None, None) => {
            return Err(PypiError::Answer {
                reason: format!("`{}` has neither address nor path", record.name),
            });
        }
    };
    record.source = PipSource::Archive { url, index: package.index };
    Ok(Some(record))
}

/// The wheel that fits best; of several alike the one with the greater build tag, then by name.
fn best_wheel(wheels: Vec<Artefact>, tags: &Tags) -> Option<Artefact> {
    wheels
        .into_iter()
        .filter_map(|wheel| Some((fitness(&wheel, tags)?, wheel)))
        .max_by(|(a, _), (b, _)| a.cmp(b))
        .map(|(_, wheel)| wheel)
}

/// How well a wheel fits; `None` when it does not.
fn fitness(wheel: &Artefact, tags: &Tags) -> Option<(TagPriority, Option<BuildTag>, String)> {
    let file = wheel.file_name()?;
    let name: WheelFilename = file.parse().ok()?;
    match name.compatibility(tags) {
        TagCompatibility::Compatible(priority) => Some((priority, name.build_tag().cloned(), file)),
        TagCompatibility::Incompatible(_) => None,
    }
}

/// A path as seen from a folder, with `./` or `../` in front. What has nothing in common with the folder
/// stays absolute.
fn relative(path: &Path, folder: &Path) -> String {
    let folder = plain_path(folder);
    let common = path.components().zip(folder.components()).take_while(|(a, b)| a == b).count();
    let is_near = common > 1 || path == folder;
    if !is_near {
        return slashes(path);
    }
    let up = folder.components().count() - common;
    let rest: PathBuf = path.components().skip(common).collect();
    let start = if up == 0 { "./".to_owned() } else { "../".repeat(up) };
    format!("{start}{}", slashes(&rest))
}

fn slashes(path: &Path) -> String {
    path.to_string_lossy().replace('\\', "/")
}

#[cfg(test)]
mod tests {
    use super::*;
    use uv_platform_tags::{Arch, Os, Platform, TagsOptions};

    fn tags() -> Tags {
        let os = Os::Manylinux { major: 2, minor: 28 };
        let options = TagsOptions { manylinux_compatible: true, ..TagsOptions::default() };
        Tags::from_env(Platform::new(os, Arch::X86_64), (3, 12), "cpython", (3, 12), options)
            .unwrap()
    }

    fn records(text: &str) -> Result<Vec<PipRecord>, PypiError> {
        let folders = Folders {
            output: Path::new("/tmp/run/out"),
            project: Path::new("/home/a/project"),
            stubs: Path::new("/tmp/run/conda"),
        };
        Document::parse(text)?.records(&tags(), &folders)
    }

    fn lines(found: &[PipRecord]) -> String {
        let line = |one: &PipRecord| {
            let digest = one.sha256.as_ref().map_or("-", |digest| &digest[..digest.len().min(8)]);
            format!("{} {} {:?} {digest}", one.name, one.version, one.source)
        };
        found.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// `test-data/foreign/make.py` asks uv for everything that a line can ask for. Of the wheels, uv leaves out those
    /// that do not fit the platform.
    #[test]
    fn each_kind_of_package_becomes_a_record() {
        let found = records(include_str!("../../../test-data/foreign/uv/pylock.toml")).unwrap();
        insta::assert_snapshot!(lines(&found), @r#"
        beside 1 Archive { url: "../wheels/beside-1-py3-none-any.whl", index: None } acde12a5
        fast-thing 1.2 Archive { url: "https://pypi.example.org/files/fast_thing-1.2-1-cp312-cp312-manylinux_2_17_x86_64.whl", index: None } 6f447c23
        found 1 Archive { url: "./wheels/found-1-py3-none-any.whl", index: None } f5650571
        found-elsewhere 1 Archive { url: "file:///mnt/wheels/found_elsewhere-1-py3-none-any.whl", index: None } 5ccae004
        from-git 1 Git { url: "file:///home/a/project/repository", commit: "9c01eb8316b6afb8e03ba8d60bc963a2e35d63e2", subdirectory: Some("py") } -
        here  Folder { path: "./lib/here", editable: true } -
        only-source 0.1+cpu Archive { url: "https://pypi.example.org/files/only_source-0.1+cpu.tar.gz", index: None } 39beecf7
        "#);
    }

    /// By hand: what PEP 751 allows and uv does not write for one platform.
    #[test]
    fn other_notations_are_read() {
        let found = records(
            r#"
lock-version = "1.0"
created-by = "somebody"

[[packages]]
name = "Fast_Thing"
version = "1.2"
index = "https://host/simple"
wheels = [
    { url = "https://host/fast_thing-1.2-py3-none-any.whl", hashes = { sha256 = "00" } },
    { url = "https://host/fast_thing-1.2-1-cp312-cp312-manylinux_2_17_x86_64.whl", size = 6, hashes = { sha256 = "22" } },
    { url = "https://host/fast_thing-1.2-cp312-cp312-manylinux_2_17_x86_64.whl", size = 5, hashes = { sha256 = "11" } },
    { url = "https://host/fast_thing-1.2-cp312-cp312-manylinux_2_34_x86_64.whl", hashes = { sha256 = "33" } },
]

[[packages]]
name = "only-source"
version = "0.1+cpu"
sdist = { url = "https://host/only-source-0.1.tar.gz", hashes = { sha256 = "bb" } }
wheels = [{ url = "https://host/only_source-0.1%2Bcpu-cp39-cp39-win_amd64.whl" }]

[[packages]]
name = "from-git"
vcs = { type = "git", path = "/srv/repo", commit-id = "0123" }

[[packages]]
name = "beside"
version = "1"
archive = { path = "../../../home/a/wheels/beside-1-py3-none-any.whl", hashes = { sha256 = "cc" } }

[[packages]]
name = "found"
version = "1"
wheels = [{ url = "file:///home/a/project/wheels/found-1-py3-none-any.whl" }]

[[packages]]
name = "numpy"
version = "1.26.4"
archive = { path = "../conda/numpy-1.26.4-py3-none-any.whl", hashes = { sha256 = "dd" } }
"#,
        )
        .unwrap();
        insta::assert_snapshot!(lines(&found), @r#"
        beside 1 Archive { url: "../wheels/beside-1-py3-none-any.whl", index: None } cc
        fast-thing 1.2 Archive { url: "https://host/fast_thing-1.2-1-cp312-cp312-manylinux_2_17_x86_64.whl", index: Some("https://host/simple") } 22
        found 1 Archive { url: "./wheels/found-1-py3-none-any.whl", index: None } -
        from-git  Git { url: "/srv/repo", commit: "0123", subdirectory: None } -
        only-source 0.1+cpu Archive { url: "https://host/only-source-0.1.tar.gz", index: None } bb
        "#);
    }

    #[test]
    fn what_cannot_be_installed_is_an_error() {
        let only_other = "[[packages]]\nname = \"a\"\nversion = \"1\"\nwheels = [{ url = \"https://h/a-1-cp39-cp39-win_amd64.whl\" }]\n";
        insta::assert_snapshot!(records(only_other).unwrap_err(), @"`a 1` has no wheel for the platform and no source distribution");
        insta::assert_snapshot!(records("packages = 3").unwrap_err(), @"uv's answer is not understood: invalid type: integer `3`, expected a sequence");
    }
}
