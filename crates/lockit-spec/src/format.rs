//! The formats a lock is written in.

use std::fmt;
use std::str::FromStr;

use lockit_diagnostic::Hint;

use crate::spelling::did_you_mean;

/// A lockfile format. Its text form is the one of `--kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// One file per platform with the address of every package (CEP 23).
    Explicit,
    /// `conda-lock.yml`, all platforms in one file (CEP 37).
    CondaLock,
    /// `pixi.lock`, all environments and platforms in one file.
    Pixi,
    /// One environment file per platform with every version and build pinned.
    Env,
}

/// `--kind` got something that is no format.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no lockfile kind; use one of `explicit`, `lock`, `pixi`, `env`")]
pub struct UnknownFormat(pub String);

impl Hint for UnknownFormat {
    fn hints(&self) -> Vec<String> {
        did_you_mean(&self.0, Format::ALL.map(Format::as_str)).into_iter().collect()
    }
}

impl Format {
    /// Every format, in the order help texts show them.
    pub const ALL: [Self; 4] = [Self::Explicit, Self::CondaLock, Self::Pixi, Self::Env];

    /// Every format, those that keep most about a package first: what to believe where an
    /// environment has several lockfiles.
    pub const MOST_FIRST: [Self; 4] = [Self::Pixi, Self::CondaLock, Self::Explicit, Self::Env];

    /// The name on the command line; `lock` is conda-lock's own word for its file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Explicit => "explicit",
            Self::CondaLock => "lock",
            Self::Pixi => "pixi",
            Self::Env => "env",
        }
    }

    /// Whether one file holds one platform only.
    pub fn is_per_platform(self) -> bool {
        match self {
            Self::Explicit | Self::Env => true,
            Self::CondaLock | Self::Pixi => false,
        }
    }

    /// Whether a file says what is set when the environment is activated (CEP 24 `variables`).
    pub fn keeps_variables(self) -> bool {
        self == Self::Env
    }

    /// Whether one file holds all environments of a project.
    pub fn is_shared(self) -> bool {
        match self {
            Self::Pixi => true,
            Self::Explicit | Self::CondaLock | Self::Env => false,
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|format| format.as_str() == text)
            .ok_or_else(|| UnknownFormat(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_has_its_place() {
        let mut sorted = Format::MOST_FIRST;
        sorted.sort_unstable();
        assert_eq!(sorted, Format::ALL);
    }

    #[test]
    fn names_round_trip() {
        for format in Format::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        assert_eq!(
            "Lock".parse::<Format>().unwrap_err().to_string(),
            "`Lock` is no lockfile kind; use one of `explicit`, `lock`, `pixi`, `env`"
        );
    }
}
