//! One platform of one environment: from candidates to the chosen records.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lockit_lockfile::Record;
use lockit_spec::{
    ChannelPriority, Cooldown, Dated, Environment, Exclusion, Platform, Requirement, Step, Strategy,
};
use rattler_conda_types::{
    GenericVirtualPackage, MatchSpec, Matches, PackageName, RepoDataRecord, Version,
};
use rattler_solve::{SolveError, SolveStrategy, SolverImpl, SolverTask, resolvo};

use crate::candidates::Candidates;
use crate::channels::{ResolvedChannel, publish, with_slash};
use crate::eager;
use crate::lazy;
use crate::record::is_same;
use crate::request::Upgrade;
use crate::secrets::conceal;

/// Everything the solver needs besides the candidates.
#[derive(Debug)]
pub(crate) struct Problem<'a> {
    pub(crate) environment: &'a Environment,
    pub(crate) platform: Platform,
    /// What environments with `same-versions-as` ask for: they may narrow the choice, not add to it.
    pub(crate) constraints: Vec<&'a Requirement>,
    /// What the lock has now.
    pub(crate) locked: &'a [Arc<Record>],
    pub(crate) upgrade: &'a Upgrade,
    /// How far an upgrade may go from what is locked.
    pub(crate) furthest: Step,
    /// Which packages are too new.
    pub(crate) cooldown: Cooldown<'a>,
    /// The channels, to know which one a package is from.
    pub(crate) channels: &'a [ResolvedChannel],
}

/// What the solver is asked for.
#[derive(Debug)]
pub(crate) struct Specs {
    /// Must be there.
    pub(crate) required: Vec<MatchSpec>,
    /// Must hold for packages that are there.
    pub(crate) constraints: Vec<MatchSpec>,
    /// Packages that may come only from channels with these base addresses.
    pub(crate) sources: Vec<(PackageName, Vec<String>)>,
}

impl Specs {
    /// What requirements ask for, and what others impose.
    pub(crate) fn new<'a>(
        required: impl Iterator<Item = &'a Requirement>,
        imposed: impl Iterator<Item = &'a Requirement>,
    ) -> Self {
        let mut specs = Self { required: Vec::new(), constraints: Vec::new(), sources: Vec::new() };
        let mut take = |requirement: &Requirement| {
            if !requirement.may_come_from.is_empty() {
                specs.sources.push((requirement.name.clone(), requirement.may_come_from.clone()));
            }
            requirement.spec.clone()
        };
        let required = required.map(&mut take).collect();
        // rattler knows no constraints with a condition: what may hold has to.
        let bare = |spec: MatchSpec| MatchSpec { condition: None, ..spec };
        let constraints = imposed.map(&mut take).map(bare).collect();
        Self { required, constraints, ..specs }
    }

    /// Whether a record comes from where its package may come from.
    fn allow_source(&self, record: &RepoDataRecord) -> bool {
        let name = &record.package_record.name;
        self.sources.iter().filter(|(limited, _)| limited == name).all(|(_, bases)| {
            record.channel.as_deref().is_some_and(|channel| bases.contains(&with_slash(channel)))
        })
    }
}

