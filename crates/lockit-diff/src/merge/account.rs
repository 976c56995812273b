//! What became of the choices of both sides.

use std::collections::{BTreeMap, BTreeSet};

use lockit_lockfile::{Lock, Record};
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

/// A package that is not as a side that changed it had it. Versions; with the build, where the version
/// does not tell. `None` where there is no such package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// Package name.
    pub name: String,
    /// What our side had, if it changed the package.
    pub ours: Option<Option<String>>,
    /// What their side had, if it changed the package.
    pub theirs: Option<Option<String>>,
    /// What it is.
    pub result: Option<String>,
    /// Where, in order of their names.
    pub platforms: Vec<Platform>,
}

type Key = (String, Option<Option<String>>, Option<Option<String>>, Option<String>);

/// Tells which choices of both sides are in a result.
///
/// A package counts once, on however many platforms it changed.
pub fn account(sides: Sides<'_>, result: &Lock) -> Account {
    let mut account = Account::default();
    let mut counted: [BTreeSet<&str>; 3] = Default::default();
    let mut lost: BTreeMap<Key, Vec<Platform>> = BTreeMap::new();
    for platform in result.platforms.keys().copied() {
        let before = packages(sides.base, platform);
        let ours = packages(Some(sides.ours), platform);
        let theirs = packages(Some(sides.theirs), platform);
        let after = packages(Some(result), platform);
        let names: BTreeSet<&str> =
            before.keys().chain(ours.keys()).chain(theirs.keys()).copied().collect();
        for name in names {
            let [old, a, b, new] =
                [&before, &ours, &theirs, &after].map(|packages| packages.get(name).copied());
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
                let key = told(name, by_us.then_some(a), by_them.then_some(b), new);
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
fn told(
    name: &str,
    ours: Option<Option<&Record>>,
    theirs: Option<Option<&Record>>,
    result: Option<&Record>,
) -> Key {
    let all = [ours.flatten(), theirs.flatten(), result];
    let versions: BTreeSet<&str> =
        all.iter().flatten().map(|record| record.version.as_str()).collect();
    let text = |record: &Record| {
        if versions.len() > 1 || record.build.is_empty() {
            record.version.clone()
        } else {
            format!("{} {}", record.version, record.build)
        }
    };
    let side = |side: Option<Option<&Record>>| side.map(|record| record.map(text));
    (name.to_owned(), side(ours), side(theirs), result.map(text))
}
