//! The command line, as clap reads it. No decisions here.

use std::path::PathBuf;

use crate::args::categories::CategoryArgs;
use crate::args::conda_lock::CondaLockFlags;
use crate::commands::{
    diff::DiffArgs, dockerfile::DockerfileArgs, init::InitArgs, lint::LintArgs, list::ListArgs,
    merge::MergeArgs, render::RenderArgs, render_lock_spec::RenderLockSpecArgs, rule::RuleArgs,
    sbom::SbomArgs, tree::TreeArgs, why::WhyArgs,
};
use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

/// Render conda specs into lockfiles for every platform.
///
/// Without a verb, `lockit` locks: `lockit -p linux-64 -f environment.yml`. With a lockit.toml,
/// plain `lockit` locks every environment it names.
#[derive(Debug, Parser)]
#[command(
    name = "lockit",
    version,
    max_term_width = 100,
    after_help = "Exit codes: 0 fine, 1 something to do (stale, unsolvable), 2 usage or a broken input."
)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) lock: LockArgs,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

impl Cli {
    /// Reads the command line; ends the program on `--help`, `--version` and mistakes.
    ///
    /// The options of `lock` also stand before a verb, because no verb means `lock`. Before any
    /// other verb they would have no effect, so that is a mistake.
    pub(crate) fn read() -> Self {
        let matches = Self::command().get_matches();
        let global = ["quiet", "verbose", "color", "no_progress", "directory"];
        let misplaced = matches.ids().find(|id| {
            let id = id.as_str();
            id.starts_with(|c: char| c.is_ascii_lowercase())
                && !global.contains(&id)
                && matches.value_source(id) == Some(ValueSource::CommandLine)
        });
        if let (Some((verb, _)), Some(id)) = (matches.subcommand(), misplaced) {
            let option = id.as_str().replace('_', "-");
            Self::command()
                .error(
                    ErrorKind::ArgumentConflict,
                    format!("the options for `{option}` belong behind the verb `{verb}`"),
                )
                .exit();
        }
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }
}

/// Options of every command.
#[derive(Debug, Args, Clone)]
pub(crate) struct GlobalArgs {
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Output")]
    pub(crate) quiet: bool,
    /// Say more; twice for what the libraries do
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Output")]
    pub(crate) verbose: u8,
    /// When to use colours
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Output"
    )]
    pub(crate) color: ColorWhen,
    /// Show no progress bars
    #[arg(long, global = true, env = "LOCKIT_NO_PROGRESS", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Output")]
    pub(crate) no_progress: bool,
    /// Work as if started in this folder
    #[arg(long, global = true, value_name = "DIR", help_heading = "Output")]
    pub(crate) directory: Option<PathBuf>,
}

/// When to use colours.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum ColorWhen {
    /// On a terminal, unless `NO_COLOR` is set.
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lock environments (the default)
    Lock(Box<LockArgs>),
    /// Is what is committed still right? Never writes, needs no network
    Check(CheckArgs),
    /// Move packages, and only what must move with them
    Update(UpdateArgs),
    /// Move every lock to the newest that its specs allow, with a report that people read
    #[cfg(feature = "solve")]
    Refresh(Box<crate::commands::refresh::RefreshArgs>),
    /// Find mistakes in specs and lockfiles, exports of `conda env export` first of all
    Lint(LintArgs),
    /// Explain a rule of `lint`
    Rule(RuleArgs),
    /// Tell what differs between two locks, or between the platforms of one
    Diff(DiffArgs),
    /// Resolve conflicts in lockfiles by locking again from the merged specs
    Merge(MergeArgs),
    /// Make an environment hold what a lock says
    #[cfg(feature = "solve")]
    Install(Box<crate::commands::install::InstallArgs>),
    /// Make a lock of what is installed, or of another tool's lockfile
    #[cfg(feature = "solve")]
    Import(crate::commands::import::ImportArgs),
    /// Write a lockfile in another format, or a part of it
    Render(RenderArgs),
    /// Print what conda-lock would understand of specs, or the hashes that it makes of that
    RenderLockSpec(RenderLockSpecArgs),
    /// List what is locked
    List(ListArgs),
    /// Show what depends on what
    Tree(TreeArgs),
    /// Tell how a package comes in, and who asks for which version
    Why(WhyArgs),
    /// Write the Dockerfile of the smallest image that runs a lock
    Dockerfile(Box<DockerfileArgs>),
    /// Write the files that a project lacks: specs, lockit.toml, hooks
    Init(InitArgs),
    /// Write a bill of materials of a lock
    Sbom(SbomArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
    /// Write the manual pages into a folder
    #[command(hide = true)]
    Man {
        /// The folder
        // Called `directory` it would be taken for the global `--directory`.
        folder: PathBuf,
    },
}

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

