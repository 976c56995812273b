//! Which environments a run is about, before their files are read.

use std::path::{Path, PathBuf};

use lockit_diagnostic::{Span, Spanned};
use lockit_lockfile::Format;
use lockit_spec::{
    EnvironmentRequest, PixiEnvironment, Project, Settings, did_you_mean, pixi_environments,
    plain_path,
};

use super::error::ProjectError;
use super::files::Files;
use super::overrides::Overrides;
use super::selection::{GivenEnvironment, Selection};
use super::spec_names::default_spec;
use super::surroundings::Surroundings;

/// An environment before its files are read.
pub(super) struct Declared {
    pub(super) request: EnvironmentRequest,
    pub(super) files: Vec<PathBuf>,
    pub(super) settings: Settings,
    pub(super) recorded: Selection,
    /// Which environment of its manifest it is, when that has several.
    pub(super) of_manifest: Option<String>,
    /// The group of environments that it is solved with.
    pub(super) solve_group: Option<String>,
}

/// All environments, and the folder that their files are relative to.
pub(super) struct AllDeclared {
    pub(super) root: PathBuf,
    pub(super) environments: Vec<Declared>,
    /// Whether they are those of the manifest of a pixi workspace.
    pub(super) is_workspace: bool,
}

impl Declared {
    /// Those of a selection: its files, its environments, those of the project, or the spec that is here.
    pub(super) fn all(
        asked: &Selection,
        overrides: &Overrides,
        project: Option<&Project>,
        around: &Surroundings,
    ) -> Result<AllDeclared, ProjectError> {
        let declaring = Declaring { asked, overrides, settings: project.map(|one| &one.settings) };
        let mut root = around.directory.clone();
        let mut is_workspace = false;
        let environments = if let [file] = asked.files.as_slice()
            && let Some(found) = manifest(&around.shown(&root.join(file)), &around.files)
        {
            is_workspace = true;
            declaring.manifest(file, found)?
        } else if !asked.files.is_empty() {
            if !asked.environments.is_empty() {
                return Err(ProjectError::new(
                    "`--environment` selects from lockit.toml or from a pixi manifest, and `-f` names another spec",
                )
                .hint("leave `--environment` out, or name the manifest alone: `-f pixi.toml`"));
            }
            vec![declaring.files(asked.files.clone())]
        } else if !asked.given.is_empty() {
            asked.given.iter().map(|given| declaring.given(given)).collect()
        } else if let Some(project) = project.filter(|project| !project.environments.is_empty()) {
            root.clone_from(&project.root);
            declaring.project(project)?
        } else if !asked.environments.is_empty() {
            let error = ProjectError::new(
                "`--environment` selects from lockit.toml, and there is none here",
            );
            return Err(error.hint(match manifest_here(&root, &around.files) {
                Some(name) => format!(
                    "name the manifest as well: `-f {name} --environment {}`",
                    asked.environments.join(" --environment ")
                ),
                None => "use `-f FILE`, or `--env NAME=FILE`".to_owned(),
            }));
        } else if let Some((lockfile, sources)) = sources_of_lockfile(asked, &root, &around.files)?
        {
            let mut declared = declaring.files(sources);
            if asked.lockfile.is_none() {
                declared.settings.lockfile =
                    Some(Spanned::new(lockfile.to_string_lossy().into_owned(), Span::default()));
            }
            declared.recorded.lockfile = Some(lockfile);
            vec![declared]
        } else {
            vec![declaring.files(vec![default_spec(&root, &around.files)?])]
        };
        Ok(AllDeclared { root, environments, is_workspace })
    }
}

struct Declaring<'a> {
    asked: &'a Selection,
    overrides: &'a Overrides,
    settings: Option<&'a Settings>,
}

