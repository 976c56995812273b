//! Platform selectors: `# [linux and not aarch64]` and `sel(osx): name` (CEP 24).

use crate::Platform;

/// A boolean expression over platform names, kept with its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selector {
    /// The expression as written, without brackets.
    pub text: String,
}

impl Selector {
    /// Whether the expression is true on a platform.
    pub fn matches(&self, _platform: Platform) -> bool {
        true
    }
}
