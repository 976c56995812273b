//! Folders of environments that are installed.

use std::path::{Path, PathBuf};

use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use lockit_project::files::absolute;

/// The folder of an environment that is given by its path or by its name.
///
/// # Errors
/// A name that cannot be one, or that nobody knows the place of.
pub(crate) fn prefix(
    prefix: Option<&Path>,
    name: Option<&str>,
    context: &Context,
) -> Result<PathBuf, CommandError> {
    let folder = match (prefix, name) {
        (Some(prefix), _) => prefix.to_path_buf(),
        (None, name) => named(name.unwrap_or_default(), context)?,
    };
    Ok(absolute(&context.directory().join(folder)))
}

/// Where conda and mamba keep an environment of a name.
fn named(name: &str, context: &Context) -> Result<PathBuf, CommandError> {
    if name.is_empty() || name.contains(['/', '\\']) || name == "base" || name.starts_with('.') {
        return Err(CommandError::error(format!("`{name}` cannot be the name of an environment"))
            .hint("a folder is given with `--prefix`"));
    }
    let mamba = context.variable("MAMBA_ROOT_PREFIX").map(PathBuf::from);
    // `…/bin/conda` or `…\Scripts\conda.exe`
    let conda = || {
        let program = PathBuf::from(context.variable("CONDA_EXE")?);
        Some(program.parent()?.parent()?.to_path_buf())
    };
    let root = mamba.or_else(conda).ok_or_else(|| {
        CommandError::error("it is not known where conda or mamba keep environments")
            .hint("set MAMBA_ROOT_PREFIX, or give a folder with `--prefix`")
    })?;
    Ok(root.join("envs").join(name))
}
