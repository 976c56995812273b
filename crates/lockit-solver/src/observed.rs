//! What the index says of a lock besides its solution: what a cooldown holds back, and what is no
//! longer there.

use std::collections::BTreeSet;

use jiff::Timestamp;
use lockit_lockfile::Record;
use lockit_lockfile::order::dependency_name;
use lockit_spec::{Exclusion, Platform, Step};
use rattler_conda_types::{MatchSpec, Matches, ParseStrictness, RepoDataRecord};

use crate::candidates::Candidates;
use crate::channels::{ResolvedChannel, publish};
use crate::record::is_same_file;
use crate::request::{Request, Upgrade};
use crate::solve::Problem;

/// What the index says of one environment on one platform. Nobody looks when nothing is to be upgraded: it
/// is of no interest then, and that run is the frequent one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Observed {
    /// Newer versions that fit, and that `exclude-newer` leaves out; in order of names.
    pub held_back: Vec<TooNew>,
    /// Locked packages whose channel no longer has the archive, and not one with another digest
    /// either. Mostly they were found to be broken.
    pub withdrawn: Vec<WithdrawnRecord>,
}

/// The newest version of a package, too new to be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooNew {
    /// Normalised package name.
    pub name: String,
    /// What was chosen.
    pub chosen: String,
    /// What there is.
    pub version: String,
    /// When that appeared in the channel, or else was built.
    pub appeared: Timestamp,
}

/// A locked package that its channel no longer offers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct WithdrawnRecord {
    /// Normalised package name.
    pub name: String,
    /// Version as the channel spelled it.
    pub version: String,
    /// Build string.
    pub build: String,
}

impl Observed {
    pub(crate) fn look(
        problem: &Problem<'_>,
        candidates: &Candidates,
        channels: &[ResolvedChannel],
        chosen: &[RepoDataRecord],
    ) -> Self {
        if *problem.upgrade == Upgrade::Nothing {
            return Self::default();
        }
        let withdrawn = problem
            .locked
            .iter()
            .filter(|locked| {
                // Of other channels, and of names that nothing asks for any more, nothing is known.
                let known = locked.channel.as_ref().is_some_and(|locked| {
                    channels.iter().any(|channel| channel.public_url() == locked)
                });
                let mut named = candidates.named(&locked.name).peekable();
                let is_there = |one: &RepoDataRecord| {
                    is_same_file(one, locked)
                        // Another channel may well have an archive of that name.
                        && publish(channels, one.url.as_str()).1 == locked.channel
                };
                known && named.peek().is_some() && !named.any(is_there)
            })
            .map(|record| withdrawn(record))
            .collect();
        let held_back = if problem.cooldown.is_empty() {
            Vec::new()
        } else {
            held_back(problem, candidates, chosen)
        };
        Self { held_back, withdrawn }
    }

    /// What of it is about an environment that takes its records from the one that was looked at.
    pub(crate) fn of(
        &self,
        follower: &Request,
        platform: Platform,
        records: &[RepoDataRecord],
    ) -> Self {
        let chosen: BTreeSet<&str> =
            records.iter().map(|record| record.package_record.name.as_normalized()).collect();
        let locked: BTreeSet<WithdrawnRecord> = follower
            .previous
            .iter()
            .filter_map(|lock| lock.platforms.get(&platform))
            .flat_map(|locked| &locked.records)
            .map(|record| withdrawn(record))
            .collect();
        Self {
            held_back: self
                .held_back
                .iter()
                .filter(|one| chosen.contains(one.name.as_str()))
                .cloned()
                .collect(),
            withdrawn: self.withdrawn.iter().filter(|one| locked.contains(one)).cloned().collect(),
        }
    }
}

fn withdrawn(record: &Record) -> WithdrawnRecord {
    WithdrawnRecord {
        name: record.name.clone(),
        version: record.version.clone(),
        build: record.build.clone(),
    }
}

fn held_back(
    problem: &Problem<'_>,
    candidates: &Candidates,
    chosen: &[RepoDataRecord],
) -> Vec<TooNew> {
    let too_new: Vec<(&RepoDataRecord, Vec<&RepoDataRecord>)> = chosen
        .iter()
        .map(|record| {
            let version = &record.package_record.version;
            let newer = candidates
                .named(record.package_record.name.as_normalized())
                .filter(|other| other.package_record.version > *version)
                .filter(|other| matches!(problem.excludes(other), Some(Exclusion::Newer(_))))
                .filter(|other| {
                    let newer = &other.package_record.version;
                    Step::between(&version.as_str(), &newer.as_str()) <= problem.furthest
                });
            (record, newer.collect())
        })
        .filter(|(_, newer): &(_, Vec<_>)| !newer.is_empty())
        .collect();
    if too_new.is_empty() {
        return Vec::new();
    }
    // What specs or other packages do not let in is not held back by the cooldown.
    let names: BTreeSet<&str> =
        too_new.iter().map(|(record, _)| record.package_record.name.as_normalized()).collect();
    let depends = chosen
        .iter()
        .map(|record| &record.package_record)
        .flat_map(|package| package.depends.iter().chain(&package.constrains))
        .filter(|text| names.contains(dependency_name(text)))
        .filter_map(|text| MatchSpec::from_str(text, ParseStrictness::Lenient).ok());
    let limits: Vec<MatchSpec> = problem
        .requirements()
        .chain(problem.constraints.iter().copied())
        .map(|requirement| requirement.spec.clone())
        .chain(depends)
        .collect();
    let fits = |record: &RepoDataRecord| {
        let name = &record.package_record.name;
        limits
            .iter()
            .filter(|limit| limit.name.as_exact() == Some(name))
            .all(|limit| limit.matches(record))
    };
    let mut held: Vec<TooNew> = too_new
        .into_iter()
        .filter_map(|(record, newer)| {
            let newest = newer
                .into_iter()
                .filter(|one| fits(one))
                .max_by_key(|one| &one.package_record.version)?;
            let package = &newest.package_record;
            let appeared = package.indexed_timestamp.or(package.timestamp)?;
            Some(TooNew {
                name: package.name.as_normalized().to_owned(),
                chosen: record.package_record.version.as_str().into_owned(),
                version: package.version.as_str().into_owned(),
                appeared: appeared.jiff_timestamp(),
            })
        })
        .collect();
    held.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    held
}
