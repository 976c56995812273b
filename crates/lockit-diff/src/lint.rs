//! Runs rules over files.
//!
//! What a rule sees of a file is a subject: everything that was read of it, once, and what its
//! project says about it.

mod subject;

use std::path::Path;

use lockit_diagnostic::{Diagnostic, SourceFile};
use lockit_spec::{Platform, Project, Survey};

use crate::Finding;
use crate::export::Verdict;

pub use subject::{LockSubject, SpecSubject};

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct LintOptions {
    /// Codes or names of the only rules to apply; empty for the default ones.
    pub select: Vec<String>,
    /// Codes or names of rules to leave out.
    pub ignore: Vec<String>,
    /// Platforms from the command line; they replace those of files and project.
    pub platforms: Vec<Platform>,
}

/// Looks at files, with what their project says in mind.
#[derive(Debug)]
pub struct Linter {
    options: LintOptions,
    project: Option<Project>,
}

/// What was found in one file.
#[derive(Debug, Clone)]
pub struct FileReport {
    /// The file.
    pub file: SourceFile,
    /// Findings in file order, without the allowed ones.
    pub findings: Vec<Finding>,
    /// Whether the file could not be read as what it should be: exit code 2. The findings say why.
    pub broken: bool,
    /// For an environment file: its items and whether it is an export.
    pub spec: Option<(Survey, Verdict)>,
    /// The platforms the file is meant for.
    pub platforms: Vec<Platform>,
}

impl Linter {
    /// Prepares a run.
    ///
    /// # Errors
    /// A diagnostic for each selected or ignored rule that does not exist.
    pub fn new(options: LintOptions, project: Option<Project>) -> Result<Self, Vec<Diagnostic>> {
        Ok(Self { options, project })
    }

    /// Looks at one file. `path` is where it lies, absolute or relative to the current folder.
    pub fn lint(&self, file: &SourceFile, path: &Path) -> FileReport {
        let _ = (path, &self.options, &self.project);
        FileReport {
            file: file.clone(),
            findings: Vec::new(),
            broken: false,
            spec: None,
            platforms: Vec::new(),
        }
    }
}
