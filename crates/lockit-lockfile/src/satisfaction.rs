//! Whether a lock still satisfies an environment: offline, without a solver.
//!
//! A lock is up to date when it satisfies the spec and holds nothing superfluous, not when there is
//! nothing newer. The dependencies in the lock say that directly ([`Basis::Dependencies`]). Formats
//! that do not keep them are checked by what the records themselves say, and by the recorded input
//! hash for the rest ([`Basis::InputHash`]).

mod matching;
mod pip;
mod reason;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use lockit_spec::{Cutoff, Environment, Platform, Requirement, VirtualPackage};

use self::matching::{Mismatch, Parsed};
use self::pip::PipChecker;
use self::reason::locked;
pub use self::reason::{Locked, Origin, Reason, diagnostics};
use crate::categories::Categories;
use crate::header::virtual_package_text;
use crate::lock_specification::ContentHash;
use crate::order::dependency_name;
use crate::record::canonical_channel;
use crate::{Lock, PlatformLock, Record};

/// What decided about a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The dependencies of every package.
    Dependencies,
    /// Requirements by name, version and build; the recorded input hash for everything else.
    InputHash,
}

/// What to check a lock against.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// The input hash of each platform, as a lock that was made now would record it.
    pub input_hashes: &'a BTreeMap<Platform, String>,
    /// Whether PyPI requirements are left out.
    pub skip_pip: bool,
    /// The inputs as conda-lock counts them, for files that it wrote.
    pub content_hashes: &'a BTreeMap<Platform, ContentHash>,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// What decided, for each platform that is both wanted and locked.
    pub basis: BTreeMap<Platform, Basis>,
    /// Why it does not hold, in order of platforms and spec lines. Empty when all is well.
    pub reasons: Vec<Reason>,
}

impl Report {
    /// True when there is nothing to do.
    pub fn is_satisfied(&self) -> bool {
        self.reasons.is_empty()
    }
}

/// Checks a whole lock: its platforms, its channels, and every package.
///
/// Formats with one file per platform: put the platforms into one [`Lock`] first
/// ([`Lock::absorb`]).
pub fn check(lock: &Lock, wanted: Wanted<'_>) -> Report {
    let environment = wanted.environment;
    let mut report = Report::default();
    for platform in &environment.platforms {
        if !lock.platforms.contains_key(platform) {
            report.reasons.push(Reason::PlatformMissing {
                platform: *platform,
                environment: environment.name.clone(),
            });
        }
    }
    for platform in lock.platforms.keys() {
        if !environment.platforms.contains(platform) {
            report.reasons.push(Reason::PlatformSuperfluous {
                platform: *platform,
                environment: environment.name.clone(),
            });
        }
    }
    let channels = channels_changed(lock, environment);
    let same_channels = channels.is_none();
    report.reasons.extend(channels);
    let mut parsed = Parsed::default();
    for (platform, chosen) in &lock.platforms {
        if environment.platforms.contains(platform) {
            let checker = Checker::new(&mut parsed, wanted, *platform, chosen);
            let basis = checker.basis();
            // Another channel list says it once for every package.
            let is_news =
                |reason: &Reason| same_channels || !matches!(reason, Reason::ForeignChannel { .. });
            report.reasons.extend(checker.reasons().into_iter().filter(is_news));
            report.basis.insert(*platform, basis);
        }
    }
    report
}

/// Checks that every record of `subset` is the very record that `superset` has (`same-versions-as`).
///
/// Platforms that `superset` lacks are reported as missing records.
pub fn same_records(subset: &Lock, superset: &Lock) -> Vec<Reason> {
    let mut reasons = Vec::new();
    for (platform, chosen) in &subset.platforms {
        let theirs: BTreeMap<&str, &Arc<Record>> = superset
            .platforms
            .get(platform)
            .into_iter()
            .flat_map(|chosen| chosen.records.iter().map(|record| (record.name.as_str(), record)))
            .collect();
        for record in &chosen.records {
            let other = theirs.get(record.name.as_str());
            if !other.is_some_and(|other| record.is_same_as(other)) {
                reasons.push(Reason::NotSameRecord {
                    environment: subset.environment.clone(),
                    other: superset.environment.clone(),
                    package: locked(record),
                    theirs: other.map(|other| locked(other)),
                    platform: *platform,
                });
            }
        }
    }
    reasons
}