impl Declaring<'_> {
    fn files(&self, files: Vec<PathBuf>) -> Declared {
        let recorded = Selection { files: files.clone(), ..self.recorded() };
        self.declare(String::new(), files, None, recorded)
    }

    /// The environments of a pixi manifest, or those of them that are asked for.
    fn manifest(
        &self,
        file: &Path,
        mut found: Vec<PixiEnvironment>,
    ) -> Result<Vec<Declared>, ProjectError> {
        let asked = &self.asked.environments;
        let names = || found.iter().map(|one| one.name.as_str());
        if let Some(missing) = asked.iter().find(|name| !names().any(|one| one == *name)) {
            let error = ProjectError::new(format!(
                "`{}` declares no environment `{missing}`",
                file.display()
            ));
            return Err(error.hint(did_you_mean(missing, names()).unwrap_or_else(|| {
                format!("it declares {}", names().collect::<Vec<_>>().join(", "))
            })));
        }
        if let ([_], true) = (found.as_slice(), asked.is_empty()) {
            return Ok(vec![self.files(vec![file.to_path_buf()])]);
        }
        if !asked.is_empty() {
            // Those of a group are solved together.
            let groups: Vec<String> = found
                .iter()
                .filter(|one| asked.contains(&one.name))
                .filter_map(|one| one.solve_group.clone())
                .collect();
            found.retain(|one| {
                asked.contains(&one.name)
                    || one.solve_group.as_ref().is_some_and(|group| groups.contains(group))
            });
        }
        // Those that were left out may have other channels.
        let of_channels = !self.asked.channels.is_empty();
        let environments = if of_channels { asked.clone() } else { Vec::new() };
        let declared = found.into_iter().map(|one| {
            let files = vec![file.to_path_buf()];
            let environments = environments.clone();
            let recorded = Selection { files: files.clone(), environments, ..self.recorded() };
            Declared {
                of_manifest: Some(one.name.clone()),
                solve_group: one.solve_group,
                ..self.declare(one.name, files, None, recorded)
            }
        });
        Ok(declared.collect())
    }

    fn given(&self, given: &GivenEnvironment) -> Declared {
        let recorded = Selection { given: self.asked.given.clone(), ..self.recorded() };
        let base = given.same_versions_as.clone();
        self.declare(given.name.clone(), given.files.clone(), base, recorded)
    }

    fn project(&self, project: &Project) -> Result<Vec<Declared>, ProjectError> {
        let chosen = self.chosen(project)?;
        let mut declared = Vec::new();
        for (name, environment) in &project.environments {
            if !chosen.is_empty() && !chosen.contains(&name.as_str()) {
                continue;
            }
            let files = environment.files.iter().map(|file| file.value.clone()).collect();
            let mut request = project.request(name).unwrap_or_default();
            self.overrides.apply(self.asked, &mut request);
            let settings = project.settings_of(name);
            declared.push(Declared {
                request,
                files,
                settings,
                recorded: self.recorded(),
                of_manifest: None,
                solve_group: None,
            });
        }
        Ok(declared)
    }

    /// The environments that are asked for, and those that are solved together with them. Empty for all.
    fn chosen<'b>(&self, project: &'b Project) -> Result<Vec<&'b str>, ProjectError> {
        let mut chosen: Vec<&str> = Vec::new();
        for name in &self.asked.environments {
            let Some((name, _)) = project.environments.get_key_value(name) else {
                return Err(ProjectError::no_environment(name, project));
            };
            chosen.push(name);
        }
        // An environment is solved together with the one whose versions it takes, and with those
        // that take its versions: what they ask for narrows it.
        Ok(project.lineage().family(chosen))
    }

    fn declare(
        &self,
        name: String,
        files: Vec<PathBuf>,
        same_versions_as: Option<String>,
        recorded: Selection,
    ) -> Declared {
        let settings = self.settings.cloned().unwrap_or_default();
        let mut request = EnvironmentRequest {
            name,
            fallback_platforms: settings.platforms.clone(),
            fallback_channels: settings.channels.clone(),
            same_versions_as,
            virtual_packages: settings.virtual_packages.clone(),
            index_strategy: settings.index_strategy,
            ..EnvironmentRequest::default()
        };
        request.options.channel_priority = settings.channel_priority.unwrap_or_default();
        request.options.strategy = settings.strategy.unwrap_or_default();
        request.options.exclude_newer.clone_from(&settings.exclude_newer);
        request.options.exclude_newer_package.clone_from(&settings.exclude_newer_package);
        request.options.builds.clone_from(&settings.builds);
        self.overrides.apply(self.asked, &mut request);
        Declared { request, files, settings, recorded, of_manifest: None, solve_group: None }
    }

    /// What changes the result, so that it can be asked again: all but files, environments, platforms and formats.
    fn recorded(&self) -> Selection {
        Selection {
            files: Vec::new(),
            given: Vec::new(),
            environments: Vec::new(),
            platforms: Vec::new(),
            kinds: Vec::new(),
            channels: self.overrides.channels.iter().map(|one| one.public().into_owned()).collect(),
            ..self.asked.clone()
        }
    }
}

