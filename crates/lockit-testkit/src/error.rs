//! What can go wrong while a channel is made.

use std::io;

use lockit_diagnostic::{Diagnostic, render};

/// Why a channel could not be made.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The recipe has a mistake; the text shows its file, line and column.
    #[error("{}", render(std::slice::from_ref(.0), false).trim_end())]
    Recipe(Box<Diagnostic>),
    /// A file could not be read or written; the text has its path.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The recipe could not be decoded.
    #[error(transparent)]
    Decode(#[from] lockit_diagnostic::ReadError),
    /// A `repodata.json` is not what it should be.
    #[error("cannot read `{path}` as repodata")]
    Repodata {
        /// The file.
        path: String,
        /// What the parser says.
        source: serde_json::Error,
    },
}
