//! What an installation did.

use crate::{Clash, Damage};

/// What was done.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Done {
    /// Packages that were not there.
    pub added: usize,
    /// Packages that were there in another version or build.
    pub changed: usize,
    /// Packages that the lock does not have.
    pub removed: usize,
    /// Packages whose files were gone or changed, and are as they were.
    pub repaired: Vec<Damage>,
    /// Files that several packages bring.
    pub clashes: Vec<Clash>,
    /// Variables that are set on activation now, and were not before.
    pub variables_set: Vec<String>,
    /// Variables that lockit had set, and that are set no longer.
    pub variables_removed: Vec<String>,
    /// Packages with scripts that should run after linking, and did not.
    pub with_link_scripts: Vec<String>,
}

impl Done {
    pub(crate) fn add(&mut self, other: &Self) {
        self.added += other.added;
        self.changed += other.changed;
        self.removed += other.removed;
        self.repaired.extend_from_slice(&other.repaired);
        self.clashes.extend_from_slice(&other.clashes);
    }
}
