//! From locks to files: what each lockfile says, and putting it on disk.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use lockit_lockfile::pixi::PixiEnvironment;
use lockit_lockfile::write::{Outcome as Written, WriteError, write_all};
use lockit_lockfile::{
    ExplicitOptions, Format, FormatError, Lock, PipSource, conda_lock, explicit, pixi, rendered_env,
};
use lockit_spec::{ChannelPriority, Platform, Strategy};

use crate::args::recorded;
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use lockit_project::plan::{Entry, Plan};
use lockit_project::standing::Writing;

/// One file to be written.
pub(crate) struct Rendered {
    pub(crate) path: PathBuf,
    pub(crate) text: String,
    /// Environment and platform; pixi.lock holds several environments, conda-lock.yml several
    /// platforms.
    pub(crate) of: Option<(String, Option<Platform>)>,
}

/// Renders the lockfiles of all environments, in every kind that was asked for.
pub(crate) fn render(
    plan: &Plan,
    locks: &[(&Entry, Lock)],
    writing: Writing,
    context: &Context,
) -> Result<Vec<Rendered>, CommandError> {
    let failed = |error: FormatError| CommandError::from_source(&error);
    let mut rendered = Vec::new();
    let mut pixi_locks: BTreeMap<PathBuf, Vec<(&Entry, Lock)>> = BTreeMap::new();
    for (entry, lock) in locks {
        if lock.platforms.is_empty() {
            continue;
        }
        for kind in entry.kinds().iter().copied() {
            for (platform, path) in entry.files(kind) {
                if platform.is_some_and(|platform| !lock.platforms.contains_key(&platform)) {
                    continue;
                }
                let lock = told(entry, lock, kind, platform, writing);
                let name = entry.wanted.environment.name.clone();
                let text = match (kind, platform) {
                    (Format::Explicit, Some(platform)) => {
                        explicit::write(&lock, platform, ExplicitOptions { md5: writing.md5 })
                            .map_err(failed)?
                    }
                    (Format::Env, Some(platform)) => {
                        rendered_env::write(&lock, platform).map_err(failed)?
                    }
                    (Format::CondaLock, _) => {
                        let file =
                            path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                        conda_lock::write(&lock, &file).map_err(failed)?
                    }
                    _ => continue,
                };
                rendered.push(Rendered { path, text, of: Some((name, platform)) });
            }
        }
        if entry.kinds().contains(&Format::Pixi) {
            for (_, path) in entry.files(Format::Pixi) {
                pixi_locks
                    .entry(path)
                    .or_default()
                    .push((entry, told(entry, lock, Format::Pixi, None, writing)));
            }
        }
    }
    for (path, members) in pixi_locks {
        let others = other_environments(plan, &members, &path, context);
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
            [(entry, _)] => Some((entry.wanted.environment.name.clone(), None)),
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
    context: &Context,
) -> Vec<Kept> {
    if !plan.around.files.has(path) {
        return Vec::new();
    }
    // A broken file would have stopped the run, unless it is to be forgotten.
    let Ok(file) = plan.around.files.read(&context.shown(path)) else { return Vec::new() };
    let Ok(lockfile) = plan.around.files.lockfile(path) else {
        return Vec::new();
    };
    let mut options = pixi::read_options(&file);
    let mut kept = Vec::new();
    for lock in lockfile.locks.iter().cloned() {
        let name = &lock.environment;
        let is_written = members.iter().any(|(entry, _)| entry.wanted.environment.name == *name);
        if is_written || (plan.complete && plan.entry(name).is_none()) {
            continue;
        }
        let options = options.remove(name).unwrap_or_default();
        kept.push((lock, options));
    }
    kept
}

/// The lock as one file tells it: what that file had for platforms that could not be solved now,
/// sources relative to the file, and the command for that kind and platform.
fn told(
    entry: &Entry,
    lock: &Lock,
    kind: Format,
    platform: Option<Platform>,
    writing: Writing,
) -> Lock {
    let mut lock = lock.clone();
    if let Some(part) = entry.part(kind) {
        part.keep(&mut lock);
    }
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
    if let Some(existing) = entry.existing(kind) {
        // What people have added stays, as with conda-lock.
        for (name, text) in &existing.lock.metadata.custom {
            lock.metadata.custom.entry(name.clone()).or_insert_with(|| text.clone());
        }
    }
    let md5 = writing.md5 && kind == Format::Explicit;
    let recorded = entry.recorded(&[kind], platform);
    lock.command = Some(recorded::write(&recorded, Writing { md5, ..writing }));
    if writing.strip_auth {
        lock.strip_credentials();
    }
    // `../` for each folder between the root and the lockfile.
    let path = entry.files(kind).into_iter().next().map(|(_, path)| path).unwrap_or_default();
    let depth = match (&entry.wanted.lockfile, &entry.wanted.template) {
        (Some(name), _) if !kind.is_per_platform() => folders_in(name),
        (_, Some(name)) if kind.is_per_platform() => folders_in(name),
        _ => 0,
    };
    if depth > 0 && !path.as_os_str().is_empty() {
        let from_file = |source: &str| {
            if Path::new(source).is_absolute() {
                source.to_owned()
            } else {
                format!("{}{source}", "../".repeat(depth))
            }
        };
        for source in &mut lock.sources {
            *source = from_file(source);
        }
        for record in lock.platforms.values_mut().flat_map(|locked| &mut locked.pip) {
            let (PipSource::Archive { url: path, .. } | PipSource::Folder { path, .. }) =
                &mut record.source
            else {
                continue;
            };
            if path.starts_with("./") || path.starts_with("../") {
                *path = from_file(path.strip_prefix("./").unwrap_or(path));
            }
        }
        let inputs = std::mem::take(&mut lock.metadata.inputs).into_iter();
        lock.metadata.inputs = inputs.map(|(name, one)| (from_file(&name), one)).collect();
    }
    lock
}

/// How many folders deep a name is.
fn folders_in(name: &str) -> usize {
    let names = Path::new(name).components().filter(|part| matches!(part, Component::Normal(_)));
    names.count().saturating_sub(1)
}

/// Writes the files; says what a write would do on a dry run.
pub(crate) fn put_away(rendered: &[Rendered], dry_run: bool) -> Result<Vec<Written>, CommandError> {
    if dry_run {
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
            WriteError::IsFolder { .. } => CommandError::error(error.to_string()).hint(
                "move it away, or choose another name with `--filename-template` or `--lockfile`",
            ),
            other => CommandError::from_source(&other),
        },
    )
}

/// Removes lockfiles of platforms that are no longer wanted.
pub(crate) fn drop_files(
    plan: &Plan,
    dry_run: bool,
    context: &Context,
) -> Result<(), CommandError> {
    for entry in &plan.entries {
        for path in entry.dropped_files(entry.kinds()) {
            let name = context.shown(&path);
            if dry_run {
                context.printer.status(&format!(
                    "would remove `{}`: its platform is no longer wanted",
                    name.display()
                ));
            } else {
                fs_err::remove_file(&path).map_err(|error| CommandError::from_source(&error))?;
                context.printer.status(&format!(
                    "removed `{}`: its platform is no longer wanted",
                    name.display()
                ));
            }
        }
    }
    Ok(())
}
