//! Whether the PyPI packages of a lock satisfy the `pip:` requirements.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use lockit_spec::{ArchiveDigest, Environment, PUBLIC_INDEX, PipRequirement, Platform};

use super::reason::{Locked, Origin, Reason};
use crate::pip::markers::Markers;
use crate::pip::requirement::{Ask, Parts, asked_name};
use crate::pip::{is_same_commit, is_same_repository, provided_names};
use crate::{PipRecord, PipSource, PlatformLock, Record};
use lockit_spec::credentials::without_credentials;

/// The PyPI side of one platform.
pub(super) struct PipChecker<'a> {
    platform: Platform,
    chosen: &'a PlatformLock,
    requirements: Vec<(&'a PipRequirement, Ask<'a>)>,
    by_name: BTreeMap<&'a str, Vec<&'a PipRecord>>,
    /// The conda packages that are PyPI packages, by their names there.
    provided: BTreeMap<String, &'a Arc<Record>>,
    /// What counts in the place of every requirement on a package, by its name.
    overrides: BTreeMap<String, &'a PipRequirement>,
    /// The indexes that are asked, and pages of archives, without logins and slashes at their ends.
    indexes: BTreeSet<String>,
    /// Made when the first marker is met.
    markers: OnceCell<Markers>,
}

impl<'a> PipChecker<'a> {
    pub(super) fn new(
        environment: &'a Environment,
        platform: Platform,
        chosen: &'a PlatformLock,
    ) -> Self {
        let markers = OnceCell::new();
        let hold = |marker: &str| {
            markers.get_or_init(|| Markers::of(platform, &chosen.records)).hold(marker, &[])
        };
        let mut by_name: BTreeMap<&str, Vec<&PipRecord>> = BTreeMap::new();
        for record in &chosen.pip {
            by_name.entry(&record.name).or_default().push(record);
        }
        let mut provided = BTreeMap::new();
        // Nobody asks for them where nobody asks for anything of PyPI.
        let is_asked = !chosen.pip.is_empty() || environment.pip_for(platform).next().is_some();
        for record in chosen.records.iter().filter(|_| is_asked) {
            for name in provided_names(record, &environment.names) {
                provided.entry(name).or_insert(record);
            }
        }
        // An override counts in the place of what is asked for.
        let overrides: BTreeMap<String, &PipRequirement> = environment
            .pip_overrides
            .iter()
            .filter(|one| one.applies_to(platform))
            .rev()
            .filter_map(|one| Some((asked_name(&one.text)?, one)))
            .collect();
        let in_place = |line: &'a PipRequirement| {
            let name = asked_name(&line.text);
            name.and_then(|name| overrides.get(&name).copied()).unwrap_or(line)
        };
        let sources = &environment.pip_sources;
        let asked = sources.asked().chain(&sources.find_links).map(|one| one.text.as_str());
        let indexes = asked.chain([PUBLIC_INDEX]).map(bare).collect();
        let requirements = environment
            .pip_for(platform)
            .map(in_place)
            .map(|requirement| (requirement, Ask::of(&requirement.text)))
            .filter(|(_, ask)| ask.marker().is_none_or(hold))
            .collect();
        Self { platform, chosen, requirements, by_name, provided, overrides, indexes, markers }
    }

    /// Everything that keeps the PyPI packages from being up to date.
    pub(super) fn reasons(&self) -> Vec<Reason> {
        let mut reasons: Vec<Reason> = self
            .requirements
            .iter()
            .filter_map(|(requirement, ask)| self.requirement(requirement, ask))
            .collect();
        for records in self.by_name.values().filter(|records| records.len() > 1) {
            reasons.push(Reason::Duplicate {
                packages: records.iter().map(|record| locked(record)).collect(),
                platform: self.platform,
            });
        }
        let brought_by = self.reach();
        for record in &self.chosen.pip {
            self.record(record, &brought_by, &mut reasons);
        }
        if self.chosen.pip.iter().all(|record| record.depends.is_some()) {
            reasons.extend(self.superfluous(&brought_by));
        }
        reasons
    }

    /// All PyPI packages, when none is wanted.
    pub(super) fn unwanted(&self) -> Option<Reason> {
        self.superfluous(&BTreeMap::new())
    }

    fn requirement(&self, requirement: &PipRequirement, ask: &Ask<'_>) -> Option<Reason> {
        let platform = self.platform;
        let missing =
            || Some(Reason::RequirementMissing { requirement: requirement.into(), platform });
        let unsatisfied = |locked: Locked, detail: Option<String>| {
            let requirement = requirement.into();
            Some(Reason::RequirementUnsatisfied { requirement, locked, detail, platform })
        };
        let parts = match ask {
            Ask::Named(parts) => parts,
            Ask::Address { name: None, address, extras, .. } => {
                let Some(record) = self.chosen.pip.iter().find(|record| is_at(record, address))
                else {
                    return missing();
                };
                let lacking = || self.lacking(record, extras);
                let detail = other_digest(requirement, record).or_else(lacking)?;
                return unsatisfied(locked(record), Some(detail));
            }
            Ask::Address { name: Some(name), address, extras, .. } => {
                let Some(records) = self.by_name.get(name.as_str()) else { return missing() };
                let Some(record) = records.iter().find(|record| is_at(record, address)) else {
                    return unsatisfied(locked(records[0]), Some(from(records[0])));
                };
                let lacking = || self.lacking(record, extras);
                let detail = other_digest(requirement, record).or_else(lacking)?;
                return unsatisfied(locked(record), Some(detail));
            }
        };
        let Some(records) = self.by_name.get(parts.name.as_str()) else {
            return match self.provided.get(&parts.name) {
                None => missing(),
                Some(record) if parts.allows(&record.version) => None,
                Some(record) => {
                    unsatisfied(super::reason::locked(record), Some("a conda package".to_owned()))
                }
            };
        };
        let Some(record) = records.iter().find(|record| parts.allows(&record.version)) else {
            return unsatisfied(locked(records[0]), None);
        };
        // As pixi has it: a package comes from what is asked. Where there is an input hash, that decides.
        if self.chosen.input_hash.is_none()
            && let PipSource::Archive { index: Some(index), .. } = &record.source
            && !self.indexes.contains(&bare(index))
        {
            let index = without_credentials(index);
            return unsatisfied(locked(record), Some(format!("from {index}, which is not asked")));
        }
        if let Some(detail) = other_digest(requirement, record) {
            return unsatisfied(locked(record), Some(detail));
        }
        // Only what names its requirements keeps extras.
        if self.chosen.requested.is_some() {
            let lacking = parts.extras.iter().find(|extra| !record.extras.contains(extra));
            if let Some(extra) = lacking {
                return unsatisfied(locked(record), Some(format!("without the extra `{extra}`")));
            }
        }
        unsatisfied(locked(record), Some(self.lacking(record, &parts.extras)?))
    }

    /// What an extra of a package requires and is not locked, as far as the file keeps the package's own metadata.
    fn lacking(&self, record: &PipRecord, extras: &[String]) -> Option<String> {
        if extras.is_empty() {
            return None;
        }
        let markers = self.markers.get_or_init(|| Markers::of(self.platform, &self.chosen.records));
        let stated = record.requires_dist.iter().flatten().filter_map(|text| Parts::of(text));
        let of_extras = stated.filter_map(|parts| {
            let marker = parts.marker?;
            let extra = extras.iter().find(|extra| {
                let one = std::slice::from_ref(*extra);
                markers.hold(marker, one) && !markers.hold(marker, &[])
            })?;
            Some((extra, parts))
        });
        for (extra, parts) in of_extras {
            let pip = self.by_name.get(parts.name.as_str()).map(|all| all[0].version.as_str());
            let conda = || self.provided.get(&parts.name).map(|one| one.version.as_str());
            // A package that asks for its own extras has them listed as well.
            let is_itself = parts.name == record.name;
            if !is_itself && !pip.or_else(conda).is_some_and(|version| parts.allows(version)) {
                let wants = format!("{} {}", parts.name, parts.rest);
                return Some(format!("its extra `{extra}` requires `{}`", wants.trim_end()));
            }
        }
        None
    }

    fn record(
        &self,
        record: &PipRecord,
        brought_by: &BTreeMap<String, &'a PipRequirement>,
        reasons: &mut Vec<Reason>,
    ) {
        let platform = self.platform;
        let origin = || brought_by.get(&record.name).map(|one| Origin::from(*one));
        if let Some(conda) = self.provided.get(&record.name) {
            reasons.push(Reason::FromBothSides {
                pip: locked(record),
                conda: super::reason::locked(conda),
                platform,
                origin: origin(),
            });
        }
        for text in record.depends.iter().flatten() {
            let Some(parts) = Parts::of(text) else { continue };
            // An override counts for what packages ask for as well.
            let parts = match self.overrides.get(&parts.name).map(|one| Parts::of(&one.text)) {
                Some(Some(overriding)) => overriding,
                _ => parts,
            };
            let of_pip = self.by_name.get(parts.name.as_str());
            let there = match (of_pip, self.provided.get(&parts.name)) {
                (Some(records), _) => Some((records[0].version.as_str(), locked(records[0]))),
                (None, Some(record)) => {
                    Some((record.version.as_str(), super::reason::locked(record)))
                }
                (None, None) => None,
            };
            let (package, wants) = (locked(record), text.clone());
            match there {
                None => reasons.push(Reason::DependencyMissing {
                    package,
                    wants,
                    platform,
                    origin: origin(),
                }),
                Some((version, locked)) if !parts.allows(version) => {
                    reasons.push(Reason::DependencyUnsatisfied {
                        package,
                        wants,
                        locked,
                        platform,
                        origin: origin(),
                    });
                }
                Some(_) => {}
            }
        }
        let python = self.chosen.records.iter().find(|other| other.name == "python");
        if let (Some(text), Some(python)) = (&record.requires_python, python) {
            let wants = format!("python {text}");
            if Parts::of(&wants).is_some_and(|parts| !parts.allows(&python.version)) {
                reasons.push(Reason::DependencyUnsatisfied {
                    package: locked(record),
                    wants,
                    locked: super::reason::locked(python),
                    platform,
                    origin: origin(),
                });
            }
        }
        let needs_digest =
            matches!(&record.source, PipSource::Archive { url, .. } if url.contains("://"));
        if needs_digest && record.sha256.is_none() {
            reasons.push(Reason::NoDigest { package: locked(record), platform });
        }
    }

    fn superfluous(&self, brought_by: &BTreeMap<String, &'a PipRequirement>) -> Option<Reason> {
        let packages: Vec<Locked> = self
            .chosen
            .pip
            .iter()
            .filter(|record| !brought_by.contains_key(&record.name))
            .map(locked)
            .collect();
        (!packages.is_empty()).then_some(Reason::Superfluous { packages, platform: self.platform })
    }

    /// For each PyPI package that a requirement leads to, the first such requirement.
    fn reach(&self) -> BTreeMap<String, &'a PipRequirement> {
        let mut brought_by: BTreeMap<String, &PipRequirement> = BTreeMap::new();
        let mut queue = VecDeque::new();
        for (requirement, ask) in &self.requirements {
            let names: BTreeSet<String> = match ask {
                Ask::Named(Parts { name, .. }) | Ask::Address { name: Some(name), .. } => {
                    BTreeSet::from([name.clone()])
                }
                Ask::Address { name: None, address, .. } => self
                    .chosen
                    .pip
                    .iter()
                    .filter(|record| is_at(record, address))
                    .map(|record| record.name.clone())
                    .collect(),
            };
            queue.extend(names.into_iter().map(|name| (name, *requirement)));
        }
        while let Some((name, requirement)) = queue.pop_front() {
            if brought_by.contains_key(&name) {
                continue;
            }
            let records = self.by_name.get(name.as_str()).into_iter().flatten();
            let depends = records.flat_map(|record| record.depends.iter().flatten());
            let names = depends.filter_map(|text| Some(Parts::of(text)?.name));
            queue.extend(names.map(|name| (name, requirement)));
            brought_by.insert(name, requirement);
        }
        brought_by
    }
}

