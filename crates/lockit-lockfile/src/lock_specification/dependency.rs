//! What conda-lock keeps of a requirement.

use serde::Serialize;

use crate::Manager;

/// What conda-lock keeps of one requirement. Fields are in its order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Dependency {
    /// A package of a channel or an index.
    Versioned(Versioned),
    /// An archive.
    Url(UrlDependency),
    /// A repository.
    Vcs(VcsDependency),
    /// A file or folder.
    Path(PathDependency),
}

/// What all dependencies have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Common {
    /// Normalised name.
    pub name: String,
    /// Who installs it.
    pub manager: Manager,
    /// The group it is in.
    pub category: String,
    /// Extras, sorted.
    pub extras: Vec<String>,
    /// Environment marker (PEP 508).
    pub markers: Option<String>,
}

/// A package of a channel or an index.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Versioned {
    /// Name and so on.
    #[serde(flatten)]
    pub common: Common,
    /// Constraint; empty for none.
    pub version: String,
    /// Build string.
    pub build: Option<String>,
    /// The channel it is bound to.
    pub conda_channel: Option<String>,
    /// `sha256:…`
    pub hash: Option<String>,
}

/// An archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UrlDependency {
    /// Name and so on.
    #[serde(flatten)]
    pub common: Common,
    /// Its address.
    pub url: String,
    /// `sha256:…`; one empty text for none.
    pub hashes: Vec<String>,
}

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct VcsDependency {
    /// Name and so on.
    #[serde(flatten)]
    pub common: Common,
    /// Its address.
    pub source: String,
    /// Always `git`.
    pub vcs: &'static str,
    /// Branch, tag or commit.
    pub rev: Option<String>,
    /// The folder in it.
    pub subdirectory: Option<String>,
}

/// A file or folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PathDependency {
    /// Name and so on.
    #[serde(flatten)]
    pub common: Common,
    /// Where it is.
    pub path: String,
    /// Whether there is a folder there now.
    pub is_directory: bool,
    /// Always nothing.
    pub subdirectory: Option<String>,
}

impl Common {
    pub(super) fn new(name: String, manager: Manager, category: &str) -> Self {
        let category = category.to_owned();
        Self { name, manager, category, extras: Vec::new(), markers: None }
    }
}

impl Dependency {
    /// Name and so on.
    pub fn common(&self) -> &Common {
        match self {
            Self::Versioned(it) => &it.common,
            Self::Url(it) => &it.common,
            Self::Vcs(it) => &it.common,
            Self::Path(it) => &it.common,
        }
    }

    pub(super) fn key(&self) -> (Manager, &str) {
        (self.common().manager, &self.common().name)
    }
}
