//! A lock in the files of any format.

use std::path::{Path, PathBuf};

use lockit_lockfile::conda_lock::refused_by_conda_lock;
use lockit_lockfile::names::{FilenameTemplate, TemplateValues, stem};
use lockit_lockfile::pixi::{PixiVersion, WriteOptions};
use lockit_lockfile::{ExplicitOptions, Format, Lock, RenderKind, RenderOptions};
use lockit_spec::Platform;

use crate::relock::named_lock::NamedLock;
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use crate::world::outputs;

/// How a lock is written.
pub(crate) struct Rendering {
    /// Other environments, for formats that hold several.
    pub(crate) others: Vec<NamedLock>,
    /// The version of pixi.lock; the newest when nobody says.
    pub(crate) pixi_version: Option<PixiVersion>,
    /// The platforms that the lock holds, in the order of their files.
    pub(crate) platforms: Vec<Platform>,
    /// The formats.
    pub(crate) kinds: Vec<RenderKind>,
    /// Whether the lock holds what only developers need, for names of files.
    pub(crate) dev_dependencies: bool,
    /// Name of files that hold one platform.
    pub(crate) filename_template: Option<String>,
    /// Name of a file that holds all platforms.
    pub(crate) lockfile_name: Option<PathBuf>,
    /// Print instead of writing.
    pub(crate) stdout: bool,
    /// Whether explicit files have md5 instead of sha256 digests.
    pub(crate) md5: bool,
}

/// Writes a lock, or the part of it that is asked for.
///
/// # Errors
/// A format that cannot say what the lock holds, files that would get the same name, and one that cannot be written.
pub(crate) fn write(
    chosen: &NamedLock,
    rendering: &Rendering,
    context: &Context,
) -> Result<(), CommandError> {
    // What a file of several environments calls them.
    let all = || std::iter::once(chosen).chain(&rendering.others);
    let named = |one: &NamedLock| Lock { environment: one.shared_name.clone(), ..one.lock.clone() };
    let is_shared = rendering.kinds.iter().any(|kind| kind.is_shared());
    let shared: Vec<Lock> = all().filter(|_| is_shared).map(named).collect();
    let own: Vec<&Lock> = all().map(|one| &one.lock).collect();
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for kind in rendering.kinds.iter().copied() {
        let parts: Vec<Option<Platform>> = if kind.is_per_platform() {
            rendering.platforms.iter().copied().map(Some).collect()
        } else {
            vec![None]
        };
        for platform in parts {
            if let Some(platform) = platform.filter(|_| kind.is_pypi_only()) {
                some_pip(chosen, platform, kind)?;
            }
            let path = path(&chosen.lock, kind, platform, rendering, context.around.now)?;
            let locks: Vec<&Lock> =
                if kind.is_shared() { shared.iter().collect() } else { own.clone() };
            let pixi = WriteOptions { version: rendering.pixi_version, ..WriteOptions::default() };
            let options = RenderOptions {
                explicit: ExplicitOptions { md5: rendering.md5 },
                pixi,
                file_name: &path.file_name().unwrap_or_default().to_string_lossy(),
            };
            // Channels that are folders are named from the new file.
            let from = chosen.path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
            let to = if rendering.stdout { None } else { path.parent() };
            let mut locks: Vec<Lock> = locks.into_iter().cloned().collect();
            for lock in &mut locks {
                lock.moved(from, to.unwrap_or(Path::new("")));
            }
            let locks: Vec<&Lock> = locks.iter().collect();
            let text = lockit_lockfile::render(kind, &locks, platform, options)?;
            if kind == RenderKind::Lockfile(Format::CondaLock) {
                let warning = refused_by_conda_lock(&locks, options.file_name);
                context.printer.diagnostics(warning.as_slice());
            }
            if files.iter().any(|(other, _)| *other == path) {
                return Err(CommandError::error(format!(
                    "several kinds would be written to `{}`",
                    path.display()
                ))
                .hint("render them one after the other, or leave the name out"));
            }
            files.push((path, text));
        }
    }
    if rendering.stdout {
        let [(_, text)] = files.as_slice() else {
            return Err(CommandError::error(format!(
                "{} files cannot be printed as one",
                files.len()
            ))
            .hint("choose one with `--platform` and `--kind`"));
        };
        context.printer.data(text.trim_end_matches('\n'));
        return Ok(());
    }
    put(chosen, files, context)
}

/// A file of nothing was not meant.
fn some_pip(chosen: &NamedLock, platform: Platform, kind: RenderKind) -> Result<(), CommandError> {
    if chosen.lock.platforms[&platform].pip.is_empty() {
        let what = if kind == RenderKind::Pylock { "pylock.toml" } else { "a requirements file" };
        return Err(CommandError::error(format!(
            "{} has no PyPI packages for {platform}",
            chosen.name
        ))
        .hint(format!("{what} holds those alone; `-k explicit` has the conda packages")));
    }
    Ok(())
}

fn path(
    lock: &Lock,
    kind: RenderKind,
    platform: Option<Platform>,
    rendering: &Rendering,
    now: jiff::Timestamp,
) -> Result<PathBuf, CommandError> {
    // What `environment.yml` is locked as; a lockfile need not say what it was made from.
    let unnamed = matches!(lock.environment.as_str(), "" | "environment" | "default");
    let first = lock.sources.first().map(Path::new);
    let stem = if unnamed && first.is_none() { None } else { stem(&lock.environment, first) };
    let any = platform.or_else(|| lock.platforms.keys().next().copied());
    let any = any.unwrap_or(Platform::NoArch);
    let format = match kind {
        RenderKind::Lockfile(format) => format,
        RenderKind::Requirements | RenderKind::Pylock => Format::Explicit,
    };
    match (platform, &rendering.filename_template, &rendering.lockfile_name) {
        (Some(platform), Some(template), _) => {
            let template = FilenameTemplate::parse(template)?;
            template.check_platforms(lock.platforms.len())?;
            let input_hash = lock.platforms[&platform].input_hash.as_deref().unwrap_or_default();
            Ok(template
                .file_name(
                    format,
                    &TemplateValues {
                        platform,
                        dev_dependencies: rendering.dev_dependencies,
                        input_hash,
                        version: env!("CARGO_PKG_VERSION"),
                        timestamp: now,
                    },
                )
                .into())
        }
        (None, _, Some(path)) => Ok(path.clone()),
        _ => Ok(kind.default_name(stem.as_deref(), any).into()),
    }
}

fn put(
    chosen: &NamedLock,
    files: Vec<(PathBuf, String)>,
    context: &Context,
) -> Result<(), CommandError> {
    let files: Vec<(PathBuf, String)> =
        files.into_iter().map(|(path, text)| (context.directory().join(path), text)).collect();
    let same = |one: &Path, other: &Path| {
        fs_err::canonicalize(one)
            .is_ok_and(|one| fs_err::canonicalize(other).is_ok_and(|other| one == other))
    };
    let source = chosen.path.as_deref();
    if let Some((path, _)) =
        files.iter().find(|(path, _)| source.is_some_and(|one| same(one, path)))
    {
        return Err(CommandError::error(format!(
            "`{}` would be written over itself",
            context.shown(path).display()
        ))
        .hint("give the result another name with `--filename-template` or `--lockfile`"));
    }
    outputs::put(&files, context)
}
