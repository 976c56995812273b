//! One line each, as compilers and grep have it: editors jump to the place.

use std::fmt::Write as _;

use lockit_diagnostic::visible;

use super::place::{all_findings, path, place};
use crate::lint::FileReport;

pub(super) fn write(reports: &[FileReport]) -> String {
    let mut out = String::new();
    for (report, finding) in all_findings(reports) {
        let at =
            place(&finding.diagnostic).map_or_else(String::new, |(start, _)| format!(":{start}"));
        let (code, name) = (finding.rule.code, finding.rule.name);
        let (path, message) = (path(report), &finding.diagnostic.message);
        let (path, message) = (visible(&path), visible(message));
        let _ = writeln!(out, "{path}{at}: {code} {message} ({name})");
    }
    out
}
