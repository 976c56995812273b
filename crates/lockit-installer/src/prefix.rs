//! A prefix as a lock: what conda, mamba, pixi or pip have installed into it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockit_diagnostic::Hint;
use lockit_lockfile::{PipRecord, PipSource, PlatformLock, Record};
use lockit_solver::installed_record;
use lockit_spec::Platform;
use rattler_conda_types::{MatchSpec, PackageNameMatcher, ParseStrictness, PrefixRecord};
use serde::Deserialize;

use crate::pip::distribution::{Distribution, distributions, normalised, site_packages};
use crate::pip::ledger::Ledger;
use crate::pip::owned_folders;
use crate::proof::{label, name};
use crate::record_files::record_files;

/// What a prefix holds.
#[derive(Debug)]
pub struct Imported {
    /// The platform that its packages are for.
    pub platform: Platform,
    /// The packages.
    pub lock: PlatformLock,
    /// PyPI packages of which it is not known where they come from: `name version`.
    pub unknown: Vec<String>,
}

/// A prefix cannot be made into a lock.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ImportError {
    /// There is no `conda-meta`.
    #[error("`{}` is no conda environment", .0.display())]
    NoPrefix(PathBuf),
    /// There are no packages in it.
    #[error("`{}` holds no packages", .0.display())]
    Empty(PathBuf),
    /// A record cannot be understood.
    #[error("`{}` cannot be read: {reason}", file.display())]
    Record {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// Several packages of one name, which no environment can have: `micromamba install -f` leaves such a prefix.
    #[error("`{}` holds {} packages of one name: {}", prefix.display(), packages.len(), listed(packages))]
    Doubled {
        /// The prefix.
        prefix: PathBuf,
        /// The packages, each with its record in `conda-meta`.
        packages: Vec<(String, String)>,
    },
    /// Packages that were built on this machine, or copied into the prefix.
    #[error("it is not known where {} from", come(.0))]
    NoAddress(Vec<String>),
}

impl Hint for ImportError {
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::NoAddress(_) => "put them into a channel, or remove them from the environment",
            Self::Doubled { .. } => {
                "bring it in line with a lock that has one of them (`lockit install LOCKFILE --prefix DIR`), \
                 or install that one again with the tool that made the environment"
            }
            Self::NoPrefix(_) => "the folder of an environment has a folder `conda-meta`",
            Self::Empty(_) | Self::Record { .. } => return Vec::new(),
        };
        vec![hint.to_owned()]
    }
}

/// `numpy 1.26.4 0` (`conda-meta/numpy-1.26.4-0.json`) and …
fn listed(packages: &[(String, String)]) -> String {
    let texts: Vec<String> = packages
        .iter()
        .map(|(label, record)| format!("`{label}` (`conda-meta/{record}`)"))
        .collect();
    texts.join(" and ")
}

fn come(packages: &[String]) -> String {
    let names: Vec<String> = packages.iter().map(|name| format!("`{name}`")).collect();
    format!("{} {}", names.join(", "), if names.len() == 1 { "comes" } else { "come" })
}

/// Reads what is installed in a prefix.
///
/// # Errors
/// See [`ImportError`].
pub fn import(prefix: &Path) -> Result<Imported, ImportError> {
    let meta = prefix.join("conda-meta");
    if !meta.is_dir() {
        return Err(ImportError::NoPrefix(prefix.to_path_buf()));
    }
    let there = records(&meta)?;
    refuse_doubled(prefix, &there)?;
    let mut records: Vec<Arc<Record>> =
        there.iter().map(|one| Arc::new(installed_record(&one.repodata_record))).collect();
    lockit_lockfile::order::sort(&mut records);
    if records.is_empty() {
        return Err(ImportError::Empty(prefix.to_path_buf()));
    }
    let platform = records
        .iter()
        .filter(|record| record.subdir != "noarch")
        .find_map(|record| record.subdir.parse().ok())
        .or_else(Platform::current)
        .unwrap_or(Platform::NoArch);
    let (pip, unknown) = pip_records(prefix, &there);
    let requested = requested(&meta, &there);
    let lock = PlatformLock { requested, pip, records, ..PlatformLock::default() };
    Ok(Imported { platform, lock, unknown })
}

