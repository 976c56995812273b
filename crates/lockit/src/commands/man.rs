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
    fs_err::create_dir_all(directory)?;
    clap_mangen::generate_to(line, directory)?;
    context.printer.status(&format!("wrote the manual pages to `{}`", directory.display()));
    Ok(ExitStatus::Success)
}
