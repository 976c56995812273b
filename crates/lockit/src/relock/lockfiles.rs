//! From locks to files: what each lockfile says, and putting it on disk.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use lockit_lockfile::write::{Outcome as Written, WriteError, write_all};
use lockit_lockfile::{ExplicitOptions, Format, Lock, PipSource, RenderOptions};
use lockit_spec::Platform;

use crate::args::recorded;
use crate::project::plan::{Entry, Plan};
use crate::project::standing::Writing;
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;

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
) -> Result<Vec<Rendered>, CommandError> {
    let text = |kind: Format, locks: &[&Lock], platform: Option<Platform>, path: &Path| {
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        let options =
            RenderOptions { explicit: ExplicitOptions { md5: writing.md5 }, file_name: &file_name };
        lockit_lockfile::render(kind, locks, platform, options)
            .map_err(|error| CommandError::from_source(&error))
    };
    let mut rendered = Vec::new();
    let mut shared: BTreeMap<(PathBuf, Format), Vec<Lock>> = BTreeMap::new();
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
                if kind.is_shared() {
                    shared.entry((path, kind)).or_default().push(lock);
                    continue;
                }
                let text = text(kind, &[&lock], platform, &path)?;
                let name = entry.wanted.environment.name.clone();
                rendered.push(Rendered { path, text, of: Some((name, platform)) });
            }
        }
    }
    for ((path, kind), members) in shared {
        let others = other_environments(plan, &members, &path);
        let all: Vec<&Lock> = members.iter().chain(&others).collect();
        let text = text(kind, &all, None, &path)?;
        let of = match members.as_slice() {
            [lock] => Some((lock.environment.clone(), None)),
            _ => None,
        };
        rendered.push(Rendered { path, text, of });
    }
    Ok(rendered)
}

/// What a shared lockfile holds of environments that this run does not write: those that could not
/// be solved now, and those that it was not asked for.
fn other_environments(plan: &Plan, members: &[Lock], path: &Path) -> Vec<Lock> {
    if !plan.around.files.has(path) {
        return Vec::new();
    }
    // A broken file would have stopped the run, unless it is to be forgotten.
    let Ok(lockfile) = plan.around.files.lockfile(path) else { return Vec::new() };
    let is_written = |name: &str| members.iter().any(|lock| lock.environment == name);
    let is_gone = |name: &str| plan.complete && plan.entry(name).is_none();
    let locks = lockfile.locks.iter();
    locks
        .filter(|lock| !is_written(&lock.environment) && !is_gone(&lock.environment))
        .cloned()
        .collect()
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
