//! `lockit import`: a lock of what is installed, or from a lockfile of another tool.

use std::path::PathBuf;
use std::sync::Arc;

use clap::{ArgGroup, Args};
use lockit_diagnostic::Diagnostic;
use lockit_installer::Imported;
use lockit_lockfile::names::DEFAULT_ENVIRONMENT;
use lockit_lockfile::{Lock, LockedChannel, Record, RenderKind, detect};

use crate::args::word::{self, each_once};
use crate::emit::rendered::{Rendering, write};
use crate::relock::named_lock::{NamedLock, shared_name};
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;
use crate::world::prefix::prefix;

/// Arguments of `import`.
#[derive(Debug, Args, Clone)]
#[command(group(ArgGroup::new("what").required(true).args(["file", "prefix", "name"])))]
pub(crate) struct ImportArgs {
    /// Lockfile of any kind to take over
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// Folder of an environment that is installed
    #[arg(short, long, value_name = "DIR")]
    prefix: Option<PathBuf>,
    /// Name of an environment, below `envs` of the installation of conda or mamba
    #[arg(short, long, value_name = "NAME")]
    name: Option<String>,
    /// Name of the environment in the lock [default: that of the folder]
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Format to write: explicit, env, lock or pixi; several may be given
    #[arg(
        short,
        long = "kind",
        value_name = "KIND",
        value_parser = word::render_kind(),
        hide_possible_values = true,
        value_delimiter = ',',
        default_value = "explicit"
    )]
    kinds: Vec<RenderKind>,
    /// File to write, for one kind [default: as `lockit lock` names it]
    #[arg(short, long, value_name = "FILE", conflicts_with = "stdout")]
    output: Option<PathBuf>,
    /// Print instead of writing; for one kind
    #[arg(long)]
    stdout: bool,
    /// Write md5 instead of sha256 digests into explicit lockfiles, for old tools
    #[arg(long)]
    md5: bool,
}

pub(crate) fn execute(args: &ImportArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    if args.output.is_some() && args.kinds.len() > 1 {
        return Err(CommandError::error("several kinds cannot go into one file")
            .hint("choose one with `--kind`"));
    }
    let chosen = match &args.file {
        Some(file) => from_file(file, args, context)?,
        None => from_prefix(args, context)?,
    };
    has_digests(&chosen, args)?;
    tell_what_is_missing(&chosen, context);
    let rendering = Rendering {
        others: Vec::new(),
        pixi_version: None,
        platforms: chosen.lock.platforms.keys().copied().collect(),
        kinds: each_once(&args.kinds),
        dev_dependencies: true,
        filename_template: args.output.as_ref().map(|path| path.to_string_lossy().into_owned()),
        lockfile_name: args.output.clone(),
        stdout: args.stdout,
        md5: args.md5,
    };
    write(&chosen, &rendering, context)?;
    Ok(ExitStatus::Success)
}

fn from_file(
    file: &std::path::Path,
    args: &ImportArgs,
    context: &Context,
) -> Result<NamedLock, CommandError> {
    let read = detect::read(&context.directory().join(file))?;
    context.printer.diagnostics(&read.warnings);
    let name = format!("`{}`", file.display());
    let mut locks = read.locks;
    if let (Some(wanted), true) = (&args.environment, locks.len() > 1) {
        locks.retain(|lock| lock.environment == *wanted);
    }
    let [lock] = locks.as_mut_slice() else {
        return Err(CommandError::error(format!("{name} does not hold the one environment"))
            .hint("choose one of it with `--environment`"));
    };
    let mut lock = std::mem::take(lock);
    let of_file = shared_name(read.format, &lock);
    let shared_name = args.environment.clone().unwrap_or(of_file);
    if let Some(wanted) = &args.environment {
        lock.environment.clone_from(wanted);
    }
    if lock.channels.is_empty() {
        lock.channels = channels(lock.platforms.values().flat_map(|locked| &locked.records));
    }
    let path = args.output.is_none().then(|| context.directory().join(file));
    Ok(NamedLock { lock, shared_name, name, path })
}

fn from_prefix(args: &ImportArgs, context: &Context) -> Result<NamedLock, CommandError> {
    let prefix = prefix(args.prefix.as_deref(), args.name.as_deref(), context)?;
    let Imported { platform, lock: locked, unknown } = lockit_installer::import(&prefix)?;
    if !unknown.is_empty() {
        context.printer.diagnostics(&[Diagnostic::warning(format!(
            "it is not known where PyPI packages come from: {}",
            unknown.join(", ")
        ))
        .hint("they are left out; name them in the `pip:` section of a spec and lock it")]);
    }
    let folder = prefix.file_name().map(|name| name.to_string_lossy().into_owned());
    let environment = args.environment.clone().or(folder).unwrap_or_default();
    let lock = Lock {
        environment,
        channels: channels(&locked.records),
        platforms: [(platform, locked)].into(),
        ..Lock::default()
    };
    let name = format!("`{}`", context.shown(&prefix).display());
    let shared_name = args.environment.clone();
    let shared_name = shared_name.unwrap_or_else(|| DEFAULT_ENVIRONMENT.to_owned());
    Ok(NamedLock { lock, shared_name, name, path: None })
}

/// The channels that the packages come from, those of most packages first.
fn channels<'a>(records: impl IntoIterator<Item = &'a Arc<Record>>) -> Vec<LockedChannel> {
    let mut counts: std::collections::BTreeMap<&str, usize> = std::collections::BTreeMap::new();
    for channel in records.into_iter().filter_map(|record| record.channel.as_deref()) {
        *counts.entry(channel).or_default() += 1;
    }
    let mut sorted: Vec<_> = counts.into_iter().collect();
    sorted.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    sorted.into_iter().map(|(channel, _)| LockedChannel::new(channel)).collect()
}

/// What has no digest can be pinned by nobody; tools that write such lists can write it too.
fn has_digests(chosen: &NamedLock, args: &ImportArgs) -> Result<(), CommandError> {
    let records: Vec<&Arc<Record>> =
        chosen.lock.platforms.values().flat_map(|locked| &locked.records).collect();
    let without = |one: &&&Arc<Record>| one.sha256.is_none() && one.md5.is_none();
    let count = records.iter().filter(without).count();
    // A rendered environment has neither addresses nor digests, and says so itself.
    if count == 0 || args.file.is_none() || records.iter().any(|one| one.url.is_none()) {
        return Ok(());
    }
    Err(CommandError::error(format!(
        "{} has no digest of {count} of {} packages, so they cannot be pinned",
        chosen.name,
        records.len()
    ))
    .hint("write the list with digests: `conda list --explicit --sha256` (older ones know `--md5`)")
    .hint("or take them from the prefix itself: `lockit import -p PREFIX`"))
}

/// Says what a better source would have told.
fn tell_what_is_missing(chosen: &NamedLock, context: &Context) {
    let records = || chosen.lock.platforms.values().flat_map(|locked| &locked.records);
    let without = |has: fn(&Record) -> bool| records().filter(|record| !has(record)).count();
    let all = records().count();
    for (count, what) in [
        (without(|record| record.sha256.is_some()), "sha256 digest"),
        (without(|record| record.depends.is_some()), "dependencies"),
    ] {
        if count > 0 {
            let name = &chosen.name;
            context.printer.status(&format!(
                "note: {name} does not tell the {what} of {count} of {all} packages"
            ));
        }
    }
}
