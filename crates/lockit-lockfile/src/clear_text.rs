//! Lockfiles that other tools wrote, with credentials in them.

use lockit_diagnostic::{Diagnostic, SourceFile};
use lockit_spec::code;

/// What to say of a file with credentials that are written out.
pub(crate) fn holds_credentials(file: &SourceFile) -> Diagnostic {
    Diagnostic::warning(format!("`{}` holds credentials in clear text", file.name()))
        .code(code::URL_CREDENTIALS)
        .note("they are ignored")
        .hint("revoke them, lock again, and keep credentials in the credential store")
}
