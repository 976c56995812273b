//! Which lockfiles an image is made from.

use std::path::{Path, PathBuf};

use lockit_emit::Input;
use lockit_lockfile::{Format, detect};
use lockit_spec::{Platform, Project};

use crate::args::dockerfile::DockerfileArgs;
use crate::project::selection::Selection;
use crate::relock::disagreement;
use crate::relock::planned::looked_at;

use crate::project::files::absolute;
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;

/// Lockfiles, and the folder that is sent to the builder.
pub(super) struct Found {
    pub(super) inputs: Vec<Input>,
    /// Where the Dockerfile and the project lie.
    pub(super) folder: PathBuf,
}

/// Those that are named, else those of an environment of lockit.toml.
pub(super) fn find(
    args: &DockerfileArgs,
    project: Option<&Project>,
    context: &Context,
) -> Result<Found, CommandError> {
    let setting = project.and_then(|project| project.dockerfile.values.get("environment"));
    let name = args.environment.clone().or_else(|| setting.map(|setting| setting.value.clone()));
    if !args.lockfiles.is_empty() {
        let folder = context.directory().to_path_buf();
        let paths = args.lockfiles.iter().map(|path| absolute(&folder.join(path))).collect();
        return read(paths, folder, name.as_deref(), context);
    }
    let Some(project) = project.filter(|project| !project.environments.is_empty()) else {
        return Err(CommandError::error("no lockfile is named, and there is no lockit.toml here")
            .hint("name lockfiles: `lockit dockerfile predict-linux-64.lock`"));
    };
    let names: Vec<&str> = project.environments.keys().map(String::as_str).collect();
    let name = match (name, names.as_slice()) {
        (Some(name), _) => name,
        (None, [only]) => (*only).to_owned(),
        // The article's name for what is shipped.
        (None, names) if names.contains(&"predict") => "predict".to_owned(),
        (None, names) => {
            return Err(CommandError::error(format!(
                "lockit.toml declares several environments: {}",
                names.join(", ")
            ))
            .hint("say which one is shipped with `--environment NAME`"));
        }
    };
    let asked = Selection { environments: vec![name.clone()], ..Selection::default() };
    let plan = looked_at(&asked, context)?;
    let root = plan.root.clone();
    let entry = plan
        .entry(&name)
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
    read(paths, root, Some(&name), context)
}

fn read(
    paths: Vec<PathBuf>,
    folder: PathBuf,
    environment: Option<&str>,
    context: &Context,
) -> Result<Found, CommandError> {
    let mut inputs = Vec::new();
    for path in paths {
        let mut lockfile = detect::read(&context.shown(&path)).map_err(|diagnostic| *diagnostic)?;
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
        let text =
            fs_err::read_to_string(&path).map_err(|error| CommandError::from_source(&error))?;
        inputs.push(Input { path: inside(&path, &folder, context)?, lockfile, text });
    }
    Ok(Found { inputs, folder })
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
    Ok(inside.to_string_lossy().replace('\\', "/"))
}
