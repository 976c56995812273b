//! Every way a command can fail, in one place.

use lockit_diagnostic::{Diagnostic, ReadError, with_causes};
use lockit_emit::EmitError;
use lockit_lockfile::FormatError;
use lockit_lockfile::names::NameError;
use lockit_lockfile::write::WriteError;
use lockit_spec::{CutoffExceptionError, ExcludeNewerError, NamePatternError};

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
}

impl From<ProjectError> for CommandError {
    fn from(error: ProjectError) -> Self {
        Self::from(error.into_diagnostics())
    }
}

/// Errors of libraries that know what to do about them.
macro_rules! from_hinted {
    ($($error:ty),*) => {
        $(impl From<$error> for CommandError {
            fn from(error: $error) -> Self {
                Self::from(Diagnostic::of(&error))
            }
        })*
    };
}

from_hinted!(CutoffExceptionError, EmitError, ExcludeNewerError, WriteError);
#[cfg(feature = "solve")]
from_hinted!(lockit_installer::ImportError, lockit_installer::InstallError);

/// Those whose text and causes say it all.
macro_rules! from_plain {
    ($($error:ty),*) => {
        $(impl From<$error> for CommandError {
            fn from(error: $error) -> Self {
                Self::error(with_causes(&error))
            }
        })*
    };
}

from_plain!(std::io::Error, ReadError, FormatError, NameError, NamePatternError);
#[cfg(feature = "solve")]
from_plain!(lockit_solver::SessionError, lockit_solver::ConfigError);

impl From<Diagnostic> for CommandError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { status: ExitStatus::Error, diagnostics: vec![diagnostic] }
    }
}

impl From<Box<Diagnostic>> for CommandError {
    fn from(diagnostic: Box<Diagnostic>) -> Self {
        Self::from(*diagnostic)
    }
}

impl From<Vec<Diagnostic>> for CommandError {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self { status: ExitStatus::Error, diagnostics }
    }
}