/// How to reach channels.
#[derive(Debug, Args, Clone)]
pub(crate) struct NetworkArgs {
    /// Use only what is cached
    #[arg(long, env = "LOCKIT_OFFLINE", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Network")]
    pub(crate) offline: bool,
    /// Seconds of silence after which a server is given up
    #[arg(long, value_name = "SECONDS", env = "LOCKIT_HTTP_TIMEOUT", default_value = "30", value_parser = clap::value_parser!(u64).range(1..), help_heading = "Network")]
    pub(crate) http_timeout: u64,
    /// How often a request is repeated after a passing fault
    #[arg(
        long,
        value_name = "N",
        env = "LOCKIT_HTTP_RETRIES",
        default_value = "3",
        help_heading = "Network"
    )]
    pub(crate) http_retries: u32,
    /// Do not ask for sharded repodata
    #[arg(long, env = "LOCKIT_NO_SHARDED", value_parser = clap::builder::FalseyValueParser::new(), help_heading = "Network")]
    pub(crate) no_sharded: bool,
}

/// What to do with the results.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct WriteArgs {
    /// Show what would change, write nothing
    #[arg(long, help_heading = "Lockfiles")]
    pub(crate) dry_run: bool,
    /// Write md5 instead of sha256 digests into explicit lockfiles, for old tools
    #[arg(long, help_heading = "Lockfiles")]
    pub(crate) md5: bool,
    /// Leave credentials out of lockfiles, `${VARIABLE}` placeholders too: whoever installs has them in a
    /// store or gives them with `--auth`
    #[arg(long, help_heading = "Lockfiles")]
    pub(crate) strip_auth: bool,
    /// Write nothing if one platform or environment cannot be solved, instead of keeping the
    /// others' results
    #[arg(long, help_heading = "Lockfiles")]
    pub(crate) all_or_nothing: bool,
}

/// Arguments of `lock`.
#[derive(Debug, Args, Clone)]
pub(crate) struct LockArgs {
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) conda_lock: CondaLockFlags,
    /// Forget what is locked and take the newest of everything
    #[arg(short = 'U', long, conflicts_with = "upgrade_packages", help_heading = "Solving")]
    pub(crate) upgrade: bool,
    /// Move this package, and only what must move with it
    #[arg(
        short = 'P',
        long = "upgrade-package",
        visible_alias = "update",
        value_name = "NAME",
        help_heading = "Solving"
    )]
    pub(crate) upgrade_packages: Vec<String>,
    /// Fail if the lockfiles are not up to date; write nothing
    #[arg(long, visible_alias = "check", conflicts_with_all = ["upgrade", "upgrade_packages", "dry_run"], help_heading = "Lockfiles")]
    pub(crate) locked: bool,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

/// Arguments of `check`.
#[derive(Debug, Args, Clone)]
pub(crate) struct CheckArgs {
    /// How to show what is stale
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: CheckFormat,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
}

/// `check --format`.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
pub(crate) enum CheckFormat {
    /// With the lines shown
    #[default]
    Text,
    /// Annotations of GitHub Actions, at the lines of the specs
    Github,
}

/// Arguments of `update`.
#[derive(Debug, Args, Clone)]
pub(crate) struct UpdateArgs {
    /// Packages to move
    #[arg(required = true, value_name = "NAME")]
    pub(crate) names: Vec<String>,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
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
