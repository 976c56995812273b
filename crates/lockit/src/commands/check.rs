//! `lockit check`: is what is committed still right? Reads specs and lockfiles, writes nothing,
//! starts no network.

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::Format;

use crate::cli::CheckArgs;
use crate::command_error::CommandError;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::inputs::Inputs;
use crate::plan::{Entry, Plan, Staleness};
use crate::printer::{GOOD, INFO, paint};

pub(crate) fn execute(args: &CheckArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let inputs = Inputs::gather(&args.selection, context)?;
    context.printer.diagnostics(&inputs.warnings);
    Ok(verdict(&Plan::new(inputs, context, true, false)?, context))
}

/// Prints why lockfiles are not up to date, or that they are.
pub(crate) fn verdict(plan: &Plan, context: &Context) -> ExitStatus {
    let mut diagnostics: Vec<Diagnostic> = Vec::new();
    let mut commands: Vec<String> = Vec::new();
    for entry in &plan.entries {
        let kinds = entry.kinds_to_check();
        let mut stale = Vec::new();
        // Several kinds of lockfile with the same fault say so once.
        let mut faults: Vec<(Diagnostic, Vec<Format>)> = Vec::new();
        for staleness in plan.staleness(entry, &kinds) {
            if !staleness.by_hash.is_empty() {
                say_what_decided(entry, &staleness, context);
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
        if !stale.is_empty() {
            let command = entry.command(&stale, None);
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
    if diagnostics.is_empty() {
        let what = match plan.entries.len() {
            1 => "the lock is".to_owned(),
            environments => format!("the locks of {environments} environments are"),
        };
        context.printer.status(&format!("{} {what} up to date", paint(GOOD, "ok")));
        return ExitStatus::Success;
    }
    context.printer.diagnostics(&diagnostics);
    let commands: Vec<String> = commands.iter().map(|command| format!("`{command}`")).collect();
    context.printer.status(&format!(
        "{} {} to bring the lock up to date",
        paint(INFO, "run"),
        commands.join(" and ")
    ));
    ExitStatus::Failure
}

fn say_what_decided(entry: &Entry, staleness: &Staleness, context: &Context) {
    let platforms: Vec<&str> = staleness.by_hash.iter().map(|one| one.as_str()).collect();
    context.printer.status(&format!(
        "note: {} lockfiles of `{}` hold no dependencies; judged by their input hash ({})",
        staleness.kind,
        entry.wanted.environment.name,
        platforms.join(", ")
    ));
}
