//! PyPI packages as rattler has them, and back.
//!
//! The file has each archive once, for all environments and platforms; what it needs where is said by markers. A lock
//! has each package once per platform, with what it needs there. So markers are made on the way out and evaluated on
//! the way in. Where the metadata of an archive is known, it is written as it stands, as pixi does.
//!
//! What pixi accepts is in its `crates/pixi_core/src/lock_file/satisfiability`: the indexes of an environment are those
//! of its manifest, in order (`environment.rs`, `verify_pypi_indexes`); an archive that a manifest wants of one index has
//! that index, spelled alike (`pypi.rs`, `pypi_satisfies_requirement`); every package is reached through `requires_dist`,
//! whose markers see the extras that were asked for (`platform.rs`); a local folder needs and takes what its
//! `pyproject.toml` says, those of extras included (`pypi_metadata.rs`, `compare_metadata`).

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use lockit_spec::{PUBLIC_INDEX, Platform, normalise_pypi_name};
use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{MarkerTree, PackageName, Requirement};
use rattler_digest::{Sha256, parse_digest_from_hex};
use rattler_lock::{
    FindLinksUrlOrPath, PackageHashes, PypiDistributionData, PypiIndexes, PypiPackageData,
    PypiSourceData, SourceData, UrlOrPath, Verbatim,
};
use url::Url;

use crate::digest::hex;
use crate::error::FormatError;
use crate::pip::markers::{self, Markers};
use crate::pip::provided_names;
use crate::pip::requirement::Parts;
use crate::{Lock, PipIndexes, PipRecord, PipSource, PlatformLock};
use lockit_spec::credentials::{has_secret, variables, without_secrets};

/// What each archive needs, over all environments and platforms that have it.
pub(super) struct Needs {
    uses: BTreeMap<String, Vec<Use>>,
    /// All that archives may need, as their metadata says it.
    stated: BTreeMap<String, Vec<String>>,
}

/// One environment and platform that has an archive.
struct Use {
    sys_platform: &'static str,
    machine: &'static str,
    python: String,
    extras: Vec<String>,
    depends: BTreeSet<String>,
    markers: Markers,
}

impl Needs {
    /// `former` is what the file before says of an archive.
    pub(super) fn of<'a>(
        locks: impl Iterator<Item = &'a Lock>,
        former: impl Fn(&str, &PipRecord) -> Option<Vec<String>>,
    ) -> Self {
        let mut uses: BTreeMap<String, Vec<Use>> = BTreeMap::new();
        let mut stated: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (platform, chosen) in locks.flat_map(|lock| &lock.platforms) {
            let python = chosen.records.iter().find(|record| record.name == "python");
            let python = python.map_or("", |python| python.version.as_str());
            let markers = Markers::of(*platform, &chosen.records);
            for record in &chosen.pip {
                let location = location(record);
                if !stated.contains_key(&location)
                    && let Some(said) =
                        record.requires_dist.clone().or_else(|| former(&location, record))
                {
                    stated.insert(location.clone(), said);
                }
                uses.entry(location).or_default().push(Use {
                    sys_platform: markers::system(*platform).1,
                    machine: markers::machine(*platform),
                    python: python.splitn(3, '.').take(2).collect::<Vec<_>>().join("."),
                    extras: record.extras.clone(),
                    depends: record.depends.iter().flatten().cloned().collect(),
                    markers: markers.clone(),
                });
            }
        }
        Self { uses, stated }
    }

    /// What an archive needs: what its metadata says, and what is locked for it besides, each with a marker when it is
    /// not needed everywhere.
    fn requirements(&self, location: &str) -> Vec<String> {
        let uses = self.uses.get(location).map(Vec::as_slice).unwrap_or_default();
        let stated = self.stated.get(location).map(Vec::as_slice).unwrap_or_default();
        let all: BTreeSet<&str> =
            uses.iter().flat_map(|one| &one.depends).map(String::as_str).collect();
        let missing = all.into_iter().filter(|text| !is_stated(stated, uses, text));
        let missing = missing.map(|text| match marker(uses, text) {
            Some(marker) => format!("{text} ; {marker}"),
            None => text.to_owned(),
        });
        stated.iter().cloned().chain(missing).collect()
    }
}

