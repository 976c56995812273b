//! The message itself.

use crate::{Hint, SourceFile, Span, with_causes};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Severity {
    /// Work stops.
    Error,
    /// Work goes on, but someone should look.
    Warning,
    /// Good to know.
    Note,
}

/// Points at a part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Label {
    /// The file.
    pub file: SourceFile,
    /// The part of it.
    pub span: Span,
    /// What is said about this part; may be empty.
    pub message: String,
}

/// Something to tell a person: an error, a warning, a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable code such as `LK001`, for findings of rules.
    pub code: Option<&'static str>,
    /// One line: what happened. A lower-case fragment without a period.
    pub message: String,
    /// Where; the first label is the main place.
    pub labels: Vec<Label>,
    /// Facts that help to understand. May hold several lines.
    pub notes: Vec<String>,
    /// What to do next.
    pub hints: Vec<String>,
}

impl Diagnostic {
    /// Starts a diagnostic.
    pub fn new(severity: Severity, message: impl Into<String>) -> Self {
        Self {
            severity,
            code: None,
            message: message.into(),
            labels: Vec::new(),
            notes: Vec::new(),
            hints: Vec::new(),
        }
    }

    /// Starts an error.
    pub fn error(message: impl Into<String>) -> Self {
        Self::new(Severity::Error, message)
    }

    /// An error of a library with its causes and what to do about it.
    pub fn of(error: &impl Hint) -> Self {
        let mut diagnostic = Self::error(with_causes(error));
        diagnostic.hints = error.hints();
        diagnostic
    }

    /// Starts a warning.
    pub fn warning(message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, message)
    }

    /// Sets the stable code.
    pub fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// Adds a place; the first one added is the main place.
    pub fn label(mut self, file: &SourceFile, span: Span, message: impl Into<String>) -> Self {
        self.labels.push(Label { file: file.clone(), span, message: message.into() });
        self
    }

    /// Adds a fact.
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.notes.push(note.into());
        self
    }

    /// Adds advice.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// True for [`Severity::Error`].
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}
