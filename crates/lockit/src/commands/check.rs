//! `lockit check`: is what is committed still right? Reads specs and lockfiles, writes nothing,
//! starts no network.

use crate::cli::CheckArgs;
use crate::command_error::CommandError;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::inputs::Inputs;
use crate::plan::Plan;
use crate::printer::{GOOD, paint};

pub(crate) fn execute(args: &CheckArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let inputs = Inputs::gather(&args.selection, context)?;
    context.printer.diagnostics(&inputs.warnings);
    verdict(&Plan::new(inputs, context, true, false)?, context)
}

/// Prints why lockfiles are not up to date, or that they are.
pub(crate) fn verdict(plan: &Plan, context: &Context) -> Result<ExitStatus, CommandError> {
    let mut diagnostics = Vec::new();
    let mut checked = 0;
    for entry in &plan.entries {
        let kinds = entry.kinds_to_check();
        for staleness in plan.staleness(entry, &kinds) {
            checked += 1;
            if !staleness.by_hash.is_empty() {
                let platforms: Vec<&str> = staleness.by_hash.iter().map(|one| one.as_str()).collect();
                context.printer.status(&format!(
                    "note: {} lockfiles of `{}` hold no dependencies; judged by their input hash ({})",
                    staleness.kind,
                    entry.wanted.environment.name,
                    platforms.join(", ")
                ));
            }
            diagnostics.extend(staleness.diagnostics);
        }
    }
    // Two kinds of lockfile with the same fault say so once.
    let mut unique = Vec::new();
    for diagnostic in diagnostics {
        if !unique.contains(&diagnostic) {
            unique.push(diagnostic);
        }
    }
    if unique.is_empty() {
        let what = match (plan.entries.len(), checked) {
            (1, _) => "the lock is".to_owned(),
            (environments, _) => format!("the locks of {environments} environments are"),
        };
        context.printer.status(&format!("{} {what} up to date", paint(GOOD, "ok")));
        Ok(ExitStatus::Success)
    } else {
        Err(CommandError::failure(unique))
    }
}
