//! `--fix` and `--diff`.

use std::path::Path;

use lockit_diff::fix::{BuiltIn, ExportFix, Installed, PackageIndex, Pins, apply, rewrite};
use lockit_diff::lint::{FileReport, Linter};
use lockit_lockfile::write::write_if_changed;
use similar::TextDiff;

use crate::command_error::CommandError;
use crate::context::Context;
use crate::printer::{GOOD, paint};

/// Mends files, or shows how. Gives the number of files that change; the reports become those of the
/// mended files.
pub(super) fn mend(
    linter: &Linter,
    reports: &mut [FileReport],
    pins: Pins,
    show: bool,
    context: &Context,
) -> Result<usize, CommandError> {
    let mut changed = 0;
    for report in reports {
        let Some(fixed) = apply(linter, report, &mut |report| export(report, pins)) else {
            continue;
        };
        changed += 1;
        let name = report.file.name();
        if show {
            let diff = TextDiff::from_lines(report.file.text(), &fixed.text);
            let mut unified = diff.unified_diff();
            let text = unified.header(&format!("a/{name}"), &format!("b/{name}")).to_string();
            context.printer.data(text.trim_end_matches('\n'));
            continue;
        }
        // Files in other encodings become UTF-8: that is what conda reads.
        write_if_changed(&report.path, fixed.text.as_bytes())
            .map_err(|error| CommandError::from_source(&error))?;
        context.printer.status(&format!("{} {name}", paint(GOOD, "mended")));
        for line in &fixed.done {
            context.printer.status(&format!("  {line}"));
        }
        *report = fixed.report;
    }
    Ok(changed)
}

/// Turns an export into a spec, with the best knowledge at hand: the environment itself, if it is
/// on this machine, else the built-in table.
fn export(report: &FileReport, pins: Pins) -> Option<ExportFix> {
    let (survey, _) = report.spec.as_ref()?;
    let prefix = survey.environment.as_ref()?.prefix.as_ref();
    let installed = prefix.and_then(|prefix| Installed::read(Path::new(&prefix.value)));
    let index: &dyn PackageIndex = match &installed {
        Some(installed) => installed,
        None => &BuiltIn,
    };
    rewrite(report, index, pins)
}
