//! `lockit diff`.

use clap::Args;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::exit::ExitStatus;

/// Arguments of `diff`.
#[derive(Debug, Args, Clone)]
pub(crate) struct DiffArgs {}

pub(crate) fn execute(args: &DiffArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let _ = (args, context);
    Ok(ExitStatus::Success)
}
