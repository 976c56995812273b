//! `lockit render-lock-spec`: what conda-lock would understand of specs. By it the two can be compared.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lockit_diagnostic::Diagnostic;
use lockit_spec::Platform;
use serde_json::{Map, Value};

use crate::args::categories::CategoryArgs;
use crate::args::conda_lock::{IgnoredSpecFlags, SolverFlags};
use crate::args::selection::parse_cuda;
use crate::args::word::{self, each_once};
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;
use lockit_project::conda_lock_inputs::{content_hashes, lock_specification};
use lockit_project::gather::Inputs;
use lockit_project::selection::Selection;
use lockit_project::wanted::Wanted;

/// Arguments of `render-lock-spec`.
#[derive(Debug, Args, Clone)]
pub(crate) struct RenderLockSpecArgs {
    /// Spec file; several are merged into one environment
    #[arg(short, long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Environment of lockit.toml, when there are several
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Platform; replaces those of files
    #[arg(short, long = "platform", value_name = "PLATFORM", value_parser = word::platform(), hide_possible_values = true)]
    platforms: Vec<Platform>,
    /// Channel; replaces those of files
    #[arg(short, long = "channel", value_name = "CHANNEL")]
    channels: Vec<String>,
    /// What to print
    #[arg(short, long, value_enum, default_value = "raw")]
    kind: Kind,
    /// Print to standard output, which is the only place there is
    #[arg(long)]
    stdout: bool,
    /// Virtual packages to assume, in conda-lock's file format; for `content-hash`
    #[arg(long, value_name = "FILE")]
    virtual_package_spec: Option<PathBuf>,
    /// Version of CUDA to assume; for `content-hash`
    #[arg(long, value_name = "VERSION")]
    with_cuda: Option<String>,
    /// Assume no CUDA; for `content-hash`
    #[arg(long, conflicts_with = "with_cuda")]
    without_cuda: bool,
    /// Leave out requirements of categories that are not asked for
    #[arg(long, alias = "filter-extras")]
    filter_categories: bool,
    #[command(flatten)]
    categories: CategoryArgs,
    /// Names of PyPI and conda besides those that are known, in conda-lock's file format
    #[arg(long = "pypi_to_conda_lookup_file", value_name = "FILE")]
    pypi_to_conda: Option<String>,
    #[command(flatten)]
    solver: SolverFlags,
    #[command(flatten)]
    ignored: IgnoredSpecFlags,
}

/// `--kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// conda-lock's `LockSpecification` as JSON.
    Raw,
    /// The content hash of each platform as JSON.
    ContentHash,
    #[value(name = "pixi.toml", hide = true)]
    PixiToml,
}

pub(crate) fn execute(
    args: &RenderLockSpecArgs,
    context: &Context,
) -> Result<ExitStatus, CommandError> {
    args.solver.tell(context);
    args.ignored.tell(context);
    // There is nothing else that it could do.
    let _ = args.stdout;
    if args.kind == Kind::PixiToml {
        return Err(CommandError::error("lockit does not write `pixi.toml`")
            .hint("`lockit lock -k pixi` writes the pixi.lock of an environment"));
    }
    let asked = Selection {
        files: args.files.clone(),
        environments: args.environment.iter().cloned().collect(),
        platforms: each_once(&args.platforms),
        channels: args.channels.clone(),
        virtual_package_spec: args.virtual_package_spec.clone(),
        cuda: parse_cuda(args.with_cuda.as_deref(), args.without_cuda),
        filter_categories: args.filter_categories,
        categories: args.categories.categories(),
        pypi_to_conda: args.pypi_to_conda.clone(),
        // What pip is to install is looked at, not installed.
        skip_pip: true,
        ..Selection::default()
    };
    let inputs = Inputs::gather(&asked, &context.around)?;
    context.printer.diagnostics(&inputs.warnings);
    let wanted = only(&inputs.environments, args.environment.as_deref())?;
    let specification = lock_specification(wanted, &context.around);
    let refused: Vec<Diagnostic> = specification
        .refused
        .iter()
        .map(|text| Diagnostic::warning(format!("conda-lock refuses `{text}`; it is left out")))
        .collect();
    context.printer.diagnostics(&refused);
    let value = if args.kind == Kind::Raw {
        specification.to_raw()
    } else {
        let hashes = content_hashes(wanted, &context.around).into_iter();
        let pairs = hashes.map(|(platform, hash)| (platform.to_string(), Value::from(hash.value)));
        Value::Object(pairs.collect::<Map<_, _>>())
    };
    context.printer.json(&format!("{value:#}"));
    Ok(ExitStatus::Success)
}

/// The environment that is meant. Others may have been read because it shares versions with them.
fn only<'a>(environments: &'a [Wanted], name: Option<&str>) -> Result<&'a Wanted, CommandError> {
    let mut chosen = environments
        .iter()
        .filter(|wanted| name.is_none_or(|name| wanted.environment.name == name));
    if let (Some(one), None) = (chosen.next(), chosen.next()) {
        return Ok(one);
    }
    let names: Vec<&str> =
        environments.iter().map(|wanted| wanted.environment.name.as_str()).collect();
    Err(CommandError::error("several environments cannot be printed as one")
        .hint(format!("choose one with `--environment`: {}", names.join(", "))))
}