fn channels_changed(lock: &Lock, environment: &Environment) -> Option<Reason> {
    // Explicit files of other producers do not name channels.
    if lock.channels.is_empty() {
        return None;
    }
    let locked: Vec<String> = lock.channels.iter().map(|channel| channel.url.clone()).collect();
    let wanted: Vec<String> =
        environment.channels.iter().map(|c| crate::LockedChannel::new(&c.text).url).collect();
    let canonical =
        |list: &[String]| list.iter().map(|text| canonical_channel(text)).collect::<Vec<_>>();
    if canonical(&locked) == canonical(&wanted) {
        return None;
    }
    let first = environment.channels.first();
    let origin = first.and_then(|channel| {
        let (file, span) = channel.origin.clone()?;
        Some(Origin { text: channel.text.clone(), file, span })
    });
    Some(Reason::ChannelsChanged { locked, wanted, origin })
}

/// One platform of a lock beside what is wanted there.
struct Checker<'p, 'a> {
    parsed: &'p Parsed<'a>,
    wanted: Wanted<'a>,
    platform: Platform,
    chosen: &'a PlatformLock,
    requirements: Vec<&'a Requirement>,
    by_name: BTreeMap<&'a str, Vec<&'a Record>>,
    /// Virtual packages as records; `None` when nothing is known about the platform.
    assumed: Option<BTreeMap<&'a str, Record>>,
    /// For each package that a requirement leads to, the first such requirement.
    brought_by: BTreeMap<&'a str, &'a Requirement>,
    pip: PipChecker<'a>,
}

impl<'p, 'a> Checker<'p, 'a> {
    fn new(
        parsed: &'p mut Parsed<'a>,
        wanted: Wanted<'a>,
        platform: Platform,
        chosen: &'a PlatformLock,
    ) -> Self {
        let mut by_name: BTreeMap<&str, Vec<&Record>> = BTreeMap::new();
        for record in &chosen.records {
            by_name.entry(&record.name).or_default().push(record);
            parsed.add_version(&record.version);
            for text in record.depends.iter().chain(&record.constrains).flatten() {
                parsed.add_spec(text);
            }
        }
        let assumed = wanted.environment.options.virtual_packages.get(&platform).map(|packages| {
            for package in packages {
                parsed.add_version(&package.version);
            }
            packages
                .iter()
                .map(|package| (package.name.as_str(), virtual_record(package)))
                .collect()
        });
        let requirements: Vec<&Requirement> =
            wanted.environment.requirements_for(platform).collect();
        let brought_by = reach(&requirements, &by_name);
        let pip = PipChecker::new(wanted.environment, platform, chosen);
        Self { parsed, wanted, platform, chosen, requirements, by_name, assumed, brought_by, pip }
    }

    fn basis(&self) -> Basis {
        let of_conda = self.chosen.records.iter().all(|record| record.depends.is_some());
        if of_conda && self.chosen.pip.iter().all(|record| record.depends.is_some()) {
            Basis::Dependencies
        } else {
            Basis::InputHash
        }
    }

    fn reasons(&self) -> Vec<Reason> {
        let mut reasons = Vec::new();
        for requirement in &self.requirements {
            reasons.extend(self.requirement(requirement));
        }
        self.duplicates(&mut reasons);
        for record in &self.chosen.records {
            self.record(record, &mut reasons);
        }
        if !self.wanted.skip_pip {
            reasons.extend(self.pip.reasons());
        }
        match self.basis() {
            Basis::Dependencies => {
                self.superfluous(&mut reasons);
                self.categories(&mut reasons);
                self.skipped_pip(&mut reasons);
                reasons.extend(self.unknown_ages());
            }
            Basis::InputHash => reasons.extend(self.inputs()),
        }
        reasons
    }

