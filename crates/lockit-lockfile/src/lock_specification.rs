//! What conda-lock understands of an environment: its `LockSpecification`.
//!
//! `conda-lock render-lock-spec --kind=raw` prints it, and its digest is the `content_hash` of a
//! `conda-lock.yml`. Both depend on texts that lockit has no use for (a version as it is written, the order of
//! keys), so this is a view of an [`Environment`] for conda-lock's eyes; nothing else reads it.
//!
//! Where conda-lock is wrong about a spec, this stays right, and the two differ: see
//! `test-data/conda-lock-differences.toml`.

mod conda_notation;
mod content_hash;
mod dependency;
mod markers;
mod pip_notation;
mod virtual_repodata;

use std::path::Path;

use indexmap::IndexMap;
use lockit_spec::{Environment, Platform, Requirement, SourceKind};
use serde_json::{Value, json};

pub use content_hash::ContentHash;
pub use dependency::{Common, Dependency, PathDependency, UrlDependency, VcsDependency, Versioned};
pub use virtual_repodata::{Cuda, VirtualRepodata};

use crate::{LockedChannel, MAIN, Manager};

/// An environment as conda-lock understands it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockSpecification {
    /// The dependencies of each platform, in the order in which conda-lock finds them.
    pub dependencies: IndexMap<Platform, Vec<Dependency>>,
    /// Channels, highest priority first.
    pub channels: Vec<LockedChannel>,
    /// The files, as given.
    pub sources: Vec<String>,
    /// Indexes besides the public one.
    pub pip_repositories: Vec<String>,
    /// Whether the public index may be asked.
    pub allow_pypi_requests: bool,
    /// Requirements that conda-lock refuses. They are in no list above, and a specification that lacks them has
    /// no content hash.
    pub refused: Vec<String>,
}

impl LockSpecification {
    /// What conda-lock makes of an environment. `is_folder` tells whether a path, relative to where the run was
    /// started, is a folder.
    pub fn of(environment: &Environment, is_folder: &dyn Fn(&Path) -> bool) -> Self {
        let mut refused = Vec::new();
        let dependencies = environment
            .platforms
            .iter()
            .map(|platform| {
                (*platform, dependencies(environment, *platform, is_folder, &mut refused))
            })
            .collect();
        refused.sort_unstable();
        refused.dedup();
        Self {
            dependencies,
            channels: environment
                .channels
                .iter()
                .map(|channel| LockedChannel::as_written(&channel.public()))
                .collect(),
            sources: environment
                .files
                .iter()
                .map(|path| path.to_string_lossy().replace('\\', "/"))
                .collect(),
            pip_repositories: environment
                .pip_sources
                .asked()
                .map(|index| index.public().into_owned())
                .collect(),
            allow_pypi_requests: environment.pip_sources.asks_public(),
            refused,
        }
    }

    /// What `conda-lock render-lock-spec --kind=raw` prints.
    pub fn to_raw(&self) -> Value {
        let dependencies: serde_json::Map<String, Value> = self
            .dependencies
            .iter()
            .map(|(platform, list)| (platform.as_str().to_owned(), json!(list)))
            .collect();
        let channels: Vec<Value> = self
            .channels
            .iter()
            .map(|one| json!({ "url": one.url, "used_env_vars": one.used_env_vars }))
            .collect();
        let repositories: Vec<Value> =
            self.pip_repositories.iter().map(|url| json!({ "url": url })).collect();
        json!({
            "dependencies": dependencies,
            "channels": channels,
            "sources": self.sources,
            "pip_repositories": repositories,
            "allow_pypi_requests": self.allow_pypi_requests,
        })
    }
}

/// The dependencies of a platform: file by file, of each the conda ones first. What a later file says about a
/// package replaces what an earlier one said, in its place.
fn dependencies(
    environment: &Environment,
    platform: Platform,
    is_folder: &dyn Fn(&Path) -> bool,
    refused: &mut Vec<String>,
) -> Vec<Dependency> {
    let mut files: Vec<&str> = Vec::new();
    let conda = environment.requirements_for(platform).map(|one| one.file.name());
    let pip = environment.pip_for(platform).map(|one| one.file.name());
    let listed = environment.files.iter().filter_map(|path| path.to_str());
    for file in listed.chain(conda).chain(pip) {
        if !files.contains(&file) {
            files.push(file);
        }
    }
    let mut found: IndexMap<(Manager, String), Dependency> = IndexMap::new();
    let mut add = |dependency: Dependency| {
        let (manager, name) = dependency.key();
        found.insert((manager, name.to_owned()), dependency);
    };
    for file in files {
        for requirement in environment
            .requirements_for(platform)
            .filter(|one| one.file.name() == file && !one.implied)
        {
            let dependency = if SourceKind::of(&requirement.file) == SourceKind::Pyproject {
                of_project(requirement, is_folder)
            } else {
                conda_notation::dependency(&requirement.text, &requirement.category)
            };
            match dependency {
                Some(dependency) => add(dependency),
                None => refused.push(requirement.public_text().into_owned()),
            }
        }
        let mut has_pip = false;
        for requirement in environment.pip_for(platform).filter(|one| one.file.name() == file) {
            // Only environment files imply pip.
            has_pip |= SourceKind::of(&requirement.file) == SourceKind::Environment;
            let text = requirement.public_text();
            // What is edited in place is installed by hand.
            if text.starts_with("-e ") {
                continue;
            }
            let dependency = pip_notation::dependency(&text, &requirement.category, is_folder);
            let holds = |dependency: &Dependency| match &dependency.common().markers {
                Some(marker) => markers::holds(marker, platform),
                None => Some(true),
            };
            match dependency.map(|dependency| (holds(&dependency), dependency)) {
                Some((Some(true), dependency)) => add(dependency),
                Some((Some(false), _)) => {}
                Some((None, _)) | None => refused.push(text.into_owned()),
            }
        }
        if has_pip {
            add(Dependency::Versioned(Versioned {
                common: Common::new("pip".to_owned(), Manager::Conda, MAIN),
                version: "*".to_owned(),
                build: None,
                conda_channel: None,
                hash: None,
            }));
        }
    }
    found.into_values().collect()
}