/// The environments of a pixi manifest. What cannot be read is for its reader to explain.
fn manifest(path: &Path, files: &Files) -> Option<Vec<PixiEnvironment>> {
    pixi_environments(&files.spec(path).ok()?)
}

/// What the manifest of a folder is called.
fn manifest_here(folder: &Path, files: &Files) -> Option<&'static str> {
    ["pixi.toml", "conda.toml", "pyproject.toml"]
        .into_iter()
        .find(|name| manifest(&folder.join(name), files).is_some())
}

/// The conda-lock.yml here and what it was made from, as conda-lock takes it up again. `None` where there is no
/// such file, where it does not say, and where it is the spec that would be taken anyway.
fn sources_of_lockfile(
    asked: &Selection,
    root: &Path,
    files: &Files,
) -> Result<Option<(PathBuf, Vec<PathBuf>)>, ProjectError> {
    let name = asked.lockfile.clone().unwrap_or_else(|| PathBuf::from("conda-lock.yml"));
    let path = root.join(&name);
    if !files.has(&path) {
        return Ok(None);
    }
    // What is wrong with the file is told where it is to be written.
    let Ok(lockfile) = files.lockfile(&path) else { return Ok(None) };
    let [lock] = lockfile.locks.as_slice() else { return Ok(None) };
    if lockfile.format != Format::CondaLock || lock.sources.is_empty() {
        return Ok(None);
    }
    let folder = name.parent().unwrap_or(Path::new(""));
    let sources: Vec<PathBuf> =
        lock.sources.iter().map(|source| recorded_path(&folder.join(source))).collect();
    if let Some(missing) = sources.iter().find(|source| !files.has(&root.join(source))) {
        return Err(ProjectError::new(format!(
            "`{}` is made from `{}`, and there is no such file",
            name.display(),
            missing.display()
        ))
        .hint("say what to lock with `-f`"));
    }
    if default_spec(root, files).is_ok_and(|usual| sources == [usual]) {
        return Ok(None);
    }
    Ok(Some((name, sources)))
}

/// A path without `folder/..` in it. It begins with `./` as it did before: that is how it is recorded.
fn recorded_path(path: &Path) -> PathBuf {
    let plain = plain_path(path);
    if !path.starts_with(".") {
        return plain;
    }
    // Joining nothing would leave a slash.
    if plain.as_os_str().is_empty() { PathBuf::from(".") } else { Path::new(".").join(plain) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_path_keeps_its_beginning() {
        for (written, recorded) in [
            ("environment.yml", "environment.yml"),
            ("./environment.yml", "./environment.yml"),
            ("locks/../environment.yml", "environment.yml"),
            ("./locks/../a/./environment.yml", "./a/environment.yml"),
            ("./../environment.yml", "./../environment.yml"),
            ("./locks/..", "."),
            ("../environment.yml", "../environment.yml"),
        ] {
            let shown = recorded_path(Path::new(written)).to_string_lossy().into_owned();
            assert_eq!(shown, recorded, "{written}");
        }
    }
}