    fn requirement(&self, requirement: &Requirement) -> Option<Reason> {
        let platform = self.platform;
        let name = requirement.name.as_normalized();
        if name.starts_with("__") {
            let assumed = self.assumed.as_ref()?;
            return self.unmet(
                assumed,
                None,
                &requirement.text,
                &requirement.spec,
                name,
                Some(requirement),
            );
        }
        let Some(records) = self.by_name.get(name) else {
            // What needs it is missing as well, and is told.
            if requirement.implied && (self.wanted.skip_pip || self.chosen.pip.is_empty()) {
                return None;
            }
            return Some(Reason::RequirementMissing { requirement: requirement.into(), platform });
        };
        let mismatch = |record: &&Record| self.parsed.matches(&requirement.spec, record).err();
        // A second record of the name is reported as such; one that fits is enough here.
        if records.iter().any(|record| mismatch(record).is_none()) {
            return None;
        }
        let record = records.first()?;
        let detail = match mismatch(record)? {
            Mismatch::Version => None,
            Mismatch::Build => Some(format!("build {}", record.build)),
            Mismatch::Digest => Some("its digest differs".to_owned()),
            Mismatch::Channel => Some(format!(
                "from {}/{}",
                record.channel.as_deref().unwrap_or_default(),
                record.subdir
            )),
        };
        Some(Reason::RequirementUnsatisfied {
            requirement: requirement.into(),
            locked: locked(record),
            detail,
            platform,
        })
    }

    fn record(&self, record: &Record, reasons: &mut Vec<Reason>) {
        let platform = self.platform;
        let origin = || self.brought_by.get(record.name.as_str()).map(|r| Origin::from(*r));
        for text in record.depends.iter().flatten() {
            let Some(spec) = self.parsed.spec(text) else { continue };
            // A condition (CEP 43) is decided by the solver.
            if spec.condition.is_some() {
                continue;
            }
            let name = dependency_name(text);
            if name.starts_with("__") {
                let unmet = |assumed| self.unmet(assumed, Some(record), text, spec, name, None);
                reasons.extend(self.assumed.as_ref().and_then(unmet));
                continue;
            }
            let Some(records) = self.by_name.get(name) else {
                reasons.push(Reason::DependencyMissing {
                    package: locked(record),
                    wants: text.clone(),
                    platform,
                    origin: origin(),
                });
                continue;
            };
            if !records.iter().any(|other| self.parsed.matches(spec, other).is_ok()) {
                reasons.push(Reason::DependencyUnsatisfied {
                    package: locked(record),
                    wants: text.clone(),
                    locked: locked(records[0]),
                    platform,
                    origin: origin(),
                });
            }
        }
        for text in record.constrains.iter().flatten() {
            let Some(spec) = self.parsed.spec(text).filter(|spec| spec.condition.is_none()) else {
                continue;
            };
            let name = dependency_name(text);
            if name.starts_with("__") {
                // A constraint on the machine holds when the machine has nothing of the name.
                let assumed = self.assumed.as_ref().filter(|assumed| assumed.contains_key(name));
                let unmet = |assumed| self.unmet(assumed, Some(record), text, spec, name, None);
                reasons.extend(assumed.and_then(unmet));
            }
            for other in self.by_name.get(name).into_iter().flatten() {
                if self.parsed.matches(spec, other).is_err() {
                    reasons.push(Reason::ConstraintViolated {
                        package: locked(record),
                        allows: text.clone(),
                        locked: locked(other),
                        platform,
                        origin: origin(),
                    });
                }
            }
        }
        if record.sha256.is_none() && record.md5.is_none() && record.url.is_some() {
            reasons.push(Reason::NoDigest { package: locked(record), platform });
        }
        if let Some(limit) = &self.wanted.environment.options.exclude_newer
            && let Cutoff::Instant(cutoff) = limit.cutoff
            && let Some(timestamp) = record.timestamp.filter(|timestamp| *timestamp > cutoff)
        {
            reasons.push(Reason::TooNew { package: locked(record), timestamp, cutoff, platform });
        }
        if let Some(channel) = record.channel.as_deref().filter(|channel| !self.is_listed(channel))
        {
            reasons.push(Reason::ForeignChannel {
                package: locked(record),
                channel: channel.to_owned(),
                platform,
            });
        }
    }

