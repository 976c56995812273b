//! Whether a lock still satisfies an environment: offline, without a solver.
//!
//! A lock is up to date when it satisfies the spec and holds nothing superfluous, not when there is
//! nothing newer. Packages say whether they satisfy the versions that are asked for; all else that decided about them (channel
//! priority, indexes, constraints, which packages are required) is in the recorded input hash, and a change of it is a reason,
//! whatever the format. Dependencies that a lock keeps are walked as well ([`Basis::Dependencies`]); without them the
//! hash also vouches for what packages need of each other ([`Basis::InputHash`]). A lock without a hash is of another tool
//! (or of an earlier lockit), and judged by its packages alone.

mod matching;
mod parsed;
mod pip;
mod reason;
mod recorded;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use lockit_spec::{
    Dated, Environment, Exclusion, Platform, Requirement, VirtualPackage, condition_holds,
};
use rattler_conda_types::MatchSpec;

use self::matching::Mismatch;
pub use self::parsed::ParsedRecords;
use self::parsed::{Id, Name, Need};
use self::pip::PipChecker;
use self::reason::locked;
pub use self::reason::{Locked, Origin, Reason, diagnostics};
use crate::categories::Categories;
use crate::folders::may_be_one;
use crate::header::virtual_package_text;
use crate::listed_channels::{ListedChannels, named_channels};
use crate::lock_specification::ContentHash;
use crate::{InputHash, Lock, MAIN, PlatformLock, Record};
use lockit_spec::{channel_identities, channel_identity};

/// What decided about a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// The dependencies of every package.
    Dependencies,
    /// Requirements by name, version and build; the recorded input hash for what packages need of each other.
    InputHash,
}

/// What to check a lock against.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The environment.
    pub environment: &'a Environment,
    /// The input hash of each platform, as a lock that was made now would record it.
    pub input_hashes: &'a BTreeMap<Platform, InputHash>,
    /// Whether PyPI requirements are left out.
    pub skip_pip: bool,
    /// The inputs as conda-lock counts them, for files that it wrote.
    pub content_hashes: &'a BTreeMap<Platform, ContentHash>,
}

/// What came out.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Satisfaction {
    /// What decided, for each platform that is both wanted and locked.
    pub basis: BTreeMap<Platform, Basis>,
    /// Why it does not hold, in order of platforms and spec lines. Empty when all is well.
    pub reasons: Vec<Reason>,
}

impl Satisfaction {
    /// True when there is nothing to do.
    pub fn is_satisfied(&self) -> bool {
        self.reasons.is_empty()
    }
}

