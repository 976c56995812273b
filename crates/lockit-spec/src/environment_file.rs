//! What one environment file says (CEP 24).

use indexmap::IndexMap;
use lockit_diagnostic::{SourceFile, Span, Spanned};

use crate::{
    ChannelPriority, ChannelRef, CutoffException, ExcludeNewer, PipRequirement, PipSources,
    Platform, Requirement, Strategy, VirtualPackageOverrides,
};

/// What one spec file says: an `environment.yml`, or a file of another kind that says the same things.
#[derive(Debug, Clone)]
pub struct EnvironmentFile {
    /// The file, for messages that point into it.
    pub file: SourceFile,
    /// CEP 24 `name`.
    pub name: Option<Spanned<String>>,
    /// CEP 24 `prefix`. Kept for lints; a lock never uses it.
    pub prefix: Option<Spanned<String>>,
    /// Channels, highest priority first, without repeats and without `nodefaults`.
    pub channels: Vec<ChannelRef>,
    /// Where `nodefaults` stands, if it does. lockit never adds default channels, so it changes
    /// nothing.
    pub nodefaults: Option<Span>,
    /// CEP 24 `platforms`, without repeats.
    pub platforms: Vec<Spanned<Platform>>,
    /// CEP 24 `category`; `None` means `main`.
    pub category: Option<Spanned<String>>,
    /// CEP 24 `variables`, in file order.
    pub variables: IndexMap<String, Spanned<String>>,
    /// Conda dependencies, in file order, with their selectors still open.
    pub requirements: Vec<Requirement>,
    /// PyPI requirements, in file order.
    pub pip: Vec<PipRequirement>,
    /// What pip constrains without asking for it (`-c`).
    pub pip_constraints: Vec<PipRequirement>,
    /// What counts in the place of every requirement on its package (uv's overrides).
    pub pip_overrides: Vec<PipRequirement>,
    /// Where PyPI packages are looked for.
    pub pip_sources: PipSources,
    /// How the file wants to be solved.
    pub stated: StatedOptions,
    /// Whether it is the manifest of a pixi workspace.
    pub is_workspace: bool,
}

/// What a file says about how it is solved. What lockit.toml and flags say goes before it.
#[derive(Debug, Clone, Default)]
pub struct StatedOptions {
    /// Channel priority.
    pub channel_priority: Option<ChannelPriority>,
    /// Version strategy.
    pub strategy: Option<Strategy>,
    /// Cooldown.
    pub exclude_newer: Option<ExcludeNewer>,
    /// What holds for some packages besides it.
    pub exclude_newer_package: Vec<CutoffException>,
    /// Changes to the baseline of virtual packages.
    pub virtual_packages: VirtualPackageOverrides,
}

impl EnvironmentFile {
    /// A file of which nothing is known yet.
    pub(crate) fn new(file: &SourceFile) -> Self {
        Self {
            file: file.clone(),
            name: None,
            prefix: None,
            channels: Vec::new(),
            nodefaults: None,
            platforms: Vec::new(),
            category: None,
            variables: IndexMap::new(),
            requirements: Vec::new(),
            pip: Vec::new(),
            pip_constraints: Vec::new(),
            pip_overrides: Vec::new(),
            pip_sources: PipSources::default(),
            stated: StatedOptions::default(),
            is_workspace: false,
        }
    }
}