    fn unmet(
        &self,
        assumed: &BTreeMap<&str, Record>,
        package: Option<&Record>,
        wants: &str,
        spec: &rattler_conda_types::MatchSpec,
        name: &str,
        requirement: Option<&Requirement>,
    ) -> Option<Reason> {
        let there = assumed.get(name);
        if there.is_some_and(|there| self.parsed.matches(spec, there).is_ok()) {
            return None;
        }
        let brought_by =
            package.and_then(|package| self.brought_by.get(package.name.as_str()).copied());
        Some(Reason::VirtualPackageUnmet {
            package: package.map(locked),
            wants: wants.to_owned(),
            assumed: there.map(|there| {
                virtual_package_text(&VirtualPackage {
                    name: there.name.clone(),
                    version: there.version.clone(),
                    build: there.build.clone(),
                })
            }),
            platform: self.platform,
            origin: requirement.or(brought_by).map(Origin::from),
        })
    }

    /// Whether the spec lists a channel, or one of its requirements names it.
    fn is_listed(&self, channel: &str) -> bool {
        let channel = canonical_channel(channel);
        let mut listed =
            self.wanted.environment.channels.iter().map(|channel| channel.text.as_str());
        listed.any(|text| {
            let text = canonical_channel(text);
            let is_path = !text.contains("://");
            text == channel
                || (is_path && channel.starts_with("file://"))
                // `defaults` stands for several.
                || (text == canonical_channel("defaults")
                    && channel.starts_with("https://repo.anaconda.com/pkgs/"))
        }) || self.wanted.environment.requirements.iter().any(|requirement| {
            // Looked into for every platform, whatever platform the requirement is for.
            let named = requirement.spec.channel.as_ref();
            named.is_some_and(|named| canonical_channel(named.base_url.as_str()) == channel)
        })
    }

    fn duplicates(&self, reasons: &mut Vec<Reason>) {
        for records in self.by_name.values().filter(|records| records.len() > 1) {
            reasons.push(Reason::Duplicate {
                packages: records.iter().map(|record| locked(record)).collect(),
                platform: self.platform,
            });
        }
    }

    fn superfluous(&self, reasons: &mut Vec<Reason>) {
        let unreached =
            self.by_name.iter().filter(|(name, _)| !self.brought_by.contains_key(*name));
        let packages: Vec<Locked> =
            unreached.flat_map(|(_, records)| records).map(|r| locked(r)).collect();
        if !packages.is_empty() {
            reasons.push(Reason::Superfluous { packages, platform: self.platform });
        }
    }

    /// Packages that are in other categories than the requirements now say. Of those that requirements name
    /// follow all the others, which are told only when no requirement is among them.
    fn categories(&self, reasons: &mut Vec<Reason>) {
        let Some(wanted) = Categories::of(self.wanted.environment, self.platform, self.chosen)
        else {
            return;
        };
        let mut changed: Vec<Reason> = Vec::new();
        for record in &self.chosen.records {
            let now = wanted.conda(&record.name);
            // What nothing leads to is superfluous; older files put everything into one category.
            let is_told = now.is_empty() || record.categories.is_empty();
            if !is_told && record.categories != now {
                let requirement = self.brought_by.get(record.name.as_str()).copied();
                changed.push(Reason::CategoryChanged {
                    package: locked(record),
                    locked: record.categories.clone(),
                    wanted: now,
                    platform: self.platform,
                    origin: requirement.map(Origin::from),
                });
            }
        }
        let is_required = |reason: &Reason| match reason {
            Reason::CategoryChanged { package, .. } => {
                self.requirements.iter().any(|one| one.name.as_normalized() == package.name)
            }
            _ => false,
        };
        if changed.iter().any(is_required) {
            changed.retain(is_required);
        }
        reasons.extend(changed);
    }

