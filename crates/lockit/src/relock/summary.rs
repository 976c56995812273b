//! What a run did, for the person who waits for it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use lockit_diff::locks::{self, EnvironmentDiff};
use lockit_lockfile::write::Written;
use lockit_lockfile::{Format, Lock, Package};
use lockit_solver::{Observed, Outcome, WithdrawnRecord};
use lockit_spec::Platform;

use crate::relock::lockfiles::Rendered;
use crate::terminal::printer::{BAD, BOLD, DIM, paint, state};
use crate::world::context::Context;
use lockit_project::plan::Entry;

/// What is told of an environment when its lock is gone.
pub(crate) struct EnvironmentSummary<'a> {
    pub(crate) entry: &'a Entry,
    /// How many packages each platform has that could be solved: in all, and in a file that holds a part.
    packages: BTreeMap<Platform, (usize, usize)>,
    /// What came of each platform.
    pub(crate) platforms: Vec<PlatformSummary>,
    /// Which versions there are of packages that were asked to move.
    asked: BTreeMap<String, BTreeSet<String>>,
    /// The kinds that are there and still have the old packages.
    pub(crate) left_behind: Vec<Format>,
}

/// The same of one platform.
pub(crate) struct PlatformSummary {
    pub(crate) platform: Platform,
    pub(crate) is_solved: bool,
    pub(crate) observed: Observed,
    /// Withdrawn packages that are chosen nevertheless.
    pub(crate) still_chosen: Vec<WithdrawnRecord>,
}

impl<'a> EnvironmentSummary<'a> {
    pub(crate) fn name(&self) -> &str {
        &self.entry.wanted.environment.name
    }

    /// `moving` are the packages that were asked to move.
    pub(crate) fn new(
        entry: &'a Entry,
        lock: &Lock,
        outcomes: Vec<Outcome>,
        moving: &BTreeSet<String>,
    ) -> Self {
        let count = |lock: &Lock, platform: &Platform| {
            let locked = lock.platforms.get(platform);
            locked.map_or(0, |locked| locked.records.len() + locked.pip.len())
        };
        let in_part = entry.wanted.part.as_ref().map(|part| {
            let mut lock = lock.clone();
            part.keep(&mut lock);
            lock
        });
        let packages = lock
            .platforms
            .keys()
            .map(|platform| {
                let in_part = in_part.as_ref().unwrap_or(lock);
                (*platform, (count(lock, platform), count(in_part, platform)))
            })
            .collect();
        let mut asked: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for locked in lock.platforms.values().filter(|_| !moving.is_empty()) {
            let of_pip = locked.pip.iter().map(Package::Pip);
            for package in locked.records.iter().map(Package::Conda).chain(of_pip) {
                if moving.contains(package.name()) {
                    let versions = asked.entry(package.name().to_owned()).or_default();
                    versions.insert(package.version().to_owned());
                }
            }
        }
        let platforms =
            outcomes.into_iter().map(|outcome| PlatformSummary::new(outcome, lock)).collect();
        Self { entry, packages, platforms, asked, left_behind: entry.left_behind(lock) }
    }
}

impl PlatformSummary {
    fn new(outcome: Outcome, lock: &Lock) -> Self {
        let Outcome { platform, result, observed, .. } = outcome;
        let chosen = |one: &&WithdrawnRecord| {
            lock.platforms.get(&platform).is_some_and(|locked| {
                locked.records.iter().any(|record| {
                    (&record.name, &record.version, &record.build)
                        == (&one.name, &one.version, &one.build)
                })
            })
        };
        Self {
            platform,
            is_solved: result.is_ok(),
            still_chosen: observed.withdrawn.iter().filter(chosen).cloned().collect(),
            observed,
        }
    }
}

/// Everything there is to tell.
pub(crate) struct Summary<'a> {
    pub(crate) environments: &'a [EnvironmentSummary<'a>],
    /// How each of them differs from what was locked before.
    pub(crate) diffs: &'a [EnvironmentDiff],
    pub(crate) files: &'a [Rendered],
    /// What became of each file.
    pub(crate) results: &'a [Written],
}

