//! `lockit rule`.

use clap::Args;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::exit::ExitStatus;

/// Arguments of `rule`.
#[derive(Debug, Args, Clone)]
pub(crate) struct RuleArgs {}

pub(crate) fn execute(args: &RuleArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let _ = (args, context);
    Ok(ExitStatus::Success)
}
