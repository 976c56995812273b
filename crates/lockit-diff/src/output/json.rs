//! For programs. The document is `{"version": 1, "files": N, "findings": [...]}`; fields are added,
//! never changed, as long as the version stays.

use lockit_diagnostic::Severity;
use serde_json::{Value, json};

use super::place::{all_findings, path, place};
use crate::lint::FileReport;

/// Lines and columns count from 1, columns in characters, the end stands behind the last character.
/// `place` is null for findings about a whole file and for lines that hold a secret. Edits are byte
/// offsets into the text as UTF-8 without byte order mark.
pub(super) fn write(reports: &[FileReport]) -> String {
    let findings: Vec<Value> = all_findings(reports)
        .map(|(report, finding)| {
            let diagnostic = &finding.diagnostic;
            let labels: Vec<Value> = diagnostic
                .labels
                .iter()
                .map(|label| {
                    let at = label.file.line_column(label.span.start);
                    json!({
                        "path": label.file.name().replace('\\', "/"),
                        "line": at.line,
                        "column": at.column,
                        "message": label.message,
                    })
                })
                .collect();
            let fix = finding.fix.as_ref().map(|fix| {
                let edits: Vec<Value> = fix
                    .edits
                    .iter()
                    .map(|edit| {
                        json!({
                            "start": edit.span.start,
                            "end": edit.span.end,
                            "replacement": edit.replacement,
                        })
                    })
                    .collect();
                json!({ "description": fix.description, "edits": edits })
            });
            json!({
                "code": finding.rule.code,
                "name": finding.rule.name,
                "severity": severity(diagnostic.severity),
                "message": diagnostic.message,
                "path": path(report),
                "place": place(&finding.diagnostic).map(|(start, end)| json!({
                    "line": start.line,
                    "column": start.column,
                    "end_line": end.line,
                    "end_column": end.column,
                })),
                "labels": labels,
                "notes": diagnostic.notes,
                "hints": diagnostic.hints,
                "fix": fix,
            })
        })
        .collect();
    format!("{:#}\n", json!({ "version": 1, "files": reports.len(), "findings": findings }))
}

/// The word for a severity, which SARIF uses as well.
pub(super) fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        _ => "note",
    }
}
