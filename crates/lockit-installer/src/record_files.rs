//! The records of a prefix, one file for each package.

use std::io;
use std::path::{Path, PathBuf};

/// The files of `conda-meta` that are records, in order of their names.
///
/// # Errors
/// When the folder cannot be read.
pub(crate) fn record_files(meta: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = fs_err::read_dir(meta)?.map(|entry| entry.map(|entry| entry.path()));
    let mut files = entries.collect::<io::Result<Vec<_>>>()?;
    files.retain(|file| file.extension().is_some_and(|end| end == "json"));
    files.sort();
    Ok(files)
}
