//! `lockit lock`: from specs to lockfiles.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::Lock;
use lockit_solver::{Network, NoProgress, Progress, Request, Session, Upgrade, report};

use super::check::verdict;
use crate::assemble::assemble;
use crate::cli::{LockArgs, NetworkArgs};
use crate::command_error::CommandError;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::inputs::Inputs;
use crate::lockfiles::{drop_files, put_away, render};
use crate::plan::{Entry, Plan};
use crate::printer::{GOOD, paint};
use crate::progress::Bars;
use crate::summary::{Summary, say_what_stays};

pub(crate) fn execute(args: &LockArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let started = Instant::now();
    let inputs = Inputs::gather(&args.selection, context)?;
    context.printer.diagnostics(&inputs.warnings);
    let mut plan = Plan::new(inputs, context, args.locked, args.upgrade)?;
    if args.locked {
        return Ok(verdict(&plan, context));
    }
    refuse_pip(&plan, args.selection.skip_pip)?;
    // Conda package names are lower case.
    let moving: BTreeSet<String> =
        args.upgrade_packages.iter().map(|name| name.to_lowercase()).collect();
    let upgrade = if args.upgrade {
        Upgrade::All
    } else if moving.is_empty() {
        Upgrade::Nothing
    } else {
        Upgrade::Packages(moving.clone())
    };
    if upgrade == Upgrade::Nothing && plan.is_fresh(Entry::kinds, args.write.md5) {
        context.printer.status(&format!("{} everything is up to date", paint(GOOD, "ok")));
        return Ok(ExitStatus::Success);
    }
    plan.read_rest();
    plan.check_upgrade(&moving)?;

    let requests: Vec<Request> =
        plan.entries.iter().map(|entry| request(entry, &upgrade)).collect();
    let session = session(&args.network, context)?;
    let outcomes = session.solve(&requests);
    // Freeing some hundred thousand records takes longer than ending the process does.
    std::mem::forget(session);
    let unsolved = report(&requests, &outcomes);
    if !unsolved.is_empty() && args.write.all_or_nothing {
        context.printer.status("nothing is written (`--all-or-nothing`)");
        return Err(CommandError::failure(unsolved));
    }
    let locks: Vec<(&Entry, Lock)> =
        plan.entries.iter().map(|entry| (entry, assemble(entry, &outcomes, context))).collect();
    let rendered = render(&plan, &locks, args.write.md5)?;
    let results = put_away(&rendered, args.write.dry_run)?;
    let summary =
        Summary { locks: &locks, files: &rendered, results: &results, outcomes: &outcomes };
    summary.print(started.elapsed(), args.write.dry_run, context);
    say_what_stays(&moving, &locks, context);
    drop_files(&plan, args.write.dry_run, context)?;
    if unsolved.is_empty() { Ok(ExitStatus::Success) } else { Err(CommandError::failure(unsolved)) }
}

/// A spec whose PyPI part is left out without anybody saying so would be a half lock.
fn refuse_pip(plan: &Plan, skip: bool) -> Result<(), CommandError> {
    if skip {
        return Ok(());
    }
    let diagnostics: Vec<Diagnostic> = plan
        .entries
        .iter()
        .filter_map(|entry| {
            let pip = &entry.wanted.environment.pip;
            let first = pip.first()?;
            let what = if pip.len() == 1 {
                "a PyPI requirement".to_owned()
            } else {
                format!("{} PyPI requirements", pip.len())
            };
            Some(
                Diagnostic::error(format!(
                    "`{}` has {what}, which lockit cannot resolve yet",
                    entry.wanted.environment.name
                ))
                .label(&first.file, first.span, "in the `pip:` section")
                .hint("take them from conda-forge where it has them")
                .hint("`--skip-pip` locks the conda part and says so in the lockfile"),
            )
        })
        .collect();
    if diagnostics.is_empty() { Ok(()) } else { Err(CommandError::failure(diagnostics)) }
}

fn request(entry: &Entry, upgrade: &Upgrade) -> Request {
    Request {
        environment: entry.wanted.environment.clone(),
        platforms: entry.wanted.environment.platforms.clone(),
        previous: entry.previous(),
        upgrade: upgrade.clone(),
    }
}

fn session(args: &NetworkArgs, context: &Context) -> Result<Session, CommandError> {
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
