//! From what was asked for to a plan, with everything said that a person should know.

use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use lockit_project::gather::Inputs;
use lockit_project::plan::{Plan, Reading};
use lockit_project::selection::Selection;

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
    look_at(Inputs::gather(asked, &context.around)?, context)
}

/// The same of environments that are known.
pub(crate) fn look_at(inputs: Inputs, context: &Context) -> Result<Plan, CommandError> {
    let plan = Plan::new(inputs, &context.around, Reading { all: true, forget: false })?;
    context.printer.diagnostics(&plan.warnings);
    Ok(plan)
}
