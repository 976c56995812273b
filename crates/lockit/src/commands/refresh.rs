//! `lockit refresh`: every lock to the newest that its specs allow, what is made from locks with it, and
//! a report that people read.

mod choice;
mod emitted;
mod handover;
mod publish;
mod pull_request;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Instant;

use clap::ValueEnum;
use lockit_diff::locks::{EnvironmentDiff, Report};
use lockit_spec::CutoffException;

use crate::args::refresh::RefreshArgs;

use crate::args::recorded;
use crate::relock::planned::{looked_at, planned};
use crate::relock::solve::{Solved, solved, write};
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::terminal::printer::{GOOD, paint};
use crate::world::context::Context;
use crate::world::outputs;
use crate::world::texts::Texts;
use choice::{Choice, moving};
use lockit_project::plan::{Entry, Plan, Reading};
use lockit_project::selection::Selection;
use lockit_project::standing::Writing;
use publish::Publishing;

pub(crate) fn execute(args: &RefreshArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let started = Instant::now();
    let mut publishing = Publishing::prepare(args, context)?;
    let project = context.around.files.project(context.directory())?.map(|project| project.value);
    let settings = project.as_ref().map(|project| project.refresh.clone()).unwrap_or_default();
    let asked = args.selection.selection()?;
    let mut plan = planned(&asked, Reading::default(), context)?;
    // A job runs it unattended, and what comes new from an index nobody has looked at.
    args.builds.apply(&mut plan, false);
    plan.read_rest();
    if let Some(publishing) = &mut publishing {
        let dropped = plan.entries.iter().flat_map(|entry| entry.dropped_files(entry.kinds()));
        let locks = plan.entries.iter().flat_map(|entry| {
            entry.kinds().iter().flat_map(|kind| entry.files(*kind)).map(|(_, path)| path)
        });
        let emitted = project.iter().flat_map(|project| emitted::files(project, &plan));
        publishing.expect(&locks.chain(emitted).chain(dropped).collect::<Vec<_>>())?;
    }
    if let (Some(publishing), Some(patch)) = (&publishing, &args.from_patch) {
        publishing.take_over(patch, context)?;
        return Ok(ExitStatus::Success);
    }
    // Specs that have changed since are locked whatever moves.
    let stale = !plan.is_fresh(args.write.writing());
    let choice = Choice::new(args, &settings, &plan)?;
    let writing = args.write.writing();
    let solve = |upgrading| solved(&plan, upgrading, &args.network, writing, context);
    let mut solved = solve(&choice.upgrading)?;
    let mut waiting = Vec::new();
    if let Some(fewer) = choice.fewer(&solved.diffs, &solved.oldest) {
        let all: BTreeSet<String> = moving(&solved.diffs).into_iter().map(str::to_owned).collect();
        solved = solve(&fewer)?;
        let moved = moving(&solved.diffs);
        waiting = all.into_iter().filter(|name| !moved.contains(name.as_str())).collect();
    }
    let held = args.write.all_or_nothing && !solved.unsolved.is_empty();
    let wanted = !held && (stale || is_wanted(&solved.diffs, choice.only_if_direct));
    if wanted {
        write(&plan, &mut solved, &args.write, &BTreeSet::new(), started, context)?;
    } else if held {
        context.printer.status("nothing is written (`--all-or-nothing`)");
    } else if solved.diffs.iter().any(|diff| !diff.is_empty()) {
        context
            .printer
            .status("only packages that others bring along would move: nothing is written");
    } else if solved.unsolved.is_empty() {
        context.printer.status(&format!("{} everything is as new as it may be", paint(GOOD, "ok")));
    }
    let Solved { environments, diffs, mut unsolved, .. } = solved;
    let diffs = if wanted { diffs.as_slice() } else { &[] };
    let mut report =
        pull_request::report(&environments, diffs, waiting, command(args, &plan, context));
    if let (Some(project), true) = (&project, wanted && !args.write.dry_run) {
        let plan = || of_project(plan, &asked, context);
        unsolved.diagnostics.extend(emitted::refresh(project, plan, context));
    }
    for name in &report.waiting {
        context.printer.status(&format!("  {name} may move as well: left for the next refresh"));
    }
    report.failures = unsolved.diagnostics.iter().map(pull_request::failure).collect();
    let reports: Vec<PathBuf> =
        args.report.iter().map(|path| context.directory().join(path)).collect();
    put(&report, &reports, context)?;
    if let (Some(publishing), true) = (&publishing, wanted) {
        publishing.publish(&report.title(), diffs, context)?;
    }
    if unsolved.is_empty() { Ok(ExitStatus::Success) } else { Err(unsolved.into_error()) }
}

