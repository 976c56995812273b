//! SARIF 2.1.0 (OASIS), for code scanning.

use serde_json::{Value, json};

use super::json::severity;
use super::place::{all_findings, path, place};
use crate::lint::FileReport;
use crate::rules::RULES;

pub(super) fn write(reports: &[FileReport]) -> String {
    let rules: Vec<Value> = RULES
        .iter()
        .map(|rule| {
            json!({
                "id": rule.code,
                "name": rule.name,
                "shortDescription": { "text": rule.summary() },
                "help": { "text": rule.page(), "markdown": rule.page() },
                "defaultConfiguration": { "enabled": rule.default, "level": "warning" },
            })
        })
        .collect();
    let results: Vec<Value> = all_findings(reports)
        .map(|(report, finding)| {
            let diagnostic = &finding.diagnostic;
            let mut text = diagnostic.message.clone();
            for line in diagnostic.notes.iter().chain(&diagnostic.hints) {
                text.push('\n');
                text.push_str(line);
            }
            let mut location = json!({ "artifactLocation": { "uri": uri(&path(report)) } });
            if let Some((start, end)) = place(&finding.diagnostic) {
                location["region"] = json!({
                    "startLine": start.line,
                    "startColumn": start.column,
                    "endLine": end.line,
                    "endColumn": end.column,
                });
            }
            json!({
                "ruleId": finding.rule.code,
                "ruleIndex": RULES.iter().position(|rule| *rule == finding.rule),
                "level": severity(diagnostic.severity),
                "message": { "text": text },
                "locations": [{ "physicalLocation": location }],
            })
        })
        .collect();
    let document = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "lockit",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{document:#}\n")
}

/// A path as a URI: relative ones stay relative.
fn uri(path: &str) -> String {
    use std::fmt::Write as _;

    let mut out = String::from(if path.starts_with('/') { "file://" } else { "" });
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/@+".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}
