//! The command line, as clap reads it. No decisions here.

use std::path::PathBuf;

use clap::error::ErrorKind;
use clap::parser::ValueSource;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::args::check::CheckArgs;
use crate::args::dockerfile::DockerfileArgs;
use crate::args::global::GlobalArgs;
use crate::args::lint::LintArgs;
use crate::args::lock::{LockArgs, UpdateArgs};
use crate::commands::{
    diff::DiffArgs, init::InitArgs, list::ListArgs, merge::MergeArgs, render::RenderArgs,
    render_lock_spec::RenderLockSpecArgs, rule::RuleArgs, sbom::SbomArgs, tree::TreeArgs,
    why::WhyArgs,
};

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
    ///
    /// # Errors
    /// What clap has to say instead; help and the version are among that.
    pub(crate) fn read() -> Result<Self, clap::Error> {
        let matches = Self::command().try_get_matches()?;
        let global = ["quiet", "verbose", "color", "no_progress", "directory", "allow_variables"];
        let misplaced = matches.ids().find(|id| {
            let id = id.as_str();
            id.starts_with(|c: char| c.is_ascii_lowercase())
                && !global.contains(&id)
                && matches.value_source(id) == Some(ValueSource::CommandLine)
        });
        if let (Some((verb, _)), Some(id)) = (matches.subcommand(), misplaced) {
            let option = id.as_str().replace('_', "-");
            return Err(Self::command().error(
                ErrorKind::ArgumentConflict,
                format!("the options for `{option}` belong behind the verb `{verb}`"),
            ));
        }
        Self::from_arg_matches(&matches)
    }
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
    Refresh(Box<crate::args::refresh::RefreshArgs>),
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

impl Command {
    /// Whether it is about environments, and not about lockit alone.
    pub(crate) fn looks_at_environments(&self) -> bool {
        !matches!(self, Self::Rule(_) | Self::Completions { .. } | Self::Man { .. })
    }
}