/// What the project has locked by now: the plan of the run when it is about all of that.
fn of_project(mut plan: Plan, asked: &Selection, context: &Context) -> Result<Plan, CommandError> {
    if !asked.is_about_everything() {
        return looked_at(&Selection::default(), context);
    }
    plan.reread()?;
    Ok(plan)
}

/// Whether something changed that is worth a commit.
fn is_wanted(diffs: &[EnvironmentDiff], only_if_direct: bool) -> bool {
    diffs.iter().any(|diff| {
        let direct = || diff.changes.iter().any(|change| change.direct != Some(false));
        !diff.is_empty() && (!only_if_direct || direct() || !diff.added_platforms.is_empty())
    })
}

/// Writes the report into each file.
fn put(report: &Report<'_>, paths: &[PathBuf], context: &Context) -> Result<(), CommandError> {
    for path in paths {
        let json = path.extension().is_some_and(|end| end == "json");
        let text = if json { report.json() } else { report.markdown() };
        outputs::write(Texts::of(&[(path.clone(), text)])?, context)?;
        context.printer.status(&format!("  {} written", context.shown(path).display()));
    }
    Ok(())
}

/// The command that gives the same result again: from what the channels had at this moment.
fn command(args: &RefreshArgs, plan: &Plan, context: &Context) -> String {
    let by_flag = |entry: &Entry| {
        if args.selection.kinds.is_empty() { Vec::new() } else { entry.kinds().to_vec() }
    };
    let mut locks = plan
        .entries
        .iter()
        .map(|entry| recorded::write(&entry.recorded(&by_flag(entry), None), Writing::default()));
    let first = locks.next().unwrap_or_default();
    let lock = if locks.all(|other| other == first) { first.as_str() } else { "lockit" };
    let mut words = shlex::split(lock).unwrap_or_default();
    // An age counts from another moment whenever it is used.
    if let Some(at) = words.iter().position(|word| word == "--exclude-newer") {
        words.drain(at..words.len().min(at + 2));
    }
    for at in 0..words.len() {
        if words[at] == "--exclude-newer-package"
            && let Some(exception) = words.get(at + 1).and_then(|word| word.parse().ok())
        {
            let exception: CutoffException = exception;
            words[at + 1] = exception.at(context.around.now).to_string();
        }
    }
    words.insert(words.len().min(1), "refresh".to_owned());
    let mut flag = |flag: &str, value: &str| words.extend([flag.to_owned(), value.to_owned()]);
    args.only.iter().for_each(|value| flag("--only", value));
    args.ignore.iter().for_each(|value| flag("--ignore", value));
    if let Some(up_to) = args.up_to.and_then(|up_to| up_to.to_possible_value()) {
        flag("--up-to", up_to.get_name());
    }
    if let Some(most) = args.max_changes {
        flag("--max-changes", &most.to_string());
    }
    let cutoffs: BTreeSet<_> = plan
        .entries
        .iter()
        .map(|entry| entry.wanted.environment.options.exclude_newer.as_ref())
        .map(|cutoff| {
            cutoff.map_or(context.around.now, |cutoff| cutoff.instant(context.around.now))
        })
        .collect();
    if let (1, Some(cutoff)) = (cutoffs.len(), cutoffs.first()) {
        flag("--exclude-newer", &cutoff.strftime("%Y-%m-%dT%H:%M:%SZ").to_string());
    }
    shlex::try_join(words.iter().map(String::as_str)).unwrap_or_default()
}