/// What the solver does not know of: where packages may come from, a line for each.
fn told_sources(sources: &[(PackageName, Vec<String>)]) -> String {
    let line = |(name, bases): &(PackageName, Vec<String>)| {
        let places: Vec<&str> = bases.iter().map(|base| base.trim_end_matches('/')).collect();
        format!("\n{} may come only from {}", name.as_normalized(), conceal(&places.join(", ")))
    };
    sources.iter().map(line).collect()
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
            let channel = record.channel.as_deref();
            let base = channel.map(with_slash);
            let mut named = self
                .requirements()
                .filter(|one| one.name == *name)
                .filter(|one| one.spec.channel.is_some() || !one.may_come_from.is_empty())
                .peekable();
            if named.peek().is_some() {
                named.all(|one| match &one.spec.channel {
                    Some(only) => base.as_deref() == Some(&with_slash(only.base_url.as_str())),
                    None => base.as_ref().is_some_and(|base| one.may_come_from.contains(base)),
                })
            } else {
                self.environment.options.channel_priority != ChannelPriority::Strict
                    || candidates.is_first_with(name.as_normalized(), channel)
            }
        };
        let kept = |wanted: &dyn Fn(&str) -> bool| -> Vec<&RepoDataRecord> {
            self.locked
                .iter()
                .filter(|locked| wanted(&locked.name))
                .filter_map(|locked| {
                    candidates.named(&locked.name).find(|record| {
                        is_same(record, locked) && fits(record) && may_come_from(record)
                    })
                })
                .collect()
        };
        let hold = || {
            let kept = kept(&|_| true);
            if kept.is_empty() {
                return self.run(candidates, self.specs(), &[], &[]);
            }
            self.run(candidates, self.specs(), &kept, &[])
                .or_else(|_| self.run(candidates, self.specs(), &[], &kept))
        };
        let upgrade = |pinned: &[&RepoDataRecord], preferred: &[&RepoDataRecord]| {
            self.run_within(candidates, self.specs(), pinned, preferred)
        };
        let upgraded = match self.upgrade {
            Upgrade::Nothing => return hold(),
            Upgrade::All { but } => {
                let held = kept(&|name| but.contains(name));
                upgrade(&held, &[]).or_else(|unsolved| {
                    if held.is_empty() { Err(unsolved) } else { upgrade(&[], &held) }
                })
            }
            Upgrade::Packages(names) => {
                // The newest versions that these packages can have come from a solve that keeps
                // nothing; then all else is held to what is locked.
                upgrade(&[], &[]).and_then(|free| {
                    let targets: Vec<&RepoDataRecord> = free
                        .iter()
                        .filter(|record| names.contains(record.package_record.name.as_normalized()))
                        .collect();
                    let kept = kept(&|name| !names.contains(name));
                    let all: Vec<&RepoDataRecord> = targets.iter().chain(&kept).copied().collect();
                    upgrade(&all, &[]).or_else(|_| upgrade(&targets, &kept))
                })
            }
        };
        // A limit is for what may move. What must move goes as far as it has to.
        if self.furthest == Step::Major { upgraded } else { upgraded.or_else(|_| hold()) }
    }

    fn specs(&self) -> Specs {
        Specs::new(self.requirements(), self.constraints.iter().copied())
    }

    /// Why `exclude-newer` leaves a record out.
    pub(crate) fn excludes(&self, record: &RepoDataRecord) -> Option<Exclusion> {
        if self.cooldown.is_empty() {
            return None;
        }
        let package = &record.package_record;
        let channel = publish(self.channels, record.url.as_str()).1;
        let time = package.indexed_timestamp.or(package.timestamp);
        let dated = Dated {
            name: package.name.as_normalized(),
            channel: channel.as_deref(),
            time: time.map(|time| time.jiff_timestamp()),
        };
        self.cooldown.excludes(dated, |spec| spec.matches(record))
    }

    /// Asks the solver once. Whatever is pinned cannot move, what is preferred may.
    pub(crate) fn run(
        &self,
        candidates: &Candidates,
        specs: Specs,
        pinned: &[&RepoDataRecord],
        preferred: &[&RepoDataRecord],
    ) -> Result<Vec<RepoDataRecord>, Unsolved> {
        self.ask(candidates, |_| true, specs, pinned, preferred)
    }

    /// As [`Problem::run`], but nothing that is locked goes further than it may.
    fn run_within(
        &self,
        candidates: &Candidates,
        specs: Specs,
        pinned: &[&RepoDataRecord],
        preferred: &[&RepoDataRecord],
    ) -> Result<Vec<RepoDataRecord>, Unsolved> {
        if self.furthest == Step::Major {
            return self.run(candidates, specs, pinned, preferred);
        }
        let locked: BTreeMap<&str, &str> =
            self.locked.iter().map(|one| (one.name.as_str(), one.version.as_str())).collect();
        let may_be_chosen = |record: &RepoDataRecord| {
            let package = &record.package_record;
            locked.get(package.name.as_normalized()).is_none_or(|version| {
                Step::between(version, &package.version.as_str()) <= self.furthest
            })
        };
        self.ask(candidates, may_be_chosen, specs, pinned, preferred)
    }

    fn ask(
        &self,
        candidates: &Candidates,
        may_be_chosen: impl Fn(&RepoDataRecord) -> bool + Copy,
        specs: Specs,
        pinned: &[&RepoDataRecord],
        preferred: &[&RepoDataRecord],
    ) -> Result<Vec<RepoDataRecord>, Unsolved> {
        let options = &self.environment.options;
        // rattler knows one moment for all, and explains it.
        let single = self.cooldown.single();
        let in_time = |record: &RepoDataRecord| single.is_some() || self.excludes(record).is_none();
        let pinned: Vec<&RepoDataRecord> =
            pinned.iter().copied().filter(|record| in_time(record)).collect();
        let preferred: Vec<&RepoDataRecord> =
            preferred.iter().copied().filter(|record| in_time(record)).collect();
        let buckets = candidates.buckets(|record| {
            may_be_chosen(record) && in_time(record) && specs.allow_source(record)
        });
        let task = SolverTask {
            pinned_packages: pinned,
            locked_packages: preferred,
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
            exclude_newer: single.map(rattler_solve::ExcludeNewer::from_datetime),
            ..buckets.into_iter().collect()
        };
        if options.strategy == Strategy::Highest
            && let Some(chosen) = lazy::solve(&task)
        {
            return Ok(chosen);
        }
        match eager::solve(&task) {
            Some(Ok(chosen)) => return Ok(chosen),
            Some(Err(explanation)) => {
                return Err(Unsolved::Conflict(explanation + &told_sources(&specs.sources)));
            }
            None => {}
        }
        match resolvo::Solver.solve(task) {
            Ok(result) => Ok(result.records),
            Err(SolveError::Unsolvable(parts)) => Err(Unsolved::Conflict(parts.join("\n"))),
            Err(error) => Err(Unsolved::Broken(error.to_string())),
        }
    }

    pub(crate) fn virtual_packages(&self) -> Vec<GenericVirtualPackage> {
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
