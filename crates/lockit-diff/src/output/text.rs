//! For people: the line shown and underlined.

use lockit_diagnostic::{Diagnostic, render};

use super::place::{all_findings, path};
use crate::lint::FileReport;

pub(super) fn write(reports: &[FileReport], color: bool) -> String {
    let diagnostics: Vec<Diagnostic> = all_findings(reports)
        .map(|(report, finding)| {
            let diagnostic = finding.diagnostic.clone();
            // Without a place the file would not be named at all.
            let named = diagnostic.message.contains(report.file.name());
            if diagnostic.labels.is_empty() && !named {
                diagnostic.note(format!("in {}", path(report)))
            } else {
                diagnostic
            }
        })
        .collect();
    render(&diagnostics, color)
}
