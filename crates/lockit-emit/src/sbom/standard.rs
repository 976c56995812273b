//! The standards that there are.

use jiff::Timestamp;
use lockit_lockfile::Lock;
use lockit_spec::Platform;

use super::cyclonedx::cyclonedx;
use super::spdx::spdx;

/// A standard that a bill follows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Standard {
    /// CycloneDX 1.6, JSON.
    #[default]
    CycloneDx,
    /// SPDX 2.3, JSON.
    Spdx,
}

impl Standard {
    /// What lockit.toml calls them.
    const NAMES: [(&'static str, Self); 2] = [("cyclonedx", Self::CycloneDx), ("spdx", Self::Spdx)];

    /// The standard of a name in lockit.toml.
    pub fn named(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, standard)| standard)
    }

    /// The bill of one platform of a lock, which was made at a time.
    pub fn render(self, lock: &Lock, platform: Platform, time: Option<Timestamp>) -> String {
        match self {
            Self::CycloneDx => cyclonedx(lock, platform, time),
            Self::Spdx => spdx(lock, platform, time),
        }
    }
}
