//! What a run did, for the person who waits for it.

use std::collections::BTreeSet;
use std::time::Duration;

use lockit_diff::locks::{self, CompareOptions, EnvironmentDiff};
use lockit_lockfile::write::Outcome as Written;
use lockit_lockfile::{Format, Lock};
use lockit_solver::Outcome;
use lockit_spec::Platform;

use crate::context::Context;
use crate::inputs::shown;
use crate::lockfiles::Rendered;
use crate::plan::Entry;
use crate::printer::{BAD, BOLD, DIM, GOOD, Printer, paint};

/// Everything there is to tell.
pub(crate) struct Summary<'a> {
    pub(crate) locks: &'a [(&'a Entry, Lock)],
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
        for (entry, lock) in self.locks {
            self.environment(entry, lock, printer);
        }
        if dry_run {
            printer.status("nothing is written (`--dry-run`)");
        }
    }

    fn environment(&self, entry: &Entry, lock: &Lock, printer: Printer) {
        let name = &entry.wanted.environment.name;
        if self.locks.len() > 1 {
            printer.status(&paint(BOLD, name));
        }
        for (file, written) in self.files.iter().zip(self.results) {
            // A file of several environments is told of with each.
            let ours = match &file.of {
                Some((of, _)) => of == name,
                None => entry.files(Format::Pixi).iter().any(|(_, path)| *path == file.path),
            };
            if !ours {
                continue;
            }
            let platform = file.of.as_ref().and_then(|(_, platform)| *platform);
            let packages: usize = lock
                .platforms
                .iter()
                .filter(|(one, _)| platform.is_none_or(|only| only == **one))
                .map(|(_, locked)| locked.records.len())
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
                shown(&file.path).display(),
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
        if let Some(before) = entry.previous() {
            for line in locks::lines(&changes(&before, lock), true) {
                printer.status(&format!("  {line}"));
            }
        }
    }
}

/// A package that was asked to move and did not is not forgotten: nothing newer fits.
pub(crate) fn say_what_stays(
    names: &BTreeSet<String>,
    locks: &[(&Entry, Lock)],
    context: &Context,
) {
    for name in names {
        let mut stays = locks.iter().filter_map(|(entry, lock)| {
            let before = entry.previous()?;
            let known =
                lock.platforms.values().any(|one| one.records.iter().any(|r| r.name == *name));
            known.then(|| stays(&before, lock, name))
        });
        if let Some(Some(line)) = stays.next()
            && stays.all(|one| one.is_some())
        {
            context.printer.status(&line);
        }
    }
}

fn changes(before: &Lock, after: &Lock) -> EnvironmentDiff {
    let one = std::slice::from_ref;
    locks::compare(one(before), one(after), &CompareOptions::default()).remove(0)
}

/// A line that tells that a package which was asked to move did not; `None` when it did.
fn stays(before: &Lock, after: &Lock, name: &str) -> Option<String> {
    if changes(before, after).changes.iter().any(|change| change.name == name) {
        return None;
    }
    let versions: BTreeSet<&str> = after
        .platforms
        .values()
        .flat_map(|chosen| &chosen.records)
        .filter(|record| record.name == name)
        .map(|record| record.version.as_str())
        .collect();
    let versions: Vec<&str> = versions.into_iter().collect();
    (!versions.is_empty()).then(|| {
        format!("  {} {name} {} is the newest that fits", paint(DIM, "="), versions.join(", "))
    })
}

fn state(written: Written) -> String {
    match written {
        Written::Created => paint(GOOD, "new"),
        Written::Updated => paint(GOOD, "changed"),
        Written::Unchanged => paint(DIM, "unchanged"),
    }
}
