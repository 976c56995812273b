//! What a merged lock should be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lockit_lockfile::{Lock, Package, PipRecord, PlatformLock, Record, order};
use lockit_spec::Platform;
use rattler_conda_types::Version;

use super::{Sides, packages, same};

/// A lock that has been put together from two.
#[derive(Debug, Clone, PartialEq)]
pub struct Proposal {
    /// What to keep.
    pub lock: Lock,
    /// Platforms whose packages are a mixture that neither side has. Nobody has solved them.
    pub mixed: BTreeSet<Platform>,
}

/// Puts two changed copies of a lock together.
///
/// A package, a platform, a channel list that only one side changed is taken from that side. Of a
/// package that both changed, the newer version is taken; one that only one of them removed stays,
/// because a solver leaves out what nothing asks for.
pub fn merge(sides: Sides<'_>) -> Proposal {
    let Sides { base, ours, theirs } = sides;
    let mut proposal = Proposal {
        lock: Lock {
            environment: pick(
                base.map(|lock| &lock.environment),
                &ours.environment,
                &theirs.environment,
            ),
            sources: pick(base.map(|lock| &lock.sources), &ours.sources, &theirs.sources),
            channels: pick(base.map(|lock| &lock.channels), &ours.channels, &theirs.channels),
            options: pick(base.map(|lock| &lock.options), &ours.options, &theirs.options),
            pip_indexes: pick(
                base.map(|lock| &lock.pip_indexes),
                &ours.pip_indexes,
                &theirs.pip_indexes,
            ),
            command: pick(base.map(|lock| &lock.command), &ours.command, &theirs.command),
            platforms: BTreeMap::new(),
            authenticated: ours.authenticated.union(&theirs.authenticated).cloned().collect(),
            metadata: pick(base.map(|lock| &lock.metadata), &ours.metadata, &theirs.metadata),
        },
        mixed: BTreeSet::new(),
    };
    let all: BTreeSet<Platform> =
        ours.platforms.keys().chain(theirs.platforms.keys()).copied().collect();
    for platform in all {
        let before = base.and_then(|lock| lock.platforms.get(&platform));
        let chosen = match (ours.platforms.get(&platform), theirs.platforms.get(&platform)) {
            (Some(one), None) | (None, Some(one)) => {
                // One side does not have it: removed there, or added here.
                if before.is_some_and(|before| same_packages(before, one)) {
                    continue;
                }
                one.clone()
            }
            (Some(a), Some(b)) => {
                if let Some(one) = side(before, a, b) {
                    one.clone()
                } else {
                    proposal.mixed.insert(platform);
                    let (records, pip) = mixture(sides, platform);
                    PlatformLock { pip, records, ..a.clone() }
                }
            }
            (None, None) => continue,
        };
        proposal.lock.platforms.insert(platform, chosen);
    }
    proposal
}

/// The side that is right as a whole, if one is.
fn side<'a>(
    before: Option<&PlatformLock>,
    ours: &'a PlatformLock,
    theirs: &'a PlatformLock,
) -> Option<&'a PlatformLock> {
    if before == Some(ours) {
        Some(theirs)
    } else if before == Some(theirs) || same_packages(ours, theirs) {
        Some(ours)
    } else {
        None
    }
}

fn same_packages(one: &PlatformLock, other: &PlatformLock) -> bool {
    one.records == other.records && one.pip == other.pip
}

/// The packages of a platform that both sides changed.
fn mixture(sides: Sides<'_>, platform: Platform) -> (Vec<Arc<Record>>, Vec<PipRecord>) {
    let before = packages(sides.base, platform);
    let ours = packages(Some(sides.ours), platform);
    let theirs = packages(Some(sides.theirs), platform);
    let keys: BTreeSet<_> = ours.keys().chain(theirs.keys()).copied().collect();
    let (mut records, mut pip) = (Vec::new(), Vec::new());
    for key in keys {
        let [old, a, b] = [&before, &ours, &theirs].map(|packages| packages.get(&key).copied());
        let chosen = if same(old, a) {
            b
        } else if same(old, b) || same(a, b) {
            a
        } else if let (Some(a), Some(b)) = (a, b) {
            Some(newer(a, b))
        } else {
            a.or(b)
        };
        match chosen {
            Some(Package::Conda(record)) => records.push(Arc::clone(record)),
            Some(Package::Pip(record)) => pip.push(record.clone()),
            None => {}
        }
    }
    order::sort(&mut records);
    (records, pip)
}

/// The newer of two; ours, where the versions do not tell.
fn newer<'a>(ours: Package<'a>, theirs: Package<'a>) -> Package<'a> {
    let key = |package: Package<'_>| {
        let (build, timestamp) = match package {
            Package::Conda(record) => (record.build_number, record.timestamp),
            Package::Pip(_) => (None, None),
        };
        (package.version().parse::<Version>().ok(), build, timestamp)
    };
    if key(theirs) > key(ours) { theirs } else { ours }
}

