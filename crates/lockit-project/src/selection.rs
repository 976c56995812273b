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

    /// The same with the options of an earlier run, wherever `said`, which a person has said now, is silent. Formats and
    /// environments stay; specs are those of the earlier run only where it is given some.
    #[must_use]
    pub fn continuing(&self, told: &Self, said: &Self) -> Self {
        let mut all = self.clone();
        if said.files.is_empty() && said.given.is_empty() && !self.files.is_empty() {
            all.files.clone_from(&told.files);
            all.given.clone_from(&told.given);
        }
        if said.channels.is_empty() && !told.channels.is_empty() {
            all.channels.clone_from(&told.channels);
        }
        if !told.platforms.is_empty() && said.platforms.is_empty() && !self.platforms.is_empty() {
            all.platforms.clone_from(&told.platforms);
        }
        all.channel_priority =
            said.channel_priority.or(told.channel_priority).or(all.channel_priority);
        all.strategy = said.strategy.or(told.strategy);
        all.index_strategy = said.index_strategy.or(told.index_strategy);
        all.exclude_newer = said.exclude_newer.clone().or_else(|| told.exclude_newer.clone());
        if said.virtual_package_spec.is_none() && said.cuda == Cuda::Default {
            all.virtual_package_spec.clone_from(&told.virtual_package_spec);
            all.cuda.clone_from(&told.cuda);
        }
        all.pypi_to_conda = said.pypi_to_conda.clone().or_else(|| told.pypi_to_conda.clone());
        if said.categories == Categories::default() && !said.filter_categories {
            all.categories.clone_from(&told.categories);
            all.filter_categories = told.filter_categories;
        }
        all.skip_pip |= told.skip_pip;
        if said.lockfile.is_none() && said.filename_template.is_none() {
            all.lockfile.clone_from(&told.lockfile);
            all.filename_template.clone_from(&told.filename_template);
        }
        all
    }

    /// Every spec that is named.
    pub fn named_files(&self) -> impl Iterator<Item = &PathBuf> {
        self.files.iter().chain(self.given.iter().flat_map(|one| &one.files))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_now_goes_before_what_was_said_once() {
        let told = Selection {
            files: vec!["a.yml".into(), "b.yml".into()],
            platforms: vec![Platform::Linux64],
            channels: vec!["one".into()],
            cuda: Cuda::Version("12.4".into()),
            strategy: Some(Strategy::Lowest),
            kinds: vec![Format::Pixi],
            filename_template: Some("x-{platform}.lock".into()),
            ..Selection::default()
        };
        // What a run finds by itself: the usual spec and the usual platforms.
        let found = Selection {
            files: vec!["environment.yml".into()],
            platforms: vec![Platform::Linux64, Platform::OsxArm64],
            ..Selection::default()
        };
        let silent = found.continuing(&told, &Selection::default());
        assert_eq!(silent, Selection { kinds: Vec::new(), ..told.clone() });
        let said = Selection {
            files: vec!["c.yml".into()],
            cuda: Cuda::Absent,
            channels: vec!["two".into()],
            ..Selection::default()
        };
        let continued = said.continuing(&told, &said);
        assert_eq!(
            (&continued.files, &continued.cuda, &continued.channels),
            (&said.files, &said.cuda, &said.channels)
        );
        assert_eq!(continued.strategy, Some(Strategy::Lowest));
        // Specs name the platforms since.
        assert_eq!(continued.platforms, []);
    }
}
