//! `lockit check`: is what is committed still right? Reads specs and lockfiles, writes nothing,
//! starts no network.

use crate::args::check::CheckArgs;
use crate::project::plan::Reading;
use crate::relock::planned::planned;
use crate::relock::verdict::verdict;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;

pub(crate) fn execute(args: &CheckArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let reading = Reading { all: true, forget: false };
    let plan = planned(&args.selection.selection()?, reading, context)?;
    Ok(verdict(&plan, args.format, context))
}
