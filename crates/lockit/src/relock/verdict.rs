//! Whether lockfiles are up to date, and why not.

use lockit_diagnostic::Diagnostic;
use lockit_diff::output;
use lockit_lockfile::Format;

use crate::args::check::CheckFormat;
use crate::args::recorded;
use crate::project::existing::Existing;
use crate::project::plan::Plan;
use crate::project::standing::Writing;
use crate::relock::disagreement;
use crate::terminal::exit::ExitStatus;
use crate::terminal::printer::{GOOD, INFO, paint};
use crate::world::context::Context;

/// Prints why lockfiles are not up to date, or that they are.
pub(crate) fn verdict(plan: &Plan, format: CheckFormat, context: &Context) -> ExitStatus {
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let mut commands: Vec<String> = Vec::new();
    let mut by_hash: Vec<&str> = Vec::new();
    for entry in &plan.entries {
        let kinds = entry.kinds();
        let skipping = |kind: &Format| entry.existing(*kind).is_some_and(Existing::skips_pip);
        if !plan.skip_pip && kinds.iter().any(skipping) {
            context.printer.status(&format!(
                "note: the lock of `{}` leaves out PyPI packages (`--skip-pip`)",
                entry.wanted.environment.name
            ));
        }
        let mut stale = Vec::new();
        // Several kinds of lockfile with the same fault say so once.
        let mut faults: Vec<(Diagnostic, Vec<Format>)> = Vec::new();
        for staleness in plan.staleness(entry, kinds) {
            if !staleness.by_hash.is_empty() && !by_hash.contains(&staleness.kind.as_str()) {
                by_hash.push(staleness.kind.as_str());
            }
            if !staleness.diagnostics.is_empty() {
                stale.push(staleness.kind);
            }
            for diagnostic in staleness.diagnostics {
                match faults.iter_mut().find(|(other, _)| *other == diagnostic) {
                    Some((_, of)) => of.push(staleness.kind),
                    None => faults.push((diagnostic, vec![staleness.kind])),
                }
            }
        }
        if stale.is_empty()
            && let Some(found) = entry.disagreement()
        {
            // Each holds by itself, but what was tested with one is not what another installs.
            faults.push((disagreement::fault(entry, &found), kinds.to_vec()));
            stale.extend(kinds);
        }
        if !stale.is_empty() {
            let asked = entry.recorded(&stale, None);
            let command = recorded::write(&asked, Writing::default());
            if !commands.contains(&command) {
                commands.push(command);
            }
        }
        for (diagnostic, of) in faults {
            let diagnostic = if of.len() < kinds.len() {
                let files: Vec<String> = of.iter().map(|kind| entry.files_text(*kind)).collect();
                diagnostic.note(format!("in {}", files.join(", ")))
            } else {
                diagnostic
            };
            // Two environments with the same file have the same fault.
            if !diagnostics.contains(&diagnostic) {
                diagnostics.push(diagnostic);
            }
        }
    }
    if !by_hash.is_empty() {
        context.printer.status(&format!(
            "note: lockfiles of kind {} hold no dependencies: what the specs ask for is checked, \
             the input hash vouches for the rest",
            by_hash.join(" and ")
        ));
    }
    if diagnostics.is_empty() {
        let what = match plan.entries.len() {
            1 => "the lock is".to_owned(),
            environments => format!("the locks of {environments} environments are"),
        };
        context.printer.status(&format!("{} {what} up to date", paint(GOOD, "ok")));
        return ExitStatus::Success;
    }
    let commands: Vec<String> = commands.iter().map(|command| format!("`{command}`")).collect();
    let advice = format!("{} to bring the lock up to date", commands.join(" and "));
    match format {
        CheckFormat::Text => context.printer.diagnostics(&diagnostics),
        CheckFormat::Github => {
            let advised: Vec<Diagnostic> =
                diagnostics.into_iter().map(|one| one.hint(format!("run {advice}"))).collect();
            let text = output::annotations(&advised, &context.folder_in_workspace(), "stale lock");
            context.printer.data(text.trim_end_matches('\n'));
        }
    }
    context.printer.status(&format!("{} {advice}", paint(INFO, "run")));
    ExitStatus::Failure
}
