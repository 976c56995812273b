//! `lockit lock`: from specs to lockfiles.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use lockit_diagnostic::{Diagnostic, SourceFile};
use lockit_lockfile::pixi::PixiEnvironment;
use lockit_lockfile::write::{Outcome as Written, WriteError, write_all};
use lockit_lockfile::{
    ExplicitOptions, Format, Lock, LockedChannel, PlatformLock, Record, conda_lock, explicit,
    order, pixi, rendered_env,
};
use lockit_solver::{
    Network, NoProgress, Outcome, Progress, Request, Session, Upgrade, report,
};
use lockit_spec::{ChannelPriority, Platform, Strategy};

use super::check::verdict;
use crate::changes;
use crate::cli::{LockArgs, NetworkArgs, WriteArgs};
use crate::command_error::CommandError;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::inputs::{Inputs, shown};
use crate::plan::{Entry, Plan};
use crate::printer::{BAD, BOLD, DIM, GOOD, paint};
use crate::progress::Bars;

pub(crate) fn execute(args: LockArgs, context: &Context) -> Result<ExitStatus, CommandError> {
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
        plan.entries.iter().map(|entry| (entry, lock(entry, &outcomes, context))).collect();
    let rendered = render(&plan, &locks, args.write.md5)?;
    let results = put_away(&rendered, &args.write)?;
    summary(&locks, &rendered, &results, &outcomes, &args.write, started.elapsed(), context);
    say_what_stays(&moving, &locks, context);
    drop_files(&plan, &args.write, context)?;
    if unsolved.is_empty() {
        Ok(ExitStatus::Success)
    } else {
        Err(CommandError::failure(unsolved))
    }
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
        previous: previous(entry),
        upgrade: upgrade.clone(),
    }
}

