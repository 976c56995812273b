//! The part of `lockit lock` that solves and writes.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::Lock;
use lockit_solver::{Network, NoProgress, Outcome, Progress, Request, Session, Upgrade, report};

use crate::assemble::assemble;
use crate::cli::{LockArgs, NetworkArgs};
use crate::command_error::CommandError;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::lockfiles::{drop_files, put_away, render};
use crate::plan::{Entry, Plan};
use crate::progress::Bars;
use crate::summary::{Summary, say_what_stays};

/// Solves what the plan wants and writes the lockfiles. `moving` are the packages to upgrade.
pub(crate) fn solve(
    plan: &Plan,
    args: &LockArgs,
    moving: &BTreeSet<String>,
    started: Instant,
    context: &Context,
) -> Result<ExitStatus, CommandError> {
    let upgrade = if args.upgrade {
        Upgrade::All
    } else if moving.is_empty() {
        Upgrade::Nothing
    } else {
        Upgrade::Packages(moving.clone())
    };
    let requests: Vec<Request> =
        plan.entries.iter().map(|entry| request(entry, &upgrade)).collect();
    let (outcomes, unsolved) = ask(&requests, &args.network, context)?;
    if !unsolved.is_empty() && args.write.all_or_nothing {
        context.printer.status("nothing is written (`--all-or-nothing`)");
        return Err(CommandError::failure(unsolved));
    }
    let locks: Vec<(&Entry, Lock)> =
        plan.entries.iter().map(|entry| (entry, assemble(entry, &outcomes, context))).collect();
    let rendered = render(plan, &locks, args.write.md5)?;
    let results = put_away(&rendered, args.write.dry_run)?;
    let summary =
        Summary { locks: &locks, files: &rendered, results: &results, outcomes: &outcomes };
    summary.print(started.elapsed(), args.write.dry_run, context);
    say_what_stays(moving, &locks, context);
    drop_files(plan, args.write.dry_run, context)?;
    if unsolved.is_empty() { Ok(ExitStatus::Success) } else { Err(CommandError::failure(unsolved)) }
}

/// Locks everything that the plan wants, holding what is locked, or fails.
pub(crate) fn relock<'a>(
    plan: &'a Plan,
    network: &NetworkArgs,
    context: &Context,
) -> Result<Vec<(&'a Entry, Lock)>, CommandError> {
    let requests: Vec<Request> =
        plan.entries.iter().map(|entry| request(entry, &Upgrade::Nothing)).collect();
    let (outcomes, unsolved) = ask(&requests, network, context)?;
    if !unsolved.is_empty() {
        return Err(CommandError::failure(unsolved));
    }
    Ok(plan.entries.iter().map(|entry| (entry, assemble(entry, &outcomes, context))).collect())
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
