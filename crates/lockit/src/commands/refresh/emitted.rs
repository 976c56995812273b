//! What the project makes from its locks.

use std::fmt::Write as _;
use std::path::PathBuf;

use lockit_diagnostic::Diagnostic;
use lockit_spec::Project;

use crate::emit::dockerfile::{Asked, Image};
use crate::emit::sbom::{self, Bills};
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use lockit_project::plan::Plan;

/// Makes the Dockerfile and the bills of materials again that the project keeps, from the locks of a plan of all
/// of it. The locks are written by now and stay, whatever is in the way of these.
pub(super) fn refresh(
    project: &Project,
    plan: impl FnOnce() -> Result<Plan, CommandError>,
    context: &Context,
) -> Vec<Diagnostic> {
    let output = project.dockerfile.values.get("output");
    let has_dockerfile = output.is_some_and(|output| project.root.join(&output.value).is_file());
    let has_bills = project.sbom.output.is_some();
    if !has_dockerfile && !has_bills {
        return Vec::new();
    }
    let plan = plan().map_err(CommandError::into_diagnostics);
    let plan = || plan.as_ref().map_err(|reasons| CommandError::from(reasons.clone()));
    let mut failures = Vec::new();
    if has_dockerfile {
        let asked = Asked::default();
        let done =
            Image::new(&asked, Some(project)).and_then(|image| image.write(plan()?, context));
        failures.extend(done.err().map(|error| told("the Dockerfile", error)));
    }
    if has_bills {
        let done = Bills::new(Some(project), None, context)
            .and_then(|bills| bills.write(plan()?, context));
        failures.extend(done.err().map(|error| told("the bill of materials", error)));
    }
    failures
}

/// Every file that [`refresh`] writes.
pub(super) fn files(project: &Project, plan: &Plan) -> Vec<PathBuf> {
    let mut files = Vec::new();
    if let Some(output) = project.dockerfile.values.get("output") {
        let path = project.root.join(&output.value);
        files.push(path.with_file_name(".dockerignore"));
        files.push(path);
    }
    if let Some(output) = &project.sbom.output {
        for environment in plan.entries.iter().map(|entry| &entry.wanted.environment) {
            files.extend(environment.platforms.iter().map(|platform| {
                project.root.join(sbom::file_name(&output.value, &environment.name, *platform))
            }));
        }
    }
    files
}

fn told(what: &str, error: CommandError) -> Diagnostic {
    let reasons = error.into_diagnostics();
    let mut failure = Diagnostic::error(format!("{what} is not refreshed"));
    for reason in reasons {
        let _ = write!(failure.message, ": {}", reason.message);
        failure.hints.extend(reason.hints);
    }
    failure
}