/// The changed one; ours, where both are.
fn pick<T: PartialEq + Clone>(base: Option<&T>, ours: &T, theirs: &T) -> T {
    if base == Some(ours) { theirs.clone() } else { ours.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::{Lost, State, account};
    use crate::sample::lock;

    fn linux(files: &[&str]) -> Lock {
        lock(&[("linux-64", files)])
    }

    fn names(proposal: &Proposal) -> Vec<String> {
        proposal.lock.platforms[&Platform::Linux64]
            .records
            .iter()
            .map(|record| format!("{} {}", record.name, record.version))
            .collect()
    }

    #[test]
    fn each_side_has_its_way_where_it_alone_changed_something() {
        let base = linux(&["a-1.0-0", "b-1.0-0", "c-1.0-0", "d-1.0-0"]);
        let ours = linux(&["a-2.0-0", "b-1.0-0", "c-1.0-0", "e-1.0-0"]);
        let theirs = linux(&["a-1.0-0", "b-1.5-0", "c-1.0-0", "d-1.0-0", "f-1.0-0"]);
        let sides = Sides { base: Some(&base), ours: &ours, theirs: &theirs };
        let proposal = merge(sides);
        assert_eq!(names(&proposal), ["a 2.0", "b 1.5", "c 1.0", "e 1.0", "f 1.0"]);
        assert_eq!(proposal.mixed, BTreeSet::from([Platform::Linux64]), "nobody has solved it");
        let account = account(sides, &proposal.lock);
        assert_eq!((account.ours, account.theirs, account.both), (3, 2, 0), "a, -d, +e and b, +f");
        assert_eq!(account.lost, []);
    }

    #[test]
    fn of_two_changes_of_one_package_the_newer_version_is_proposed() {
        let base = linux(&["a-1.0-0", "b-1.0-0", "c-1.0-0"]);
        let ours = linux(&["a-1.9-0", "b-1.10-0", "c-2.0-0"]);
        let theirs = linux(&["a-1.10-0", "b-1.9-0", "c-2.0-0"]);
        let sides = Sides { base: Some(&base), ours: &ours, theirs: &theirs };
        let proposal = merge(sides);
        assert_eq!(names(&proposal), ["a 1.10", "b 1.10", "c 2.0"]);
        let account = account(sides, &proposal.lock);
        assert_eq!((account.ours, account.theirs, account.both), (1, 1, 1));
        let is = |text: &str| State::Present(text.to_owned());
        let linux = vec![Platform::Linux64];
        let lost = [("a", "1.9", "1.10", "1.10"), ("b", "1.10", "1.9", "1.10")].map(
            |(name, ours, theirs, result)| Lost {
                name: name.into(),
                ours: Some(is(ours)),
                theirs: Some(is(theirs)),
                result: is(result),
                platforms: linux.clone(),
            },
        );
        assert_eq!(account.lost, lost);
    }

    #[test]
    fn a_platform_that_one_side_alone_changed_is_whole() {
        let base = lock(&[("linux-64", &["a-1.0-0"]), ("osx-64", &["a-1.0-0"])]);
        let ours = lock(&[("linux-64", &["a-2.0-0"]), ("osx-64", &["a-1.0-0"])]);
        let theirs =
            lock(&[("linux-64", &["a-1.0-0"]), ("osx-64", &["a-3.0-0"]), ("win-64", &["a-1.0-0"])]);
        let proposal = merge(Sides { base: Some(&base), ours: &ours, theirs: &theirs });
        assert!(proposal.mixed.is_empty());
        assert_eq!(proposal.lock.platforms[&Platform::Linux64], ours.platforms[&Platform::Linux64]);
        assert_eq!(proposal.lock.platforms[&Platform::Osx64], theirs.platforms[&Platform::Osx64]);
        assert!(proposal.lock.platforms.contains_key(&Platform::Win64), "added by them");
        let fewer = lock(&[("linux-64", &["a-2.0-0"])]);
        let proposal = merge(Sides { base: Some(&base), ours: &fewer, theirs: &base });
        assert!(!proposal.lock.platforms.contains_key(&Platform::Osx64), "removed by us");
        let proposal = merge(Sides { base: Some(&base), ours: &fewer, theirs: &theirs });
        assert!(proposal.lock.platforms.contains_key(&Platform::Osx64), "changed by them");
    }

    #[test]
    fn without_a_common_ancestor_both_sides_count() {
        let (ours, theirs) = (linux(&["a-1.0-0", "b-1.0-0"]), linux(&["a-1.1-0", "c-1.0-0"]));
        let proposal = merge(Sides { base: None, ours: &ours, theirs: &theirs });
        assert_eq!(names(&proposal), ["a 1.1", "b 1.0", "c 1.0"]);
    }
}
