//! Where the lockfiles of an environment lie.

use std::path::{Path, PathBuf};

use lockit_lockfile::names::{
    DEFAULT_ENVIRONMENT, FilenameTemplate, TemplateValues, default_name, file_part, stem,
};
use lockit_lockfile::{Format, InputHash};
use lockit_spec::Platform;

use super::error::ProjectError;
use super::plan::Entry;

impl Entry {
    /// A path of a source, as it can be read.
    pub fn source_path(&self, source: &str) -> PathBuf {
        self.root.join(source)
    }

    /// Whether there is such a file, by the name that a run gives it.
    pub fn has_source(&self, file: &Path) -> bool {
        self.around.files.has(&self.around.directory.join(file))
    }

    /// The lockfiles of one kind: one per platform, or one with no platform.
    pub fn files(&self, kind: Format) -> Vec<(Option<Platform>, PathBuf)> {
        let platforms = &self.wanted.environment.platforms;
        if kind.is_per_platform() {
            platforms.iter().map(|platform| (Some(*platform), self.path(kind, *platform))).collect()
        } else {
            let platform = platforms.first().copied().unwrap_or(Platform::NoArch);
            vec![(None, self.path(kind, platform))]
        }
    }

    /// The names of the lockfiles of one kind, for messages.
    pub fn files_text(&self, kind: Format) -> String {
        let names: Vec<String> = self
            .files(kind)
            .iter()
            .map(|(_, path)| format!("`{}`", self.around.shown(path).display()))
            .collect();
        names.join(", ")
    }

    fn path(&self, kind: Format, platform: Platform) -> PathBuf {
        let first = self.wanted.sources.first().map(PathBuf::as_path);
        let stem = match self.wanted.of_manifest.as_deref() {
            // The manifest is called the same for all of them.
            Some(DEFAULT_ENVIRONMENT) => None,
            Some(name) => Some(file_part(name)),
            None => stem(&self.wanted.environment.name, first),
        };
        let default = || default_name(kind, stem.as_deref(), platform);
        let name = if kind.is_per_platform() {
            match self.wanted.template.as_deref().map(FilenameTemplate::parse) {
                Some(Ok(template)) => self.filled(&template, kind, platform),
                _ => default(),
            }
        } else {
            self.wanted.lockfile.clone().unwrap_or_else(default)
        };
        self.root.join(name)
    }

    /// The name of a template. One that has the input hash may be that of an earlier lockit.
    fn filled(&self, template: &FilenameTemplate, kind: Format, platform: Platform) -> String {
        let hash = self.hashes_of(kind).get(&platform);
        let name = |input_hash: &str| {
            template.file_name(
                kind,
                &TemplateValues {
                    platform,
                    dev_dependencies: self.wanted.dev_dependencies,
                    input_hash,
                    version: env!("CARGO_PKG_VERSION"),
                    timestamp: self.around.now,
                },
            )
        };
        let now = name(hash.map(InputHash::as_str).unwrap_or_default());
        let former = name(hash.map(InputHash::former).unwrap_or_default());
        let is_there = |name: &str| self.around.files.has(&self.root.join(name));
        if former != now && !is_there(&now) && is_there(&former) { former } else { now }
    }

    pub(super) fn check_names(&self) -> Result<(), ProjectError> {
        for (flag, name) in
            [("lockfile", &self.wanted.lockfile), ("filename-template", &self.wanted.template)]
        {
            if name.as_ref().is_some_and(String::is_empty) {
                return Err(ProjectError::new(format!("`{flag}` is empty"))
                    .hint("leave it out for the usual names"));
            }
        }
        if let Some(template) = &self.wanted.template {
            FilenameTemplate::parse(template)
                .and_then(|parsed| parsed.check_platforms(self.wanted.environment.platforms.len()))
                .map_err(|error| ProjectError::from_source(&error))?;
        }
        Ok(())
    }

    /// Lockfiles of platforms that specs or `lockit.toml` no longer name. Only files that say they
    /// were made by lockit, and only if nobody chose platforms by flag.
    pub fn dropped_files(&self, kinds: &[Format]) -> Vec<PathBuf> {
        if !self.wanted.platforms_declared {
            return Vec::new();
        }
        let mut dropped = Vec::new();
        for kind in kinds.iter().filter(|kind| kind.is_per_platform()) {
            // A run may be about a part of what is declared.
            let platforms = self.wanted.environment.platforms.iter().chain(&self.wanted.declared);
            let kept: Vec<PathBuf> =
                platforms.map(|platform| self.path(*kind, *platform)).collect();
            for platform in Platform::all() {
                let path = self.path(*kind, platform);
                if !kept.contains(&path)
                    && !dropped.contains(&path)
                    && path.is_file()
                    && self.is_of_this(&path)
                {
                    dropped.push(path);
                }
            }
        }
        dropped
    }

    /// Another environment may use the same names for other platforms.
    fn is_of_this(&self, path: &Path) -> bool {
        fs_err::read_to_string(path).is_ok_and(|text| {
            let name = self.wanted.environment.name.as_str();
            let of = |line: &str| line.strip_prefix("# environment: ") == Some(name);
            let by_lockit = |line: &str| line.starts_with("# Generated by lockit");
            text.lines().any(by_lockit) && text.lines().any(of)
        })
    }
}