/// What is locked now, from every lockfile there is; the most trusted one wins per platform.
fn previous(entry: &Entry) -> Option<Lock> {
    let mut locks = entry.existing.iter().map(|existing| existing.lock.clone());
    let mut first = locks.next()?;
    for lock in locks {
        first.absorb(lock);
    }
    Some(first)
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

/// The lock of an environment: what was solved now.
fn lock(entry: &Entry, outcomes: &[Outcome], context: &Context) -> Lock {
    let environment = &entry.wanted.environment;
    let platforms = outcomes
        .iter()
        .filter(|outcome| outcome.environment == environment.name)
        .filter_map(|outcome| {
            let records = outcome.result.as_ref().ok()?;
            Some((outcome.platform, platform_lock(entry, outcome.platform, records, context)))
        })
        .collect();
    Lock {
        environment: environment.name.clone(),
        sources: entry
            .wanted
            .sources
            .iter()
            .map(|path| path.to_string_lossy().replace('\\', "/"))
            .collect(),
        channels: environment
            .channels
            .iter()
            .map(|channel| LockedChannel::new(&channel.public()))
            .collect(),
        platforms,
        ..Lock::default()
    }
}

fn platform_lock(
    entry: &Entry,
    platform: Platform,
    records: &[Record],
    context: &Context,
) -> PlatformLock {
    let environment = &entry.wanted.environment;
    let requested: BTreeSet<String> = environment
        .requirements_for(platform)
        .map(|requirement| requirement.name.as_normalized().to_owned())
        .collect();
    let mut records = records.to_vec();
    order::sort(&mut records);
    PlatformLock {
        input_hash: entry.hashes.get(&platform).cloned(),
        requested: Some(requested.into_iter().collect()),
        virtual_packages: environment
            .options
            .virtual_packages
            .get(&platform)
            .cloned()
            .unwrap_or_default(),
        exclude_newer: environment
            .options
            .exclude_newer
            .as_ref()
            .map(|cutoff| cutoff.instant(context.now)),
        skipped_pip: environment.pip_for(platform).count(),
        records,
        ..PlatformLock::default()
    }
}

/// One file to be written.
struct Rendered {
    path: PathBuf,
    text: String,
    /// Environment and platform; pixi.lock holds several environments, conda-lock.yml several
    /// platforms.
    of: Option<(String, Option<Platform>)>,
}

fn render(plan: &Plan, locks: &[(&Entry, Lock)], md5: bool) -> Result<Vec<Rendered>, CommandError> {
    let failed = |error: lockit_lockfile::FormatError| CommandError::from_source(&error);
    let mut rendered = Vec::new();
    let mut pixi_locks: BTreeMap<PathBuf, Vec<(&Entry, Lock)>> = BTreeMap::new();
    for (entry, lock) in locks {
        if lock.platforms.is_empty() {
            continue;
        }
        for kind in entry.kinds() {
            for (platform, path) in entry.files(kind) {
                if platform.is_some_and(|platform| !lock.platforms.contains_key(&platform)) {
                    continue;
                }
                let mut lock = told(entry, lock, kind, platform);
                if let Some(command) = lock.command.as_mut().filter(|_| md5 && kind == Format::Explicit) {
                    command.push_str(" --md5");
                }
                let name = lock_environment(entry);
                let text = match (kind, platform) {
                    (Format::Explicit, Some(platform)) => {
                        explicit::write(&lock, platform, ExplicitOptions { md5 }).map_err(failed)?
                    }
                    (Format::Env, Some(platform)) => {
                        rendered_env::write(&lock, platform).map_err(failed)?
                    }
                    (Format::CondaLock, _) => {
                        let file = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                        conda_lock::write(&lock, &file).map_err(failed)?
                    }
                    _ => continue,
                };
                rendered.push(Rendered { path, text, of: Some((name, platform)) });
            }
        }
        if entry.kinds().contains(&Format::Pixi) {
            for (_, path) in entry.files(Format::Pixi) {
                pixi_locks.entry(path).or_default().push((entry, told(entry, lock, Format::Pixi, None)));
            }
        }
    }
    for (path, members) in pixi_locks {
        let others = other_environments(plan, &members, &path)?;
        let mut environments: Vec<PixiEnvironment<'_>> = members
            .iter()
            .map(|(entry, lock)| PixiEnvironment {
                lock,
                strategy: entry.wanted.environment.options.strategy,
                channel_priority: entry.wanted.environment.options.channel_priority,
            })
            .chain(others.iter().map(|(lock, (strategy, channel_priority))| PixiEnvironment {
                lock,
                strategy: *strategy,
                channel_priority: *channel_priority,
            }))
            .collect();
        environments.sort_by(|a, b| a.lock.environment.cmp(&b.lock.environment));
        let text = pixi::write(&environments).map_err(failed)?;
        let of = match members.as_slice() {
            [(entry, _)] => Some((lock_environment(entry), None)),
            _ => None,
        };
        rendered.push(Rendered { path, text, of });
    }
    Ok(rendered)
}

/// An environment of a pixi.lock as it is, and how it was solved.
type Kept = (Lock, (Strategy, ChannelPriority));

/// What a pixi.lock holds of environments that this run does not write: those that could not be
/// solved now, and those that it was not asked for.
fn other_environments(
    plan: &Plan,
    members: &[(&Entry, Lock)],
    path: &Path,
) -> Result<Vec<Kept>, CommandError> {
    let Some(file) = path.is_file().then(|| SourceFile::read(&shown(path)).ok()).flatten() else {
        return Ok(Vec::new());
    };
    // A broken file would have stopped the run, unless it is to be forgotten.
    let Ok((locks, _)) = pixi::read(&file) else { return Ok(Vec::new()) };
    let mut options = pixi::read_options(&file);
    let mut kept = Vec::new();
    for lock in locks {
        let name = &lock.environment;
        let is_written = members.iter().any(|(entry, _)| entry.wanted.environment.name == *name);
        if is_written || (plan.complete && plan.entry(name).is_none()) {
            continue;
        }
        if lock.platforms.values().any(|chosen| chosen.pip_records > 0) {
            return Err(CommandError::error(format!(
                "`{}` holds PyPI packages of the environment `{name}`, which lockit cannot write",
                file.name()
            ))
            .hint("write to another file with `--lockfile`"));
        }
        let options = options.remove(name).unwrap_or_default();
        kept.push((lock, options));
    }
    Ok(kept)
}

fn lock_environment(entry: &Entry) -> String {
    entry.wanted.environment.name.clone()
}

/// The lock as one file tells it: what that file had for platforms that could not be solved now,
/// sources relative to the file, and the command for that kind and platform.
fn told(entry: &Entry, lock: &Lock, kind: Format, platform: Option<Platform>) -> Lock {
    let mut lock = lock.clone();
    if platform.is_none()
        && let Some(existing) = entry.existing(kind)
    {
        // Flags may choose a part of the platforms, the file holds them all.
        for wanted in entry.wanted.environment.platforms.iter().chain(&entry.wanted.declared) {
            if let Some(kept) = existing.lock.platforms.get(wanted) {
                lock.platforms.entry(*wanted).or_insert_with(|| kept.clone());
            }
        }
    }
    lock.command = Some(entry.command(&[kind], platform));
    // `../` for each folder between the root and the lockfile.
    let path = entry.files(kind).into_iter().next().map(|(_, path)| path).unwrap_or_default();
    let depth = match (&entry.wanted.lockfile, &entry.wanted.template) {
        (Some(name), _) if !kind.is_per_platform() => Path::new(name).components().count() - 1,
        (_, Some(name)) if kind.is_per_platform() => Path::new(name).components().count() - 1,
        _ => 0,
    };
    if depth > 0 && !path.as_os_str().is_empty() {
        for source in &mut lock.sources {
            if !Path::new(source).is_absolute() {
                *source = format!("{}{source}", "../".repeat(depth));
            }
        }
    }
    lock
}

/// Writes the files; says what a write would do on a dry run.
fn put_away(rendered: &[Rendered], args: &WriteArgs) -> Result<Vec<Written>, CommandError> {
    if args.dry_run {
        return Ok(rendered
            .iter()
            .map(|file| match fs_err::read_to_string(&file.path) {
                Ok(text) if text == file.text => Written::Unchanged,
                Ok(_) => Written::Updated,
                Err(_) => Written::Created,
            })
            .collect());
    }
    for folder in rendered.iter().filter_map(|file| file.path.parent()) {
        fs_err::create_dir_all(folder).map_err(|error| CommandError::from_source(&error))?;
    }
    write_all(rendered.iter().map(|file| (file.path.as_path(), file.text.as_bytes()))).map_err(
        |error| match error {
            // These say it all; the system's words are about a temporary file.
            WriteError::NoSpace { .. } => CommandError::error(error.to_string())
                .hint("free some space and run it again; no lockfile was changed"),
            WriteError::ReadOnly { .. } => CommandError::error(error.to_string())
                .hint("no lockfile was changed; `--dry-run` shows what would be"),
            WriteError::IsFolder { .. } => CommandError::error(error.to_string())
                .hint("move it away, or choose another name with `--filename-template` or `--lockfile`"),
            other => CommandError::from_source(&other),
        },
    )
}

fn drop_files(plan: &Plan, args: &WriteArgs, context: &Context) -> Result<(), CommandError> {
    for entry in &plan.entries {
        for path in entry.dropped_files(&entry.kinds()) {
            let name = shown(&path);
            if args.dry_run {
                context.printer.status(&format!("would remove `{}`: its platform is no longer wanted", name.display()));
            } else {
                fs_err::remove_file(&path).map_err(|error| CommandError::from_source(&error))?;
                context.printer.status(&format!("removed `{}`: its platform is no longer wanted", name.display()));
            }
        }
    }
    Ok(())
}

fn summary(
    locks: &[(&Entry, Lock)],
    rendered: &[Rendered],
    results: &[Written],
    outcomes: &[Outcome],
    args: &WriteArgs,
    elapsed: Duration,
    context: &Context,
) {
    let printer = context.printer;
    let time = if elapsed.as_secs() == 0 {
        format!("{}ms", elapsed.as_millis())
    } else {
        format!("{:.1}s", elapsed.as_secs_f64())
    };
    let solved: BTreeSet<Platform> = outcomes
        .iter()
        .filter(|outcome| outcome.result.is_ok())
        .map(|outcome| outcome.platform)
        .collect();
    let verb = if args.dry_run { "would lock" } else { "locked" };
    let environments = match locks.len() {
        1 => String::new(),
        several => format!("{several} environments on "),
    };
    let what = match solved.len() {
        0 => "nothing".to_owned(),
        1 => format!("{environments}1 platform"),
        several => format!("{environments}{several} platforms"),
    };
    printer.status(&format!("{verb} {} in {time}", paint(BOLD, what)));
    for (entry, lock) in locks {
        let name = &entry.wanted.environment.name;
        if locks.len() > 1 {
            printer.status(&format!("{}", paint(BOLD, name)));
        }
        for (file, written) in rendered.iter().zip(results) {
            if file.of.as_ref().is_none_or(|(of, _)| of != name) {
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
        for outcome in outcomes {
            if outcome.environment == *name && outcome.result.is_err() {
                let kept = entry
                    .existing(entry.kinds()[0])
                    .is_some_and(|existing| existing.lock.platforms.contains_key(&outcome.platform));
                let note = if kept { "not solved, what was locked is kept" } else { "not solved" };
                let platform = outcome.platform.to_string();
                printer.status(&format!("  {platform:14} {}", paint(BAD, note)));
            }
        }
        if let Some(before) = previous(entry) {
            for line in changes::lines(&before, lock) {
                printer.status(&line);
            }
        }
    }
    for (file, written) in rendered.iter().zip(results).filter(|(file, _)| file.of.is_none()) {
        printer.status(&format!(
            "{} environments  {} {}",
            locks.len(),
            shown(&file.path).display(),
            state(*written)
        ));
    }
    if args.dry_run {
        printer.status("nothing is written (`--dry-run`)");
    }
}

/// A package that was asked to move and did not is not forgotten: nothing newer fits.
fn say_what_stays(names: &BTreeSet<String>, locks: &[(&Entry, Lock)], context: &Context) {
    for name in names {
        let mut stays = locks.iter().filter_map(|(entry, lock)| {
            let before = previous(entry)?;
            let known = lock.platforms.values().any(|one| one.records.iter().any(|r| r.name == *name));
            known.then(|| changes::stays(&before, lock, name))
        });
        if let Some(Some(line)) = stays.next()
            && stays.all(|one| one.is_some())
        {
            context.printer.status(&line);
        }
    }
}

fn state(written: Written) -> String {
    match written {
        Written::Created => paint(GOOD, "new"),
        Written::Updated => paint(GOOD, "changed"),
        Written::Unchanged => paint(DIM, "unchanged"),
    }
}
