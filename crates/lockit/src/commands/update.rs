//! `lockit update NAME…` is `lockit lock --upgrade-package NAME…`.

use crate::args::conda_lock::CondaLockFlags;
use crate::cli::{LockArgs, UpdateArgs};
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;

pub(crate) fn execute(args: UpdateArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let args = LockArgs {
        selection: args.selection,
        conda_lock: CondaLockFlags::default(),
        upgrade: false,
        upgrade_packages: args.names,
        locked: false,
        write: args.write,
        network: args.network,
    };
    super::lock::execute(&args, context)
}
