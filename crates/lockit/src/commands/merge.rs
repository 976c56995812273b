//! `lockit merge`.

use clap::Args;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::exit::ExitStatus;

/// Arguments of `merge`.
#[derive(Debug, Args, Clone)]
pub(crate) struct MergeArgs {}

pub(crate) fn execute(args: &MergeArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let _ = (args, context);
    Ok(ExitStatus::Success)
}
