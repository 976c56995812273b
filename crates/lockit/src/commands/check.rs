//! `lockit check`: is what is committed still right? Reads specs and lockfiles, writes nothing,
//! starts no network.

use crate::args::check::CheckArgs;
use crate::relock::planned::planned;
use crate::relock::verdict::verdict;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;
use lockit_project::plan::Reading;

pub(crate) fn execute(args: &CheckArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let reading = Reading { all: true, forget: false };
    let asked = args.selection.selection()?;
    let plan = planned(&asked, reading, context)?;
    Ok(verdict(&plan, &asked, None, args.format, context))
}
