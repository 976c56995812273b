//! What to lock: files, environments, platforms, formats.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use lockit_lockfile::Format;
use lockit_lockfile::lock_specification::Cuda;
use lockit_spec::{
    ChannelPriority, ChannelRef, CutoffException, ExcludeNewer, IndexStrategy, Platform, Strategy,
};

use crate::args::categories::CategoryArgs;
use crate::args::word::{self, each_once};
use crate::terminal::command_error::CommandError;
use lockit_project::selection::{GivenEnvironment, Selection};

/// What to lock: files, environments, platforms, formats.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct SelectionArgs {
    /// Spec: environment.yml, pyproject.toml, pixi.toml, requirements.txt or a recipe; several are
    /// merged into one environment
    #[arg(
        short,
        long = "file",
        value_name = "FILE",
        conflicts_with = "env",
        help_heading = "Input"
    )]
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
    /// Only this environment of lockit.toml or of a pixi manifest, and those that share its versions
    #[arg(long, value_name = "NAME", help_heading = "Input")]
    pub(crate) environment: Vec<String>,
    /// Platform to lock for, such as linux-64; replaces those of files and lockit.toml
    #[arg(short, long = "platform", value_name = "PLATFORM", value_parser = word::platform(), hide_possible_values = true, help_heading = "Input")]
    pub(crate) platforms: Vec<Platform>,
    /// Channel name, URL or path; replaces those of files and lockit.toml
    #[arg(short, long = "channel", value_name = "CHANNEL", help_heading = "Input")]
    pub(crate) channels: Vec<String>,
    /// Which channel may provide a package that several have
    #[arg(long, value_name = "PRIORITY", help_heading = "Solving")]
    pub(crate) channel_priority: Option<PriorityArg>,
    /// Which versions to prefer
    #[arg(long, value_name = "STRATEGY", help_heading = "Solving")]
    pub(crate) strategy: Option<StrategyArg>,
    /// What counts of a PyPI package that several indexes have
    #[arg(long, value_name = "STRATEGY", help_heading = "Solving")]
    pub(crate) index_strategy: Option<IndexStrategyArg>,
    /// Ignore packages newer than a date (2026-01-31, RFC 3339) or younger than an age (7d, "1 week")
    #[arg(long, value_name = "WHEN", env = "LOCKIT_EXCLUDE_NEWER", help_heading = "Solving")]
    pub(crate) exclude_newer: Option<String>,
    /// Date or age for a package (numpy=3d), a release (polars==1.43.1) or a channel (conda-forge::*); `false` exempts it
    #[arg(long, value_name = "NAME=WHEN", help_heading = "Solving")]
    pub(crate) exclude_newer_package: Vec<String>,
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
    /// Format to write: explicit, lock, pixi or env; several may be given [default: those that are there, else explicit]
    #[arg(
        short,
        long = "kind",
        value_name = "KIND",
        value_parser = word::format(),
        hide_possible_values = true,
        value_delimiter = ',',
        help_heading = "Lockfiles"
    )]
    pub(crate) kinds: Vec<Format>,
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

/// `--index-strategy`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum IndexStrategyArg {
    /// Only the first index that has the package.
    FirstIndex,
    /// The first index with a version that fits.
    UnsafeFirstMatch,
    /// The newest version that fits, of all indexes.
    UnsafeBestMatch,
}