/// Whether metadata asks for a package wherever it is locked for an archive. Which extras were asked for is not part of
/// it, so any will do.
fn is_stated(stated: &[String], uses: &[Use], text: &str) -> bool {
    let Some(name) = Parts::of(text).map(|parts| parts.name) else { return false };
    let of_name: Vec<Parts<'_>> =
        stated.iter().filter_map(|one| Parts::of(one)).filter(|parts| parts.name == name).collect();
    let holds = |one: &Use| {
        of_name
            .iter()
            .filter_map(|parts| parts.marker)
            .any(|marker| one.markers.hold(marker, &extras_in(marker)))
            || of_name.iter().any(|parts| parts.marker.is_none())
    };
    uses.iter().filter(|one| one.depends.contains(text)).all(holds)
}

/// The extras that a marker asks about.
fn extras_in(marker: &str) -> Vec<String> {
    let words = marker.split("extra").skip(1).filter_map(|rest| {
        let quoted = rest.trim_start().strip_prefix("==")?.trim_start();
        let quote = quoted.chars().next().filter(|one| matches!(one, '\'' | '"'))?;
        quoted[1..].split(quote).next()
    });
    words.map(str::to_owned).collect()
}

/// Where a requirement holds, in as few words as tell these places from the others.
fn marker(uses: &[Use], text: &str) -> Option<String> {
    let (with, without): (Vec<&Use>, Vec<&Use>) =
        uses.iter().partition(|one| one.depends.contains(text));
    if without.is_empty() {
        return None;
    }
    let ways: [fn(&Use) -> String; 4] = [
        |one| format!("sys_platform == '{}'", one.sys_platform),
        |one| format!("python_version == '{}'", one.python),
        |one| {
            format!(
                "sys_platform == '{}' and platform_machine == '{}'",
                one.sys_platform, one.machine
            )
        },
        |one| {
            format!(
                "python_version == '{}' and sys_platform == '{}' and platform_machine == '{}'",
                one.python, one.sys_platform, one.machine
            )
        },
    ];
    for way in ways {
        let clauses: BTreeSet<String> = with.iter().map(|one| way(one)).collect();
        if !without.iter().any(|one| clauses.contains(&way(one))) {
            let clauses: Vec<String> = clauses.into_iter().collect();
            return Some(clauses.join(" or "));
        }
    }
    // Two environments of one platform differ: by what they want of the package.
    with.iter().find_map(|one| one.extras.first()).map(|extra| format!("extra == '{extra}'"))
}

pub(super) fn to_rattler(
    record: &PipRecord,
    platform: Platform,
    needs: &Needs,
    indexes: Option<&PipIndexes>,
) -> Result<PypiPackageData, FormatError> {
    let address = record.public_address(platform)?;
    let bad = |reason: &dyn std::fmt::Display| FormatError::Value {
        what: format!("`{}` on {platform}", record.label()),
        reason: reason.to_string(),
    };
    let location = location(record);
    let index = match &record.source {
        PipSource::Archive { index, .. } => index.as_deref(),
        _ => None,
    };
    let placeholders = |text: &str| !variables(text).is_empty();
    if placeholders(&address) || index.is_some_and(placeholders) {
        return Err(FormatError::Placeholder { what: format!("the URL of `{}`", record.label()) });
    }
    if record.depends.is_none() {
        return Err(bad(&"its dependencies are not known; lock again from the spec"));
    }
    let name = PackageName::from_str(&record.name).map_err(|error| bad(&error))?;
    let requires_dist = needs
        .requirements(&location)
        .iter()
        .filter_map(|text| requirement(text))
        .collect::<Result<Vec<Requirement>, _>>()
        .map_err(|error| bad(&error))?;
    let requires_python = record
        .requires_python
        .as_deref()
        .map(VersionSpecifiers::from_str)
        .transpose()
        .map_err(|error| bad(&error))?;
    let location: Verbatim<UrlOrPath> = location.parse().map_err(|error| bad(&error))?;
    if let PipSource::Folder { .. } = record.source {
        let source_data = SourceData::default();
        return Ok(
            PypiSourceData { name, location, requires_dist, requires_python, source_data }.into()
        );
    }
    if record.version.is_empty() {
        return Err(bad(&"its version is not known; lock again from the spec"));
    }
    Ok(PypiDistributionData {
        name,
        version: Version::from_str(&record.version).map_err(|error| bad(&error))?,
        location,
        index_url: index
            .map(|index| Url::parse(indexes.map_or(index, |all| all.spelled(index))))
            .transpose()
            .map_err(|error| bad(&error))?,
        hash: record
            .sha256
            .as_deref()
            .and_then(parse_digest_from_hex::<Sha256>)
            .map(PackageHashes::Sha256),
        requires_dist,
        requires_python,
    }
    .into())
}

