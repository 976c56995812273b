//! Arguments of `lock`, and of `update`, which is a `lock` that moves the packages it names.

use clap::Args;

use crate::args::builds::BuildArgs;
use crate::args::conda_lock::CondaLockFlags;
use crate::args::network::NetworkArgs;
use crate::args::selection::SelectionArgs;
use crate::args::write::WriteArgs;

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
    /// Write the lockfiles again though they are up to date: older ones get what is new in their format. What fits is kept
    #[arg(long, help_heading = "Lockfiles")]
    pub(crate) renew: bool,
    /// Fail if the lockfiles are not up to date; write nothing
    #[arg(long, visible_alias = "check", conflicts_with_all = ["upgrade", "upgrade_packages", "renew", "dry_run"], help_heading = "Lockfiles")]
    pub(crate) locked: bool,
    #[command(flatten)]
    pub(crate) builds: BuildArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
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
    pub(crate) builds: BuildArgs,
    #[command(flatten)]
    pub(crate) write: WriteArgs,
    #[command(flatten)]
    pub(crate) network: NetworkArgs,
}

impl From<UpdateArgs> for LockArgs {
    fn from(args: UpdateArgs) -> Self {
        Self {
            selection: args.selection,
            builds: args.builds,
            conda_lock: CondaLockFlags::default(),
            upgrade: false,
            upgrade_packages: args.names,
            renew: false,
            locked: false,
            write: args.write,
            network: args.network,
        }
    }
}
