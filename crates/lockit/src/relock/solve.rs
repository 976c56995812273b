//! The part of `lockit lock` that solves and writes.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lockit_diagnostic::Diagnostic;
use lockit_diff::locks::{self, CompareOptions, EnvironmentDiff};
use lockit_lockfile::Lock;
use lockit_solver::{Network, NoProgress, Outcome, Progress, Request, Session, Upgrade, report};
use lockit_spec::Step;

use crate::args::lock::LockArgs;
use crate::args::network::NetworkArgs;
use crate::args::write::WriteArgs;
use crate::project::plan::{Entry, Plan};
use crate::relock::assemble::assemble;
use crate::relock::lockfiles::{drop_files, put_away, render};
use crate::relock::pypi;
use crate::relock::summary::{Summary, say_what_stays};
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::terminal::progress::Bars;
use crate::world::context::Context;

/// What may move, and how far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Upgrading {
    pub(crate) what: Upgrade,
    pub(crate) furthest: Step,
}

/// What came out of a solve.
pub(crate) struct Solved<'a> {
    /// The lock of each environment, with the platforms that could be solved.
    pub(crate) locks: Vec<(&'a Entry, Lock)>,
    /// How each of these differs from what was locked before, on the platforms that could be solved.
    pub(crate) diffs: Vec<EnvironmentDiff>,
    /// Why others could not.
    pub(crate) unsolved: Vec<Diagnostic>,
    pub(crate) outcomes: Vec<Outcome>,
}

/// Solves what the plan wants and writes the lockfiles. `moving` are the packages to upgrade.
pub(crate) fn solve(
    plan: &Plan,
    args: &LockArgs,
    moving: &BTreeSet<String>,
    started: Instant,
    context: &Context,
) -> Result<ExitStatus, CommandError> {
    let what = if args.upgrade {
        Upgrade::All { but: BTreeSet::new() }
    } else if moving.is_empty() {
        Upgrade::Nothing
    } else {
        Upgrade::Packages(moving.clone())
    };
    let upgrading = Upgrading { what, ..Upgrading::default() };
    let mut solved = solved(plan, &upgrading, &args.network, context)?;
    for (entry, lock) in &mut solved.locks {
        lock.metadata = args.conda_lock.metadata.tell(entry, lock, context)?;
    }
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
    let requests: Vec<Request> =
        plan.entries.iter().map(|entry| request(entry, upgrading)).collect();
    let uv = pypi::find_uv(plan, context)?;
    let (mut outcomes, mut unsolved) = ask(&requests, network, context)?;
    let chosen = match &uv {
        Some(uv) => {
            let (chosen, failed) =
                pypi::resolve(uv, plan, &requests, &mut outcomes, network, context);
            unsolved.extend(failed);
            chosen
        }
        None => pypi::Chosen::new(),
    };
    let locks: Vec<(&Entry, Lock)> = plan
        .entries
        .iter()
        .map(|entry| (entry, assemble(entry, &outcomes, &chosen, context)))
        .collect();
    let before = requests.into_iter().map(|request| request.previous.unwrap_or_default());
    let diffs = before
        .zip(&locks)
        .map(|(before, (entry, after))| difference(before, after, entry))
        .collect();
    Ok(Solved { locks, diffs, unsolved, outcomes })
}

/// What changes on the platforms that could be solved.
fn difference(mut before: Lock, after: &Lock, entry: &Entry) -> EnvironmentDiff {
    before.platforms.retain(|platform, _| after.platforms.contains_key(platform));
    let mut after = Cow::Borrowed(after);
    if let Some(part) = entry.part_of_all() {
        // What was never written down did not come now.
        part.keep(after.to_mut());
    }
    let one = std::slice::from_ref;
    locks::compare(one(&before), one(&after), &CompareOptions::default()).remove(0)
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
    let Solved { locks, diffs, unsolved, outcomes } = solved;
    if !unsolved.is_empty() && args.all_or_nothing {
        context.printer.status("nothing is written (`--all-or-nothing`)");
        return Err(CommandError::failure(unsolved.clone()));
    }
    let rendered = render(plan, locks, args.writing())?;
    let results = put_away(&rendered, args.dry_run)?;
    let summary = Summary { locks, diffs, files: &rendered, results: &results, outcomes };
    summary.print(started.elapsed(), args.dry_run, context);
    say_what_stays(moving, locks, diffs, context);
    for (entry, lock) in locks {
        for kind in entry.left_behind(lock) {
            context.printer.status(&format!(
                "note: {} of `{}` still has the old packages: kind `{kind}` was not asked for",
                entry.files_text(kind),
                entry.wanted.environment.name
            ));
        }
    }
    drop_files(plan, args.dry_run, context)
}

/// Locks everything that the plan wants, holding what is locked, or fails.
pub(crate) fn relock<'a>(
    plan: &'a Plan,
    network: &NetworkArgs,
    context: &Context,
) -> Result<Vec<(&'a Entry, Lock)>, CommandError> {
    let solved = solved(plan, &Upgrading::default(), network, context)?;
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

fn request(entry: &Entry, upgrading: &Upgrading) -> Request {
    Request {
        environment: entry.wanted.environment.clone(),
        platforms: entry.wanted.environment.platforms.clone(),
        previous: entry.previous(),
        upgrade: upgrading.what.clone(),
        furthest: upgrading.furthest,
    }
}

impl From<&NetworkArgs> for Network {
    fn from(args: &NetworkArgs) -> Self {
        Self {
            offline: args.offline,
            timeout: Duration::from_secs(args.http_timeout),
            retries: args.http_retries,
            sharded: !args.no_sharded,
            cache_dir: None,
        }
    }
}

pub(crate) fn session(args: &NetworkArgs, context: &Context) -> Result<Session, CommandError> {
    let network = Network::from(args);
    let progress: Arc<dyn Progress> =
        if context.progress { Arc::new(Bars::new()) } else { Arc::new(NoProgress) };
    Session::new(
        &network,
        context.directory().to_path_buf(),
        context.around.now,
        {
            let variables = Arc::clone(&context.variables);
            Box::new(move |name: &str| variables.get(name).map(str::to_owned))
        },
        progress,
    )
    .map_err(|error| CommandError::from_source(&error))
}
