//! Why a project cannot be worked with.

use std::error::Error;

use lockit_diagnostic::{Diagnostic, with_causes};
use lockit_spec::{OutOfReach, Project, did_you_mean};

/// Messages with their places and what to do, at least one.
#[derive(Debug, Clone)]
pub struct ProjectError(Vec<Diagnostic>);

impl ProjectError {
    /// One message without a place.
    pub fn new(message: impl Into<String>) -> Self {
        Self(vec![Diagnostic::error(message)])
    }

    /// An error of a library and its causes, in one line.
    pub fn from_source(error: &dyn Error) -> Self {
        Self::new(with_causes(error))
    }

    /// An environment that `lockit.toml` does not declare.
    pub fn no_environment(name: &str, project: &Project) -> Self {
        let names = project.environments.keys().map(String::as_str);
        let error =
            Self::new(format!("`{}` declares no environment `{name}`", project.file.name()));
        let hint = did_you_mean(name, names.clone())
            .unwrap_or_else(|| format!("it declares {}", names.collect::<Vec<_>>().join(", ")));
        error.hint(hint)
    }

    /// Adds what to do to the last message.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        if let Some(last) = self.0.pop() {
            self.0.push(last.hint(hint));
        }
        self
    }

    /// The messages.
    pub fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.0
    }
}

/// What is said of a file that another file names, and that is not read.
pub(crate) fn not_read(reason: &OutOfReach) -> Diagnostic {
    Diagnostic::error(format!("{reason}: it is not read"))
        .hint("a file may name those of its own project; name others with a flag: `-f FILE`")
}

impl From<Diagnostic> for ProjectError {
    fn from(diagnostic: Diagnostic) -> Self {
        Self(vec![diagnostic])
    }
}

impl From<Vec<Diagnostic>> for ProjectError {
    fn from(diagnostics: Vec<Diagnostic>) -> Self {
        Self(diagnostics)
    }
}
