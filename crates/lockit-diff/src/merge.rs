//! Two changed copies of one lock, put together again.
//!
//! [`merge`] proposes, package by package, what a person would: the side that changed something has
//! its way, and where both did, the newer version. A proposal that mixes both sides may contradict
//! itself, so it is not a lock yet: it is what a solver is asked to keep. [`account`] tells what became
//! of it.

mod account;
mod files;
mod propose;

pub use account::{Account, Lost, State, account};
pub use files::Copies;
pub use propose::{Proposal, merge};

use std::collections::BTreeMap;

use lockit_lockfile::{Lock, Manager, Package};
use lockit_spec::Platform;

/// The lock before both changes, if there was one, and the two changed copies.
#[derive(Debug, Clone, Copy)]
pub struct Sides<'a> {
    /// Before both changes. `None` when both sides added the lock.
    pub base: Option<&'a Lock>,
    /// The copy of the branch that is merged into.
    pub ours: &'a Lock,
    /// The copy of the branch that is merged.
    pub theirs: &'a Lock,
}

/// The packages of one platform, by name and kind.
type Packages<'a> = BTreeMap<(&'a str, Manager), Package<'a>>;

fn packages(lock: Option<&Lock>, platform: Platform) -> Packages<'_> {
    lock.and_then(|lock| lock.platforms.get(&platform))
        .into_iter()
        .flat_map(|chosen| {
            let of_pip = chosen.pip.iter().map(Package::Pip);
            chosen.records.iter().map(Package::Conda).chain(of_pip)
        })
        .map(|package| ((package.name(), package.manager()), package))
        .collect()
}

/// Whether both are the same artefact, or both are nothing.
fn same(a: Option<Package<'_>>, b: Option<Package<'_>>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => a.is_same_as(b),
        (None, None) => true,
        _ => false,
    }
}
