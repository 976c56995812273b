//! What a run did, for the person who waits for it.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::time::Duration;

use lockit_diff::locks::{self, EnvironmentDiff};
use lockit_lockfile::write::Outcome as Written;
use lockit_lockfile::{Lock, Package};
use lockit_solver::Outcome;
use lockit_spec::Platform;

use crate::project::plan::Entry;
use crate::relock::lockfiles::Rendered;
use crate::terminal::printer::{BAD, BOLD, DIM, paint, state};
use crate::world::context::Context;

/// Everything there is to tell.
pub(crate) struct Summary<'a> {
    pub(crate) locks: &'a [(&'a Entry, Lock)],
    /// How each of them differs from what was locked before.
    pub(crate) diffs: &'a [EnvironmentDiff],
    pub(crate) files: &'a [Rendered],
    /// What became of each file.
    pub(crate) results: &'a [Written],
    pub(crate) outcomes: &'a [Outcome],
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
            .outcomes
            .iter()
            .filter(|outcome| outcome.result.is_ok())
            .map(|outcome| outcome.platform)
            .collect();
        let verb = if dry_run { "would lock" } else { "locked" };
        let environments = match self.locks.len() {
            1 => String::new(),
            several => format!("{several} environments on "),
        };
        let what = match solved.len() {
            0 => "nothing".to_owned(),
            1 => format!("{environments}1 platform"),
            several => format!("{environments}{several} platforms"),
        };
        printer.status(&format!("{verb} {} in {time}", paint(BOLD, what)));
        for ((entry, lock), diff) in self.locks.iter().zip(self.diffs) {
            self.environment(entry, lock, diff, context);
        }
        if dry_run {
            printer.status("nothing is written (`--dry-run`)");
        }
    }

    fn environment(&self, entry: &Entry, lock: &Lock, diff: &EnvironmentDiff, context: &Context) {
        let printer = context.printer;
        let name = &entry.wanted.environment.name;
        if self.locks.len() > 1 {
            printer.status(&paint(BOLD, name));
        }
        for (file, written) in self.files.iter().zip(self.results) {
            // A file of several environments is told of with each.
            let ours = match &file.of {
                Some((of, _)) => of == name,
                None => {
                    let mut shared = entry.kinds().iter().filter(|kind| kind.is_shared());
                    shared.any(|kind| entry.files(*kind).iter().any(|(_, path)| *path == file.path))
                }
            };
            if !ours {
                continue;
            }
            let platform = file.of.as_ref().and_then(|(_, platform)| *platform);
            let in_part = |lock: &Lock| {
                let part = platform.and(entry.wanted.part.as_ref())?;
                let mut lock = lock.clone();
                part.keep(&mut lock);
                Some(lock)
            };
            let in_file = in_part(lock).map_or(Cow::Borrowed(lock), Cow::Owned);
            let packages: usize = in_file
                .platforms
                .iter()
                .filter(|(one, _)| platform.is_none_or(|only| only == **one))
                .map(|(_, locked)| locked.records.len() + locked.pip.len())
                .sum();
            let label = platform.map_or_else(
                || match lock.platforms.len() {
                    1 => "1 platform".to_owned(),
                    several => format!("{several} platforms"),
                },
                |platform| platform.to_string(),
            );
            printer.status(&format!(
                "  {label:14} {packages:4} package{}  {} {}",
                if packages == 1 { " " } else { "s" },
                context.shown(&file.path).display(),
                state(*written)
            ));
        }
        for outcome in self.outcomes {
            if outcome.environment == *name && outcome.result.is_err() {
                let kept = entry.existing(entry.kinds()[0]).is_some_and(|existing| {
                    existing.lock.platforms.contains_key(&outcome.platform)
                });
                let note = if kept { "not solved, what was locked is kept" } else { "not solved" };
                let platform = outcome.platform.to_string();
                printer.status(&format!("  {platform:14} {}", paint(BAD, note)));
            }
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
    locks: &[(&Entry, Lock)],
    diffs: &[EnvironmentDiff],
    context: &Context,
) {
    for name in names {
        let moved = diffs.iter().flat_map(|diff| &diff.changes).any(|one| one.name == *name);
        let versions: BTreeSet<&str> = locks
            .iter()
            .flat_map(|(_, lock)| lock.platforms.values())
            .flat_map(|chosen| {
                let of_pip = chosen.pip.iter().map(Package::Pip);
                chosen.records.iter().map(Package::Conda).chain(of_pip)
            })
            .filter(|package| package.name() == *name)
            .map(Package::version)
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