fn locked(record: &PipRecord) -> Locked {
    Locked { name: record.name.clone(), version: record.version.clone(), build: String::new() }
}

/// What is said of a record whose digest is none of those that a line demands. A lock keeps a sha256, so nothing is
/// said where a line demands others.
fn other_digest(requirement: &PipRequirement, record: &PipRecord) -> Option<String> {
    let sha256 = record.sha256.as_deref()?;
    let demanded = requirement.digests();
    let differs = |one: &ArchiveDigest| one.algorithm == "sha256" && one.hex != sha256;
    (!demanded.is_empty() && demanded.iter().all(differs)).then(|| "its digest differs".to_owned())
}

/// An index as it is compared.
fn bare(index: &str) -> String {
    without_credentials(index).trim_end_matches('/').to_owned()
}

/// Where a record comes from, for messages.
fn from(record: &PipRecord) -> String {
    format!("from {}", without_credentials(&record.address()))
}

/// Whether a record comes from the address that is asked for. A branch or a tag fits any commit: which one it was is
/// not in a lock.
fn is_at(record: &PipRecord, address: &str) -> bool {
    let asked = PipRecord::from_address(&record.name, &place(address));
    match (&record.source, &asked.source) {
        (
            PipSource::Git { url, commit, subdirectory },
            PipSource::Git { url: asked_url, commit: revision, subdirectory: asked_folder },
        ) => {
            let is_id = revision.len() >= 7 && revision.bytes().all(|b| b.is_ascii_hexdigit());
            is_same_repository(url, asked_url)
                && subdirectory == asked_folder
                && (!is_id || is_same_commit(commit, revision))
        }
        (PipSource::Folder { path, .. }, PipSource::Folder { path: asked, .. }) => {
            // A spec in a folder of the project says it from there.
            let (path, asked) = (names(path), names(asked));
            path.ends_with(&asked) || asked.ends_with(&path)
        }
        (PipSource::Archive { url, .. }, PipSource::Archive { url: asked, .. }) => {
            if url.contains("://") || asked.contains("://") {
                without_credentials(url) == without_credentials(asked)
            } else {
                let (path, asked) = (names(url), names(asked));
                path.ends_with(&asked) || asked.ends_with(&path)
            }
        }
        _ => false,
    }
}

/// An address, or a path with `./` in front: pip takes `lib/a` for a folder.
fn place(address: &str) -> Cow<'_, str> {
    let is_path = !address.contains(':') && address.contains('/');
    if is_path && !address.starts_with(['.', '/', '~']) {
        Cow::Owned(format!("./{address}"))
    } else {
        Cow::Borrowed(address)
    }
}

/// The names of the folders of a path.
fn names(path: &str) -> Vec<&str> {
    path.split(['/', '\\']).filter(|name| !matches!(*name, "" | "." | "..")).collect()
}