impl Summary<'_> {
    pub(crate) fn print(&self, elapsed: Duration, dry_run: bool, context: &Context) {
        let printer = context.printer;
        let time = if elapsed.as_secs() == 0 {
            format!("{}ms", elapsed.as_millis())
        } else {
            format!("{:.1}s", elapsed.as_secs_f64())
        };
        let solved: BTreeSet<Platform> = self
            .environments
            .iter()
            .flat_map(|environment| &environment.platforms)
            .filter(|one| one.is_solved)
            .map(|one| one.platform)
            .collect();
        let verb = if dry_run { "would lock" } else { "locked" };
        let is_locked =
            |one: &&EnvironmentSummary<'_>| one.platforms.iter().any(|one| one.is_solved);
        let environments = match self.environments.iter().filter(is_locked).count() {
            1 if self.environments.len() > 1 => "1 environment on ".to_owned(),
            0 | 1 => String::new(),
            several => format!("{several} environments on "),
        };
        let what = match solved.len() {
            0 => "nothing".to_owned(),
            1 => format!("{environments}1 platform"),
            several => format!("{environments}{several} platforms"),
        };
        printer.status(&format!("{verb} {} in {time}", paint(BOLD, what)));
        let mut files: BTreeMap<&str, Vec<(&Rendered, Written)>> = BTreeMap::new();
        let mut shared = Vec::new();
        for (file, written) in self.files.iter().zip(self.results) {
            match &file.of {
                Some((name, _)) => files.entry(name).or_default().push((file, *written)),
                // A file of several environments is told of with each.
                None => shared.push((file, *written)),
            }
        }
        for (told, diff) in self.environments.iter().zip(self.diffs) {
            let name = told.entry.wanted.environment.name.as_str();
            let mut ours = files.remove(name).unwrap_or_default();
            ours.extend(shared.iter().filter(|(file, _)| {
                let mut kinds = told.entry.kinds().iter().filter(|kind| kind.is_shared());
                kinds.any(|kind| told.entry.files(*kind).iter().any(|(_, path)| *path == file.path))
            }));
            self.environment(told, &ours, diff, context);
        }
        if dry_run {
            printer.status("nothing is written (`--dry-run`)");
        }
    }

    fn environment(
        &self,
        told: &EnvironmentSummary<'_>,
        files: &[(&Rendered, Written)],
        diff: &EnvironmentDiff,
        context: &Context,
    ) {
        let printer = context.printer;
        let entry = told.entry;
        if self.environments.len() > 1 {
            printer.status(&paint(BOLD, &entry.wanted.environment.name));
        }
        for (file, written) in files {
            let platform = file.of.as_ref().and_then(|(_, platform)| *platform);
            let (packages, label) = match platform {
                Some(platform) => {
                    let in_part = told.packages.get(&platform).map_or(0, |(_, in_part)| *in_part);
                    (in_part, platform.to_string())
                }
                None => (
                    told.packages.values().map(|(all, _)| all).sum(),
                    match told.packages.len() {
                        1 => "1 platform".to_owned(),
                        several => format!("{several} platforms"),
                    },
                ),
            };
            printer.status(&format!(
                "  {label:14} {packages:4} package{}  {} {}",
                if packages == 1 { " " } else { "s" },
                context.shown(&file.path).display(),
                state(*written)
            ));
        }
        for one in told.platforms.iter().filter(|one| !one.is_solved) {
            let kept = entry
                .existing(entry.kinds()[0])
                .is_some_and(|existing| existing.lock.platforms.contains_key(&one.platform));
            let note = if kept { "not solved, what was locked is kept" } else { "not solved" };
            let platform = one.platform.to_string();
            printer.status(&format!("  {platform:14} {}", paint(BAD, note)));
        }
        if !entry.existing.is_empty() {
            for line in locks::lines(diff, true) {
                printer.status(&format!("  {line}"));
            }
        }
    }
}

/// A package that was asked to move and did not is not forgotten: nothing newer fits.
pub(crate) fn say_what_stays(
    names: &BTreeSet<String>,
    environments: &[EnvironmentSummary<'_>],
    diffs: &[EnvironmentDiff],
    context: &Context,
) {
    for name in names {
        let moved = diffs.iter().flat_map(|diff| &diff.changes).any(|one| one.name == *name);
        let versions: BTreeSet<&str> = environments
            .iter()
            .filter_map(|environment| environment.asked.get(name))
            .flatten()
            .map(String::as_str)
            .collect();
        if !moved && !versions.is_empty() {
            let versions: Vec<&str> = versions.into_iter().collect();
            context.printer.status(&format!(
                "  {} {name} {} is the newest that fits",
                paint(DIM, "="),
                versions.join(", ")
            ));
        }
    }
}
