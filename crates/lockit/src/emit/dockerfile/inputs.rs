//! Which lockfiles an image is made from.

use std::path::{Path, PathBuf};

use lockit_emit::Input;
use lockit_lockfile::{Format, detect};
use lockit_project::error::ProjectError;
use lockit_project::files::absolute;
use lockit_project::plan::Plan;
use lockit_spec::{ActivationVariables, Platform, Project};

use super::asked::Asked;
use crate::relock::{disagreement, spec_variables};
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;

/// Lockfiles, and the folder that is sent to the builder.
pub(crate) struct Found {
    pub(super) inputs: Vec<Input>,
    /// Where the Dockerfile and the project lie.
    pub(super) folder: PathBuf,
    /// Whether somebody named the lockfiles.
    pub(super) named: bool,
    /// What the specs set when the environment is activated.
    pub(super) variables: ActivationVariables,
}

/// The environment that is asked for, else the one that lockit.toml ships.
fn chosen<'a>(asked: &'a Asked, project: Option<&'a Project>) -> Option<&'a str> {
    let setting = || project?.dockerfile.values.get("environment").map(|one| &*one.value);
    asked.value("environment").or_else(setting)
}

/// The environment of lockit.toml that is shipped.
pub(super) fn environment(
    asked: &Asked,
    project: Option<&Project>,
) -> Result<String, CommandError> {
    let Some(project) = project.filter(|project| !project.environments.is_empty()) else {
        return Err(CommandError::error("no lockfile is named, and there is no lockit.toml here")
            .hint("name lockfiles: `lockit dockerfile predict-linux-64.lock`"));
    };
    let names: Vec<&str> = project.environments.keys().map(String::as_str).collect();
    match (chosen(asked, Some(project)), names.as_slice()) {
        (Some(name), names) if names.contains(&name) => Ok(name.to_owned()),
        (Some(name), _) => Err(ProjectError::no_environment(name, project).into()),
        (None, [only]) => Ok((*only).to_owned()),
        // The article's name for what is shipped.
        (None, names) if names.contains(&"predict") => Ok("predict".to_owned()),
        (None, names) => Err(CommandError::error(format!(
            "lockit.toml declares several environments: {}",
            names.join(", ")
        ))
        .hint("say which one is shipped with `--environment NAME`")),
    }
}

/// Lockfiles that are named.
pub(super) fn named(
    lockfiles: &[PathBuf],
    asked: &Asked,
    project: Option<&Project>,
    context: &Context,
) -> Result<Found, CommandError> {
    let folder = context.directory().to_path_buf();
    let paths = lockfiles.iter().map(|path| absolute(&folder.join(path))).collect();
    let inputs = read(paths, &folder, chosen(asked, project), context)?;
    let of_specs = |input: &Input| {
        let environment = &input.lockfile.locks.first()?.environment;
        spec_variables::of_specs(&folder.join(&input.path), &input.lockfile, environment, context)
    };
    let variables = inputs.iter().find_map(of_specs).unwrap_or_default();
    Ok(Found { inputs, folder, named: true, variables })
}

/// Those that a plan has of an environment.
pub(super) fn planned(plan: &Plan, name: &str, context: &Context) -> Result<Found, CommandError> {
    let entry = plan
        .entry(name)
        .ok_or_else(|| CommandError::error(format!("there is no environment `{name}`")))?;
    disagreement::say(entry, context);
    // Of those that say what the newest says, that which builders read best.
    let kind = [Format::Explicit, Format::CondaLock, Format::Pixi]
        .into_iter()
        .find(|kind| entry.agrees_with_the_newest(*kind))
        .ok_or_else(|| {
            CommandError::error(format!("`{name}` is not locked")).hint("run `lockit` first")
        })?;
    let paths = entry
        .files(kind)
        .into_iter()
        .filter(|(platform, path)| path.is_file() && platform.is_none_or(Platform::is_linux))
        .map(|(_, path)| path)
        .collect();
    let inputs = read(paths, &plan.root, Some(name), context)?;
    let variables = entry.wanted.environment.variables.clone();
    Ok(Found { inputs, folder: plan.root.clone(), named: false, variables })
}

fn read(
    paths: Vec<PathBuf>,
    folder: &Path,
    environment: Option<&str>,
    context: &Context,
) -> Result<Vec<Input>, CommandError> {
    let mut inputs = Vec::new();
    for path in paths {
        let mut text = String::new();
        let mut lockfile = detect::read_by(&context.shown(&path), |path| {
            let file = context.around.files.read(path)?;
            file.text().clone_into(&mut text);
            Ok(file)
        })?;
        if let (Some(name), true) = (environment, lockfile.locks.len() > 1) {
            let names: Vec<String> =
                lockfile.locks.iter().map(|lock| lock.environment.clone()).collect();
            lockfile.locks.retain(|lock| lock.environment == name);
            if lockfile.locks.is_empty() {
                return Err(CommandError::error(format!(
                    "`{}` has no environment `{name}`",
                    context.shown(&path).display()
                ))
                .hint(format!("it has {}", names.join(", "))));
            }
        }
        inputs.push(Input { path: inside(&path, folder, context)?, lockfile, text });
    }
    Ok(inputs)
}

/// A path as the Dockerfile names it.
fn inside(path: &Path, folder: &Path, context: &Context) -> Result<String, CommandError> {
    let inside = path.strip_prefix(absolute(folder)).map_err(|_| {
        CommandError::error(format!(
            "`{}` lies outside of the folder that is sent to the builder",
            context.shown(path).display()
        ))
        .hint(
            "run it in the folder where the Dockerfile will be, with the lockfiles in or below it",
        )
    })?;
    // On Linux a backslash is a part of a name.
    let parts: Vec<_> = inside.iter().map(|part| part.to_string_lossy()).collect();
    Ok(parts.join("/"))
}
