//! Looks at a lockfile.

use std::path::Path;

use lockit_diagnostic::SourceFile;
use lockit_lockfile::detect;

use super::{FileReport, Linter};
use crate::rules::{self, INVALID_FILE};
use crate::subject::LockSubject;
use crate::{Check, Finding};

impl Linter {
    pub(super) fn lockfile(&self, file: &SourceFile, path: &Path) -> FileReport {
        let mut report = FileReport {
            path: path.to_path_buf(),
            file: file.clone(),
            findings: Vec::new(),
            broken: false,
            spec: None,
            platforms: Vec::new(),
        };
        let lockfile = match detect::read_source(file) {
            Ok(lockfile) => lockfile,
            Err(diagnostic) => {
                report.findings.push(Finding::new(&INVALID_FILE, *diagnostic));
                report.broken = true;
                return report;
            }
        };
        for warning in &lockfile.warnings {
            // Other warnings are for those who lock.
            if let Some(rule) = warning.code.and_then(rules::find) {
                report.findings.push(Finding::new(rule, warning.clone()));
            }
        }
        let standing = self.specs.as_ref().and_then(|specs| specs.standing(path, &lockfile));
        let subject = LockSubject { file, lockfile: &lockfile, standing: standing.as_ref() };
        for rule in self.selection.rules() {
            if let Check::Lockfile(check) = rule.check {
                report.findings.extend(check(&subject));
            }
        }
        report
    }
}
