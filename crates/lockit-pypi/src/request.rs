//! What is asked of PyPI, and what was chosen.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;
use lockit_lockfile::{PipRecord, Record};
use lockit_spec::{
    Builds, NameMap, NotFilled, PipRequirement, PipSources, Platform, Strategy, VirtualPackage,
};

use crate::{MissingExtra, PypiError, Shadowed, Uv};

/// What one environment asks of PyPI on one platform.
#[derive(Debug)]
pub struct PypiRequest<'a> {
    /// The platform.
    pub platform: Platform,
    /// What is wanted.
    pub requirements: Vec<&'a PipRequirement>,
    /// Requirements that hold for what is chosen, without asking for it: those of environments that share
    /// versions with this one.
    pub constraints: Vec<String>,
    /// Lines of the specs that hold for what is chosen without asking for it (pip's `-c`).
    pub constraining: Vec<&'a PipRequirement>,
    /// Lines that count in the place of every requirement on their packages.
    pub overriding: Vec<&'a PipRequirement>,
    /// Where packages are looked for.
    pub sources: &'a PipSources,
    /// What conda has chosen. All of it is decided.
    pub conda: &'a [Arc<Record>],
    /// What packages are called on PyPI and in channels.
    pub names: &'a NameMap,
    /// The virtual packages that the platform is assumed to have.
    pub virtual_packages: &'a [VirtualPackage],
    /// Whether packages may be built to learn what they need.
    pub builds: &'a Builds,
    /// What was locked before and may stay.
    pub previous: &'a [PipRecord],
    /// Which versions to prefer.
    pub strategy: Strategy,
    /// The moment after which archives are ignored.
    pub exclude_newer: Option<Timestamp>,
    /// What holds for some packages in its place, as `NAME=MOMENT` or `NAME=false`.
    pub exclude_newer_package: Vec<String>,
}

/// What was chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resolution {
    /// The packages, sorted by name.
    pub records: Vec<PipRecord>,
    /// Extras that nobody brings, because conda provides the package.
    pub missing_extras: Vec<MissingExtra>,
    /// Packages of which another index has a newer version.
    pub shadowed: Vec<Shadowed>,
    /// What uv says besides that a person should know, without secrets.
    pub warnings: Vec<String>,
}

/// How requests are answered.
pub struct Resolver<'a> {
    /// uv.
    pub uv: Uv,
    /// Use only what uv has in its cache.
    pub offline: bool,
    /// The folder that relative paths of requirements are relative to, absolute.
    pub folder: PathBuf,
    /// The folder that relative paths of records are relative to, absolute.
    pub project: PathBuf,
    /// Fills in the variables of a text.
    pub fill: &'a (dyn Fn(&str) -> Result<String, NotFilled> + Sync),
    /// Takes secrets out of a text.
    pub conceal: &'a (dyn Fn(&str) -> String + Sync),
}

impl Resolver<'_> {
    /// A text with its placeholders filled in.
    pub(crate) fn reveal(&self, text: &str) -> Result<String, PypiError> {
        Ok((self.fill)(text)?)
    }
}
