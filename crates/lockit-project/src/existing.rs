//! What a lockfile that is there holds.

use std::collections::BTreeSet;

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::{Format, Lock};

/// What one kind of lockfile holds for an environment.
#[derive(Debug)]
pub struct Existing {
    /// The format.
    pub kind: Format,
    /// What it says, of all platforms. Addresses of mirrors that `[rewrite]` of lockit.toml names are those that they stand for.
    pub lock: Lock,
    /// The same with the addresses of the file, where they are of such mirrors.
    pub rewritten: Option<Rewritten>,
    /// Whether the file calls the environment otherwise than it would be written now.
    pub has_former_name: bool,
    /// What the environments of the file are called there; empty where it is not shared.
    pub held: Vec<String>,
    /// What a person should know about the files.
    pub warnings: Vec<Diagnostic>,
}

/// A lock with addresses of mirrors.
#[derive(Debug)]
pub struct Rewritten {
    /// As the file has it.
    pub lock: Lock,
    /// The mirrors.
    pub mirrors: BTreeSet<String>,
}

impl Existing {
    /// What the file says, with the addresses that are in it.
    pub fn as_written(&self) -> &Lock {
        self.rewritten.as_ref().map_or(&self.lock, |rewritten| &rewritten.lock)
    }

    /// Whether it says that PyPI packages were left out.
    pub fn skips_pip(&self) -> bool {
        self.lock.platforms.values().any(|locked| locked.skipped_pip > 0)
    }
}
