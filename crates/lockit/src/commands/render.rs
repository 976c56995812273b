//! `lockit render`: a lockfile in another format, or a part of it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use lockit_lockfile::pixi::PixiVersion;
use lockit_lockfile::{Format, RenderKind};
use lockit_spec::{Platform, Rewrites};

use crate::args::categories::CategoryArgs;
use crate::args::conda_lock::WatchFlags;
use crate::args::which_lock::WhichLock;
use crate::args::word::{self, each_once};
use crate::emit::rendered::{Rendering, write};
use crate::relock::named_lock::NamedLock;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;

/// Arguments of `render`.
#[derive(Debug, Args, Clone)]
pub(crate) struct RenderArgs {
    /// Lockfile of any kind [default: what the project here has locked]
    #[arg(value_name = "LOCKFILE")]
    lockfile: Option<PathBuf>,
    /// Environment; pixi.lock holds several, and all where none is named
    #[arg(long = "environment", value_name = "NAME")]
    environments: Vec<String>,
    /// Platform to render; several may be given [default: all]
    #[arg(short, long = "platform", value_name = "PLATFORM", value_parser = word::platform(), hide_possible_values = true)]
    platforms: Vec<Platform>,
    /// Format to write: explicit, env, lock or pixi; requirements or pylock for the PyPI packages
    /// alone; several may be given
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
    #[command(flatten)]
    categories: CategoryArgs,
    /// Name of files that hold one platform, such as `locks/conda-{platform}.lock`
    #[arg(long, value_name = "TEMPLATE")]
    filename_template: Option<String>,
    /// Name of a file that holds all platforms
    #[arg(long = "lockfile", id = "lockfile-name", value_name = "FILE")]
    lockfile_name: Option<PathBuf>,
    /// Print instead of writing; for one platform and kind
    #[arg(long)]
    stdout: bool,
    /// Write md5 instead of sha256 digests into explicit lockfiles, for old tools
    #[arg(long)]
    md5: bool,
    /// Leave credentials out, `${VARIABLE}` placeholders too
    #[arg(long)]
    strip_auth: bool,
    /// Write a mirror's addresses, such as
    /// `https://conda.anaconda.org=https://mirror.example.org/conda`; without a value those of
    /// `[rewrite]` in lockit.toml
    #[arg(long, value_name = "FROM=TO", num_args = 0..=1, default_missing_value = "")]
    rewrite: Vec<String>,
    /// Version of pixi.lock to write: 6 for conda's plugin and older releases of pixi [default: 7]
    #[arg(long, value_name = "VERSION", value_parser = word::pixi_version())]
    pixi_lock_version: Option<PixiVersion>,
    #[command(flatten)]
    conda_lock: WatchFlags,
}

pub(crate) fn execute(args: &RenderArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    args.conda_lock.tell(context);
    let kinds = each_once(&args.kinds);
    let hold_several = kinds.iter().all(|kind| kind.is_shared());
    let mut all = if hold_several || args.environments.len() > 1 {
        let which = WhichLock { lockfile: args.lockfile.clone(), environment: None };
        which.read_several(&args.environments, context)?
    } else {
        let environment = args.environments.first().cloned();
        vec![WhichLock { lockfile: args.lockfile.clone(), environment }.read(context)?]
    };
    let mut platforms = Vec::new();
    for chosen in &mut all {
        let wanted = chosen.platforms(&args.platforms)?;
        chosen.lock.platforms.retain(|platform, _| wanted.contains(platform));
        platforms.extend(wanted);
        args.categories.apply(chosen)?;
        if kinds.contains(&RenderKind::Lockfile(Format::Env)) {
            chosen.with_variables(context);
        }
        if args.strip_auth {
            chosen.lock.strip_credentials();
        }
    }
    rewrite(&mut all, &args.rewrite, context)?;
    let chosen = all.remove(0);
    let rendering = Rendering {
        others: all,
        pixi_version: args.pixi_lock_version,
        platforms: each_once(&platforms),
        kinds,
        dev_dependencies: args.categories.categories().dev(),
        filename_template: args.filename_template.clone(),
        lockfile_name: args.lockfile_name.clone(),
        stdout: args.stdout,
        md5: args.md5,
    };
    write(&chosen, &rendering, context)?;
    Ok(ExitStatus::Success)
}

/// Writes the mirrors that are asked for into the locks, and those of the project where one is not named.
///
/// # Errors
/// A mirror that is none, or that is for nothing here.
fn rewrite(all: &mut [NamedLock], asked: &[String], context: &Context) -> Result<(), CommandError> {
    if asked.is_empty() {
        return Ok(());
    }
    let mut rewrites = Rewrites::default();
    if asked.iter().any(String::is_empty) {
        let project = context.around.files.project(context.directory())?;
        rewrites = project.map(|project| project.value.rewrites).unwrap_or_default();
        if rewrites.is_empty() {
            return Err(CommandError::error("lockit.toml has no table `[rewrite]`")
                .hint("add it, or name a mirror: `--rewrite FROM=TO`"));
        }
    }
    let of_project: Vec<String> = rewrites.replaced().map(str::to_owned).collect();
    for pair in asked.iter().filter(|pair| !pair.is_empty()) {
        rewrites.add_pair(pair).map_err(|error| {
            let hint = error.hint();
            CommandError::error(error.to_string()).hint(hint)
        })?;
    }
    let hosts: BTreeSet<String> = all.iter().flat_map(|one| one.lock.hosts()).collect();
    let used: BTreeSet<String> =
        all.iter_mut().flat_map(|one| one.lock.rewrite(&rewrites)).collect();
    // The project has more locks than this one.
    let is_needed = |from: &&str| used.is_empty() || !of_project.iter().any(|known| known == from);
    let unused = rewrites.replaced().filter(is_needed).find(|from| !used.contains(*from));
    let Some(unused) = unused else { return Ok(()) };
    let error = CommandError::error(format!("no address begins with `{unused}`"));
    let hosts: Vec<String> = hosts.iter().map(|host| format!("`{host}`")).collect();
    Err(if hosts.is_empty() {
        error.hint("this lockfile has no addresses; render from one of another kind")
    } else {
        error.hint(format!("packages come from {}", hosts.join(", ")))
    })
}
