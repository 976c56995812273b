//! `lockit init`: the files that a project lacks. Asks nothing, and writes nothing over.

use std::path::PathBuf;

use clap::Args;
use lockit_emit::{Present, init};

use crate::emit::dockerfile::{Asked, Image};
use crate::relock::planned::looked_at;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::terminal::printer::{BOLD, DIM, paint};
use crate::world::context::Context;
use crate::world::outputs::put;
use lockit_project::selection::Selection;
use lockit_project::spec_names::is_spec_name;
use lockit_spec::Project;

mod ci;

/// Arguments of `init`.
#[derive(Debug, Args, Clone)]
pub(crate) struct InitArgs {
    /// Write the jobs that refresh locks and refuse stale ones, and nothing else
    #[arg(long, value_name = "FORGE", value_enum)]
    ci: Option<ci::Ci>,
}

pub(crate) fn execute(args: &InitArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    if let Some(forge) = args.ci {
        return ci::execute(forge, context);
    }
    let folder = context.directory();
    let mut names: Vec<String> = fs_err::read_dir(folder)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort_unstable();
    let project = context.around.files.project(folder)?.map(|project| project.value);
    let present = Present {
        specs: names.iter().filter(|name| is_spec_name(name)).cloned().collect(),
        project: project.as_ref().is_some_and(|project| !project.environments.is_empty()),
        pre_commit: names.iter().any(|name| name.starts_with(".pre-commit-config.")),
    };
    // A lockit.toml that declares nothing is somebody's beginning.
    if !present.project && names.iter().any(|name| name == "lockit.toml") {
        return Err(CommandError::error("lockit.toml is there and declares no environment").hint(
            "add `[environments.dev]` with `files = [\"environment.yml\"]`, or move it away",
        ));
    }
    let files: Vec<(PathBuf, String)> =
        init(&present)?.into_iter().map(|(name, text)| (folder.join(name), text)).collect();
    put(&files, context)?;
    if files.is_empty() {
        context.printer.status(&paint(DIM, "  everything is there"));
    }
    // With locks there is all that a Dockerfile needs; without, or when something is in the way, the
    // next command says so.
    if !folder.join("Dockerfile").exists() && dockerfile(project.as_ref(), context).is_ok() {
        return Ok(ExitStatus::Success);
    }
    context.printer.status(&format!(
        "next: {} locks, {} writes the Dockerfile and .dockerignore",
        paint(BOLD, "lockit"),
        paint(BOLD, "lockit dockerfile")
    ));
    Ok(ExitStatus::Success)
}

/// Writes the Dockerfile of what is locked.
fn dockerfile(project: Option<&Project>, context: &Context) -> Result<(), CommandError> {
    let values = vec![("output", "Dockerfile".to_owned())];
    let asked = Asked { values, ..Asked::default() };
    let image = Image::new(&asked, project)?;
    let environments = vec![image.environment()?];
    let plan = looked_at(&Selection { environments, ..Selection::default() }, context)?;
    image.write(&plan, context)
}
