//! The findings of a run one by one, and how a place is named.

use lockit_diagnostic::{Diagnostic, LineColumn};

use crate::Finding;
use crate::lint::FileReport;

/// Every finding with the file it is in.
pub(super) fn all_findings(
    reports: &[FileReport],
) -> impl Iterator<Item = (&FileReport, &Finding)> {
    reports.iter().flat_map(|report| report.findings.iter().map(move |finding| (report, finding)))
}

/// First and last place of a message, the end behind it. `None` for one about the whole file.
pub(super) fn place(diagnostic: &Diagnostic) -> Option<(LineColumn, LineColumn)> {
    let label = diagnostic.labels.first()?;
    Some((label.file.line_column(label.span.start), label.file.line_column(label.span.end)))
}

/// The path with `/`, as other tools want it.
pub(super) fn path(report: &FileReport) -> String {
    report.file.name().replace('\\', "/")
}
