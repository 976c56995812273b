//! Whole lockfiles, with the environments in them.

use std::collections::BTreeSet;

use lockit_lockfile::Lock;
use lockit_lockfile::detect::Lockfile;

use super::{Proposal, Sides, merge};

/// The copies of one lockfile.
#[derive(Debug, Clone, PartialEq)]
pub struct Copies {
    /// Before both changes. `None` when both sides added the file.
    pub base: Option<Lockfile>,
    /// The copy of the branch that is merged into.
    pub ours: Lockfile,
    /// The copy of the branch that is merged.
    pub theirs: Lockfile,
}

impl Copies {
    /// The copies of one environment that both sides have.
    pub fn of(&self, environment: &str) -> Option<Sides<'_>> {
        Some(Sides {
            base: self.base.as_ref().and_then(|file| find(file, environment)),
            ours: find(&self.ours, environment)?,
            theirs: find(&self.theirs, environment)?,
        })
    }

    /// Puts the copies together, environment by environment. The second part tells whether something in
    /// it is a mixture that nobody has solved; see [`Proposal::mixed`].
    ///
    /// An environment that only one side changed, added or removed is as that side has it.
    pub fn merge(&self) -> (Lockfile, bool) {
        let mut mixed = false;
        let mut locks = Vec::new();
        let all = self.ours.locks.iter().chain(&self.theirs.locks);
        let names: BTreeSet<&str> = all.map(|lock| lock.environment.as_str()).collect();
        for name in names {
            let (ours, theirs) = (find(&self.ours, name), find(&self.theirs, name));
            match (ours, theirs) {
                (Some(ours), Some(theirs)) => {
                    let base = self.base.as_ref().and_then(|file| find(file, name));
                    let proposal: Proposal = merge(Sides { base, ours, theirs });
                    mixed |= !proposal.mixed.is_empty();
                    if !locks.contains(&proposal.lock) {
                        locks.push(proposal.lock);
                    }
                }
                (Some(lock), None) | (None, Some(lock)) => {
                    let before = self.base.as_ref().and_then(|file| find(file, name));
                    if before != Some(lock) {
                        locks.push(lock.clone());
                    }
                }
                (None, None) => {}
            }
        }
        let lockfile =
            Lockfile { format: self.ours.format, locks, warnings: self.ours.warnings.clone() };
        (lockfile, mixed)
    }
}

/// The lock of an environment. A file with a single lock is about one environment, whatever it is
/// called there: a name may change.
fn find<'a>(file: &'a Lockfile, environment: &str) -> Option<&'a Lock> {
    match file.locks.as_slice() {
        [single] if !file.format.is_shared() => Some(single),
        locks => locks.iter().find(|lock| lock.environment == environment),
    }
}
