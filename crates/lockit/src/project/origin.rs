//! From a lockfile back to the run that makes it: what its specs are, and how they are locked.

use std::path::{Path, PathBuf};

use clap::Parser;
use lockit_lockfile::detect::Lockfile;
use lockit_lockfile::{Format, Lock};
use lockit_spec::Platform;

use crate::args::lock::LockArgs;
use crate::args::selection::SelectionArgs;
use crate::args::write::WriteArgs;
use crate::cli::{Cli, Command};
use crate::project::inputs::{Inputs, shown};
use crate::project::plan::{Entry, Plan};
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use crate::world::files::absolute;

/// A run that makes a lockfile, as far as this file is concerned.
#[derive(Debug)]
pub(crate) struct Origin {
    pub(crate) plan: Plan,
    /// How its lockfiles are to be written.
    pub(crate) write: WriteArgs,
    path: PathBuf,
    format: Format,
}

impl Origin {
    /// Finds the run that makes `lockfile`, which lies at `path`, and reads its inputs.
    ///
    /// The lockfile says how it was made, if lockit made it; else it says what from. Where it says
    /// nothing, it belongs to the project around it.
    pub(crate) fn find(
        path: &Path,
        lockfile: &Lockfile,
        context: &Context,
    ) -> Result<Self, CommandError> {
        let path = absolute(path);
        let folder = path.parent().unwrap_or(&path);
        let locks = &lockfile.locks;
        let told = locks.iter().find_map(|lock| lock.command.as_deref());
        let mut args = match told {
            Some(command) => parse(command)?,
            None => LockArgs { selection: from_sources(locks), ..parse("lockit")? },
        };
        let selection = &mut args.selection;
        selection.kinds = vec![lockfile.format.to_string()];
        let mut context = context.clone();
        context.directory = working_folder(folder, selection, &context);
        let project = context.files.project(&context.directory)?;
        if let Some(project) = project.map(|project| project.value)
            && selection.files.is_empty()
            && selection.env.is_empty()
            && !lockfile.format.is_shared()
        {
            // Only what this file holds, and what it is locked together with.
            let declared = |lock: &&Lock| project.environments.contains_key(&lock.environment);
            selection.environment =
                locks.iter().filter(declared).map(|lock| lock.environment.clone()).collect();
        }
        let mut inputs = Inputs::gather(selection, &context)?;
        let platforms: Vec<Platform> =
            locks.iter().flat_map(|lock| lock.platforms.keys()).copied().collect();
        if told.is_none() && inputs.environments.iter().all(|wanted| !wanted.platforms_declared) {
            selection.platforms = platforms.iter().map(Platform::to_string).collect();
            inputs = Inputs::gather(selection, &context)?;
        }
        if lockfile.format.is_per_platform() {
            // The other platforms are other files.
            for wanted in &mut inputs.environments {
                wanted.environment.platforms.retain(|platform| platforms.contains(platform));
            }
        }
        let plan = Plan::new(inputs, &context, false, false)?;
        let origin = Self { plan, write: args.write, path, format: lockfile.format };
        if origin.entries().next().is_none() {
            let error = CommandError::error(format!(
                "nothing here makes `{}`: its specs or settings have changed places",
                shown(&origin.path).display()
            ));
            return Err(error.hint("delete it if nothing needs it, or lock again with `lockit`"));
        }
        Ok(origin)
    }

    /// The environments that the file is about.
    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.plan.entries.iter().filter(|entry| {
            entry.files(self.format).iter().any(|(_, path)| absolute(path) == self.path)
        })
    }
}

/// The options of a command that a lockfile records.
fn parse(command: &str) -> Result<LockArgs, CommandError> {
    let unclear = || {
        CommandError::error(format!("the recorded command `{command}` is not one of this lockit"))
            .hint("lock again with `lockit`")
    };
    let words = shlex::split(command).ok_or_else(unclear)?;
    let cli = Cli::try_parse_from(words).map_err(|_| unclear())?;
    match cli.command {
        None => Ok(cli.lock),
        Some(Command::Lock(args)) => Ok(*args),
        Some(_) => Err(unclear()),
    }
}

/// Other tools record only the files, relative to the lockfile's folder.
fn from_sources(locks: &[Lock]) -> SelectionArgs {
    let files = locks.iter().flat_map(|lock| &lock.sources).map(PathBuf::from).collect();
    SelectionArgs { files, ..SelectionArgs::default() }
}

/// The folder in which the command was given: the nearest one from which its files are found.
fn working_folder(folder: &Path, selection: &SelectionArgs, context: &Context) -> PathBuf {
    let of_env = selection.env.iter().filter_map(|text| {
        let files = text.split_once('=')?.1;
        Some(files.rsplit_once(':').map_or(files, |(files, _)| files))
    });
    let mut named: Vec<PathBuf> = selection.files.clone();
    named.extend(of_env.flat_map(|files| files.split(',')).map(PathBuf::from));
    folder
        .ancestors()
        .find(|folder| named.iter().all(|file| context.files.has(&folder.join(file))))
        .unwrap_or(folder)
        .to_path_buf()
}
