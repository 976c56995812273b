//! What is wanted: the merged view of one or several files.

use std::path::PathBuf;

use indexmap::IndexMap;

use crate::{ChannelRef, PipRequirement, PipSources, Platform, Requirement, SolveOptions};

/// A named group of specs that are locked together.
#[derive(Debug, Clone)]
pub struct Environment {
    /// Name, for example `dev`.
    pub name: String,
    /// The files it was merged from, as given (relative to the project root where possible).
    pub files: Vec<PathBuf>,
    /// Channels, highest priority first, without `nodefaults` and without repeats.
    pub channels: Vec<ChannelRef>,
    /// Platforms, in the order they were asked for.
    pub platforms: Vec<Platform>,
    /// Conda requirements of all files, in file order.
    pub requirements: Vec<Requirement>,
    /// PyPI requirements of all files, in file order.
    pub pip: Vec<PipRequirement>,
    /// What pip constrains without asking for it (`-c`), of all files.
    pub pip_constraints: Vec<PipRequirement>,
    /// Where PyPI packages are looked for.
    pub pip_sources: PipSources,
    /// CEP 24 `variables`, later files win.
    pub variables: IndexMap<String, String>,
    /// Every package of this environment is the very record that the named one has.
    pub same_versions_as: Option<String>,
    /// How to solve.
    pub options: SolveOptions,
}

impl Environment {
    /// The conda requirements that apply to a platform, in file order.
    pub fn requirements_for(&self, platform: Platform) -> impl Iterator<Item = &Requirement> {
        self.requirements.iter().filter(move |requirement| requirement.applies_to(platform))
    }

    /// The PyPI requirements that apply to a platform, in file order.
    pub fn pip_for(&self, platform: Platform) -> impl Iterator<Item = &PipRequirement> {
        self.pip.iter().filter(move |requirement| requirement.applies_to(platform))
    }
}
