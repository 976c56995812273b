//! The one lock that a command reads: a lockfile that is named, or what the project has locked.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::names::DEFAULT_ENVIRONMENT;
use lockit_lockfile::{Format, Lock, detect};
use lockit_spec::{Platform, did_you_mean, platform_names};

use lockit_project::gather::Inputs;

use crate::args::categories::CategoryArgs;
use crate::args::which_lock::WhichLock;
use crate::relock::disagreement;
use crate::relock::planned::look_at;
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use lockit_project::selection::Selection;
use lockit_project::spec_names::has_default_spec;

/// A lock and what it is called in messages.
pub(crate) struct NamedLock {
    pub(crate) lock: Lock,
    /// What a lockfile of several environments calls it.
    pub(crate) shared_name: String,
    pub(crate) name: String,
    /// Where it was read, when it was named.
    pub(crate) path: Option<PathBuf>,
}

impl WhichLock {
    /// Reads it.
    ///
    /// # Errors
    /// It cannot be read, or which environment is meant is not clear.
    pub(crate) fn read(&self, context: &Context) -> Result<NamedLock, CommandError> {
        let mut read = self.read_several(self.environment.as_slice(), context)?;
        if read.len() > 1 {
            let names: Vec<&str> = read.iter().map(|one| one.lock.environment.as_str()).collect();
            return Err(CommandError::error(format!(
                "{} holds several environments",
                read[0].name
            ))
            .hint(format!("choose one with `--environment`: {}", names.join(", "))));
        }
        // Reading gives one at least.
        read.pop().ok_or_else(|| CommandError::error("nothing is locked here"))
    }

    /// Reads the environments of these names, all where none is named.
    ///
    /// # Errors
    /// It cannot be read, or lacks one of them.
    pub(crate) fn read_several(
        &self,
        names: &[String],
        context: &Context,
    ) -> Result<Vec<NamedLock>, CommandError> {
        let (locks, name, path) = match &self.lockfile {
            Some(path) => {
                let read = detect::read(path)?;
                (named(read), format!("`{}`", path.display()), Some(path.clone()))
            }
            None => project(names, context)?,
        };
        let known: Vec<&str> = locks.iter().map(|(_, lock)| lock.environment.as_str()).collect();
        if let Some(missing) = names.iter().find(|wanted| !known.contains(&wanted.as_str())) {
            return Err(CommandError::error(format!("{name} has no environment `{missing}`"))
                .hint(format!("it has {}", known.join(", "))));
        }
        let is_wanted = |lock: &Lock| names.is_empty() || names.contains(&lock.environment);
        let chosen = locks.into_iter().filter(|(_, lock)| is_wanted(lock));
        Ok(chosen
            .map(|(shared, lock)| NamedLock {
                lock,
                shared_name: shared,
                name: name.clone(),
                path: path.clone(),
            })
            .collect())
    }
}

impl CategoryArgs {
    /// Leaves out what nobody asked for.
    ///
    /// # Errors
    /// A category that the lock does not have.
    pub(crate) fn apply(&self, chosen: &mut NamedLock) -> Result<(), CommandError> {
        let known: BTreeSet<String> =
            chosen.lock.categories().into_iter().map(str::to_owned).collect();
        let names: Vec<&str> = known.iter().map(String::as_str).collect();
        let categories = self.categories();
        if let Some(extra) = categories.unknown(&known) {
            let error = CommandError::error(format!("{} has no category `{extra}`", chosen.name));
            return Err(match did_you_mean(extra, names.iter().copied()) {
                Some(hint) => error.hint(hint),
                None if names.is_empty() => error.hint("this kind of lockfile keeps none"),
                None => error.hint(format!("it has {}", names.join(", "))),
            });
        }
        chosen.lock.retain_categories(&categories.names());
        Ok(())
    }
}

/// A lock, and what a lockfile of several environments calls it.
type Shared = (String, Lock);

/// What a lockfile of several environments calls a lock that was read. Files of one environment call it as its spec does, if
/// they call it anything.
pub(crate) fn shared_name(format: Format, lock: &Lock) -> String {
    if format.is_shared() { lock.environment.clone() } else { DEFAULT_ENVIRONMENT.to_owned() }
}

fn named(read: detect::Lockfile) -> Vec<Shared> {
    let format = read.format;
    read.locks.into_iter().map(|lock| (shared_name(format, &lock), lock)).collect()
}

