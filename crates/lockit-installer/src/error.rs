//! Why a prefix is not what the lock says.

use std::collections::BTreeSet;
use std::path::PathBuf;

use lockit_diagnostic::Hint;
use lockit_pypi::UvError;
use lockit_solver::ConfigError;
use lockit_spec::{NotFilled, Platform};

use crate::place::Stray;
use crate::room::Cramped;

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
    /// A variable in an address that is not filled in there.
    #[error("`{address}` cannot be asked for: {why}", address = .0.text, why = .0)]
    NotFilled(#[from] NotFilled),
    /// A record that cannot be installed: no address, or one that is none.
    #[error("`{package}` cannot be installed: {reason}")]
    Record {
        /// The package.
        package: String,
        /// Why.
        reason: String,
    },
    /// A channel that is a folder is not there.
    #[error("`{package}` cannot be installed: there is no folder `{}`", folder.display())]
    NoFolder {
        /// A package of that channel.
        package: String,
        /// The folder, absolute.
        folder: PathBuf,
    },
    /// Nothing says what an archive has to be.
    #[error("`{0}` cannot be installed: the lockfile has no digest of it")]
    NoDigest(String),
    /// An archive unpacks to more than it may.
    #[error("`{package}` is not unpacked: {reason}")]
    TooBig {
        /// The package.
        package: String,
        /// To more than what.
        reason: String,
    },
    /// A path of a package leads out of the prefix.
    #[error("`{package}` is not touched: its path `{}` {reason}", shown(path))]
    Stray {
        /// The package.
        package: String,
        /// The path, as the package has it.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// There is no room in the prefix for a path of a package, or none in a file of it for the prefix.
    #[error("`{package}` cannot be installed here: its path `{}` {reason}", shown(path))]
    NoRoom {
        /// The package.
        package: String,
        /// The path, as the package has it.
        path: String,
        /// What has no room.
        reason: String,
        /// How long the path of the prefix may be in bytes; `None` where none is short enough.
        most: Option<usize>,
    },
    /// Packages write the path of their prefix as text.
    #[error("`{}` cannot be an environment: its path is not UTF-8", .0.display())]
    NotUtf8(PathBuf),
    /// A folder that is kept by whoever installs lies elsewhere.
    #[error("`{}` is a link out of the environment, to `{}`", link.display(), aim.display())]
    Elsewhere {
        /// The link.
        link: PathBuf,
        /// Where it leads.
        aim: PathBuf,
    },
    /// An archive cannot be had, or is not what its digest says.
    #[error("`{package}` cannot be fetched: {reason}")]
    Fetch {
        /// The package.
        package: String,
        /// Why, without secrets.
        reason: String,
        /// The domains that want credentials, or others than they were given (401, 403): the one of the archive, and
        /// those whose credentials the lock leaves out.
        denied_by: BTreeSet<String>,
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
    /// A conda package for every python, and no python.
    #[error("`{0}` cannot be installed: it is a package for every python, and the lock has none")]
    NoPythonForModules(String),
    /// A file of a wheel has no place in an environment.
    #[error("`{package}` is not installed: its file `{}` {reason}", shown(path))]
    StrayWheel {
        /// The package.
        package: String,
        /// The file, as the package has it.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// PyPI packages that are no wheels, which nobody allowed to be built: that runs code of theirs.
    #[error("{} would have to be built, which is not allowed", .packages.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", "))]
    NotToBeBuilt {
        /// The packages, normalised.
        packages: Vec<String>,
        /// Whether the one who runs lockit said so; then no file can allow it.
        none: bool,
    },
    /// uv did not succeed.
    #[error("the PyPI packages could not be installed: {reason}")]
    Uv {
        /// What it said, without secrets.
        reason: String,
    },
    /// Something else lies where the prefix should be.
    #[error("`{}` is there and is no conda environment", .0.display())]
    Occupied(PathBuf),
    /// The file with the variables of the prefix cannot be understood.
    #[error("the variables of the environment cannot be set: {0}")]
    State(String),
    /// The prefix could not be brought in line.
    #[error("`{}` could not be brought in line: {reason}", prefix.display())]
    Prefix {
        /// The prefix.
        prefix: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Hint for InstallError {
    fn hints(&self) -> Vec<String> {
        let unchanged = "nothing of the prefix was changed";
        let hint = match self {
            Self::NoDigest(_) => {
                "lock it again, or take what is at its address with `--allow-missing-digests`"
            }
            Self::NoFolder { .. } => {
                return vec![
                    "the channel is a folder: put it there, or lock again with the channel where it is"
                        .to_owned(),
                    unchanged.to_owned(),
                ];
            }
            Self::TooBig { .. } => {
                return vec![
                    "if it is meant to be that big, allow more with `--max-unpacked 20G` or LOCKIT_MAX_UNPACKED".to_owned(),
                    unchanged.to_owned(),
                ];
            }
            Self::Stray { .. } => {
                return vec![
                    "the package is broken or hostile: do not use it, and tell its channel"
                        .to_owned(),
                    unchanged.to_owned(),
                ];
            }
            Self::NoRoom { most, .. } => {
                let hint = match most {
                    Some(most) => format!(
                        "install into a shorter prefix with `-p`: its path may have {most} bytes"
                    ),
                    None => {
                        "no prefix is short enough: do not use the package, and tell its channel"
                            .to_owned()
                    }
                };
                return vec![hint, unchanged.to_owned()];
            }
            Self::NotUtf8(_) => "choose another folder",
            Self::Elsewhere { .. } => "remove the link, or install into another folder",
            Self::Variables(_) => {
                "the lockfile leaves secrets to the environment; set them and run it again"
            }
            Self::Occupied(_) => "choose another folder, or empty this one",
            Self::NoUv(error) => return error.hints(),
            Self::NotFilled(error) => return error.hints(),
            Self::NoPythonForModules(_) => {
                return vec!["lock it together with `python`".to_owned(), unchanged.to_owned()];
            }
            Self::StrayWheel { .. } => {
                return vec![
                    "the package is broken or hostile: do not use it, and tell its index"
                        .to_owned(),
                    "the conda packages are in place, and no file of a PyPI package was changed"
                        .to_owned(),
                ];
            }
            Self::ForeignPip(_) | Self::NoPython => {
                "`--skip-pip` installs the conda packages alone"
            }
            Self::NotToBeBuilt { packages, none } => {
                let names: Vec<String> =
                    packages.iter().map(|name| format!("\"{name}\"")).collect();
                let allow = if *none {
                    "builds run code of the package: drop `--no-build` (LOCKIT_NO_BUILD) if you trust it".to_owned()
                } else {
                    format!(
                        "builds run code of the package: if you trust it, write `allow-builds = [{}]` into lockit.toml, and take it out of `no-build-package`",
                        names.join(", ")
                    )
                };
                return vec![allow, unchanged.to_owned()];
            }
            Self::Uv { .. } => {
                "the conda packages are in place; run it again when the cause is mended"
            }
            Self::Fetch { denied_by, .. } if !denied_by.is_empty() => {
                let domains: Vec<String> =
                    denied_by.iter().map(|domain| format!("`{domain}`")).collect();
                let plural = if domains.len() == 1 { "s" } else { "" };
                let login = format!(
                    "{} want{plural} a login: give it with `--auth` or `--auth-file`, or put it into `~/.netrc` or into rattler's store (`pixi auth login`)",
                    domains.join(" and ")
                );
                return vec![login, unchanged.to_owned()];
            }
            Self::Fetch { .. } => unchanged,
            Self::State(_) => {
                return vec![
                    "fix the file, or remove it if `conda env config vars list` shows nothing that is needed".to_owned(),
                    unchanged.to_owned(),
                ];
            }
            Self::Prefix { .. } => "run it again: what is there and fits is kept",
            Self::Config(_) | Self::CacheDir(_) | Self::Runtime(_) | Self::Record { .. } => {
                return Vec::new();
            }
        };
        vec![hint.to_owned()]
    }
}

impl From<Stray> for InstallError {
    fn from(Stray { package, path, reason }: Stray) -> Self {
        Self::Stray { package, path, reason }
    }
}

impl From<Cramped> for InstallError {
    fn from(Cramped { package, path, reason, most }: Cramped) -> Self {
        Self::NoRoom { package, path, reason, most }
    }
}

/// How many characters of a path are shown. A name has 255 at most.
const SHOWN: usize = 401;

/// A path as a line of text: it may have anything in it, and any length.
fn shown(path: &str) -> String {
    let length = path.chars().count();
    if length > SHOWN {
        let start: String = path.chars().take(SHOWN / 2).collect();
        let end: String = path.chars().skip(length - SHOWN / 2).collect();
        return shown(&format!("{start}…{end}"));
    }
    path.chars().fold(String::new(), |mut text, c| {
        if c.is_control() {
            text.extend(c.escape_default());
        } else {
            text.push(c);
        }
        text
    })
}

fn variables(names: &[String]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("{} {}", names.join(", "), if names.len() == 1 { "is" } else { "are" })
}
