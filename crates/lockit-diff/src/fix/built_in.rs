//! The last resort: no dependencies are known, only the names of low-level libraries.

use super::PackageIndex;

/// Knows nothing about any package; the table of low-level libraries decides alone.
#[derive(Debug, Clone, Copy)]
pub struct BuiltIn;

impl PackageIndex for BuiltIn {
    fn origin(&self) -> String {
        "a built-in list of low-level libraries".into()
    }

    fn dependencies(&self, _name: &str) -> Option<&[String]> {
        None
    }
}
