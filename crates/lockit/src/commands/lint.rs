//! `lockit lint`.

use clap::Args;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::exit::ExitStatus;

/// Arguments of `lint`.
#[derive(Debug, Args, Clone)]
pub(crate) struct LintArgs {}

pub(crate) fn execute(args: &LintArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let _ = (args, context);
    Ok(ExitStatus::Success)
}