/// Checks a whole lock: its platforms, its channels, and every package.
///
/// Formats with one file per platform: put the platforms into one [`Lock`] first
/// ([`Lock::absorb`]). Who checks several locks hands over the same `parsed` each time, so that what they have in common
/// is parsed once.
pub fn check(lock: &Lock, wanted: Expected<'_>, parsed: &mut ParsedRecords) -> Satisfaction {
    let environment = wanted.environment;
    let mut report = Satisfaction::default();
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
    for (platform, chosen) in &lock.platforms {
        if environment.platforms.contains(platform) {
            let checker = Checker::new(parsed, wanted, *platform, chosen);
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
        environment.channels.iter().map(|c| crate::LockedChannel::new(&c.place()).url).collect();
    let platforms: Vec<Platform> = lock.platforms.keys().copied().collect();
    let meant = |list: &[String]| channel_identities(list.iter().map(String::as_str), &platforms);
    let (mut ours, theirs) = (meant(&locked), meant(&wanted));
    // Behind the list are those that requirements name.
    if ours.len() > theirs.len() {
        let names = &environment.channel_names;
        let requirements = environment.requirements.iter();
        let named = requirements.filter_map(|one| named_channels(one, names, &platforms));
        let named: Vec<String> = named.flatten().collect();
        let is_named = ours[theirs.len()..].iter().all(|channel| named.contains(channel));
        if is_named {
            ours.truncate(theirs.len());
        }
    }
    let is_same = |(one, other): (&String, &String)| one == other || may_be_one(one, other);
    if ours.len() == theirs.len() && ours.iter().zip(&theirs).all(is_same) {
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
    parsed: &'p ParsedRecords,
    wanted: Expected<'a>,
    platform: Platform,
    chosen: &'a PlatformLock,
    requirements: Vec<&'a Requirement>,
    /// The records as they are known, in the lock's order.
    records: Vec<Id>,
    by_name: ByName,
    /// Those of the spec, and those that its requirements name.
    channels: ListedChannels,
    /// `None` when nothing is known about the platform.
    assumed: Option<Assumed>,
    /// For each record that a requirement leads to, such a requirement.
    brought_by: Vec<Option<&'a Requirement>>,
    pip: PipChecker<'a>,
}

/// Virtual packages, each with its name.
struct Assumed(Vec<(Name, Id)>);

impl Assumed {
    /// The one of a name; of two the last one counts.
    fn of(&self, name: Option<Name>) -> Option<Id> {
        let mut of_name = self.0.iter().rev().filter(|(known, _)| Some(*known) == name);
        of_name.next().map(|(_, id)| *id)
    }
}

/// Where the records of a name are in a lock, in order of names' numbers.
struct ByName(Vec<(Name, usize)>);

impl ByName {
    fn new(parsed: &ParsedRecords, records: &[Id]) -> Self {
        let mut sorted: Vec<(Name, usize)> =
            records.iter().map(|id| parsed.known(*id).name).zip(0..).collect();
        sorted.sort_unstable();
        Self(sorted)
    }

    /// The places of the records of a name, in the lock's order.
    fn get(&self, name: Name) -> &[(Name, usize)] {
        let start = self.0.partition_point(|(other, _)| *other < name);
        let rest = &self.0[start..];
        let count = rest.iter().take_while(|(other, _)| *other == name).count();
        &rest[..count]
    }

    /// The places of the records of each name.
    fn groups(&self) -> impl Iterator<Item = &[(Name, usize)]> {
        self.0.chunk_by(|(one, _), (other, _)| one == other)
    }
}

impl<'p, 'a> Checker<'p, 'a> {
    fn new(
        parsed: &'p mut ParsedRecords,
        wanted: Expected<'a>,
        platform: Platform,
        chosen: &'a PlatformLock,
    ) -> Self {
        let records: Vec<Id> = chosen.records.iter().map(|record| parsed.add(record)).collect();
        let assumed = wanted.environment.options.virtual_packages.get(&platform);
        let assumed = assumed.map(|packages| {
            let known = packages
                .iter()
                .map(|package| (parsed.add_name(&package.name), parsed.add_virtual(package)));
            Assumed(known.collect())
        });
        let parsed = &*parsed;
        let by_name = ByName::new(parsed, &records);
        let is_there = |spec: &MatchSpec| {
            let name = spec.name.as_exact().and_then(|name| parsed.name(name.as_normalized()));
            let Some(name) = name else { return false };
            let virtual_one = assumed.as_ref().and_then(|assumed| assumed.of(Some(name)));
            let places = by_name.get(name).iter();
            let locked = places.map(|(_, place)| records[*place]);
            locked.chain(virtual_one).any(|id| parsed.matches(spec, id).is_ok())
        };
        let counts = |requirement: &&Requirement| {
            let condition = requirement.spec.condition.as_ref();
            condition.is_none_or(|condition| condition_holds(condition, &is_there))
        };
        let requirements: Vec<&Requirement> =
            wanted.environment.requirements_for(platform).filter(counts).collect();
        let brought_by = reach(parsed, &requirements, &records, &by_name);
        let pip = PipChecker::new(wanted.environment, platform, chosen);
        let texts = wanted.environment.channels.iter().map(|channel| channel.text.as_str());
        let mut channels = ListedChannels::new(texts, [platform]);
        // Looked into for every platform, whatever platform the requirement is for.
        for requirement in &wanted.environment.requirements {
            let names = &wanted.environment.channel_names;
            channels.add(named_channels(requirement, names, &[platform]).into_iter().flatten());
        }
        Self {
            parsed,
            wanted,
            platform,
            chosen,
            requirements,
            records,
            by_name,
            channels,
            assumed,
            brought_by,
            pip,
        }
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
        let mut channels = Vec::new();
        for place in 0..self.records.len() {
            self.record(place, &mut channels, &mut reasons);
        }
        if !self.wanted.skip_pip {
            reasons.extend(self.pip.reasons());
        }
        reasons.extend(self.variables());
        match self.basis() {
            Basis::Dependencies => {
                self.superfluous(&mut reasons);
                self.categories(&mut reasons);
                self.skipped_pip(&mut reasons);
                reasons.extend(self.unknown_ages());
                reasons.extend(self.gone_exceptions());
            }
            Basis::InputHash => reasons.extend(self.without_hash()),
        }
        reasons.extend(self.inputs());
        reasons
    }

    /// The records of a name.
    fn named(&self, name: Name) -> impl Iterator<Item = Id> {
        self.by_name.get(name).iter().map(|(_, place)| self.records[*place])
    }

    fn requirement(&self, requirement: &Requirement) -> Option<Reason> {
        let platform = self.platform;
        let name = requirement.name.as_normalized();
        let known = self.parsed.name(name);
        if name.starts_with("__") {
            let there = self.assumed.as_ref()?.of(known);
            if there.is_some_and(|id| self.parsed.matches(&requirement.spec, id).is_ok()) {
                return None;
            }
            return Some(Reason::VirtualPackageUnmet {
                package: None,
                wants: requirement.text.clone(),
                assumed: there.map(|id| self.virtual_package(id)),
                advice: self.machine_advice(name, &requirement.text),
                platform,
                origin: Some(Origin::from(requirement)),
            });
        }
        let records = || known.into_iter().flat_map(|name| self.named(name));
        let Some(first) = records().next() else {
            // What needs it is missing as well, and is told.
            if requirement.implied && (self.wanted.skip_pip || self.chosen.pip.is_empty()) {
                return None;
            }
            return Some(Reason::RequirementMissing { requirement: requirement.into(), platform });
        };
        let names = &self.wanted.environment.channel_names;
        let channels = named_channels(requirement, names, &[platform]);
        let mismatch = |id: Id| {
            let record = self.parsed.record(id);
            self.parsed.matches(&requirement.spec, id).err().or_else(|| {
                let channel = channel_identity(record.channel.as_deref()?);
                let is_it = |one: &String| *one == channel || may_be_one(one, &channel);
                let is_from = channels.as_ref().is_none_or(|all| all.iter().any(is_it));
                (!is_from).then_some(Mismatch::Channel)
            })
        };
        // A second record of the name is reported as such; one that fits is enough here.
        if records().any(|id| mismatch(id).is_none()) {
            return None;
        }
        let record = self.parsed.record(first);
        let detail = match mismatch(first)? {
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

    /// Finds what is wrong with the record at a place. `channels` are those that were looked at before.
    fn record(&self, place: usize, channels: &mut Vec<(&'a str, bool)>, reasons: &mut Vec<Reason>) {
        let platform = self.platform;
        let record = &*self.chosen.records[place];
        let known = self.parsed.known(self.records[place]);
        let origin = || self.brought_by[place].map(Origin::from);
        for (need, text) in known.depends.iter().zip(record.depends.iter().flatten()) {
            if !need.is_clear {
                continue;
            }
            if need.is_virtual {
                reasons.extend(self.unmet(place, *need, text));
                continue;
            }
            if self.named(need.name).any(|other| self.parsed.fits(*need, other)) {
                continue;
            }
            let (package, wants) = (locked(record), text.clone());
            reasons.push(match self.named(need.name).next() {
                None => Reason::DependencyMissing { package, wants, platform, origin: origin() },
                Some(other) => Reason::DependencyUnsatisfied {
                    package,
                    wants,
                    locked: locked(self.parsed.record(other)),
                    platform,
                    origin: origin(),
                },
            });
        }
        for (need, text) in known.constrains.iter().zip(record.constrains.iter().flatten()) {
            if !need.is_clear {
                continue;
            }
            // A constraint on the machine holds when the machine has nothing of the name.
            let assumed = self.assumed.as_ref().filter(|_| need.is_virtual);
            if assumed.is_some_and(|assumed| assumed.of(Some(need.name)).is_some()) {
                reasons.extend(self.unmet(place, *need, text));
            }
            for other in self.named(need.name) {
                if !self.parsed.fits(*need, other) {
                    reasons.push(Reason::ConstraintViolated {
                        package: locked(record),
                        allows: text.clone(),
                        locked: locked(self.parsed.record(other)),
                        platform,
                        origin: origin(),
                    });
                }
            }
        }
        if record.sha256.is_none() && record.md5.is_none() && record.url.is_some() {
            reasons.push(Reason::NoDigest { package: locked(record), platform });
        }
        let dated = Dated {
            name: &record.name,
            channel: record.channel.as_deref(),
            time: record.appeared(),
        };
        let matches = |spec: &MatchSpec| self.parsed.matches(spec, self.records[place]).is_ok();
        let cooldown = self.wanted.environment.options.cooldown(None);
        if let Some(Exclusion::Newer(cutoff)) = cooldown.excludes(dated, matches)
            && let Some(timestamp) = record.appeared()
        {
            reasons.push(Reason::TooNew { package: locked(record), timestamp, cutoff, platform });
        }
        let Some(channel) = record.channel.as_deref() else { return };
        let seen = channels.iter().find(|(seen, _)| *seen == channel).map(|(_, listed)| *listed);
        let is_listed = seen.unwrap_or_else(|| {
            let is_listed = self.channels.has(channel);
            channels.push((channel, is_listed));
            is_listed
        });
        if !is_listed {
            reasons.push(Reason::ForeignChannel {
                package: locked(record),
                channel: channel.to_owned(),
                platform,
            });
        }
    }

    /// Why the machine does not have what a record needs of it.
    fn unmet(&self, place: usize, need: Need, wants: &str) -> Option<Reason> {
        let there = self.assumed.as_ref()?.of(Some(need.name));
        if there.is_some_and(|id| self.parsed.fits(need, id)) {
            return None;
        }
        Some(Reason::VirtualPackageUnmet {
            package: Some(locked(&self.chosen.records[place])),
            wants: wants.to_owned(),
            assumed: there.map(|id| self.virtual_package(id)),
            advice: self
                .machine_advice(wants.split([' ', '=', '<', '>']).next().unwrap_or(wants), wants),
            platform: self.platform,
            origin: self.brought_by[place].map(Origin::from),
        })
    }

    /// What to do where machines have what is wanted of them: the version that stands in the text would do.
    fn machine_advice(&self, name: &str, wants: &str) -> String {
        let versions = wants.strip_prefix(name).unwrap_or_default();
        let version = versions
            .split([',', '|', ' '])
            .find(|one| {
                one.starts_with(['>', '=', '~']) || one.starts_with(|c: char| c.is_ascii_digit())
            })
            .map(|one| one.trim_start_matches(['>', '=', '~']).trim_end_matches(".*"))
            .filter(|one| !one.is_empty());
        self.wanted.environment.options.machine_place.advice(name, version)
    }

    /// A virtual package, for a message.
    fn virtual_package(&self, id: Id) -> String {
        let record = self.parsed.record(id);
        virtual_package_text(&VirtualPackage {
            name: record.name.clone(),
            version: record.version.clone(),
            build: record.build.clone(),
        })
    }

    fn duplicates(&self, reasons: &mut Vec<Reason>) {
        let record = |place: &(Name, usize)| &self.chosen.records[place.1];
        let mut groups: Vec<_> = self.by_name.groups().filter(|group| group.len() > 1).collect();
        groups.sort_by(|one, other| record(&one[0]).name.cmp(&record(&other[0]).name));
        for group in groups {
            reasons.push(Reason::Duplicate {
                packages: group.iter().map(|place| locked(record(place))).collect(),
                platform: self.platform,
            });
        }
    }

    fn superfluous(&self, reasons: &mut Vec<Reason>) {
        let all = self.chosen.records.iter().zip(&self.brought_by);
        let mut unreached: Vec<&Record> =
            all.filter(|(_, by)| by.is_none()).map(|(record, _)| &**record).collect();
        unreached.sort_by(|one, other| one.name.cmp(&other.name));
        let packages: Vec<Locked> = unreached.into_iter().map(locked).collect();
        if !packages.is_empty() {
            reasons.push(Reason::Superfluous { packages, platform: self.platform });
        }
    }

    /// Packages that are in other categories than the requirements now say. Of those that requirements name
    /// follow all the others, which are told only when no requirement is among them.
    fn categories(&self, reasons: &mut Vec<Reason>) {
        if self.all_in_main() {
            return;
        }
        let Some(wanted) = Categories::of(self.wanted.environment, self.platform, self.chosen)
        else {
            return;
        };
        let mut changed: Vec<Reason> = Vec::new();
        for (record, requirement) in self.chosen.records.iter().zip(&self.brought_by) {
            let now = wanted.conda(&record.name);
            // What nothing leads to is superfluous; older files put everything into one category.
            let is_told = now.is_empty() || record.categories.is_empty();
            if !is_told && record.categories != now {
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

    /// Whether there is no category but the usual one: neither in the lock, as far as it keeps any, nor in the spec.
    fn all_in_main(&self) -> bool {
        let mut asked =
            self.requirements.iter().map(|one| one.category.as_str()).chain(
                self.wanted.environment.pip_for(self.platform).map(|one| one.category.as_str()),
            );
        let mut kept = self.chosen.records.iter().flat_map(|record| &record.categories);
        asked.all(|category| category == MAIN) && kept.all(|category| category == MAIN)
    }

    /// Only lockfiles that name what was asked for say how many were left out.
    fn skipped_pip(&self, reasons: &mut Vec<Reason>) {
        if !self.wanted.skip_pip {
            return;
        }
        reasons.extend(self.pip.unwanted());
        if self.chosen.requested.is_none() || !self.chosen.pip.is_empty() {
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
}

/// Walks from every requirement along the dependencies.
fn reach<'a>(
    parsed: &ParsedRecords,
    requirements: &[&'a Requirement],
    records: &[Id],
    by_name: &ByName,
) -> Vec<Option<&'a Requirement>> {
    let mut brought_by: Vec<Option<&Requirement>> = vec![None; records.len()];
    let mut queue = VecDeque::new();
    for requirement in requirements {
        let name = parsed.name(requirement.name.as_normalized());
        for (_, place) in name.into_iter().flat_map(|name| by_name.get(name)) {
            if brought_by[*place].replace(*requirement).is_none() {
                queue.push_back((*place, *requirement));
            }
        }
    }
    while let Some((place, requirement)) = queue.pop_front() {
        for need in &parsed.known(records[place]).depends {
            for (_, place) in by_name.get(need.name) {
                if brought_by[*place].is_none() {
                    brought_by[*place] = Some(requirement);
                    queue.push_back((*place, requirement));
                }
            }
        }
    }
    brought_by
}
