//! `lockit dockerfile`: from lockfiles to the Dockerfile of the smallest image that runs them.

mod choose;
#[cfg(feature = "solve")]
mod index;
mod inputs;
mod output;

use std::path::PathBuf;

use clap::Args;
use lockit_diagnostic::Diagnostic;
use lockit_emit::{EmitError, Facts, ProjectFolder, dockerfile, dockerignore, trim};

use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;

/// Arguments of `dockerfile`.
#[derive(Debug, Args, Clone, Default)]
#[command(after_help = "Examples:\n  \
    lockit dockerfile predict-linux-64.lock predict-linux-aarch64.lock > Dockerfile\n  \
    lockit dockerfile -o Dockerfile   the environment of lockit.toml, refreshed in place\n  \
    lockit dockerfile --snippet       only the lines about the environment\n\n\
    Every option is a key of [dockerfile] in lockit.toml, too.")]
pub(crate) struct DockerfileArgs {
    /// Lockfiles, one for each architecture; without any, those of lockit.toml
    #[arg(value_name = "LOCKFILE")]
    lockfiles: Vec<PathBuf>,
    /// Environment of lockit.toml, or of a lockfile that holds several
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// What installs the environment: micromamba, miniforge or pixi [default: micromamba]
    #[arg(long, value_name = "NAME")]
    builder: Option<String>,
    /// Image of the builder
    #[arg(long, value_name = "IMAGE")]
    builder_image: Option<String>,
    /// Image to run on: distroless, debian-slim, scratch, builder, or any image [default: distroless]
    #[arg(long, value_name = "IMAGE")]
    runtime: Option<String>,
    /// Where the environment lies [default: /env]
    #[arg(long, value_name = "PATH")]
    prefix: Option<String>,
    /// What becomes of the project: none, package or copy [default: what lies beside the spec]
    #[arg(long, value_name = "HOW")]
    app: Option<String>,
    /// Port the service listens on
    #[arg(long, value_name = "PORT")]
    port: Option<String>,
    /// Command that starts it [default: what the project shows]
    #[arg(long, value_name = "COMMAND")]
    cmd: Option<String>,
    /// Who runs it [default: 65532:65532]
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Label of the image
    #[arg(long = "label", value_name = "NAME=VALUE")]
    labels: Vec<String>,
    /// Variable of the service
    #[arg(long = "env", value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// Path to ask for over HTTP, or `none` [default: whether the port is open]
    #[arg(long, value_name = "PATH")]
    healthcheck: Option<String>,
    /// File with a line `IMAGE@sha256:…` for each base image
    #[arg(long, value_name = "FILE")]
    pin_digests: Option<String>,
    /// What to leave out: none, safe or expert [default: safe]
    #[arg(long, value_name = "LEVEL")]
    trim: Option<String>,
    /// Byte code of python: keep, unchecked-hash or strip [default: unchecked-hash]
    #[arg(long, value_name = "HOW")]
    bytecode: Option<String>,
    /// File to write, and .dockerignore beside it; only the part between markers is replaced
    #[arg(short, long, value_name = "FILE", conflicts_with_all = ["snippet", "explain"])]
    output: Option<String>,
    /// Only the lines about the environment, to paste
    #[arg(long, conflicts_with = "explain")]
    snippet: bool,
    /// What would be left out, why, and what that saves
    #[arg(long)]
    explain: bool,
}

impl DockerfileArgs {
    /// Writes into a file, with the settings of the project.
    pub(super) fn into_file(name: &str) -> Self {
        Self { output: Some(name.to_owned()), ..Self::default() }
    }
}

pub(crate) fn execute(
    args: &DockerfileArgs,
    context: &Context,
) -> Result<ExitStatus, CommandError> {
    let project = context.files.project(&context.directory)?.map(|project| project.value);
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
    let today = context.now.to_zoned(jiff::tz::TimeZone::UTC).date();
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