/// A requirement for the library. A path behind `@` it cannot take, and pixi has it from its manifest; an address with a
/// credential, or a variable that the library would fill in, may not be written. `None` for what is taken apart here
/// first, since the library panics at some of it.
fn requirement(text: &str) -> Option<Result<Requirement, String>> {
    let parts = Parts::of(text)?;
    let is_kept_out = |address: &str| {
        !address.contains("://") || has_secret(address) || !variables(address).is_empty()
    };
    let plain = parts.address().is_some_and(is_kept_out).then(|| match parts.marker {
        Some(marker) => format!("{} ; {marker}", parts.name),
        None => parts.name.clone(),
    });
    Some(Requirement::from_str(plain.as_deref().unwrap_or(text)).map_err(|error| error.to_string()))
}

/// The address as pixi writes it: a commit with its id as fragment, and what no index has after `direct+`.
pub(super) fn location(record: &PipRecord) -> String {
    match &record.source {
        PipSource::Archive { url, index: None } if url.contains("://") && !record.is_public() => {
            format!("direct+{url}")
        }
        PipSource::Archive { url, .. } => url.clone(),
        PipSource::Git { url, commit, subdirectory } => {
            let folder = subdirectory
                .as_ref()
                .map(|folder| format!("subdirectory={folder}&"))
                .unwrap_or_default();
            format!("git+{url}?{folder}rev={commit}#{commit}")
        }
        PipSource::Folder { path, .. } => path.clone(),
    }
}

/// The indexes of an environment: those of its specs, else the public one, which is meant where a package names none,
/// and those of its packages.
pub(super) fn indexes(lock: &Lock) -> Result<Option<PypiIndexes>, FormatError> {
    let records = || lock.platforms.values().flat_map(|chosen| &chosen.pip);
    if let Some(known) = &lock.pip_indexes {
        let bad = |text: &String, error: &dyn std::fmt::Display| FormatError::Value {
            what: format!("the index `{text}`"),
            reason: error.to_string(),
        };
        let parse = |text: &String| Url::parse(text).map_err(|error| bad(text, &error));
        let place = |text: &String| {
            if text.contains("://") {
                parse(text).map(FindLinksUrlOrPath::Url)
            } else {
                Ok(FindLinksUrlOrPath::Path(text.into()))
            }
        };
        return Ok(Some(PypiIndexes {
            indexes: known.indexes.iter().map(parse).collect::<Result<_, _>>()?,
            find_links: known.find_links.iter().map(place).collect::<Result<_, _>>()?,
        }));
    }
    if records().next().is_none() {
        return Ok(None);
    }
    let private: BTreeSet<&str> = records()
        .filter_map(|record| match &record.source {
            PipSource::Archive { index, .. } => index.as_deref(),
            _ => None,
        })
        .collect();
    let indexes = std::iter::once(PUBLIC_INDEX).chain(private).map(Url::parse);
    let indexes = indexes.collect::<Result<Vec<_>, _>>().map_err(|error| FormatError::Value {
        what: "an index of PyPI packages".to_owned(),
        reason: error.to_string(),
    })?;
    Ok(Some(PypiIndexes { indexes, find_links: Vec::new() }))
}

/// The indexes that a file names.
pub(super) fn indexes_from_rattler(indexes: &PypiIndexes) -> PipIndexes {
    let public = |text: &str| without_secrets(text).into_owned();
    PipIndexes {
        indexes: indexes.indexes.iter().map(|index| public(index.as_str())).collect(),
        of_packages: Vec::new(),
        find_links: indexes
            .find_links
            .iter()
            .map(|place| match place {
                FindLinksUrlOrPath::Url(url) => public(url.as_str()),
                FindLinksUrlOrPath::Path(path) => path.to_string_lossy().into_owned(),
            })
            .collect(),
    }
}

