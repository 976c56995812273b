//! Arguments of `refresh`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lockit_spec::Step;

use crate::args::builds::BuildArgs;
use crate::args::network::NetworkArgs;
use crate::args::selection::SelectionArgs;
use crate::args::write::WriteArgs;

/// Arguments of `refresh`.
#[derive(Debug, Args, Clone)]
#[command(
    after_help = "Exit codes: 0 everything is as new as it may be now, 1 something could not be \
    solved and keeps its old lock, 2 usage, a broken input, or no channel can be read."
)]
pub(crate) struct RefreshArgs {
    /// Write what changed as the body of a pull request; `.json` for programs
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Vec<PathBuf>,
    /// Change nothing unless a package that a spec names moves
    #[arg(long, value_name = "WHAT", value_enum, help_heading = "What may move")]
    pub(crate) only_if: Option<OnlyIf>,
    /// Leave a package, `pattern*` or group as it is, where that is possible
    #[arg(long, value_name = "NAME", help_heading = "What may move")]
    pub(crate) ignore: Vec<String>,
    /// Move only a package, `pattern*` or group, and what must move with it
    #[arg(long, value_name = "NAME", help_heading = "What may move")]
    pub(crate) only: Vec<String>,
    /// How far a package may move from the version it has [default: major]
    #[arg(long, value_name = "PART", value_enum, help_heading = "What may move")]
    pub(crate) up_to: Option<UpTo>,
    /// Move at most so many of the packages that specs name; a group counts as one
    #[arg(long, value_name = "N", help_heading = "What may move")]
    pub(crate) max_changes: Option<NonZeroUsize>,
    /// Commit what was written
    #[arg(long, conflicts_with = "dry_run", help_heading = "Git")]
    pub(crate) commit: bool,
    /// Commit on this branch instead, and leave what is checked out as it is
    #[arg(long, value_name = "NAME", conflicts_with = "dry_run", help_heading = "Git")]
    pub(crate) branch: Option<String>,
    /// Push the commit [default remote: origin]
    #[arg(
        long,
        value_name = "REMOTE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "origin",
        conflicts_with = "dry_run",
        help_heading = "Git"
    )]
    pub(crate) push: Option<String>,
    /// Write what changed as a patch, for `--from-patch` in a job that may push
    #[arg(long, value_name = "FILE", conflicts_with_all = ["dry_run", "commit", "branch", "push"], help_heading = "Git")]
    pub(crate) patch: Option<PathBuf>,
    /// Lock nothing: commit what such a patch changes, if it is only what a refresh of this project writes
    #[arg(long, value_name = "FILE", requires = "branch", conflicts_with_all = ["dry_run", "commit", "patch", "report"], help_heading = "Git")]
    pub(crate) from_patch: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) selection: SelectionArgs,
    #[command(flatten)]
    pub(crate) builds: BuildArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

/// `--only-if`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum OnlyIf {
    /// A package that a spec names
    Direct,
}

/// `--up-to`.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum UpTo {
    /// 1.2.3 to 1.2.4
    Patch,
    /// 1.2.3 to 1.3.0
    Minor,
    /// 1.2.3 to 2.0.0
    Major,
}

impl From<UpTo> for Step {
    fn from(up_to: UpTo) -> Self {
        match up_to {
            UpTo::Patch => Self::Patch,
            UpTo::Minor => Self::Minor,
            UpTo::Major => Self::Major,
        }
    }
}