/// Which one of them somebody gets who imports a module is not known.
fn refuse_doubled(prefix: &Path, there: &[PrefixRecord]) -> Result<(), ImportError> {
    let mut by_name: BTreeMap<&str, Vec<&PrefixRecord>> = BTreeMap::new();
    for one in there {
        by_name.entry(name(one)).or_default().push(one);
    }
    match by_name.into_values().find(|all| all.len() > 1) {
        None => Ok(()),
        Some(all) => Err(ImportError::Doubled {
            prefix: prefix.to_path_buf(),
            packages: all
                .into_iter()
                .map(|one| (label(&one.repodata_record), one.file_name()))
                .collect(),
        }),
    }
}

/// All records. Those without an address are told of together.
fn records(meta: &Path) -> Result<Vec<PrefixRecord>, ImportError> {
    let unreadable =
        |file: &Path, reason: String| ImportError::Record { file: file.to_path_buf(), reason };
    let files = record_files(meta).map_err(|error| unreadable(meta, error.to_string()))?;
    let (mut records, mut homeless) = (Vec::new(), Vec::new());
    for file in &files {
        match PrefixRecord::from_path(file) {
            Ok(record) => records.push(record),
            Err(error) => {
                let about = fs_err::read(file).ok();
                let about = about.and_then(|bytes| serde_json::from_slice::<About>(&bytes).ok());
                match about {
                    Some(about) if !about.has_address() => homeless.push(about.label()),
                    _ => return Err(unreadable(file, error.to_string())),
                }
            }
        }
    }
    if homeless.is_empty() { Ok(records) } else { Err(ImportError::NoAddress(homeless)) }
}

/// What every record has, whoever wrote it.
#[derive(Debug, Deserialize)]
struct About {
    name: String,
    version: String,
    #[serde(default)]
    build: String,
    url: Option<String>,
}

impl About {
    /// conda writes `<unknown>` or nothing for what `conda build` has left on the machine.
    fn has_address(&self) -> bool {
        self.url.as_deref().is_some_and(|url| url.contains("://"))
    }

    fn label(&self) -> String {
        format!("{} {} {}", self.name, self.version, self.build).trim_end().to_owned()
    }
}

/// The packages that somebody asked for by name. rattler and conda keep that in the records, mamba only in the
/// history. `None` where nobody has kept it.
fn requested(meta: &Path, there: &[PrefixRecord]) -> Option<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for one in there {
        #[expect(deprecated, reason = "conda writes the old key")]
        let old = one.requested_spec.as_deref().filter(|spec| !matches!(*spec, "" | "None"));
        if !one.requested_specs.is_empty() || old.is_some() {
            names.push(name(one).to_owned());
        }
    }
    if names.is_empty() {
        let history = fs_err::read_to_string(meta.join("history")).unwrap_or_default();
        let asked = from_history(&history);
        let present = |asked: &String| there.iter().any(|one| name(one) == asked);
        names = asked.into_iter().filter(present).collect();
    }
    names.sort();
    names.dedup();
    (!names.is_empty()).then_some(names)
}

/// `# update specs: ["python=3.12", 'numpy']` adds names, `# remove specs: […]` takes them away.
fn from_history(text: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for line in text.lines() {
        let Some((action, list)) =
            line.strip_prefix("# ").and_then(|line| line.split_once(" specs:"))
        else {
            continue;
        };
        let specs = list.split(['\'', '"']).skip(1).step_by(2);
        let named = specs.filter_map(|spec| {
            let spec = MatchSpec::from_str(spec, ParseStrictness::Lenient).ok()?;
            match spec.name {
                PackageNameMatcher::Exact(name) => Some(name.as_normalized().to_owned()),
                _ => None,
            }
        });
        match action {
            "update" | "install" | "create" => names.extend(named),
            "remove" | "uninstall" => {
                let gone: Vec<String> = named.collect();
                names.retain(|name| !gone.contains(name));
            }
            _ => {}
        }
    }
    names
}

