//! What a run is about, as it was asked for: files, environments, platforms, formats, and how to solve.
//!
//! This is what flags come to once they are understood; no flag is known here. The same value is recorded with each
//! environment, so that a lockfile can say how it is made again.

use std::path::PathBuf;

use lockit_lockfile::Format;
use lockit_lockfile::lock_specification::Cuda;
use lockit_spec::{
    ChannelPriority, CutoffException, ExcludeNewer, IndexStrategy, Platform, Strategy,
};

use super::categories::Categories;

/// What was asked for. What is empty or absent was not said, and is taken from specs and lockit.toml.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Selection {
    /// Specs that are merged into one environment.
    pub files: Vec<PathBuf>,
    /// Environments that are given with their files.
    pub given: Vec<GivenEnvironment>,
    /// Environments of lockit.toml.
    pub environments: Vec<String>,
    /// Platforms; they replace those of specs and lockit.toml.
    pub platforms: Vec<Platform>,
    /// Channels; they replace those of specs and lockit.toml.
    pub channels: Vec<String>,
    /// Which channel may provide a package that several have.
    pub channel_priority: Option<ChannelPriority>,
    /// Which versions to prefer.
    pub strategy: Option<Strategy>,
    /// What counts of a PyPI package that several indexes have.
    pub index_strategy: Option<IndexStrategy>,
    /// Leave out what is newer.
    pub exclude_newer: Option<ExcludeNewer>,
    /// What holds for some packages besides that.
    pub exclude_newer_package: Vec<CutoffException>,
    /// A file of virtual packages, in conda-lock's format.
    pub virtual_package_spec: Option<PathBuf>,
    /// What was said about CUDA.
    pub cuda: Cuda,
    /// A file of names on PyPI and in conda channels, or its address.
    pub pypi_to_conda: Option<String>,
    /// Whether requirements of categories that are not asked for are left out of the solve.
    pub filter_categories: bool,
    /// The categories that are asked for.
    pub categories: Categories,
    /// Whether PyPI packages are left out.
    pub skip_pip: bool,
    /// Formats to write.
    pub kinds: Vec<Format>,
    /// Name of a lockfile that holds all platforms.
    pub lockfile: Option<PathBuf>,
    /// Template of names of lockfiles of one platform each.
    pub filename_template: Option<String>,
}

/// An environment that is given with its files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GivenEnvironment {
    /// What it is called.
    pub name: String,
    /// Its specs, at least one.
    pub files: Vec<PathBuf>,
    /// The environment whose versions it takes.
    pub same_versions_as: Option<String>,
}

impl Selection {
    /// Whether it is about every lockfile that the project has, however they are solved.
    pub fn is_about_everything(&self) -> bool {
        let Self {
            files,
            given,
            environments,
            platforms,
            channels: _,
            channel_priority: _,
            strategy: _,
            index_strategy: _,
            exclude_newer: _,
            exclude_newer_package: _,
            virtual_package_spec: _,
            cuda: _,
            pypi_to_conda: _,
            filter_categories,
            categories,
            skip_pip: _,
            kinds,
            lockfile,
            filename_template,
        } = self;
        files.is_empty()
            && given.is_empty()
            && environments.is_empty()
            && platforms.is_empty()
            && !filter_categories
            && *categories == Categories::default()
            && kinds.is_empty()
            && lockfile.is_none()
            && filename_template.is_none()
    }

    /// Every spec that is named.
    pub fn named_files(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.iter().chain(self.given.iter().flat_map(|one| &one.files))
    }
}
