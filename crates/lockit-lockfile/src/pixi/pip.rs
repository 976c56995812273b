//! PyPI packages as rattler has them, and back.
//!
//! The file has each archive once, for all environments and platforms; what it needs where is said by markers. A lock
//! has each package once per platform, with what it needs there. So markers are made on the way out and evaluated on
//! the way in.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr;

use lockit_spec::{PUBLIC_INDEX, Platform, normalise_pypi_name};
use pep440_rs::{Version, VersionSpecifiers};
use pep508_rs::{MarkerTree, PackageName, Requirement};
use rattler_digest::{Sha256, parse_digest_from_hex};
use rattler_lock::{
    PackageHashes, PypiDistributionData, PypiIndexes, PypiPackageData, PypiSourceData, SourceData,
    UrlOrPath, Verbatim,
};
use url::Url;

use crate::digest::hex;
use crate::error::FormatError;
use crate::pip::markers::{self, Markers};
use crate::pip::provided_names;
use crate::pip::requirement::Parts;
use crate::{Lock, PipRecord, PipSource, PlatformLock};
use lockit_spec::credentials::{variables, without_secrets};

/// What each archive needs, over all environments and platforms that have it.
pub(super) struct Needs(BTreeMap<String, Vec<Use>>);

/// One environment and platform that has an archive.
struct Use {
    sys_platform: &'static str,
    machine: &'static str,
    python: String,
    extras: Vec<String>,
    depends: BTreeSet<String>,
}

impl Needs {
    pub(super) fn of<'a>(locks: impl Iterator<Item = &'a Lock>) -> Self {
        let mut uses: BTreeMap<String, Vec<Use>> = BTreeMap::new();
        for (platform, chosen) in locks.flat_map(|lock| &lock.platforms) {
            let python = chosen.records.iter().find(|record| record.name == "python");
            let python = python.map_or("", |python| python.version.as_str());
            for record in &chosen.pip {
                uses.entry(location(record)).or_default().push(Use {
                    sys_platform: markers::system(*platform).1,
                    machine: markers::machine(*platform),
                    python: python.splitn(3, '.').take(2).collect::<Vec<_>>().join("."),
                    extras: record.extras.clone(),
                    depends: record.depends.iter().flatten().cloned().collect(),
                });
            }
        }
        Self(uses)
    }

    /// What an archive needs, each with a marker when it is not needed everywhere.
    fn requirements(&self, location: &str) -> Vec<String> {
        let uses = self.0.get(location).map(Vec::as_slice).unwrap_or_default();
        let all: BTreeSet<&str> =
            uses.iter().flat_map(|one| &one.depends).map(String::as_str).collect();
        all.into_iter()
            .map(|text| match marker(uses, text) {
                Some(marker) => format!("{text} ; {marker}"),
                None => text.to_owned(),
            })
            .collect()
    }
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
        // Takes texts apart before the parser sees them: it panics at some.
        .filter(|text| Parts::of(text).is_some())
        .map(|text| Requirement::from_str(text))
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
        index_url: index.map(Url::parse).transpose().map_err(|error| bad(&error))?,
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

/// The address as pixi writes it: a commit with its id as fragment, and what no index has after `direct+`.
fn location(record: &PipRecord) -> String {
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

/// The indexes of an environment: the public one first, which is meant where a package names none.
pub(super) fn indexes(lock: &Lock) -> Result<Option<PypiIndexes>, FormatError> {
    let records = || lock.platforms.values().flat_map(|chosen| &chosen.pip);
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
    let extras: Vec<String> = marker
        .split("extra == '")
        .skip(1)
        .filter_map(|rest| rest.split('\'').next())
        .map(str::to_owned)
        .collect();
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
