//! What reading a file gives.

use lockit_diagnostic::Diagnostic;

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
        diagnostics.sort_by_key(|diagnostic| diagnostic.labels.first().map(|label| label.span.start));
        if diagnostics.iter().any(Diagnostic::is_error) {
            Err(diagnostics)
        } else {
            Ok(Self { value, warnings: diagnostics })
        }
    }
}
