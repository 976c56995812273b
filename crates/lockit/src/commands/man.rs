//! `lockit man DIR`: manual pages for packagers.

use std::path::Path;

use clap::Command;

use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;

pub(crate) fn execute(
    line: Command,
    directory: &Path,
    context: &Context,
) -> Result<ExitStatus, CommandError> {
    fs_err::create_dir_all(directory).map_err(|error| CommandError::from_source(&error))?;
    clap_mangen::generate_to(line, directory).map_err(|error| CommandError::from_source(&error))?;
    context.printer.status(&format!("wrote the manual pages to `{}`", directory.display()));
    Ok(ExitStatus::Success)
}
