//! Annotations of GitHub Actions: workflow commands that put a message beside a line.

use std::fmt::Write as _;

use lockit_diagnostic::Severity;

use super::{all, path, place};
use crate::lint::FileReport;

pub(super) fn write(reports: &[FileReport]) -> String {
    let mut out = String::new();
    for (report, finding) in all(reports) {
        let diagnostic = &finding.diagnostic;
        let level = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            _ => "notice",
        };
        let mut at = String::new();
        if let Some((start, end)) = place(finding) {
            let _ = write!(at, ",line={}", start.line);
            // GitHub refuses columns of annotations that span lines.
            if start.line == end.line {
                let _ = write!(at, ",endLine={}", end.line);
                let _ = write!(at, ",col={},endColumn={}", start.column, end.column);
            }
        }
        let mut message = diagnostic.message.clone();
        for note in &diagnostic.notes {
            let _ = write!(message, "\n{note}");
        }
        for hint in &diagnostic.hints {
            let _ = write!(message, "\nhint: {hint}");
        }
        let title = format!("{} {}", finding.rule.code, finding.rule.name);
        let (file, title) = (property(&path(report)), property(&title));
        let _ = writeln!(out, "::{level} file={file}{at},title={title}::{}", data(&message));
    }
    out
}

/// Escapes what would end the message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes what would end a property, too.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