/// The PyPI packages of one platform, which has its conda packages already.
pub(super) fn from_rattler(
    packages: &[&PypiPackageData],
    platform: Platform,
    chosen: &PlatformLock,
) -> Vec<PipRecord> {
    let markers = Markers::of(platform, &chosen.records);
    let mut locked: BTreeMap<String, String> = chosen
        .records
        .iter()
        .flat_map(|record| {
            provided_names(record, &lockit_spec::NameMap::default())
                .into_iter()
                .map(|name| (name, record.version.clone()))
        })
        .collect();
    for package in packages {
        let version = package.version().map(ToString::to_string).unwrap_or_default();
        locked.insert(normalise_pypi_name(package.name().as_ref()), version);
    }
    let mut records: Vec<PipRecord> =
        packages.iter().map(|package| record(package, &markers, &locked)).collect();
    records.sort_by(|a, b| a.name.cmp(&b.name));
    records
}

fn record(
    package: &PypiPackageData,
    markers: &Markers,
    locked: &BTreeMap<String, String>,
) -> PipRecord {
    let mut depends: Vec<String> = package
        .requires_dist()
        .iter()
        .filter(|requirement| is_needed(requirement, markers, locked))
        .map(|requirement| {
            let bare = Requirement { marker: MarkerTree::TRUE, ..(*requirement).clone() };
            bare.to_string()
        })
        .collect();
    depends.sort_unstable();
    depends.dedup();
    let given = package.location().given();
    let location = given.map_or_else(|| package.location().inner().to_string(), ToOwned::to_owned);
    let mut record = from_location(package.name().as_ref(), &location);
    // pixi writes a folder of the project without `./`, as its manifest does.
    if let (PypiPackageData::Source(_), UrlOrPath::Path(path)) =
        (package, package.location().inner())
        && !matches!(record.source, PipSource::Git { .. })
    {
        let path = path.as_str();
        let is_plain = !path.starts_with(['.', '/', '~']) && !path.contains(':');
        let path = if is_plain { format!("./{path}") } else { path.to_owned() };
        record.source = PipSource::Folder { path, editable: false };
    }
    if let PypiPackageData::Distribution(data) = package {
        record.version = data.version.to_string();
        record.sha256 = data.hash.as_ref().and_then(|hash| hash.sha256()).map(|digest| hex(digest));
        if let PipSource::Archive { url, index } = &mut record.source
            && url.contains("://")
            && !location.starts_with("direct+")
        {
            *index = data
                .index_url
                .as_ref()
                .filter(|index| index.as_str().trim_end_matches('/') != PUBLIC_INDEX)
                .map(|index| without_secrets(index.as_str()).into_owned());
        }
    }
    record.depends = Some(depends);
    record.requires_dist = Some(package.requires_dist().iter().map(ToString::to_string).collect());
    record.requires_python = package.requires_python().map(ToString::to_string);
    record
}

/// Whether a requirement counts here. The file does not say which extras were asked for, so one of an extra counts
/// when what it wants is there.
fn is_needed(
    requirement: &Requirement,
    markers: &Markers,
    locked: &BTreeMap<String, String>,
) -> bool {
    let Some(marker) = requirement.marker.try_to_string() else { return true };
    let extras = extras_in(&marker);
    if !markers.hold(&marker, &extras) {
        return false;
    }
    let text = requirement.to_string();
    extras.is_empty()
        || Parts::of(&text).is_some_and(|parts| {
            locked.get(&parts.name).is_some_and(|version| parts.allows(version))
        })
}

fn from_location(name: &str, location: &str) -> PipRecord {
    if let Some(repository) = location.strip_prefix("git+") {
        let (place, commit) = repository.split_once('#').unwrap_or((repository, ""));
        let (url, query) = place.split_once('?').unwrap_or((place, ""));
        let subdirectory = query
            .split('&')
            .find_map(|pair| pair.strip_prefix("subdirectory="))
            .map(|folder| folder.replace("%2F", "/"));
        return PipRecord {
            name: normalise_pypi_name(name),
            source: PipSource::Git {
                url: without_secrets(url).into_owned(),
                commit: commit.to_owned(),
                subdirectory,
            },
            ..PipRecord::default()
        };
    }
    let address = location.strip_prefix("direct+").unwrap_or(location);
    PipRecord::from_address(name, address)
}
