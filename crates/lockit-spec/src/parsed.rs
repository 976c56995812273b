//! What reading a file gives.

use std::path::Path;

use lockit_diagnostic::{Diagnostic, ReadError, SourceFile, conflict_marker, read_bytes};

/// Something that was read, with what a person should look at nevertheless.
#[derive(Debug, Clone)]
#[must_use]
pub struct Parsed<T> {
    /// What was read.
    pub value: T,
    /// Warnings, in file order.
    pub warnings: Vec<Diagnostic>,
}

/// A value with warnings, or every error that was found, warnings among them, in file order.
pub type ParseResult<T> = Result<Parsed<T>, Vec<Diagnostic>>;

impl<T> Parsed<T> {
    /// Ends a reading: errors among the diagnostics make it fail.
    pub(crate) fn finish(value: T, mut diagnostics: Vec<Diagnostic>) -> ParseResult<T> {
        diagnostics
            .sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.span.start));
        if diagnostics.iter().any(Diagnostic::is_error) {
            Err(diagnostics)
        } else {
            Ok(Self { value, warnings: diagnostics })
        }
    }
}

/// Gives the bytes of a file, or `None` when there is no such file.
pub type ReadBytes<'a> = dyn Fn(&Path) -> Option<Result<Vec<u8>, ReadError>> + 'a;

/// The bytes of a file on the disk, as far as its repository may name it.
pub fn from_disk(path: &Path) -> Option<Result<Vec<u8>, ReadError>> {
    path.is_file().then(|| read_bytes(path).map_err(ReadError::from))
}

/// Reads a file; what goes wrong becomes a diagnostic without a place.
pub(crate) fn read_source(path: &Path) -> Result<SourceFile, Vec<Diagnostic>> {
    SourceFile::read(path).map_err(|error| vec![unreadable(path, &error)])
}

/// What to say about a file that a merge has left in conflict; its syntax errors would tell nothing.
pub(crate) fn conflict(file: &SourceFile) -> Option<Diagnostic> {
    let span = conflict_marker(file.text())?;
    let message = format!("`{}` has merge conflicts", file.name());
    Some(Diagnostic::error(message).label(file, span, "the first one").hint("choose what is right"))
}

/// What to say about a file that cannot be read.
pub fn unreadable(path: &Path, error: &ReadError) -> Diagnostic {
    match error {
        ReadError::Io(io) if io.kind() == std::io::ErrorKind::NotFound => {
            Diagnostic::error(format!("there is no file `{}`", path.display()))
                .hint("check the path; it is taken relative to the folder you are in")
        }
        // The text of fs-err names the path already.
        ReadError::Io(io) => Diagnostic::error(io.to_string()),
        other => Diagnostic::error(other.to_string()).hint("save the file as UTF-8"),
    }
}
