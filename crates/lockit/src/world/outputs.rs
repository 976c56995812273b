//! Files that a command makes, and what is said of each.

use std::path::PathBuf;

use lockit_lockfile::write::write_all;

use crate::terminal::command_error::CommandError;
use crate::terminal::printer::state;
use crate::world::context::Context;

/// Writes files, all or none, with the folders they lie in, and says which are new or changed.
pub(crate) fn put(files: &[(PathBuf, String)], context: &Context) -> Result<(), CommandError> {
    for folder in files.iter().filter_map(|(path, _)| path.parent()) {
        fs_err::create_dir_all(folder).map_err(|error| CommandError::from_source(&error))?;
    }
    let outcomes = write_all(files.iter().map(|(path, text)| (path.as_path(), text.as_bytes())))?;
    for ((path, _), outcome) in files.iter().zip(outcomes) {
        context.printer.status(&format!("  {} {}", context.shown(path).display(), state(outcome)));
    }
    Ok(())
}
