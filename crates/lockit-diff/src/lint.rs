//! Runs rules over files.
//!
//! What a rule sees of a file is a subject: everything that was read of it, once, and what its
//! project says about it. What it finds passes the selection and the allowances in the file.

mod allowance;
mod lockfile;
mod project;
mod selection;
mod spec;

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use lockit_diagnostic::{Diagnostic, ReadError, SourceFile};
use lockit_spec::{Platform, Project, SourceKind, Survey};

use crate::export::Verdict;
use crate::{Finding, rules};
use selection::RuleSelection;

pub use crate::standing::{Specs, Standing};
pub use crate::subject::{Base, LockSubject, SpecSubject};
pub use selection::LintOptions;

/// Looks at files, with what their project says in mind.
#[derive(Debug)]
pub struct Linter {
    selection: RuleSelection,
    platforms: Vec<Platform>,
    project: Option<Project>,
    specs: Option<Box<dyn Specs>>,
}

/// What was found in one file.
#[derive(Debug, Clone)]
pub struct FileReport {
    /// Where the file lies, as it was given.
    pub path: PathBuf,
    /// The file.
    pub file: SourceFile,
    /// Findings in file order, without the allowed ones.
    pub findings: Vec<Finding>,
    /// Whether the file could not be read as what it should be. The findings say why.
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
        let selection = RuleSelection::new(&options, project.as_ref())?;
        Ok(Self { selection, platforms: options.platforms, project, specs: None })
    }

    /// Lets lockfiles be compared with their specs.
    #[must_use]
    pub fn with_specs(mut self, specs: Box<dyn Specs>) -> Self {
        self.specs = Some(specs);
        self
    }

    /// Looks at one file. `path` is where it lies, absolute or relative to the current folder.
    pub fn lint(&self, file: &SourceFile, path: &Path) -> FileReport {
        let mut report = if looks_like_lockfile(file) {
            self.lockfile(file, path)
        } else if SourceKind::of(file) != SourceKind::Environment {
            self.other_spec(file, path)
        } else {
            self.spec(file, path)
        };
        report.findings.retain(|finding| self.selection.has(finding.rule));
        // Findings without a place come first: they are about the file.
        report.findings.sort_by_key(|finding| {
            finding.diagnostic.labels.first().map_or((0, 0), |label| (1, label.span.start))
        });
        report
    }
}

impl Linter {
    /// The report of a file that could not be opened, or is no text.
    pub fn unreadable(&self, path: &Path, error: &ReadError) -> FileReport {
        let name = path.display().to_string();
        let missing = matches!(error, ReadError::Io(io) if io.kind() == ErrorKind::NotFound);
        let diagnostic = if missing {
            Diagnostic::error(format!("there is no file `{name}`"))
                .hint("check the path; it is taken relative to the folder you are in")
        } else {
            Diagnostic::error(format!("cannot read `{name}`")).note(error.to_string())
        };
        FileReport {
            path: path.to_path_buf(),
            file: SourceFile::new(name, ""),
            findings: vec![Finding::new(&rules::INVALID_FILE, diagnostic)],
            broken: true,
            spec: None,
            platforms: self.platforms.clone(),
        }
    }
}

/// Whether a file is a lockfile, or was meant to be one.
fn looks_like_lockfile(file: &SourceFile) -> bool {
    lockit_lockfile::detect::is_lockfile(file.text())
}

/// Whether the text of a file that could not be read was meant to be an environment file. Hooks are
/// handed all kinds of YAML, and only those that are ours to judge may stop a commit.
pub fn looks_like_environment(file: &SourceFile) -> bool {
    let has = |key: &str| {
        file.text().lines().any(|line| {
            line.trim_start_matches('\u{feff}')
                .strip_prefix(key)
                .is_some_and(|rest| rest.starts_with(':'))
        })
    };
    has("dependencies")
        && (has("channels") || has("name") || has("prefix"))
        && !has("apiVersion")
        && !has("lockfileVersion")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Hooks hand over all kinds of YAML.
    #[test]
    fn only_what_was_meant_as_an_environment_stops_a_commit() {
        let is = |text: &str| looks_like_environment(&SourceFile::new("x.yml", text));
        for key in ["channels", "name", "prefix"] {
            assert!(is(&format!("{key}: x\ndependencies: [\n")), "{key}");
            assert!(!is(&format!("{key}: x\n")), "{key}");
        }
        assert!(is("\u{feff}name: x\ndependencies:\n"));
        for other in [
            "dependencies:\n",
            "apiVersion: v2\nname: chart\ndependencies:\n",
            "lockfileVersion: '9.0'\nname: x\ndependencies:\n",
            "names: x\ndependencies:\n",
            "  name: x\ndependencies:\n",
        ] {
            assert!(!is(other), "{other}");
        }
    }
}
