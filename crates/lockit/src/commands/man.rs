//! `lockit man DIR`: manual pages for packagers.

use std::path::Path;

use clap::CommandFactory;

use crate::cli::Cli;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;

pub(crate) fn execute(directory: &Path, context: &Context) -> Result<ExitStatus, CommandError> {
    fs_err::create_dir_all(directory).map_err(|error| CommandError::from_source(&error))?;
    clap_mangen::generate_to(Cli::command(), directory)
        .map_err(|error| CommandError::from_source(&error))?;
    context.printer.status(&format!("wrote the manual pages to `{}`", directory.display()));
    Ok(ExitStatus::Success)
}
