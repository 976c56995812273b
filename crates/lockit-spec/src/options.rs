//! How to solve: settings that change what is chosen.

use std::collections::BTreeMap;

use crate::{Builds, CutoffException, ExcludeNewer, MachinePlace, Platform};

/// Which channel may provide a package that several have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChannelPriority {
    /// Only the first channel that has the name.
    #[default]
    Strict,
    /// The first channel that can satisfy the constraints.
    Flexible,
    /// All channels alike.
    Disabled,
}

impl ChannelPriority {
    /// The words for them in files.
    pub(crate) const WORDS: [(&'static str, Self); 3] =
        [("strict", Self::Strict), ("flexible", Self::Flexible), ("disabled", Self::Disabled)];
}

/// Which version to prefer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Strategy {
    /// The newest of everything.
    #[default]
    Highest,
    /// The oldest of everything.
    Lowest,
    /// The oldest of what the spec names, the newest of the rest.
    LowestDirect,
}

impl Strategy {
    /// The words for them in files.
    pub(crate) const WORDS: [(&'static str, Self); 3] = [
        ("highest", Self::Highest),
        ("lowest", Self::Lowest),
        ("lowest-direct", Self::LowestDirect),
    ];
}

/// A package that stands for a property of the machine, for example `__glibc` (CEP 30).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct VirtualPackage {
    /// Name with its two underscores.
    pub name: String,
    /// Version.
    pub version: String,
    /// Build string, `0` when it says nothing.
    pub build: String,
}

/// Everything besides specs and channels that changes the result.
#[derive(Debug, Clone, Default)]
pub struct SolveOptions {
    /// Channel priority.
    pub channel_priority: ChannelPriority,
    /// Version strategy.
    pub strategy: Strategy,
    /// Cooldown.
    pub exclude_newer: Option<ExcludeNewer>,
    /// What holds for some packages besides it or in its place; of two about the same, the last one counts.
    pub exclude_newer_package: Vec<CutoffException>,
    /// The assumed virtual packages of each wanted platform, sorted by name: the fixed baseline
    /// plus what the user stated. Never the host's.
    pub virtual_packages: BTreeMap<Platform, Vec<VirtualPackage>>,
    /// Where a person says otherwise. It is for advice, and no part of the input hash.
    pub machine_place: MachinePlace,
    /// Whether PyPI packages may be built. It permits, and prefers nothing: it is no part of the input hash.
    pub builds: Builds,
}
