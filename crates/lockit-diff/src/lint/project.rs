//! What the project says about one file.

use std::path::{Path, PathBuf};

use lockit_diagnostic::SourceFile;
use lockit_spec::{
    DEFAULT_PLATFORMS, EnvironmentFile, NameMap, ParseResult, PipSection, Platform,
    ProjectEnvironment, ReadOptions, SourceKind, from_disk, read_spec,
};

use super::Linter;
use crate::subject::Base;

impl Linter {
    /// Reads a spec of any kind, with the names that the project knows.
    pub(super) fn read(&self, file: &SourceFile) -> ParseResult<EnvironmentFile> {
        let names =
            self.project.as_ref().map_or_else(NameMap::default, |project| project.names.clone());
        let options = ReadOptions {
            pip: PipSection::Check,
            environment: None,
            names: &names,
            read: &from_disk,
        };
        read_spec(file, options)
    }

    /// The environments of the project that are made of this file.
    fn environments_of(&self, path: &Path) -> Vec<(&str, &ProjectEnvironment)> {
        let Some(project) = &self.project else { return Vec::new() };
        let Ok(path) = std::path::absolute(path) else { return Vec::new() };
        project
            .environments
            .iter()
            .filter(|(_, environment)| {
                environment.files.iter().any(|file| {
                    std::path::absolute(project.root.join(&file.value))
                        .is_ok_and(|file| file == path)
                })
            })
            .map(|(name, environment)| (name.as_str(), environment))
            .collect()
    }

    /// The platforms a file is meant for: those of the command line, of its environment, its own, of
    /// the project, the default ones.
    pub(super) fn platforms_of(&self, environment: &EnvironmentFile, path: &Path) -> Vec<Platform> {
        if !self.platforms.is_empty() {
            return self.platforms.clone();
        }
        for (_, of) in self.environments_of(path) {
            if !of.settings.platforms.is_empty() {
                return of.settings.platforms.clone();
            }
        }
        if !environment.platforms.is_empty() {
            return environment.platforms.iter().map(|platform| platform.value).collect();
        }
        match &self.project {
            Some(project) if !project.settings.platforms.is_empty() => {
                project.settings.platforms.clone()
            }
            _ => DEFAULT_PLATFORMS.to_vec(),
        }
    }

    /// What a file must be a part of: the environment whose versions it shares, or without a project
    /// `environment.yml` beside `predict-environment.yml`.
    pub(super) fn base_of(&self, path: &Path) -> Option<Base> {
        let (name, files): (String, Vec<PathBuf>) = if let Some(project) = &self.project {
            let target = self
                .environments_of(path)
                .into_iter()
                .find_map(|(_, environment)| environment.same_versions_as.as_ref())?;
            let base = project.environments.get(&target.value)?;
            let files = base.files.iter().map(|file| project.root.join(&file.value)).collect();
            (target.value.clone(), files)
        } else {
            let name = path.file_name()?.to_str()?;
            let rest = name.strip_prefix("predict-")?;
            let beside = path.with_file_name(rest);
            if !matches!(rest, "environment.yml" | "environment.yaml") || !beside.is_file() {
                return None;
            }
            (rest.to_owned(), vec![beside])
        };
        let files: Vec<EnvironmentFile> = files
            .iter()
            .filter_map(|path| {
                let file = SourceFile::read(path).ok()?;
                match SourceKind::of(&file) {
                    SourceKind::Environment => {
                        EnvironmentFile::survey(&file, PipSection::Skip).environment
                    }
                    _ => self.read(&file).ok().map(|parsed| parsed.value),
                }
            })
            .collect();
        (!files.is_empty()).then_some(Base { name, files })
    }
}
