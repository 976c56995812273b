//! Files that a command makes, and what is said of each.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockit_lockfile::write::{Staging, Written, follow_links};
use lockit_project::confined::{real_path, takes_orders, top_of};
use lockit_project::files::absolute;
use lockit_spec::plain_path;

use crate::terminal::command_error::CommandError;
use crate::terminal::printer::state;
use crate::world::context::Context;
use crate::world::texts::Texts;

/// Writes files, all or none, and says what became of each. This is the one place where a run writes, so that what
/// it reads afterwards is the new text.
///
/// # Errors
/// One that cannot be written, or that a link leads out of the repository.
pub(crate) fn write(texts: Texts, context: &Context) -> Result<Vec<Written>, CommandError> {
    check_links(&texts, context)?;
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
pub(crate) fn make_folders(texts: &Texts, context: &Context) -> Result<(), CommandError> {
    check_links(texts, context)?;
    let folders: BTreeSet<&Path> = texts.paths().iter().filter_map(|path| path.parent()).collect();
    for folder in folders {
        fs_err::create_dir_all(folder)?;
    }
    Ok(())
}

/// Removes a file that the run before wrote. A link is removed itself, not what it leads to.
///
/// # Errors
/// It cannot be removed, or its folder is a link out of the repository.
pub(crate) fn remove(path: &Path, context: &Context) -> Result<(), CommandError> {
    if let Some(folder) = path.parent() {
        check_link(path, folder, context)?;
    }
    Ok(fs_err::remove_file(path)?)
}

fn check_links(texts: &Texts, context: &Context) -> Result<(), CommandError> {
    texts.paths().iter().try_for_each(|path| check_link(path, &follow_links(path)?, context))
}

/// A repository may hold links, and whoever makes a pull request makes them. So what lies in the repository by its name must
/// lie in it in fact. Only a flag names what does not.
fn check_link(path: &Path, target: &Path, context: &Context) -> Result<(), CommandError> {
    let top = top_of(context.directory());
    let Ok(named) = plain_path(&absolute(path)).strip_prefix(top).map(Path::to_path_buf) else {
        return Ok(());
    };
    let refuse = |why: &str| {
        Err(CommandError::error(format!(
            "cannot write `{}`: a link leads to `{}`, {why}",
            context.shown(path).display(),
            target.display()
        ))
        .hint("replace the link by a file or a directory, or give the path that it leads to in a flag"))
    };
    let Some(real_top) = real_path(top) else { return Ok(()) };
    let below = real_path(&absolute(target))
        .and_then(|real| Some(real.strip_prefix(&real_top).ok()?.to_path_buf()));
    let Some(real) = below else { return refuse("which is outside of the repository") };
    let orders = |path: &Path| {
        let parts: Vec<_> = path.iter().map(|part| part.to_string_lossy()).collect();
        takes_orders(parts.iter().map(AsRef::as_ref))
    };
    if orders(&real) && !orders(&named) {
        return refuse("from which git or CI take orders");
    }
    Ok(())
}

/// Writes files, all or none, with the folders they lie in, and says which are new or changed.
///
/// # Errors
/// As [`write()`] and [`make_folders`].
pub(crate) fn put(files: &[(PathBuf, String)], context: &Context) -> Result<(), CommandError> {
    let texts = Texts::of(files)?;
    make_folders(&texts, context)?;
    let outcomes = write(texts, context)?;
    for ((path, _), outcome) in files.iter().zip(outcomes) {
        context.printer.status(&format!("  {} {}", context.shown(path).display(), state(outcome)));
    }
    Ok(())
}
