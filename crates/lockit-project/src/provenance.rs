//! From a lockfile back to the run that makes it: what its specs are, and how they are locked.

use std::path::{Path, PathBuf};

use lockit_lockfile::detect::Lockfile;
use lockit_lockfile::names::{FilenameTemplate, TemplateValues};
use lockit_lockfile::{Format, Lock, PlatformLock};
use lockit_spec::{Platform, out_of_reach};

use super::confined::check_output;
use super::error::{ProjectError, not_read};
use super::files::absolute;
use super::gather::Inputs;
use super::output_names::Output;
use super::plan::{Entry, Plan, Reading};
use super::selection::Selection;
use super::standing::Writing;
use super::surroundings::Surroundings;

/// Reads a command that a lockfile records.
pub type ReadCommand<'a> = &'a dyn Fn(&str) -> Result<(Selection, Writing), ProjectError>;

/// A run that makes a lockfile, as far as this file is concerned.
#[derive(Debug)]
pub struct Provenance {
    /// The environments that it makes lockfiles of.
    pub plan: Plan,
    /// How its lockfiles are to be written.
    pub writing: Writing,
    path: PathBuf,
    format: Format,
}

impl Provenance {
    /// Finds the run that makes `lockfile`, which lies at `path`, and reads its inputs.
    ///
    /// The lockfile says how it was made, if lockit made it; else it says what from. Where it says
    /// nothing, it belongs to the project around it.
    pub fn find(
        path: &Path,
        lockfile: &Lockfile,
        around: &Surroundings,
        read: ReadCommand<'_>,
    ) -> Result<Self, ProjectError> {
        let path = absolute(path);
        let folder = path.parent().unwrap_or(&path);
        let locks = &lockfile.locks;
        // One that several environments share was made by one run for all of them, or by one for each.
        let recorded = || locks.iter().find_map(|lock| lock.command.as_deref());
        let told = if lockfile.format.is_shared() { None } else { recorded() };
        let (mut selection, writing) = match told {
            Some(command) => read(command)?,
            None => (from_sources(locks), Writing::default()),
        };
        selection.kinds = vec![lockfile.format];
        let around = around.at(working_folder(folder, &selection, around));
        check_recorded(&path, lockfile, &selection, &around)?;
        // A lockfile says what it is made from, and is a file like others.
        let others = selection.virtual_package_spec.iter();
        for file in selection.named_files().chain(others) {
            if let Some(reason) = out_of_reach(&around.directory.join(file), &path) {
                return Err(not_read(&reason).into());
            }
        }
        if let Some(names) = &selection.pypi_to_conda {
            let names = names.strip_prefix("file://").unwrap_or(names);
            if let Some(reason) = out_of_reach(&around.directory.join(names), &path)
                .filter(|_| !names.contains("://"))
            {
                return Err(not_read(&reason).into());
            }
        }
        let project = around.files.project(&around.directory)?;
        if let Some(project) = project.map(|project| project.value)
            && selection.files.is_empty()
            && selection.given.is_empty()
            && !lockfile.format.is_shared()
        {
            // Only what this file holds, and what it is locked together with.
            let declared = |lock: &&Lock| project.environments.contains_key(&lock.environment);
            selection.environments =
                locks.iter().filter(declared).map(|lock| lock.environment.clone()).collect();
        }
        let mut inputs = Inputs::gather(&selection, &around)?;
        let platforms: Vec<Platform> =
            locks.iter().flat_map(|lock| lock.platforms.keys()).copied().collect();
        if told.is_none() && inputs.environments.iter().all(|wanted| !wanted.platforms_declared) {
            selection.platforms.clone_from(&platforms);
            inputs = Inputs::gather(&selection, &around)?;
        }
        if lockfile.format.is_per_platform() {
            // The other platforms are other files.
            for wanted in &mut inputs.environments {
                wanted.environment.platforms.retain(|platform| platforms.contains(platform));
            }
        }
        let plan = Plan::new(inputs, &around, Reading::default())?;
        let origin = Self { plan, writing, path, format: lockfile.format };
        if origin.entries().next().is_none() {
            let error = ProjectError::new(format!(
                "nothing here makes `{}`: its specs or settings have changed places",
                around.shown(&origin.path).display()
            ));
            return Err(error.hint("delete it if nothing needs it, or lock again with `lockit`"));
        }
        Ok(origin)
    }

    /// The environments that the file is about.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.plan.entries.iter().filter(|entry| {
            entry.files(self.format).iter().any(|(_, path)| absolute(path) == self.path)
        })
    }
}

/// A lockfile says how it was made, but what it says comes from whoever wrote it.
fn check_recorded(
    path: &Path,
    read: &Lockfile,
    selection: &Selection,
    around: &Surroundings,
) -> Result<(), ProjectError> {
    // The file itself is where whoever calls wants it.
    let is_itself = |place: &str| absolute(&around.directory.join(place)) == path;
    let lockfile = selection.lockfile.as_ref().map(|path| path.to_string_lossy());
    let lockfile = lockfile.map(|place| (is_itself(&place), place));
    let template = selection.filename_template.as_deref().map(|template| {
        let filled = filled(template, read, selection, around);
        (!filled.is_empty() && filled.iter().all(|place| is_itself(place)), template.into())
    });
    for (flag, place) in [("--lockfile", lockfile), ("--filename-template", template)] {
        let Some((false, place)) = place else { continue };
        check_output(&place, &around.directory, Output::Lockfile).map_err(|error| {
            ProjectError::new(format!(
                "the command that `{}` records names a place that a file may not choose: `{flag} {place}`, {error}",
                around.shown(path).display()
            ))
            .hint("lock again with the command that you mean")
        })?;
    }
    Ok(())
}

/// The places that a template names for what a lockfile holds. None where the lockfile is in no place of a template.
fn filled(
    template: &str,
    lockfile: &Lockfile,
    selection: &Selection,
    around: &Surroundings,
) -> Vec<String> {
    let format = lockfile.format;
    let Some(template) =
        FilenameTemplate::parse(template).ok().filter(|_| format.is_per_platform())
    else {
        return Vec::new();
    };
    let held = lockfile.locks.iter().flat_map(|lock| &lock.platforms);
    let place = |(platform, locked): (&Platform, &PlatformLock)| {
        template.file_name(
            format,
            &TemplateValues {
                platform: *platform,
                dev_dependencies: selection.categories.dev(),
                input_hash: locked.input_hash.as_deref().unwrap_or_default(),
                version: env!("CARGO_PKG_VERSION"),
                timestamp: around.now,
            },
        )
    };
    held.map(place).collect()
}

/// Other tools record only the files, relative to the lockfile's folder.
fn from_sources(locks: &[Lock]) -> Selection {
    let files = locks.iter().flat_map(|lock| &lock.sources).map(PathBuf::from).collect();
    Selection { files, ..Selection::default() }
}

/// The folder in which the command was given: the nearest one from which its files are found.
fn working_folder(folder: &Path, selection: &Selection, around: &Surroundings) -> PathBuf {
    folder
        .ancestors()
        .find(|folder| selection.named_files().all(|file| around.files.has(&folder.join(file))))
        .unwrap_or(folder)
        .to_path_buf()
}
