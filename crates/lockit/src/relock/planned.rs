//! From what was asked for to a plan, with everything said that a person should know.

use crate::project::gather::Inputs;
use crate::project::plan::{Plan, Reading};
use crate::project::selection::Selection;
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;

/// Reads specs and lockfiles, and prints what to look at although it can be worked with.
pub(crate) fn planned(
    asked: &Selection,
    reading: Reading,
    context: &Context,
) -> Result<Plan, CommandError> {
    let inputs = Inputs::gather(asked, &context.around)?;
    context.printer.diagnostics(&inputs.warnings);
    let plan = Plan::new(inputs, &context.around, reading)?;
    context.printer.diagnostics(&plan.warnings);
    Ok(plan)
}

/// The same for commands that only look: specs are not what they are about.
pub(crate) fn looked_at(asked: &Selection, context: &Context) -> Result<Plan, CommandError> {
    let inputs = Inputs::gather(asked, &context.around)?;
    let plan = Plan::new(inputs, &context.around, Reading { all: true, forget: false })?;
    context.printer.diagnostics(&plan.warnings);
    Ok(plan)
}
