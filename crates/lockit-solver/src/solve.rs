//! One platform of one environment: from candidates to the chosen records.

use std::collections::BTreeSet;

use jiff::Timestamp;
use lockit_lockfile::Record;
use lockit_spec::{ChannelPriority, Environment, Platform, Requirement, Strategy};
use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, Matches, PackageName, RepoDataRecord, Version,
};
use rattler_solve::{SolveError, SolveStrategy, SolverImpl, SolverTask, resolvo};

use crate::candidates::Candidates;
use crate::record::is_same;
use crate::session::Upgrade;

/// Everything the solver needs besides the candidates.
#[derive(Debug)]
pub(crate) struct Problem<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) platform: Platform,
    /// What environments with `same-versions-as` ask for: they may narrow the choice, not add to it.
    pub(crate) constraints: Vec<&'a Requirement>,
    /// What the lock has now.
    pub(crate) locked: &'a [Record],
    pub(crate) upgrade: &'a Upgrade,
    pub(crate) cutoff: Option<Timestamp>,
}

/// What the solver is asked for.
#[derive(Debug)]
pub(crate) struct Specs {
    /// Must be there.
    pub(crate) required: Vec<MatchSpec>,
    /// Must hold for packages that are there.
    pub(crate) constraints: Vec<MatchSpec>,
}

/// Why there is no result.
#[derive(Debug)]
pub(crate) enum Unsolved {
    /// The solver's explanation, a tree of several lines.
    Conflict(String),
    /// The index contradicts itself, or the solver gave up.
    Broken(String),
}

impl Problem<'_> {
    pub(crate) fn requirements(&self) -> impl Iterator<Item = &Requirement> {
        self.environment.requirements_for(self.platform)
    }

    /// The chosen records, in no particular order.
    ///
    /// What is locked is kept in two steps. First everything locked is fixed: if that can be
    /// solved, nothing moves that need not move. Otherwise it is a preference that the solver may
    /// give up where it must.
    pub(crate) fn solve(&self, candidates: &Candidates) -> Result<Vec<RepoDataRecord>, Unsolved> {
        let fits = |record: &RepoDataRecord| {
            self.requirements()
                .chain(self.constraints.iter().copied())
                .filter(|requirement| requirement.name == record.package_record.name)
                .all(|requirement| requirement.spec.matches(record))
        };
        // The solver takes what is pinned from any channel: neither a priority nor `chan::name`
        // keeps it from doing so.
        let may_come_from = |record: &RepoDataRecord| {
            let name = &record.package_record.name;
            let channel = record.channel.as_deref().map(|url| url.trim_end_matches('/'));
            let mut named = self
                .requirements()
                .filter(|one| one.name == *name)
                .filter_map(|one| one.spec.channel.as_ref())
                .peekable();
            if named.peek().is_some() {
                named.all(|one| channel == Some(one.base_url.as_str().trim_end_matches('/')))
            } else {
                self.environment.options.channel_priority != ChannelPriority::Strict
                    || candidates.channel_of(name.as_normalized()) == record.channel.as_deref()
            }
        };
        let kept = |forget: &BTreeSet<String>| -> Vec<&RepoDataRecord> {
            self.locked
                .iter()
                .filter(|locked| !forget.contains(&locked.name))
                .filter_map(|locked| {
                    candidates.named(&locked.name).find(|record| {
                        is_same(record, locked) && fits(record) && may_come_from(record)
                    })
                })
                .collect()
        };
        let run = |pinned: &[&RepoDataRecord], preferred: &[&RepoDataRecord]| {
            self.run(candidates, self.specs(), pinned, preferred)
        };
        match self.upgrade {
            Upgrade::All => run(&[], &[]),
            Upgrade::Nothing => {
                let kept = kept(&BTreeSet::new());
                if kept.is_empty() {
                    return run(&[], &[]);
                }
                run(&kept, &[]).or_else(|_| run(&[], &kept))
            }
            Upgrade::Packages(names) => {
                // The newest versions that these packages can have come from a solve that keeps
                // nothing; then all else is held to what is locked.
                let free = run(&[], &[])?;
                let targets: Vec<&RepoDataRecord> = free
                    .iter()
                    .filter(|record| names.contains(record.package_record.name.as_normalized()))
                    .collect();
                let kept = kept(names);
                let all: Vec<&RepoDataRecord> = targets.iter().chain(&kept).copied().collect();
                run(&all, &[]).or_else(|_| run(&targets, &kept))
            }
        }
    }

    fn specs(&self) -> Specs {
        Specs {
            required: self.requirements().map(|wanted| wanted.spec.clone()).collect(),
            constraints: self.constraints.iter().map(|wanted| wanted.spec.clone()).collect(),
        }
    }

    /// Asks the solver once. Whatever is pinned cannot move, what is preferred may.
    pub(crate) fn run(
        &self,
        candidates: &Candidates,
        specs: Specs,
        pinned: &[&RepoDataRecord],
        preferred: &[&RepoDataRecord],
    ) -> Result<Vec<RepoDataRecord>, Unsolved> {
        let options = &self.environment.options;
        let task = SolverTask {
            pinned_packages: pinned.to_vec(),
            locked_packages: preferred.to_vec(),
            virtual_packages: self.virtual_packages(),
            specs: specs.required,
            constraints: specs.constraints,
            channel_priority: match options.channel_priority {
                ChannelPriority::Strict => rattler_solve::ChannelPriority::Strict,
                ChannelPriority::Flexible => rattler_solve::ChannelPriority::Flexible,
                ChannelPriority::Disabled => rattler_solve::ChannelPriority::Disabled,
            },
            strategy: match options.strategy {
                Strategy::Highest => SolveStrategy::Highest,
                Strategy::Lowest => SolveStrategy::LowestVersion,
                Strategy::LowestDirect => SolveStrategy::LowestVersionDirect,
            },
            exclude_newer: self.cutoff.map(rattler_solve::ExcludeNewer::from_datetime),
            ..candidates.buckets().collect()
        };
        match resolvo::Solver.solve(task) {
            Ok(result) => Ok(result.records),
            Err(SolveError::Unsolvable(parts)) => Err(Unsolved::Conflict(parts.join("\n"))),
            Err(error) => Err(Unsolved::Broken(error.to_string())),
        }
    }

    fn virtual_packages(&self) -> Vec<GenericVirtualPackage> {
        let assumed = self.environment.options.virtual_packages.get(&self.platform);
        assumed
            .into_iter()
            .flatten()
            .filter_map(|package| {
                Some(GenericVirtualPackage {
                    name: PackageName::try_from(package.name.as_str()).ok()?,
                    version: package.version.parse::<Version>().ok()?,
                    build_string: package.build.parse().ok()?,
                })
            })
            .collect()
    }

    /// The names to load: what is asked for. Constraints need no loading, they never add a package.
    pub(crate) fn query(&self) -> Vec<MatchSpec> {
        let names: BTreeSet<&PackageName> =
            self.requirements().map(|requirement| &requirement.name).collect();
        // Only names: given a version, the gateway would hide the other records from the solver,
        // and its report would say that they do not exist.
        names.into_iter().map(|name| MatchSpec::from(name.clone())).collect()
    }
}
