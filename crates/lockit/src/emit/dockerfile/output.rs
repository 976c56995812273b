//! Writing a file of which only a part is ours.

use std::path::{Path, PathBuf};

use lockit_diagnostic::ReadError;
use lockit_emit::region::{refresh, wrap};

use crate::terminal::command_error::CommandError;
use crate::terminal::printer::state;
use crate::world::context::Context;
use crate::world::outputs::write;
use crate::world::texts::Texts;

/// Writes the generated part. What somebody changed in it is kept in a file beside it.
pub(crate) fn put(path: &Path, generated: &str, context: &Context) -> Result<(), CommandError> {
    let old = match context.around.files.bytes(path) {
        // That a folder cannot be written is said where everything is written.
        None => None,
        Some(bytes) => Some(text(path, bytes)?),
    };
    let mut files: Vec<(PathBuf, String)> = Vec::new();
    let text = match old.as_deref().map(str::trim) {
        None | Some("") => wrap(generated),
        Some(_) => {
            let old = old.as_deref().unwrap_or_default();
            let refreshed = refresh(old, generated).ok_or_else(|| {
                CommandError::error(format!(
                    "`{}` is there and was not made by lockit",
                    context.shown(path).display()
                ))
                .hint("move it away, or print what lockit would write without `--output`")
            })?;
            if let Some(mine) = refreshed.changed_by_hand {
                files.push((free_name(path), mine));
            }
            refreshed.text
        }
    };
    let kept = files.first().map(|(path, _)| path.clone());
    files.push((path.to_path_buf(), text));
    let outcomes = write(Texts::of(&files)?, context)?;
    let state = outcomes.last().map_or_else(String::new, |outcome| state(*outcome));
    context.printer.status(&format!("  {} {state}", context.shown(path).display()));
    if let Some(kept) = kept {
        context.printer.status(&format!(
            "  what was changed by hand between the markers is kept in {}",
            context.shown(&kept).display()
        ));
    }
    Ok(())
}

/// What a file holds, which others may have written.
fn text(path: &Path, bytes: Result<Vec<u8>, ReadError>) -> Result<String, CommandError> {
    let bytes = bytes?;
    String::from_utf8(bytes).map_err(|_| {
        CommandError::error(format!(
            "failed to read from file `{}`: stream did not contain valid UTF-8",
            path.display()
        ))
    })
}

/// `Dockerfile.mine`, or the next one that is free.
fn free_name(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let mut candidate = path.with_file_name(format!("{name}.mine"));
    let mut number = 2;
    while candidate.exists() {
        candidate = path.with_file_name(format!("{name}.mine{number}"));
        number += 1;
    }
    candidate
}
