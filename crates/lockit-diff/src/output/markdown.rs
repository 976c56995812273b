//! A comment for a pull request: one table.

use std::fmt::Write as _;

use super::place::{all_findings, path, place};
use crate::lint::FileReport;
use crate::markdown_text::{Place, message, text};

/// GitHub takes 65,536 characters; what follows the table needs a few.
const ROOM: usize = 65_000;

pub(super) fn write(reports: &[FileReport]) -> String {
    let count = all_findings(reports).count();
    if count == 0 {
        return format!("**lockit lint**: nothing found in {}\n", plural(reports.len(), "file"));
    }
    let files = reports.iter().filter(|report| !report.findings.is_empty()).count();
    let mut out = format!(
        "**lockit lint** found {} in {}\n\n| place | rule | what | advice |\n| --- | --- | --- | --- |\n",
        plural(count, "problem"),
        plural(files, "file"),
    );
    let mut length = out.encode_utf16().count();
    for (shown, (report, finding)) in all_findings(reports).enumerate() {
        let at = place(&finding.diagnostic)
            .map_or_else(String::new, |(start, _)| format!(":{}", start.line));
        let diagnostic = &finding.diagnostic;
        let mut what = diagnostic.message.clone();
        for note in &diagnostic.notes {
            let _ = write!(what, "; {note}");
        }
        let row = format!(
            "| {}{at} | {} {} | {} | {} |\n",
            text(&path(report), Place::Cell),
            finding.rule.code,
            finding.rule.name,
            message(&what, Place::Cell),
            message(&diagnostic.hints.join("; "), Place::Cell)
        );
        length += row.encode_utf16().count();
        if length > ROOM {
            let _ = writeln!(out, "\nand {} more: run `lockit lint`", count - shown);
            return out;
        }
        out.push_str(&row);
    }
    out
}

fn plural(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
