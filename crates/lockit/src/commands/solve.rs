//! The part of `lockit lock` that solves and writes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::Lock;
use lockit_solver::{Network, NoProgress, Outcome, Progress, Request, Session, Upgrade, report};

use crate::assemble::assemble;
use crate::cli::{LockArgs, NetworkArgs, WriteArgs};
use crate::command_error::CommandError;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::lockfiles::{drop_files, put_away, render};
use crate::plan::{Entry, Plan};
use crate::progress::Bars;
use crate::summary::{Summary, say_what_stays};

/// What may move.
pub(crate) enum Upgrading {
    /// What must.
    Nothing,
    /// These packages, and what must move with them.
    Packages(BTreeSet<String>),
    /// Everything.
    All,
}

/// What came out of a solve.
pub(crate) struct Solved<'a> {
    /// The lock of each environment, with the platforms that could be solved.
    pub(crate) locks: Vec<(&'a Entry, Lock)>,
    /// Why others could not.
    pub(crate) unsolved: Vec<Diagnostic>,
    outcomes: Vec<Outcome>,
}

/// Solves what the plan wants and writes the lockfiles. `moving` are the packages to upgrade.
pub(crate) fn solve(
    plan: &Plan,
    args: &LockArgs,
    moving: &BTreeSet<String>,
    started: Instant,
    context: &Context,
) -> Result<ExitStatus, CommandError> {
    let upgrading = if args.upgrade {
        Upgrading::All
    } else if moving.is_empty() {
        Upgrading::Nothing
    } else {
        Upgrading::Packages(moving.clone())
    };
    let solved = solved(plan, &upgrading, &args.network, context)?;
    write(plan, &solved, &args.write, moving, started, context)?;
    if solved.unsolved.is_empty() {
        Ok(ExitStatus::Success)
    } else {
        Err(CommandError::failure(solved.unsolved))
    }
}

/// Solves what the plan wants and writes nothing.
pub(crate) fn solved<'a>(
    plan: &'a Plan,
    upgrading: &Upgrading,
    network: &NetworkArgs,
    context: &Context,
) -> Result<Solved<'a>, CommandError> {
    let upgrade = match upgrading {
        Upgrading::Nothing => Upgrade::Nothing,
        Upgrading::Packages(names) => Upgrade::Packages(names.clone()),
        Upgrading::All => Upgrade::All,
    };
    let requests: Vec<Request> =
        plan.entries.iter().map(|entry| request(entry, &upgrade)).collect();
    let (outcomes, unsolved) = ask(&requests, network, context)?;
    let locks =
        plan.entries.iter().map(|entry| (entry, assemble(entry, &outcomes, context))).collect();
    Ok(Solved { locks, unsolved, outcomes })
}

/// Writes lockfiles and says what changed.
pub(crate) fn write(
    plan: &Plan,
    solved: &Solved<'_>,
    args: &WriteArgs,
    moving: &BTreeSet<String>,
    started: Instant,
    context: &Context,
) -> Result<(), CommandError> {
    let Solved { locks, unsolved, outcomes } = solved;
    if !unsolved.is_empty() && args.all_or_nothing {
        context.printer.status("nothing is written (`--all-or-nothing`)");
        return Err(CommandError::failure(unsolved.clone()));
    }
    let rendered = render(plan, locks, args.md5)?;
    let results = put_away(&rendered, args.dry_run)?;
    let summary = Summary { locks, files: &rendered, results: &results, outcomes };
    summary.print(started.elapsed(), args.dry_run, context);
    say_what_stays(moving, locks, context);
    drop_files(plan, args.dry_run, context)
}

/// Locks everything that the plan wants, holding what is locked, or fails.
pub(crate) fn relock<'a>(
    plan: &'a Plan,
    network: &NetworkArgs,
    context: &Context,
) -> Result<Vec<(&'a Entry, Lock)>, CommandError> {
    let solved = solved(plan, &Upgrading::Nothing, network, context)?;
    if solved.unsolved.is_empty() {
        Ok(solved.locks)
    } else {
        Err(CommandError::failure(solved.unsolved))
    }
}

/// Solves, and explains what cannot be solved.
fn ask(
    requests: &[Request],
    network: &NetworkArgs,
    context: &Context,
) -> Result<(Vec<Outcome>, Vec<Diagnostic>), CommandError> {
    let session = session(network, context)?;
    let outcomes = session.solve(requests);
    // Freeing some hundred thousand records takes longer than ending the process does.
    std::mem::forget(session);
    let unsolved = report(requests, &outcomes);
    Ok((outcomes, unsolved))
}

fn request(entry: &Entry, upgrade: &Upgrade) -> Request {
    Request {
        environment: entry.wanted.environment.clone(),
        platforms: entry.wanted.environment.platforms.clone(),
        previous: entry.previous(),
        upgrade: upgrade.clone(),
    }
}

pub(crate) fn session(args: &NetworkArgs, context: &Context) -> Result<Session, CommandError> {
    let network = Network {
        offline: args.offline,
        timeout: Duration::from_secs(args.http_timeout),
        retries: args.http_retries,
        sharded: !args.no_sharded,
        cache_dir: None,
    };
    let progress: Arc<dyn Progress> =
        if context.progress { Arc::new(Bars::new()) } else { Arc::new(NoProgress) };
    Session::new(
        &network,
        context.directory.clone(),
        context.now,
        Box::new(Context::variable),
        progress,
    )
    .map_err(|error| CommandError::from_source(&error))
}
