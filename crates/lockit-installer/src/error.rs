//! Why a prefix is not what the lock says.

use std::path::PathBuf;

use lockit_pypi::UvError;
use lockit_solver::ConfigError;
use lockit_spec::Platform;

/// A lock cannot be installed. Nothing of the prefix was changed, except for [`InstallError::Prefix`] and
/// [`InstallError::Uv`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// A shared configuration file is broken.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no place for the cache of packages, or it cannot be locked.
    #[error("the folder for cached packages cannot be used: {0}")]
    CacheDir(String),
    /// The worker threads could not be started.
    #[error("the worker threads cannot be started")]
    Runtime(#[source] std::io::Error),
    /// Environment variables in addresses that are not set.
    #[error("the environment variable{} {} not set", if .0.len() == 1 { "" } else { "s" }, variables(.0))]
    Variables(Vec<String>),
    /// A record that cannot be installed: no address, or one that is none.
    #[error("`{package}` cannot be installed: {reason}")]
    Record {
        /// The package.
        package: String,
        /// Why.
        reason: String,
    },
    /// An archive cannot be had, or is not what its digest says.
    #[error("`{package}` cannot be fetched: {reason}")]
    Fetch {
        /// The package.
        package: String,
        /// Why, without secrets.
        reason: String,
        /// The domain that wants credentials, or others than it was given (401, 403).
        denied_by: Option<String>,
    },
    /// PyPI packages are to be installed or removed, and there is no uv that could do it.
    #[error(transparent)]
    NoUv(#[from] UvError),
    /// PyPI packages for another machine than this one.
    #[error("PyPI packages for {0} can only be installed on such a machine")]
    ForeignPip(Platform),
    /// PyPI packages, and no python.
    #[error("the lock has PyPI packages, but no python that they could be installed for")]
    NoPython,
    /// uv did not succeed.
    #[error("the PyPI packages could not be installed: {reason}")]
    Uv {
        /// What it said, without secrets.
        reason: String,
    },
    /// Something else lies where the prefix should be.
    #[error("`{}` is there and is no conda environment", .0.display())]
    Occupied(PathBuf),
    /// The prefix could not be brought in line.
    #[error("`{}` could not be brought in line: {reason}", prefix.display())]
    Prefix {
        /// The prefix.
        prefix: PathBuf,
        /// Why.
        reason: String,
    },
}

fn variables(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("{} {}", names.join(", "), if names.len() == 1 { "is" } else { "are" })
}
