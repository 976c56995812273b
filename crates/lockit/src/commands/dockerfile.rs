//! `lockit dockerfile`: from lockfiles to the Dockerfile of the smallest image that runs them.

mod choose;
#[cfg(feature = "solve")]
mod index;
mod inputs;
mod output;

use lockit_diagnostic::Diagnostic;
use lockit_emit::{EmitError, Facts, ProjectFolder, dockerfile, dockerignore, trim};

use crate::args::dockerfile::DockerfileArgs;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;

pub(crate) fn execute(
    args: &DockerfileArgs,
    context: &Context,
) -> Result<ExitStatus, CommandError> {
    let project = context.around.files.project(context.directory())?.map(|project| project.value);
    let choices = choose::choices(args, project.as_ref())?;
    #[cfg_attr(not(feature = "solve"), expect(unused_mut, reason = "filled in from an index"))]
    let mut found = inputs::find(args, project.as_ref(), context)?;
    #[cfg(feature = "solve")]
    index::fill(&mut found.inputs, context);
    let facts = Facts::of(&found.inputs).map_err(|error| refused(&error))?;
    if args.explain {
        context.printer.data(explained(&facts, &choices).trim_end());
        return Ok(ExitStatus::Success);
    }
    let folder = ProjectFolder::read(&found.folder).map_err(|error| refused(&error))?;
    let command = choose::command(args, &found);
    let today = context.around.now.to_zoned(jiff::tz::TimeZone::UTC).date();
    let emitted = dockerfile::write(&facts, &choices, &folder, &command, args.snippet, today)
        .map_err(|error| refused(&error))?;
    let remarks: Vec<Diagnostic> = emitted
        .remarks
        .iter()
        .map(|(message, hint)| Diagnostic::warning(message.clone()).hint(hint.clone()))
        .collect();
    context.printer.diagnostics(&remarks);
    let output = args.output.clone().or_else(|| {
        // A setting of the project is for whoever does not look at the text.
        let setting = project.as_ref()?.dockerfile.values.get("output")?;
        (!args.snippet && args.lockfiles.is_empty()).then(|| setting.value.clone())
    });
    match output {
        None => context.printer.data(emitted.text.trim_end()),
        Some(name) => {
            let path = found.folder.join(&name);
            output::put(&path, &emitted.text, context)?;
            let beside = path.with_file_name(".dockerignore");
            output::put(&beside, &dockerignore(&facts, &folder), context)?;
        }
    }
    Ok(ExitStatus::Success)
}

fn refused(error: &EmitError) -> CommandError {
    let refusal = CommandError::error(error.to_string());
    match error.hint() {
        Some(hint) => refusal.hint(hint),
        None => refusal,
    }
}

/// The rules, those that apply first.
fn explained(facts: &Facts, choices: &lockit_emit::Choices) -> String {
    use std::fmt::Write as _;

    let mut text = String::new();
    for rule in trim::RULES {
        let class = if rule.class == lockit_emit::Trim::Safe { "safe" } else { "expert" };
        let state = if rule.matches(facts, choices.trim) {
            "applied"
        } else if rule.is_of_use(facts) {
            "left out: `--trim expert`"
        } else {
            "not for this lock"
        };
        let _ = writeln!(text, "{:18} {class:7} {state}", rule.name);
        let _ = writeln!(text, "    {}; saves {}", rule.why, rule.saves);
    }
    text
}