/// `direct_url.json` (PEP 610).
#[derive(Debug, Deserialize)]
struct DirectUrl {
    url: String,
    archive_info: Option<ArchiveInfo>,
    vcs_info: Option<VcsInfo>,
    dir_info: Option<DirInfo>,
    subdirectory: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct ArchiveInfo {
    /// `sha256=…`, the older form.
    hash: Option<String>,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
}

#[derive(Debug, Deserialize)]
struct VcsInfo {
    vcs: String,
    commit_id: String,
}

#[derive(Debug, Deserialize)]
struct DirInfo {
    #[serde(default)]
    editable: bool,
}

/// What pip and uv have installed, and what of it cannot be had again.
fn pip_records(prefix: &Path, there: &[PrefixRecord]) -> (Vec<PipRecord>, Vec<String>) {
    let modules = there.iter().find_map(|one| {
        let package = &one.repodata_record.package_record;
        let told = package.python_site_packages_path.as_deref();
        (package.name.as_normalized() == "python")
            .then(|| site_packages(prefix, &package.version, told))
            .flatten()
    });
    let (mut records, mut unknown) = (Vec::new(), Vec::new());
    let Some(modules) = modules else { return (records, unknown) };
    let owned = owned_folders(there);
    let ledger = Ledger::read(prefix);
    for one in distributions(&modules) {
        if owned.contains(&one.folder) || one.is_by(&modules, "conda") {
            continue;
        }
        match pip_record(&modules, &one) {
            Some(mut record) => {
                // uv keeps the address and not the digest; what lockit asked it for has both.
                let entry = ledger.entries.get(&one.name).and_then(Option::as_ref);
                let asked = entry.filter(|entry| entry.folder == one.folder);
                let digest =
                    asked.and_then(|entry| entry.requirement.split_once(" --hash=sha256:"));
                record.sha256 = record.sha256.or_else(|| digest.map(|(_, hex)| hex.to_owned()));
                records.push(record);
            }
            None => unknown.push(format!("{} {}", one.name, one.version)),
        }
    }
    (records, unknown)
}

fn pip_record(modules: &Path, one: &Distribution) -> Option<PipRecord> {
    let folder = modules.join(&one.folder);
    let bytes = fs_err::read(folder.join("direct_url.json")).ok()?;
    let origin: DirectUrl = serde_json::from_slice(&bytes).ok()?;
    let mut sha256 = None;
    let source = match (origin.vcs_info, origin.dir_info, origin.archive_info) {
        (Some(vcs), _, _) if vcs.vcs == "git" => PipSource::Git {
            url: origin.url,
            commit: vcs.commit_id,
            subdirectory: origin.subdirectory,
        },
        (None, Some(info), _) => PipSource::Folder {
            path: url::Url::parse(&origin.url).ok()?.to_file_path().ok()?.to_str()?.to_owned(),
            editable: info.editable,
        },
        (None, None, Some(info)) => {
            let old = info.hash.as_deref().and_then(|hash| hash.strip_prefix("sha256="));
            sha256 = info.hashes.get("sha256").map(String::as_str).or(old).map(str::to_owned);
            PipSource::Archive { url: origin.url, index: None }
        }
        _ => return None,
    };
    let metadata = fs_err::read_to_string(folder.join("METADATA")).unwrap_or_default();
    let head = metadata.split("\n\n").next().unwrap_or_default();
    let field = |key: &str| {
        let key = format!("{key}: ");
        head.lines()
            .filter_map(|line| line.strip_prefix(&key).map(str::to_owned))
            .collect::<Vec<_>>()
    };
    let mut depends = field("Requires-Dist");
    depends.retain(|one| !one.contains(';'));
    depends.sort();
    Some(PipRecord {
        name: normalised(&one.name),
        version: one.version.clone(),
        source,
        sha256,
        depends: Some(depends),
        requires_python: field("Requires-Python").into_iter().next(),
        ..PipRecord::default()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What pip writes for a distribution that does not come from an index (PEP 610).
    fn recorded(direct_url: &str) -> Option<PipRecord> {
        let modules = tempfile::tempdir().unwrap();
        let folder = modules.path().join("my_tool-1.2.dist-info");
        fs_err::create_dir(&folder).unwrap();
        fs_err::write(folder.join("direct_url.json"), direct_url).unwrap();
        let metadata =
            "Name: my_tool\nRequires-Python: >=3.9\nRequires-Dist: six\n\nRequires-Dist: text\n";
        fs_err::write(folder.join("METADATA"), metadata).unwrap();
        let one = super::super::pip::distribution::distributions(modules.path()).remove(0);
        pip_record(modules.path(), &one)
    }

    #[test]
    fn a_package_from_git_is_locked_to_its_commit() {
        let text = |vcs: &str| {
            format!(
                r#"{{"url": "https://git.example.org/tools", "subdirectory": "tool", "vcs_info":
                    {{"vcs": "{vcs}", "requested_revision": "main", "commit_id": "1f0c4a6de1c3a2b5"}}}}"#
            )
        };
        let record = recorded(&text("git")).unwrap();
        assert_eq!((&*record.name, &*record.version), ("my-tool", "1.2"));
        // The commit and not the branch, which moves on.
        let source = PipSource::Git {
            url: "https://git.example.org/tools".into(),
            commit: "1f0c4a6de1c3a2b5".into(),
            subdirectory: Some("tool".into()),
        };
        assert_eq!(record.source, source);
        assert_eq!(record.sha256, None);
        assert_eq!(record.requires_python.as_deref(), Some(">=3.9"));
        assert_eq!(record.depends.as_deref(), Some(&["six".to_owned()][..]));
        // No lockfile can say where these come from.
        assert_eq!(recorded(&text("hg")), None);
        assert_eq!(recorded(r#"{"url": "https://h/tool-1.2.zip"}"#), None);
    }

    #[test]
    fn archives_and_folders_are_what_they_were_installed_from() {
        let of = |text: &str| recorded(text).map(|record| (record.source, record.sha256)).unwrap();
        let archive = || PipSource::Archive { url: "https://h/tool-1.2.zip".into(), index: None };
        let url = r#""url": "https://h/tool-1.2.zip""#;
        let digests = r#"{"hash": "sha256=old", "hashes": {"md5": "m", "sha256": "new"}}"#;
        assert_eq!(
            of(&format!(r#"{{{url}, "archive_info": {digests}}}"#)),
            (archive(), Some("new".into()))
        );
        let old = r#"{"hash": "sha256=old"}"#;
        assert_eq!(
            of(&format!(r#"{{{url}, "archive_info": {old}}}"#)),
            (archive(), Some("old".into()))
        );
        let weak = r#"{"hash": "md5=m"}"#;
        assert_eq!(of(&format!(r#"{{{url}, "archive_info": {weak}}}"#)), (archive(), None));
        for editable in [true, false] {
            let info =
                format!(r#"{{"url": "file:///src/tool", "dir_info": {{"editable": {editable}}}}}"#);
            assert_eq!(of(&info).0, PipSource::Folder { path: "/src/tool".into(), editable });
        }
    }

    /// `test-data/foreign` has a prefix by rattler.
    #[test]
    fn the_records_of_rattler_are_read() {
        let prefix =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-data/foreign/rattler/prefix");
        let imported = import(&prefix).unwrap();
        assert_eq!((imported.platform, imported.unknown.len()), (Platform::OsxArm64, 0));
        let lock = imported.lock;
        assert_eq!(lock.requested.as_deref(), Some(&["yaml".to_owned()][..]));
        let conda_forge = "https://conda.anaconda.org/conda-forge";
        let [tzdata, yaml] = lock.records.as_slice() else { panic!("{:?}", lock.records) };
        assert_eq!((tzdata.name.as_str(), tzdata.version.as_str()), ("tzdata", "2025b"));
        assert_eq!((tzdata.subdir.as_str(), tzdata.noarch.as_deref()), ("noarch", Some("generic")));
        let url = format!("{conda_forge}/osx-arm64/yaml-0.2.5-h0ab811e_0.conda");
        assert_eq!(
            (yaml.url.as_deref(), yaml.channel.as_deref()),
            (Some(&*url), Some(conda_forge))
        );
        assert_eq!(yaml.depends.as_deref(), Some(&["__osx >=11.0".to_owned()][..]));
        assert_eq!(yaml.md5.as_deref(), Some("3282e94a7bfb664e4e9a17c775b8d791"));
        assert!(yaml.sha256.as_deref().unwrap().starts_with("3f1bb801"), "{yaml:?}");
        assert_eq!((yaml.size, yaml.license.as_deref()), (Some(1116), Some("MIT")));
    }

    /// Written by hand: mamba is in no package registry.
    #[test]
    fn the_history_of_mamba_says_what_was_asked_for() {
        let text = "==> 2025-01-01 10:00:00 <==\n# cmd: mamba create\n+conda-forge::a-1-0\n\
                    # update specs: [\"python=3.12\", 'numpy >=2']\n\
                    # update specs: ['scipy']\n# remove specs: ['numpy']\n# neutered specs: []\n";
        assert_eq!(from_history(text), ["python", "scipy"]);
        assert!(from_history("").is_empty());
    }
}
