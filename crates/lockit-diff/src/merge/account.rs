//! What became of the choices of both sides.

use std::collections::{BTreeMap, BTreeSet};

use lockit_lockfile::{Lock, Manager, Package};
use lockit_spec::Platform;

use super::{Sides, packages, same};

/// How much of each side is in the result.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Account {
    /// Packages that our side changed and that are as it had them.
    pub ours: usize,
    /// Packages that their side changed and that are as it had them.
    pub theirs: usize,
    /// Packages that both sides changed in the same way.
    pub both: usize,
    /// Packages that a side changed and that are another way, in order of their names.
    pub lost: Vec<Lost>,
}

/// A package that is not as a side that changed it had it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Package name.
    pub name: String,
    /// What our side had, if it changed the package.
    pub ours: Option<State>,
    /// What their side had, if it changed the package.
    pub theirs: Option<State>,
    /// What it is.
    pub result: State,
    /// Where, in order of their names.
    pub platforms: Vec<Platform>,
}

/// A package in a lock.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// It is not there.
    Absent,
    /// Its version; with its build, where the version does not tell the difference.
    Present(String),
}

type Key = (String, Option<State>, Option<State>, State);

/// Tells which choices of both sides are in a result.
///
/// A package counts once, on however many platforms it changed.
pub fn account(sides: Sides<'_>, result: &Lock) -> Account {
    let mut account = Account::default();
    let mut counted: [BTreeSet<(&str, Manager)>; 3] = Default::default();
    let mut lost: BTreeMap<Key, Vec<Platform>> = BTreeMap::new();
    for platform in result.platforms.keys().copied() {
        let before = packages(sides.base, platform);
        let ours = packages(Some(sides.ours), platform);
        let theirs = packages(Some(sides.theirs), platform);
        let after = packages(Some(result), platform);
        let names: BTreeSet<(&str, Manager)> =
            before.keys().chain(ours.keys()).chain(theirs.keys()).copied().collect();
        for name in names {
            let [old, a, b, new] =
                [&before, &ours, &theirs, &after].map(|packages| packages.get(&name).copied());
            let (by_us, by_them) = (!same(old, a), !same(old, b));
            let (has_ours, has_theirs) = (same(a, new), same(b, new));
            if by_us && by_them && has_ours && has_theirs {
                counted[2].insert(name);
                continue;
            }
            if by_us && has_ours {
                counted[0].insert(name);
            }
            if by_them && has_theirs {
                counted[1].insert(name);
            }
            if (by_us && !has_ours) || (by_them && !has_theirs) {
                let [ours, theirs, is] = states([a, b, new]);
                let key = (name.0.to_owned(), by_us.then_some(ours), by_them.then_some(theirs), is);
                lost.entry(key).or_default().push(platform);
            }
        }
    }
    [account.ours, account.theirs, account.both] = counted.map(|names| names.len());
    account.lost = lost
        .into_iter()
        .map(|((name, ours, theirs, result), platforms)| Lost {
            name,
            ours,
            theirs,
            result,
            platforms,
        })
        .collect();
    account
}

/// Builds are named only where versions are the same: they differ from platform to platform.
fn states(sides: [Option<Package<'_>>; 3]) -> [State; 3] {
    let versions: BTreeSet<&str> =
        sides.iter().flatten().map(|package| package.version()).collect();
    sides.map(|record| match record {
        None => State::Absent,
        Some(package) if versions.len() > 1 || package.build().is_empty() => {
            State::Present(package.version().to_owned())
        }
        Some(package) => State::Present(format!("{} {}", package.version(), package.build())),
    })
}
