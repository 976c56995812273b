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

#[cfg(test)]
mod tests {
    use lockit_lockfile::Format;
    use lockit_spec::Platform;

    use super::*;
    use crate::sample;

    /// A file with an environment of each name, with one package.
    fn file(format: Format, locks: &[(&str, &str)]) -> Lockfile {
        let locks = locks.iter().map(|(name, package)| Lock {
            environment: (*name).to_owned(),
            ..sample::lock(&[("linux-64", &[package])])
        });
        Lockfile { format, locks: locks.collect(), warnings: Vec::new() }
    }

    fn merged(base: Option<Lockfile>, ours: Lockfile, theirs: Lockfile) -> (Vec<String>, bool) {
        let (file, mixed) = Copies { base, ours, theirs }.merge();
        let shown = file.locks.iter().map(|lock| {
            let record = &lock.platforms[&Platform::Linux64].records[0];
            format!("{}: {} {}", lock.environment, record.name, record.version)
        });
        (shown.collect(), mixed)
    }

    #[test]
    fn environments_of_one_file_are_merged_by_their_names() {
        let pixi = |locks: &[(&str, &str)]| file(Format::Pixi, locks);
        let base = pixi(&[("dev", "a-1-0"), ("predict", "a-1-0")]);
        let ours = pixi(&[("dev", "a-2-0"), ("predict", "a-1-0")]);
        let theirs = pixi(&[("dev", "a-1-0"), ("predict", "a-3-0")]);
        let (shown, mixed) = merged(Some(base.clone()), ours.clone(), theirs);
        assert_eq!(shown, ["dev: a 2", "predict: a 3"]);
        assert!(!mixed, "each is as one side has it");
        let both = pixi(&[("dev", "a-3-0"), ("predict", "a-1-0")]);
        assert!(merged(Some(base), ours, both).1, "nobody has solved it");
    }

    #[test]
    fn an_environment_that_one_side_added_or_removed_is_as_that_side_has_it() {
        let pixi = |locks: &[(&str, &str)]| file(Format::Pixi, locks);
        let base = || Some(pixi(&[("dev", "a-1-0"), ("old", "a-1-0")]));
        let kept = || pixi(&[("dev", "a-1-0"), ("old", "a-1-0")]);
        let removed = || pixi(&[("dev", "a-1-0")]);
        let added = || pixi(&[("dev", "a-1-0"), ("new", "b-1-0"), ("old", "a-1-0")]);
        let changed = || pixi(&[("dev", "a-1-0"), ("old", "a-2-0")]);
        for (ours, theirs, expected) in [
            (removed(), kept(), vec!["dev: a 1"]),
            (kept(), removed(), vec!["dev: a 1"]),
            (added(), kept(), vec!["dev: a 1", "new: b 1", "old: a 1"]),
            (kept(), added(), vec!["dev: a 1", "new: b 1", "old: a 1"]),
            // What the other side has changed since is not lost.
            (removed(), changed(), vec!["dev: a 1", "old: a 2"]),
        ] {
            assert_eq!(merged(base(), ours, theirs).0, expected);
        }
    }

    /// In a file of its own an environment may have been renamed, which is no second one.
    #[test]
    fn a_file_of_one_environment_is_about_that_one_whatever_it_is_called() {
        let lock = |name: &str, package: &str| file(Format::CondaLock, &[(name, package)]);
        let (shown, _) = merged(Some(lock("a", "p-1-0")), lock("b", "p-1-0"), lock("a", "p-2-0"));
        assert_eq!(shown, ["b: p 2"]);
        let copies = Copies { base: None, ours: lock("b", "p-1-0"), theirs: lock("a", "p-2-0") };
        assert!(copies.of("anything").is_some());
        // A pixi.lock may hold others besides.
        let pixi = |name: &str| file(Format::Pixi, &[(name, "p-1-0")]);
        let copies = Copies { base: None, ours: pixi("a"), theirs: pixi("b") };
        assert!(copies.of("a").is_none());
    }
}
