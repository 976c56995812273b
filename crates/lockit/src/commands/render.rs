//! `lockit render`: a lockfile in another format, or a part of it.

use std::path::{Path, PathBuf};

use clap::Args;
use lockit_lockfile::names::{FilenameTemplate, TemplateValues, stem};
use lockit_lockfile::{
    ExplicitOptions, Format, Lock, RenderKind, RenderOptions, UnknownRenderKind,
};
use lockit_spec::Platform;

use crate::args::categories::CategoryArgs;
use crate::args::conda_lock::WatchFlags;
use crate::args::which_lock::WhichLock;
use crate::relock::named_lock::Chosen;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;
use crate::world::outputs;

/// Arguments of `render`.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct RenderArgs {
    #[command(flatten)]
    pub(super) lock: WhichLock,
    /// Platform to render; several may be given [default: all]
    #[arg(short, long = "platform", value_name = "PLATFORM")]
    pub(super) platforms: Vec<String>,
    /// Format to write: explicit, env, lock or pixi; requirements or pylock for the PyPI packages
    /// alone; several may be given
    #[arg(
        short,
        long = "kind",
        value_name = "KIND",
        value_delimiter = ',',
        default_value = "explicit"
    )]
    pub(super) kinds: Vec<String>,
    #[command(flatten)]
    pub(super) categories: CategoryArgs,
    /// Name of files that hold one platform, such as `locks/conda-{platform}.lock`
    #[arg(long, value_name = "TEMPLATE")]
    pub(super) filename_template: Option<String>,
    /// Name of a file that holds all platforms
    #[arg(long = "lockfile", id = "lockfile-name", value_name = "FILE")]
    pub(super) lockfile_name: Option<PathBuf>,
    /// Print instead of writing; for one platform and kind
    #[arg(long)]
    pub(super) stdout: bool,
    /// Write md5 instead of sha256 digests into explicit lockfiles, for old tools
    #[arg(long)]
    pub(super) md5: bool,
    /// Leave credentials out, `${VARIABLE}` placeholders too
    #[arg(long)]
    pub(super) strip_auth: bool,
    #[command(flatten)]
    pub(super) conda_lock: WatchFlags,
}

pub(crate) fn execute(args: &RenderArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    args.conda_lock.tell(context);
    write(args.lock.read(context)?, args, context)
}

/// Writes a lock, or the part of it that is asked for.
pub(super) fn write(
    mut chosen: Chosen,
    args: &RenderArgs,
    context: &Context,
) -> Result<ExitStatus, CommandError> {
    let platforms = chosen.platforms(&args.platforms)?;
    chosen.lock.platforms.retain(|platform, _| platforms.contains(platform));
    args.categories.apply(&mut chosen)?;
    if args.strip_auth {
        chosen.lock.strip_credentials();
    }
    let mut kinds: Vec<RenderKind> = Vec::new();
    for word in &args.kinds {
        let kind = kind_of(word)?;
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    for kind in kinds {
        let parts: Vec<Option<Platform>> = if kind.is_per_platform() {
            platforms.iter().copied().map(Some).collect()
        } else {
            vec![None]
        };
        for platform in parts {
            if let Some(platform) = platform.filter(|_| kind.is_pypi_only()) {
                some_pip(&chosen, platform, kind)?;
            }
            let path = path(&chosen.lock, kind, platform, args, context.around.now)?;
            let options = RenderOptions {
                explicit: ExplicitOptions { md5: args.md5 },
                file_name: &path.file_name().unwrap_or_default().to_string_lossy(),
            };
            let text = lockit_lockfile::render(kind, &[&chosen.lock], platform, options)
                .map_err(|error| CommandError::from_source(&error))?;
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
    if args.stdout {
        let [(_, text)] = files.as_slice() else {
            return Err(CommandError::error(format!(
                "{} files cannot be printed as one",
                files.len()
            ))
            .hint("choose one with `--platform` and `--kind`"));
        };
        context.printer.data(text.trim_end_matches('\n'));
        return Ok(ExitStatus::Success);
    }
    put(&chosen, files, context)
}

fn kind_of(word: &str) -> Result<RenderKind, CommandError> {
    word.parse().map_err(|error: UnknownRenderKind| {
        CommandError::error(error.to_string())
            .hint("use one of `explicit`, `lock`, `pixi`, `env`, `requirements`, `pylock`")
    })
}

/// A file of nothing was not meant.
fn some_pip(chosen: &Chosen, platform: Platform, kind: RenderKind) -> Result<(), CommandError> {
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
    args: &RenderArgs,
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
    match (platform, &args.filename_template, &args.lockfile_name) {
        (Some(platform), Some(template), _) => {
            let template = FilenameTemplate::parse(template)
                .map_err(|error| CommandError::from_source(&error))?;
            template
                .check_platforms(lock.platforms.len())
                .map_err(|error| CommandError::from_source(&error))?;
            let input_hash = lock.platforms[&platform].input_hash.as_deref().unwrap_or_default();
            Ok(template
                .file_name(
                    format,
                    &TemplateValues {
                        platform,
                        dev_dependencies: args.categories.categories().dev(),
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
    chosen: &Chosen,
    files: Vec<(PathBuf, String)>,
    context: &Context,
) -> Result<ExitStatus, CommandError> {
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
    outputs::put(&files, context)?;
    Ok(ExitStatus::Success)
}
