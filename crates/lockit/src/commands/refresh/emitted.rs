//! What the project makes from its locks.

use std::fmt::Write as _;
use std::path::PathBuf;

use lockit_diagnostic::Diagnostic;
use lockit_spec::Project;

use crate::args::dockerfile::DockerfileArgs;
use crate::commands::dockerfile;
use crate::commands::sbom::{self, SbomArgs};
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use lockit_project::plan::Plan;

/// Makes the Dockerfile and the bills of materials again that the project keeps. The locks are written
/// by now and stay, whatever is in the way of these.
pub(super) fn refresh(project: &Project, context: &Context) -> Vec<Diagnostic> {
    let mut failures = Vec::new();
    let output = project.dockerfile.values.get("output");
    if output.is_some_and(|output| project.root.join(&output.value).is_file()) {
        let done = dockerfile::execute(&DockerfileArgs::default(), context);
        failures.extend(done.err().map(|error| told("the Dockerfile", error)));
    }
    if project.sbom.output.is_some() {
        let done = sbom::execute(&SbomArgs::default(), context);
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
