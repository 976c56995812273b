//! How what a rule reports could be mended.

use lockit_diagnostic::Span;

/// A change to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in the imperative: "remove the build string".
    pub description: String,
    /// The edits, which do not overlap.
    pub edits: Vec<Edit>,
}

/// Replaces a part of a file. Both are of the decoded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What stands there instead.
    pub replacement: String,
}
