//! Looks at an environment file.

use std::path::Path;

use lockit_diagnostic::{Diagnostic, SourceFile};
use lockit_spec::{EnvironmentFile, PipSection};

use super::{FileReport, Linter, allowance};
use crate::rules::{self, INVALID_FILE};
use crate::subject::SpecSubject;
use crate::{Check, Finding, export};

impl Linter {
    /// A spec of another kind than `environment.yml`: what the reader finds. The rules are about YAML that people
    /// write for conda.
    pub(super) fn other_spec(&self, file: &SourceFile, path: &Path) -> FileReport {
        let (diagnostics, environment) = match self.read(file) {
            Ok(parsed) => (parsed.warnings, Some(parsed.value)),
            Err(diagnostics) => (diagnostics, None),
        };
        FileReport {
            path: path.to_path_buf(),
            file: file.clone(),
            findings: diagnostics.into_iter().filter_map(from_reader).collect(),
            broken: environment.is_none(),
            spec: None,
            platforms: environment
                .map_or_else(Vec::new, |environment| self.platforms_of(&environment, path)),
        }
    }

    pub(super) fn spec(&self, file: &SourceFile, path: &Path) -> FileReport {
        let survey = EnvironmentFile::survey(file, PipSection::Skip);
        let mut findings: Vec<Finding> =
            survey.diagnostics.iter().cloned().filter_map(from_reader).collect();
        let Some(environment) = &survey.environment else {
            return FileReport {
                path: path.to_path_buf(),
                file: file.clone(),
                findings,
                broken: true,
                spec: None,
                platforms: Vec::new(),
            };
        };
        let verdict = export::judge(&survey);
        let platforms = self.platforms_of(environment, path);
        let base = self.base_of(path);
        let subject = SpecSubject {
            survey: &survey,
            environment,
            verdict: &verdict,
            platforms: &platforms,
            base: base.as_ref(),
        };
        for rule in self.selection.rules() {
            match rule.check {
                Check::Spec(check) => findings.extend(check(&subject)),
                Check::SpecLine(check) if !verdict.is_export() => findings.extend(check(&subject)),
                Check::SpecLine(_) | Check::Lockfile(_) | Check::Reader | Check::Linter => {}
            }
        }
        let first_key = survey.keys.iter().map(|(key, _)| key.span.start).min();
        allowance::apply(file, &survey.comments, first_key, &self.selection, &mut findings);
        FileReport {
            path: path.to_path_buf(),
            file: file.clone(),
            findings,
            broken: false,
            spec: Some((survey, verdict)),
            platforms,
        }
    }
}

/// What the reader said, as a finding of the rule it names. `None` for warnings that no rule is about:
/// they tell what lockit cannot do yet.
fn from_reader(diagnostic: Diagnostic) -> Option<Finding> {
    let rule = match diagnostic.code {
        Some(code) => rules::find(code)?,
        None if diagnostic.is_error() => &INVALID_FILE,
        None => return None,
    };
    Some(Finding::new(rule, diagnostic))
}
