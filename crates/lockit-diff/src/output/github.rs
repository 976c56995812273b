//! Annotations of GitHub Actions: workflow commands that put a message beside a line.

use std::fmt::Write as _;

use lockit_diagnostic::{Diagnostic, Severity, visible, visible_lines};

use super::place::{all_findings, path, place};
use crate::lint::FileReport;

pub(super) fn write(reports: &[FileReport], folder: &str) -> String {
    let mut out = String::new();
    for (report, finding) in all_findings(reports) {
        let title = format!("{} {}", finding.rule.code, finding.rule.name);
        out.push_str(&annotation(&finding.diagnostic, Some(&path(report)), folder, &title));
    }
    out
}

/// Messages as annotations of GitHub Actions, each at the place of its first label. `folder` is where
/// relative names of files start, as seen from the top of the repository.
pub fn annotations(diagnostics: &[Diagnostic], folder: &str, title: &str) -> String {
    diagnostics
        .iter()
        .map(|diagnostic| {
            let file = diagnostic.labels.first().map(|label| label.file.name().replace('\\', "/"));
            annotation(diagnostic, file.as_deref(), folder, title)
        })
        .collect()
}

fn annotation(diagnostic: &Diagnostic, file: Option<&str>, folder: &str, title: &str) -> String {
    let level = match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        _ => "notice",
    };
    let mut at = file.map_or_else(String::new, |file| {
        let file = if folder.is_empty() || file.starts_with('/') {
            file.to_owned()
        } else {
            format!("{folder}/{file}")
        };
        format!("file={},", property(&file))
    });
    if let Some((start, end)) = place(diagnostic) {
        let _ = write!(at, "line={},", start.line);
        // GitHub refuses columns of annotations that span lines.
        if start.line == end.line {
            let _ = write!(at, "endLine={},", end.line);
            let _ = write!(at, "col={},endColumn={},", start.column, end.column);
        }
    }
    let mut message = diagnostic.message.clone();
    for note in &diagnostic.notes {
        let _ = write!(message, "\n{note}");
    }
    for hint in &diagnostic.hints {
        let _ = write!(message, "\nhint: {hint}");
    }
    format!("::{level} {at}title={}::{}\n", property(title), data(&message))
}

/// Escapes what would end the message. What is hidden is shown as what it is.
fn data(text: &str) -> String {
    visible_lines(text).replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what would end a property, too.
fn property(text: &str) -> String {
    data(&visible(text)).replace(':', "%3A").replace(',', "%2C")
}
