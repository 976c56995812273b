//! `lockit refresh`: every lock to the newest that its specs allow, and a report that people read.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use clap::{Args, ValueEnum};
use lockit_diagnostic::Diagnostic;
use lockit_diff::locks::{self, CompareOptions, EnvironmentDiff};
use lockit_lockfile::Lock;
use lockit_lockfile::write::write_all;

use super::dockerfile::DockerfileArgs;
use super::lock::refuse_pip;
use super::solve::{Upgrading, solved, write};
use crate::cli::{NetworkArgs, SelectionArgs, WriteArgs};
use crate::command_error::CommandError;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::inputs::{Inputs, shown};
use crate::plan::{Entry, Plan};
use crate::printer::{GOOD, paint};

/// Arguments of `refresh`.
#[derive(Debug, Args, Clone)]
#[command(
    after_help = "Exit codes: 0 everything is as new as it may be now, 1 something could not be \
    solved and keeps its old lock, 2 usage or a broken input."
)]
pub(crate) struct RefreshArgs {
    /// Write what changed as the body of a pull request; `.json` for programs
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Change nothing unless a package that a spec names moves
    #[arg(long, value_name = "WHAT", value_enum)]
    only_if: Option<OnlyIf>,
    /// Leave this package as it is, where that is possible
    #[arg(long, value_name = "NAME", conflicts_with = "only")]
    ignore: Vec<String>,
    /// Move only this package, and what must move with it
    #[arg(long, value_name = "NAME")]
    only: Vec<String>,
    #[command(flatten)]
    selection: SelectionArgs,
    #[command(flatten)]
    write: WriteArgs,
    #[command(flatten)]
    network: NetworkArgs,
}

/// `--only-if`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum OnlyIf {
    /// A package that a spec names
    Direct,
}

pub(crate) fn execute(args: &RefreshArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let started = Instant::now();
    let inputs = Inputs::gather(&args.selection, context)?;
    context.printer.diagnostics(&inputs.warnings);
    let mut plan = Plan::new(inputs, context, false, false)?;
    refuse_pip(&plan, args.selection.skip_pip)?;
    plan.read_rest();
    let named: BTreeSet<String> =
        args.only.iter().chain(&args.ignore).map(|name| name.to_lowercase()).collect();
    plan.check_upgrade(&named)?;
    let upgrading = match (args.only.is_empty(), args.ignore.is_empty()) {
        (true, true) => Upgrading::All,
        (false, _) => Upgrading::Packages(named),
        (true, false) => Upgrading::Packages(all_but(&plan, &named)),
    };
    let solved = solved(&plan, &upgrading, &args.network, context)?;
    let diffs = differences(&solved.locks);
    let direct = diffs.iter().any(|diff| {
        diff.changes.iter().any(|change| change.direct != Some(false))
            || !diff.added_platforms.is_empty()
    });
    let changed = diffs.iter().any(|diff| !diff.is_empty());
    // Specs that have changed since are locked whatever moves.
    let stale = !plan.is_fresh(Entry::kinds, args.write.md5);
    let wanted = stale || (changed && (args.only_if.is_none() || direct));
    if wanted {
        write(&plan, &solved, &args.write, &BTreeSet::new(), started, context)?;
        if !args.write.dry_run {
            refresh_dockerfile(context)?;
        }
    } else if changed {
        context
            .printer
            .status("only packages that others bring along would move: nothing is written");
    } else if solved.unsolved.is_empty() {
        context.printer.status(&format!("{} everything is as new as it may be", paint(GOOD, "ok")));
    }
    if let Some(path) = &args.report {
        let told = if wanted { diffs.as_slice() } else { &[] };
        let text = if path.extension().is_some_and(|end| end == "json") {
            locks::json(told)
        } else {
            report(told, &solved.unsolved)
        };
        let path = context.directory.join(path);
        write_all([(path.as_path(), text.as_bytes())])
            .map_err(|error| CommandError::from_source(&error))?;
        context.printer.status(&format!("  {} written", shown(&path).display()));
    }
    if solved.unsolved.is_empty() {
        Ok(ExitStatus::Success)
    } else {
        Err(CommandError::failure(solved.unsolved))
    }
}

/// The Dockerfile that the project names changes with the lock.
fn refresh_dockerfile(context: &Context) -> Result<(), CommandError> {
    let Some(project) = context.files.project(&context.directory)? else { return Ok(()) };
    let project = project.value;
    let output = project.dockerfile.values.get("output");
    if output.is_some_and(|output| project.root.join(&output.value).is_file()) {
        super::dockerfile::execute(&DockerfileArgs::default(), context)?;
    }
    Ok(())
}

/// The names of all locked packages but some.
fn all_but(plan: &Plan, left_out: &BTreeSet<String>) -> BTreeSet<String> {
    plan.entries
        .iter()
        .flat_map(|entry| &entry.existing)
        .flat_map(|existing| existing.lock.platforms.values())
        .flat_map(|locked| &locked.records)
        .map(|record| &record.name)
        .filter(|name| !left_out.contains(*name))
        .cloned()
        .collect()
}

/// What changes in each environment, on the platforms that could be solved.
fn differences(locks: &[(&Entry, Lock)]) -> Vec<EnvironmentDiff> {
    let mut diffs: Vec<EnvironmentDiff> = locks
        .iter()
        .flat_map(|(entry, after)| {
            let mut before = entry.previous().unwrap_or_default();
            before.platforms.retain(|platform, _| after.platforms.contains_key(platform));
            let one = std::slice::from_ref;
            locks::compare(one(&before), one(after), &CompareOptions::default())
        })
        .collect();
    diffs.sort_by(|a, b| a.name.cmp(&b.name));
    diffs
}

/// How much of it may be about what could not be solved: GitHub takes 65,536 characters, and the
/// differences need most of them.
const ROOM_FOR_FAILURES: usize = 1_000;

/// The body of a pull request.
fn report(diffs: &[EnvironmentDiff], unsolved: &[Diagnostic]) -> String {
    let mut text = locks::markdown(diffs);
    if !unsolved.is_empty() {
        let mut list = String::new();
        let mut left_out = 0;
        for diagnostic in unsolved {
            let line = format!("- {}\n", diagnostic.message.replace(['\n', '<'], " "));
            if list.chars().count() + line.chars().count() > ROOM_FOR_FAILURES {
                left_out += 1;
            } else {
                list.push_str(&line);
            }
        }
        if left_out > 0 {
            let _ = writeln!(list, "- and {left_out} more");
        }
        text.push_str("\n#### Not refreshed, the old lock stays\n\n");
        text.push_str(&list);
    }
    text.push_str("\nMade by `lockit refresh`; `lockit check` tells whether it holds.\n");
    text
}