impl SelectionArgs {
    /// What these ask for.
    ///
    /// # Errors
    /// A word that is not understood.
    pub(crate) fn selection(&self) -> Result<Selection, CommandError> {
        Ok(Selection {
            files: self.files.clone(),
            given: self.env.iter().map(|text| given(text)).collect::<Result<_, _>>()?,
            environments: self.environment.clone(),
            platforms: each_once(&self.platforms),
            channels: self
                .channels
                .iter()
                .map(|text| ChannelRef::new(text.as_str()).text)
                .collect(),
            channel_priority: self.channel_priority.map(ChannelPriority::from),
            strategy: self.strategy.map(Strategy::from),
            index_strategy: self.index_strategy.map(IndexStrategy::from),
            exclude_newer: self.exclude_newer.as_deref().map(ExcludeNewer::parse).transpose()?,
            exclude_newer_package: self
                .exclude_newer_package
                .iter()
                .map(|text| CutoffException::parse(text))
                .collect::<Result<_, _>>()?,
            virtual_package_spec: self.virtual_package_spec.clone(),
            cuda: parse_cuda(self.with_cuda.as_deref(), self.without_cuda),
            pypi_to_conda: self.pypi_to_conda.clone(),
            filter_categories: self.filter_categories,
            categories: self.categories.categories(),
            skip_pip: self.skip_pip,
            kinds: each_once(&self.kinds),
            lockfile: self.lockfile.clone(),
            filename_template: self.filename_template.clone(),
        })
    }
}

/// What the two flags about CUDA say.
pub(crate) fn parse_cuda(with: Option<&str>, without: bool) -> Cuda {
    match with {
        Some(version) => Cuda::Version(version.to_owned()),
        None if without => Cuda::Absent,
        None => Cuda::Default,
    }
}

/// `NAME=FILE[,FILE…][:OTHER]`.
fn given(text: &str) -> Result<GivenEnvironment, CommandError> {
    let malformed = || {
        CommandError::error(format!("`--env {text}` is not understood"))
            .hint("write `--env NAME=FILE`, `--env NAME=FILE,FILE` or `--env NAME=FILE:OTHER`")
    };
    let (name, rest) = text.split_once('=').ok_or_else(malformed)?;
    // A drive letter of Windows is one letter before the colon.
    let (files, base) = match rest.rsplit_once(':') {
        Some((files, base)) if !base.contains(['/', '\\']) && files.len() > 1 => {
            (files, Some(base.to_owned()))
        }
        _ => (rest, None),
    };
    let files: Vec<PathBuf> =
        files.split(',').filter(|file| !file.is_empty()).map(PathBuf::from).collect();
    let name_is_valid = !name.is_empty()
        && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
    if files.is_empty() || !name_is_valid || base.as_deref() == Some("") {
        return Err(malformed());
    }
    Ok(GivenEnvironment { name: name.to_owned(), files, same_versions_as: base })
}

impl From<PriorityArg> for ChannelPriority {
    fn from(priority: PriorityArg) -> Self {
        match priority {
            PriorityArg::Strict => Self::Strict,
            PriorityArg::Flexible => Self::Flexible,
            PriorityArg::Disabled => Self::Disabled,
        }
    }
}

impl From<ChannelPriority> for PriorityArg {
    fn from(priority: ChannelPriority) -> Self {
        match priority {
            ChannelPriority::Strict => Self::Strict,
            ChannelPriority::Flexible => Self::Flexible,
            ChannelPriority::Disabled => Self::Disabled,
        }
    }
}

impl From<IndexStrategyArg> for IndexStrategy {
    fn from(strategy: IndexStrategyArg) -> Self {
        match strategy {
            IndexStrategyArg::FirstIndex => Self::FirstIndex,
            IndexStrategyArg::UnsafeFirstMatch => Self::UnsafeFirstMatch,
            IndexStrategyArg::UnsafeBestMatch => Self::UnsafeBestMatch,
        }
    }
}

impl From<StrategyArg> for Strategy {
    fn from(strategy: StrategyArg) -> Self {
        match strategy {
            StrategyArg::Highest => Self::Highest,
            StrategyArg::Lowest => Self::Lowest,
            StrategyArg::LowestDirect => Self::LowestDirect,
        }
    }
}

impl From<Strategy> for StrategyArg {
    fn from(strategy: Strategy) -> Self {
        match strategy {
            Strategy::Highest => Self::Highest,
            Strategy::Lowest => Self::Lowest,
            Strategy::LowestDirect => Self::LowestDirect,
        }
    }
}
