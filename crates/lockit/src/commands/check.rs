//! `lockit check`: is what is committed still right? Reads specs and lockfiles, writes nothing,
//! starts no network.

use crate::args::check::CheckArgs;
use crate::project::inputs::Inputs;
use crate::project::plan::Plan;
use crate::relock::verdict::verdict;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;

pub(crate) fn execute(args: &CheckArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let inputs = Inputs::gather(&args.selection, context)?;
    context.printer.diagnostics(&inputs.warnings);
    Ok(verdict(&Plan::new(inputs, context, true, false)?, args.format, context))
}
