//! Package names with `*`.

use std::str::FromStr;

use rattler_conda_types::{PackageName, PackageNameMatcher};

/// A package name, or a pattern such as `pytorch*`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct NamePattern(PackageNameMatcher);

/// A text is no package name and no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no package name and no pattern")]
pub struct NamePatternError(String);

impl FromStr for NamePattern {
    type Err = NamePatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self).map_err(|_| NamePatternError(text.to_owned()))
    }
}

impl NamePattern {
    /// Whether a package is meant.
    ///
    /// ```
    /// use lockit_spec::NamePattern;
    ///
    /// let pattern: NamePattern = "pytorch*".parse().unwrap();
    /// assert!(pattern.matches("pytorch-cpu") && !pattern.matches("libtorch"));
    /// assert!("numpy".parse::<NamePattern>().unwrap().matches("NumPy"));
    /// assert!("numpy >=2".parse::<NamePattern>().is_err());
    /// ```
    pub fn matches(&self, name: &str) -> bool {
        PackageName::try_from(name).is_ok_and(|name| self.0.matches(&name))
    }
}
