//! Files that a command makes, and what is said of each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockit_lockfile::write::{Staging, Written};

use crate::terminal::command_error::CommandError;
use crate::terminal::printer::state;
use crate::world::context::Context;
use crate::world::texts::Texts;

/// Writes files, all or none, and says what became of each. This is the one place where a run writes, so that what
/// it reads afterwards is the new text.
///
/// # Errors
/// One that cannot be written.
pub(crate) fn write(texts: Texts, context: &Context) -> Result<Vec<Written>, CommandError> {
    let files = &context.around.files;
    let mut staging = Staging::default();
    for path in texts.paths() {
        let text = texts.text(path)?.unwrap_or_default();
        staging.add_to(path, &text, files.is_known_as(path, &text))?;
    }
    let outcomes = staging.put_in_place()?;
    files.wrote(Arc::new(texts));
    Ok(outcomes)
}

/// What [`write()`] would do.
///
/// # Errors
/// A text that cannot be had.
pub(crate) fn would_write(texts: &Texts, context: &Context) -> Result<Vec<Written>, CommandError> {
    let outcome = |path: &PathBuf| {
        let text = texts.text(path)?.unwrap_or_default();
        let is_same = context.around.files.is_known_as(path, &text);
        let is_same = is_same.map_or_else(|| fs_err::read(path).map(|old| old == text), Ok);
        Ok(match is_same {
            Ok(true) => Written::Unchanged,
            Ok(false) => Written::Updated,
            Err(_) => Written::Created,
        })
    };
    texts.paths().iter().map(outcome).collect()
}

/// Makes the folders that files lie in.
///
/// # Errors
/// One that cannot be made.
pub(crate) fn make_folders(texts: &Texts) -> Result<(), CommandError> {
    let folders: BTreeSet<&Path> = texts.paths().iter().filter_map(|path| path.parent()).collect();
    for folder in folders {
        fs_err::create_dir_all(folder)?;
    }
    Ok(())
}

/// Writes files, all or none, with the folders they lie in, and says which are new or changed.
///
/// # Errors
/// As [`write()`] and [`make_folders`].
pub(crate) fn put(files: &[(PathBuf, String)], context: &Context) -> Result<(), CommandError> {
    let texts = Texts::of(files)?;
    make_folders(&texts)?;
    let outcomes = write(texts, context)?;
    for ((path, _), outcome) in files.iter().zip(outcomes) {
        context.printer.status(&format!("  {} {}", context.shown(path).display(), state(outcome)));
    }
    Ok(())
}
