//! A locked package, whoever installs it.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{PipRecord, PipSource, Record};

/// Who installs a package.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Manager {
    /// conda, from a channel.
    #[default]
    Conda,
    /// pip or uv, from an index, a repository or a folder.
    #[serde(alias = "pypi")]
    Pip,
}

impl Manager {
    /// The word for it: that of conda-lock.yml.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Conda => "conda",
            Self::Pip => "pip",
        }
    }
}

impl fmt::Display for Manager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One package of either kind, for those who tell about them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Package<'a> {
    /// Of a channel.
    Conda(&'a Arc<Record>),
    /// Of PyPI.
    Pip(&'a PipRecord),
}

impl<'a> Package<'a> {
    /// Normalised name.
    pub fn name(self) -> &'a str {
        match self {
            Self::Conda(record) => &record.name,
            Self::Pip(record) => &record.name,
        }
    }

    /// Version; empty where nobody knows.
    pub fn version(self) -> &'a str {
        match self {
            Self::Conda(record) => &record.version,
            Self::Pip(record) => &record.version,
        }
    }

    /// What tells artefacts of one version apart: the build string, the commit.
    pub fn build(self) -> &'a str {
        match self {
            // Of what is not built yet, where it is built from.
            Self::Conda(record) => record.built_from.as_deref().unwrap_or(&record.build),
            Self::Pip(PipRecord { source: PipSource::Git { commit, .. }, .. }) => commit,
            Self::Pip(_) => "",
        }
    }

    /// Who installs it.
    pub fn manager(self) -> Manager {
        match self {
            Self::Conda(_) => Manager::Conda,
            Self::Pip(_) => Manager::Pip,
        }
    }

    /// Bytes of the archive.
    pub fn size(self) -> Option<u64> {
        match self {
            Self::Conda(record) => record.size,
            Self::Pip(record) => record.size,
        }
    }

    /// What it needs, in the words of its kind. `None` where a format does not keep them.
    pub fn depends(self) -> Option<&'a [String]> {
        match self {
            Self::Conda(record) => record.depends.as_deref(),
            Self::Pip(record) => record.depends.as_deref(),
        }
    }

    /// Groups of the spec that need it.
    pub fn categories(self) -> &'a [String] {
        match self {
            Self::Conda(record) => &record.categories,
            Self::Pip(record) => &record.categories,
        }
    }

    /// Whether both are the same artefact, as far as both know.
    pub fn is_same_as(self, other: Package<'_>) -> bool {
        match (self, other) {
            (Self::Conda(a), Package::Conda(b)) => a.is_same_as(b),
            (Self::Pip(a), Package::Pip(b)) => a.is_same_as(b),
            _ => false,
        }
    }
}