    /// Only lockfiles with an input hash say how many were left out.
    fn skipped_pip(&self, reasons: &mut Vec<Reason>) {
        if !self.wanted.skip_pip {
            return;
        }
        reasons.extend(self.pip.unwanted());
        if self.chosen.input_hash.is_none() || !self.chosen.pip.is_empty() {
            return;
        }
        let wanted = self.wanted.environment.pip_for(self.platform).count();
        if wanted != self.chosen.skipped_pip {
            reasons.push(Reason::SkippedPipChanged {
                locked: self.chosen.skipped_pip,
                wanted,
                platform: self.platform,
            });
        }
    }

    /// Where records have no timestamps, as in conda-lock.yml, the cutoff that the lock was made
    /// with must answer for them. Only lockfiles with an input hash would have recorded it.
    fn unknown_ages(&self) -> Option<Reason> {
        let Cutoff::Instant(cutoff) =
            self.wanted.environment.options.exclude_newer.as_ref()?.cutoff
        else {
            return None;
        };
        let made_with = self.chosen.exclude_newer;
        let is_unknown = self.chosen.input_hash.is_some()
            && (self.chosen.records.iter().any(|record| record.timestamp.is_none())
                || !self.chosen.pip.is_empty())
            && made_with.is_none_or(|made_with| made_with > cutoff);
        is_unknown.then_some(Reason::AgesUnknown { cutoff, made_with, platform: self.platform })
    }

    fn inputs(&self) -> Option<Reason> {
        let platform = self.platform;
        let Some(recorded) = &self.chosen.input_hash else {
            let now = self.wanted.content_hashes.get(&platform);
            return match self.chosen.content_hash.as_ref().zip(now) {
                Some((recorded, now)) if now.accepts(recorded) => None,
                Some(_) => Some(Reason::InputsChanged { platform }),
                None => Some(Reason::InputsUnknown { platform }),
            };
        };
        let now = self.wanted.input_hashes.get(&platform);
        (Some(recorded) != now).then_some(Reason::InputsChanged { platform })
    }
}

/// A virtual package in the shape that MatchSpecs are compared with.
fn virtual_record(package: &VirtualPackage) -> Record {
    Record {
        name: package.name.clone(),
        version: package.version.clone(),
        build: package.build.clone(),
        ..Record::default()
    }
}

/// Walks from every requirement along the dependencies.
fn reach<'a>(
    requirements: &[&'a Requirement],
    by_name: &BTreeMap<&'a str, Vec<&'a Record>>,
) -> BTreeMap<&'a str, &'a Requirement> {
    let mut brought_by = BTreeMap::new();
    let mut queue = VecDeque::new();
    for requirement in requirements {
        if brought_by.insert(requirement.name.as_normalized(), *requirement).is_none() {
            queue.push_back((requirement.name.as_normalized(), *requirement));
        }
    }
    while let Some((name, requirement)) = queue.pop_front() {
        let records = by_name.get(name).into_iter().flatten();
        let depends: BTreeSet<&str> = records
            .flat_map(|r| r.depends.iter().flatten())
            .map(|text| dependency_name(text))
            .collect();
        for name in depends {
            if !brought_by.contains_key(name) {
                brought_by.insert(name, requirement);
                queue.push_back((name, requirement));
            }
        }
    }
    brought_by
}
