//! Applies fixes until none is left.

use lockit_diagnostic::{Diagnostic, SourceFile};
use lockit_spec::{EnvironmentFile, PipSection};

use super::ExportFix;
use crate::Edit;
use crate::lint::{FileReport, Linter};

/// A fix may make room for another one; more rounds than this are a circle.
const ROUNDS: usize = 10;

/// A file after its fixes.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// The new text.
    pub text: String,
    /// What was done, in order.
    pub done: Vec<String>,
    /// What is left to find in the new text.
    pub report: FileReport,
}

/// Mends what can be mended in a file. `rewrite` turns an export into a spec; it is only asked for one.
/// `None` when there is nothing to mend.
///
/// A round after which the file would be worse to read than before is not kept.
pub fn apply_fixes(
    linter: &Linter,
    report: &FileReport,
    rewrite: &mut dyn FnMut(&FileReport) -> Option<ExportFix>,
) -> Option<Fixed> {
    let mut fixed: Option<Fixed> = None;
    for _ in 0..ROUNDS {
        let current = fixed.as_ref().map_or(report, |fixed| &fixed.report);
        let exported = current.findings.iter().any(|finding| finding.rule.name == "env-export");
        let (edits, done) = match exported.then(|| rewrite(current)).flatten() {
            Some(fix) => (fix.edits, fix.done),
            None => collect(current),
        };
        if edits.is_empty() {
            break;
        }
        let text = replace(current.file.text(), &edits);
        let file = SourceFile::new(current.file.name(), text.clone());
        if text == current.file.text() || errors(&file) > errors(&current.file) {
            break;
        }
        let mut all = fixed.take().map(|fixed| fixed.done).unwrap_or_default();
        all.extend(done);
        fixed = Some(Fixed { text, done: all, report: linter.lint(&file, &report.path) });
    }
    fixed
}

/// The edits of all findings, without those that overlap others: they get their turn in the next
/// round.
fn collect(report: &FileReport) -> (Vec<Edit>, Vec<String>) {
    let mut edits: Vec<Edit> = Vec::new();
    let mut done = Vec::new();
    for fix in report.findings.iter().filter_map(|finding| finding.fix.as_ref()) {
        let free = fix.edits.iter().all(|edit| {
            edits
                .iter()
                .all(|other| edit.span.end < other.span.start || edit.span.start > other.span.end)
        });
        if free {
            edits.extend(fix.edits.iter().cloned());
            done.push(fix.description.clone());
        }
    }
    (edits, done)
}

fn replace(text: &str, edits: &[Edit]) -> String {
    let mut edits: Vec<&Edit> = edits.iter().collect();
    edits.sort_by_key(|edit| edit.span);
    let mut out = String::with_capacity(text.len());
    let mut from = 0;
    for edit in edits {
        // Edits of one fix may touch each other, never overlap.
        out.push_str(text.get(from..edit.span.start).unwrap_or_default());
        out.push_str(&edit.replacement);
        from = edit.span.end.max(from);
    }
    out.push_str(&text[from..]);
    out
}

fn errors(file: &SourceFile) -> usize {
    let survey = EnvironmentFile::survey(file, PipSection::Skip);
    survey.diagnostics.iter().filter(|one: &&Diagnostic| one.is_error()).count()
}