/// What a pyproject.toml asks of conda. What is written in the notation of PyPI, conda-lock keeps in it: version, extras
/// and marker. Where there is no version it says so with a `*`, as Poetry does.
fn of_project(requirement: &Requirement, is_folder: &dyn Fn(&Path) -> bool) -> Option<Dependency> {
    let written = requirement.file.text().get(requirement.span.start..requirement.span.end);
    // Where a table has the name as its key, there is only a version here.
    let written = written.filter(|text| text.starts_with(|c: char| c.is_ascii_alphabetic()));
    let dependency =
        written.and_then(|text| pip_notation::dependency(text, &requirement.category, is_folder));
    if let Some(Dependency::Versioned(mut versioned)) = dependency {
        versioned.common.manager = Manager::Conda;
        requirement.name.as_normalized().clone_into(&mut versioned.common.name);
        return Some(Dependency::Versioned(versioned));
    }
    let mut dependency = conda_notation::dependency(&requirement.text, &requirement.category)?;
    if let Dependency::Versioned(versioned) = &mut dependency
        && versioned.version.is_empty()
    {
        "*".clone_into(&mut versioned.version);
    }
    Some(dependency)
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::SourceFile;
    use lockit_spec::{EnvironmentFile, EnvironmentRequest, PipSection};

    use super::*;

    pub(super) fn specification(files: &[(&str, &str)]) -> LockSpecification {
        let files: Vec<EnvironmentFile> = files
            .iter()
            .map(|(name, text)| {
                EnvironmentFile::parse(&SourceFile::new(*name, *text), PipSection::Check)
                    .unwrap()
                    .value
            })
            .collect();
        let request = EnvironmentRequest { name: "dev".into(), ..EnvironmentRequest::default() };
        let environment = Environment::merge(request, &files).unwrap().value;
        LockSpecification::of(&environment, &|_| false)
    }

    fn names(specification: &LockSpecification, platform: Platform) -> String {
        let describe = |one: &Dependency| {
            let Common { name, manager, category, .. } = one.common();
            format!("{}:{name}:{category}", if *manager == Manager::Pip { "pip" } else { "conda" })
        };
        specification.dependencies[&platform].iter().map(describe).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn pip_itself_is_wanted_where_something_is_left_for_it() {
        let specification = specification(&[(
            "environment.yml",
            "channels: [conda-forge]\nplatforms: [linux-64, osx-arm64, win-64]\ncategory: dev\n\
             dependencies:\n  - tomli\n  - pip =24\n  - pip:\n    - psutil  # [linux]\n    - cowsay; sys_platform == 'linux'  # [unix]\n",
        )]);
        assert_eq!(
            names(&specification, Platform::Linux64),
            "conda:tomli:dev conda:pip:main pip:psutil:dev pip:cowsay:dev"
        );
        // conda-lock replaces pip here as well, although its marker leaves nothing for it.
        assert_eq!(names(&specification, Platform::OsxArm64), "conda:tomli:dev conda:pip:dev");
        assert_eq!(names(&specification, Platform::Win64), "conda:tomli:dev conda:pip:dev");
        assert!(specification.refused.is_empty());
    }

    #[test]
    fn later_files_replace_in_place_and_refusals_are_told() {
        let specification = specification(&[
            ("a.yml", "channels: [c]\nplatforms: [linux-64]\ndependencies: [zlib >=1, six]\n"),
            (
                "b.yml",
                "category: dev\ndependencies: [zlib, {pip: [six, a==1 --hash=sha256:0 --hash=sha256:1]}]\n",
            ),
        ]);
        assert_eq!(
            names(&specification, Platform::Linux64),
            "conda:zlib:dev conda:six:main pip:six:dev conda:pip:main"
        );
        assert_eq!(specification.refused, ["a==1 --hash=sha256:0 --hash=sha256:1"]);
    }
}
