//! Every way a command can fail, in one place.

use lockit_diagnostic::{Diagnostic, with_causes};
use lockit_lockfile::write::WriteError;
use lockit_spec::{ExcludeNewerError, PlatformError};

use crate::terminal::exit::ExitStatus;
use crate::terminal::printer::Printer;
use lockit_project::error::ProjectError;

/// A command ended early.
#[derive(Debug)]
pub(crate) struct CommandError {
    status: ExitStatus,
    diagnostics: Vec<Diagnostic>,
}

impl CommandError {
    /// The user has something to do: exit code 1.
    #[cfg(feature = "solve")]
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
        Self::error(with_causes(error))
    }
}

impl From<ProjectError> for CommandError {
    fn from(error: ProjectError) -> Self {
        Self::from(error.into_diagnostics())
    }
}

/// A file that cannot be written: every verb says the same about it.
impl From<WriteError> for CommandError {
    fn from(error: WriteError) -> Self {
        match error {
            // These say it all; the system's words are about a temporary file.
            WriteError::NoSpace { .. } => Self::error(error.to_string())
                .hint("free some space and run it again; no file was changed"),
            WriteError::ReadOnly { .. } => Self::error(error.to_string())
                .hint("no file was changed; make the folder writable, or write somewhere else"),
            WriteError::IsFolder { .. } => {
                Self::error(error.to_string()).hint("move it away, or choose another name")
            }
            other => Self::from_source(&other),
        }
    }
}

impl From<PlatformError> for CommandError {
    fn from(error: PlatformError) -> Self {
        Self::error(error.to_string()).hint(error.hint())
    }
}

impl From<ExcludeNewerError> for CommandError {
    fn from(error: ExcludeNewerError) -> Self {
        Self::error(error.to_string()).hint(error.hint())
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
