//! One environment as it is wanted, and where its lockfiles go.

use std::path::PathBuf;

use lockit_lockfile::Format;
use lockit_lockfile::lock_specification::VirtualRepodata;
use lockit_spec::{Environment, Platform};

use super::part::Part;
use super::selection::Selection;
use super::shared_name::SharedName;

/// One environment and where its lockfiles go.
#[derive(Debug)]
pub struct Wanted {
    /// What its specs ask for.
    pub environment: Environment,
    /// What lockfiles of several environments call it.
    pub shared_name: SharedName,
    /// Which environment of its manifest it is, where that declares several.
    pub of_manifest: Option<String>,
    /// The environments that it is solved together with, by the name of their group.
    pub solve_group: Option<String>,
    /// Its files, relative to the root where they lie below it.
    pub sources: Vec<PathBuf>,
    /// Formats that were asked for; empty when nobody said.
    pub kinds: Vec<Format>,
    /// Name of a lockfile of all platforms.
    pub lockfile: Option<String>,
    /// Template of names of lockfiles of one platform each.
    pub template: Option<String>,
    /// Whether files or `lockit.toml` say which platforms there are. Flags may be about a part of
    /// them, so lockfiles of other platforms are none of their business.
    pub platforms_declared: bool,
    /// The platforms that files and `lockit.toml` name, whatever flags say.
    pub declared: Vec<Platform>,
    /// What was asked for, so that it can be asked again: all that changes the result, but for platforms and formats.
    pub recorded: Selection,
    /// What goes into files of one platform each, when it is not all.
    pub part: Option<Part>,
    /// Whether developers' packages are wanted, for names of files.
    pub dev_dependencies: bool,
    /// The virtual packages that conda-lock would assume.
    pub virtual_repodata: VirtualRepodata,
}
