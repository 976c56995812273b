//! `lockit update NAME…` is `lockit lock --upgrade-package NAME…`.

use crate::cli::{LockArgs, UpdateArgs};
use crate::command_error::CommandError;
use crate::conda_lock_flags::CondaLockFlags;
use crate::context::Context;
use crate::exit::ExitStatus;

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
