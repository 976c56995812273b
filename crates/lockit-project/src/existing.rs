//! What a lockfile that is there holds.

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::{Format, Lock};

/// What one kind of lockfile holds for an environment.
#[derive(Debug)]
pub struct Existing {
    /// The format.
    pub kind: Format,
    /// What it says, of all platforms.
    pub lock: Lock,
    /// Whether the file calls the environment otherwise than it would be written now.
    pub has_former_name: bool,
    /// What the environments of the file are called there; empty where it is not shared.
    pub held: Vec<String>,
    /// What a person should know about the files.
    pub warnings: Vec<Diagnostic>,
}

impl Existing {
    /// Whether it says that PyPI packages were left out.
    pub fn skips_pip(&self) -> bool {
        self.lock.platforms.values().any(|locked| locked.skipped_pip > 0)
    }
}