/// The lockfile that conda-lock writes when nobody says anything else.
const CONDA_LOCK: &str = "conda-lock.yml";

/// What the project has locked, and what its specs name.
fn project(
    environments: &[String],
    context: &Context,
) -> Result<(Vec<Shared>, String, Option<PathBuf>), CommandError> {
    let alone = context.directory().join(CONDA_LOCK);
    let inputs = match Inputs::gather(&Selection::default(), &context.around) {
        Ok(inputs) => inputs,
        // A lockfile can be all that there is.
        Err(_) if alone.is_file() => {
            let path = Path::new(CONDA_LOCK);
            let read = detect::read(path)?;
            return Ok((named(read), format!("`{CONDA_LOCK}`"), Some(path.to_path_buf())));
        }
        Err(_) if !has_project(context)? => {
            return Err(CommandError::error("there is no project and no lockfile here")
                .hint("name a lockfile, or go to the folder of the project"));
        }
        Err(error) => return Err(error.into()),
    };
    let plan = look_at(inputs, context)?;
    let locks: Vec<Shared> = plan
        .entries
        .iter()
        .filter_map(|entry| {
            let mut lock = entry.shown_lock()?.as_written().clone();
            if environments.is_empty() || environments.contains(&entry.wanted.environment.name) {
                disagreement::say(entry, context);
            }
            let environment = &entry.wanted.environment;
            lock.environment.clone_from(&environment.name);
            for (platform, locked) in &mut lock.platforms {
                let names = environment.requirements_for(*platform);
                let names = names.map(|one| one.name.as_normalized().to_owned());
                locked.requested = Some(names.collect());
                locked.variables = Some(environment.variables.clone());
            }
            Some((entry.wanted.shared_name.written(&[]).to_owned(), lock))
        })
        .collect();
    if locks.is_empty() {
        return Err(CommandError::from(
            Diagnostic::error("nothing is locked here")
                .hint("run `lockit` first, or name a lockfile"),
        ));
    }
    Ok((locks, "the project".to_owned(), None))
}

/// Whether anything here says what is wanted.
fn has_project(context: &Context) -> Result<bool, CommandError> {
    Ok(has_default_spec(context.directory(), &context.around.files)
        || context.around.files.project(context.directory())?.is_some())
}

impl NamedLock {
    /// The platforms that are asked for; all when none is.
    ///
    /// # Errors
    /// One that is not locked.
    pub(crate) fn platforms(&self, wanted: &[Platform]) -> Result<Vec<Platform>, CommandError> {
        let have: Vec<Platform> = self.lock.platforms.keys().copied().collect();
        if wanted.is_empty() {
            return Ok(have);
        }
        match wanted.iter().find(|platform| !have.contains(platform)) {
            Some(platform) => {
                Err(CommandError::error(format!("{} is not locked for {platform}", self.name))
                    .hint(format!("it is locked for {}", platform_names(&have))))
            }
            None => Ok(wanted.to_vec()),
        }
    }

    /// The only platform, or the one that is asked for.
    ///
    /// # Errors
    /// As [`NamedLock::platforms`]; or there are several, and none is asked for.
    pub(crate) fn platform(&self, wanted: Option<Platform>) -> Result<Platform, CommandError> {
        match self.platforms(wanted.as_slice())?.as_slice() {
            [platform] => Ok(*platform),
            several => Err(CommandError::error(format!("{} holds several platforms", self.name))
                .hint(format!("choose one with `--platform`: {}", platform_names(several)))),
        }
    }

    /// The platform to look at: the one that is asked for, else this machine's, else the first.
    ///
    /// # Errors
    /// As [`NamedLock::platforms`].
    pub(crate) fn platform_to_show(
        &self,
        wanted: Option<Platform>,
        context: &Context,
    ) -> Result<Platform, CommandError> {
        let platforms = self.platforms(wanted.as_slice())?;
        let here = Platform::current();
        let shown = platforms.iter().find(|one| Some(**one) == here).or_else(|| platforms.first());
        let shown = *shown
            .ok_or_else(|| CommandError::error(format!("{} holds no platform", self.name)))?;
        if platforms.len() > 1 {
            context.printer.status(&format!(
                "{shown}; `-p` chooses another one of {}",
                platform_names(&platforms)
            ));
        }
        Ok(shown)
    }
}
