//! Every way a command can fail, in one place.

use std::fmt::Write as _;

use lockit_diagnostic::Diagnostic;

use crate::project::error::ProjectError;
use crate::terminal::exit::ExitStatus;
use crate::terminal::printer::Printer;

/// A command ended early.
#[derive(Debug)]
pub(crate) struct CommandError {
    status: ExitStatus,
    diagnostics: Vec<Diagnostic>,
}

impl CommandError {
    /// The user has something to do: exit code 1.
    pub(crate) fn failure(diagnostics: Vec<Diagnostic>) -> Self {
        Self { status: ExitStatus::Failure, diagnostics }
    }

    /// The input or the machine is broken: exit code 2.
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Self::from(Diagnostic::error(message))
    }

    /// Adds advice to the last message.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(last) = self.diagnostics.pop() {
            self.diagnostics.push(last.hint(hint));
        }
        self
    }

    /// Both, with the worse exit code.
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.status = self.status.max(other.status);
        self.diagnostics.extend(other.diagnostics);
        self
    }

    /// Prints it and gives the exit code.
    pub(crate) fn report(&self, printer: Printer) -> ExitStatus {
        printer.diagnostics(&self.diagnostics);
        self.status
    }

    /// What would be printed.
    #[cfg(feature = "solve")]
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    /// From any error, with its causes.
    pub(crate) fn from_source(error: &dyn std::error::Error) -> Self {
        Self::error(Self::text_of(error))
    }

    /// An error and its causes in one line.
    pub(crate) fn text_of(error: &dyn std::error::Error) -> String {
        let mut message = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !message.contains(&text) {
                let _ = write!(message, ": {text}");
            }
            cause = error.source();
        }
        message
    }
}

impl From<ProjectError> for CommandError {
    fn from(error: ProjectError) -> Self {
        Self::from(error.into_diagnostics())
    }
}

impl From<Diagnostic> for CommandError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { status: ExitStatus::Error, diagnostics: vec![diagnostic] }
    }
}

impl From<Vec<Diagnostic>> for CommandError {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self { status: ExitStatus::Error, diagnostics }
    }
}
