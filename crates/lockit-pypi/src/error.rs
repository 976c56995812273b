//! Why PyPI packages cannot be resolved.

use lockit_spec::{NotFilled, Platform};

use crate::{Advice, OtherDigests, Provided, UvError};

/// PyPI packages of one environment cannot be resolved for one platform.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PypiError {
    /// There is no uv.
    #[error(transparent)]
    Uv(#[from] UvError),
    /// Conda chose no python.
    #[error("there is no python on {platform} for the PyPI packages")]
    NoPython {
        /// The platform.
        platform: Platform,
    },
    /// The python is none that uv resolves for from afar.
    #[error(
        "PyPI packages cannot be resolved for {platform}: the python there is `{build}`, not CPython"
    )]
    Implementation {
        /// The platform.
        platform: Platform,
        /// The build string of python.
        build: String,
    },
    /// The version of python is no version.
    #[error("`{version}` is no version of python that uv understands")]
    PythonVersion {
        /// The version.
        version: String,
    },
    /// Nobody makes wheels for the platform, or it is not known which system it has.
    #[error(
        "PyPI packages cannot be resolved for {platform}: uv has no such target, or the virtual packages do \
         not say which system it is"
    )]
    Platform {
        /// The platform.
        platform: Platform,
    },
    /// No set of packages satisfies the requirements beside what conda has chosen.
    #[error("no set of PyPI packages satisfies the requirements")]
    Unsatisfiable {
        /// uv's words.
        explanation: String,
        /// What conda provides of that which the words are about.
        provided: Vec<Provided>,
        /// What might help.
        advice: Vec<Advice>,
    },
    /// An index, or a server of archives, cannot be asked: nothing is known of the packages.
    #[error("an index of PyPI packages cannot be reached")]
    Unreachable {
        /// uv's words.
        explanation: String,
    },
    /// uv failed for another reason: a repository that is not there, a build that fails.
    #[error("uv cannot resolve them")]
    Failed {
        /// uv's words.
        explanation: String,
        /// What might help.
        advice: Vec<Advice>,
    },
    /// No archive has a digest that the specs demand.
    #[error("no archive of `{}` has a digest that is asked for", .0.name)]
    OtherDigests(Box<OtherDigests>),
    /// Packages would have to be built, which runs code of theirs, and nobody allowed that.
    #[error("{} would have to be built", .packages.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", "))]
    NotToBeBuilt {
        /// The packages, normalised.
        packages: Vec<String>,
        /// Whether the one who runs lockit said that nothing is built; then no file can allow it.
        none: bool,
    },
    /// A folder whose sources uv would build unasked.
    #[error(
        "`{folder}` names sources of its own (`tool.uv.sources`), which {uv} may build although it is told not to"
    )]
    OldForNoBuilds {
        /// The folder.
        folder: String,
        /// The uv there is.
        uv: String,
    },
    /// A package that cannot be installed on the platform.
    #[error("`{package}` has no wheel for the platform and no source distribution")]
    NoArtefact {
        /// Name and version.
        package: String,
    },
    /// uv's answer is not what it should be.
    #[error("uv's answer is not understood: {reason}")]
    Answer {
        /// What is wrong with it.
        reason: String,
    },
    /// A placeholder that is not filled in.
    #[error("{0}; PyPI packages need it")]
    NotFilled(#[from] NotFilled),
    /// The temporary folder cannot be used.
    #[error("the temporary files for uv cannot be written")]
    Io(#[from] std::io::Error),
}

impl From<OtherDigests> for PypiError {
    fn from(other: OtherDigests) -> Self {
        Self::OtherDigests(Box::new(other))
    }
}
