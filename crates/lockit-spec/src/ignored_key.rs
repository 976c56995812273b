//! A key of another tool's table that nothing here reads.

use lockit_diagnostic::{Diagnostic, SourceFile, Span};

use crate::code;
use crate::spelling::did_you_mean;

/// What to say of it: that tool may know it, so it is a warning.
pub(crate) fn ignored_key(file: &SourceFile, key: &str, span: Span, known: &[&str]) -> Diagnostic {
    let warning = Diagnostic::warning(format!("the key `{key}` is not known and has no effect"))
        .code(code::UNKNOWN_KEY)
        .label(file, span, "");
    match did_you_mean(key, known.iter().copied()) {
        Some(hint) => warning.hint(hint),
        None => warning,
    }
}
