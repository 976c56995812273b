//! What to lock: files, environments, platforms, formats.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::args::categories::CategoryArgs;

/// What to lock: files, environments, platforms, formats.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct SelectionArgs {
    /// Spec: environment.yml, pyproject.toml, pixi.toml, requirements.txt or a recipe; several are
    /// merged into one environment
    #[arg(short, long = "file", value_name = "FILE", conflicts_with_all = ["env", "environment"], help_heading = "Input")]
    pub(crate) files: Vec<PathBuf>,
    /// Environment of its own; with :OTHER every package is the very record that the environment
    /// OTHER has
    #[arg(
        long,
        value_name = "NAME=FILE[,FILE…][:OTHER]",
        conflicts_with = "environment",
        help_heading = "Input"
    )]
    pub(crate) env: Vec<String>,
    /// Only this environment of lockit.toml, and those that share its versions
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    pub(crate) environment: Vec<String>,
    /// Platform to lock for, such as linux-64; replaces those of files and lockit.toml
    #[arg(short, long = "platform", value_name = "PLATFORM", help_heading = "Input")]
    pub(crate) platforms: Vec<String>,
    /// Channel name, URL or path; replaces those of files and lockit.toml
    #[arg(short, long = "channel", value_name = "CHANNEL", help_heading = "Input")]
    pub(crate) channels: Vec<String>,
    /// Which channel may provide a package that several have
    #[arg(long, value_name = "PRIORITY", help_heading = "Solving")]
    pub(crate) channel_priority: Option<PriorityArg>,
    /// Which versions to prefer
    #[arg(long, value_name = "STRATEGY", help_heading = "Solving")]
    pub(crate) strategy: Option<StrategyArg>,
    /// Ignore packages newer than a date (2026-01-31, RFC 3339) or younger than an age (7d, "1 week")
    #[arg(long, value_name = "WHEN", env = "LOCKIT_EXCLUDE_NEWER", help_heading = "Solving")]
    pub(crate) exclude_newer: Option<String>,
    /// Virtual packages to assume, in conda-lock's file format [default: virtual-packages.yml if there]
    #[arg(long, value_name = "FILE", help_heading = "Solving")]
    pub(crate) virtual_package_spec: Option<PathBuf>,
    /// Assume that machines with Linux or Windows have a GPU that runs this version of CUDA
    #[arg(long, value_name = "VERSION", conflicts_with = "without_cuda", help_heading = "Solving")]
    pub(crate) with_cuda: Option<String>,
    /// Assume that no machine has CUDA, whatever lockit.toml says
    #[arg(long, help_heading = "Solving")]
    pub(crate) without_cuda: bool,
    /// Names of PyPI and conda besides those that are known, in conda-lock's file format
    #[arg(
        long = "pypi_to_conda_lookup_file",
        visible_alias = "pypi-to-conda",
        value_name = "FILE",
        help_heading = "Input"
    )]
    pub(crate) pypi_to_conda: Option<String>,
    /// Leave out requirements of categories that are not asked for
    #[arg(long, alias = "filter-extras", help_heading = "Categories")]
    pub(crate) filter_categories: bool,
    #[command(flatten, next_help_heading = "Categories")]
    pub(crate) categories: CategoryArgs,
    /// Lock the conda part of a spec with a `pip:` section and say so in the lockfile
    #[arg(long, help_heading = "Solving")]
    pub(crate) skip_pip: bool,
    /// Format to write: explicit, lock, pixi or env; several may be given [default: explicit]
    #[arg(
        short,
        long = "kind",
        value_name = "KIND",
        value_delimiter = ',',
        help_heading = "Lockfiles"
    )]
    pub(crate) kinds: Vec<String>,
    /// Name of the lockfile that holds all platforms (kinds lock and pixi)
    #[arg(long, value_name = "FILE", help_heading = "Lockfiles")]
    pub(crate) lockfile: Option<PathBuf>,
    /// Name of the lockfiles of one platform each (kinds explicit and env), such as
    /// `locks/conda-{platform}.lock`
    #[arg(long, value_name = "TEMPLATE", help_heading = "Lockfiles")]
    pub(crate) filename_template: Option<String>,
}

/// `--channel-priority`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum PriorityArg {
    /// Only the first channel that has the name.
    Strict,
    /// The first channel that can satisfy the constraints.
    Flexible,
    /// All channels alike.
    Disabled,
}

/// `--strategy`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum StrategyArg {
    /// The newest of everything.
    Highest,
    /// The oldest of everything.
    Lowest,
    /// The oldest of what the spec names, the newest of the rest.
    LowestDirect,
}
