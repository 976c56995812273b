//! Whether two locks of one environment say the same, and which of them is the newer one.
//!
//! Formats keep more or less about a package; compared is what every format keeps: name, version, build.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::str::FromStr as _;
use std::sync::Arc;

use lockit_spec::Platform;
use rattler_conda_types::Version;

use crate::{Lock, PlatformLock};

/// The first package that two locks of one environment have differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disagreement {
    /// The platform.
    pub platform: Platform,
    /// The package's name.
    pub name: String,
    /// Its version, and its build where only that differs, in either lock; `None` where it is not locked.
    pub versions: [Option<String>; 2],
}

/// What two locks have differently, on the platforms that both have.
pub fn disagreement(one: &Lock, other: &Lock) -> Option<Disagreement> {
    one.platforms.iter().find_map(|(platform, ours)| {
        let theirs = other.platforms.get(platform)?;
        let (a, b) = (Packages::of(ours, theirs), Packages::of(theirs, ours));
        let name =
            a.0.keys().chain(b.0.keys()).find(|name| match (a.0.get(*name), b.0.get(*name)) {
                (Some(a), Some(b)) => !a.is_same(*b),
                _ => true,
            })?;
        let (a, b) = (a.0.get(name), b.0.get(name));
        let only_builds = a.zip(b).is_some_and(|(a, b)| a.version == b.version);
        let text = |package: &Package<'_>| {
            if only_builds {
                format!("{} {}", package.version, package.build)
            } else {
                package.version.to_owned()
            }
        };
        Some(Disagreement {
            platform: *platform,
            name: name.1.to_owned(),
            versions: [a.map(&text), b.map(&text)],
        })
    })
}

/// Which of two locks is the newer one: that of which more packages are newer. Versions decide, between builds of
/// one version the moments at which they were made.
pub fn by_age(one: &Lock, other: &Lock) -> Ordering {
    let mut balance = 0_i64;
    for (platform, ours) in &one.platforms {
        let Some(theirs) = other.platforms.get(platform) else { continue };
        let known: BTreeMap<&str, &Arc<crate::Record>> =
            theirs.records.iter().map(|record| (record.name.as_str(), record)).collect();
        for record in &ours.records {
            let Some(theirs) = known.get(record.name.as_str()) else { continue };
            let order = if record.version == theirs.version {
                record.timestamp.zip(theirs.timestamp).map(|(a, b)| a.cmp(&b))
            } else {
                let version = |text: &str| Version::from_str(text).ok();
                version(&record.version).zip(version(&theirs.version)).map(|(a, b)| a.cmp(&b))
            };
            balance += order.map_or(0, |order| order as i64);
        }
    }
    balance.cmp(&0)
}

#[derive(Clone, Copy)]
struct Package<'a> {
    version: &'a str,
    build: &'a str,
}

impl Package<'_> {
    /// A format that keeps no builds says nothing about them, nor one that does not know the version that a folder
    /// or a commit will have.
    fn is_same(self, other: Self) -> bool {
        let same = |one: &str, other: &str| one == other || one.is_empty() || other.is_empty();
        same(self.version, other.version) && same(self.build, other.build)
    }
}

/// The packages of a platform, by manager and name. Those of PyPI only where neither side leaves them out.
struct Packages<'a>(BTreeMap<(bool, &'a str), Package<'a>>);

impl<'a> Packages<'a> {
    fn of(locked: &'a PlatformLock, other: &PlatformLock) -> Self {
        let conda = locked.records.iter().map(|record| {
            let package = Package { version: &record.version, build: &record.build };
            ((false, record.name.as_str()), package)
        });
        let with_pip = locked.skipped_pip == 0 && other.skipped_pip == 0;
        let pip = locked.pip.iter().filter(|_| with_pip).map(|record| {
            ((true, record.name.as_str()), Package { version: &record.version, build: "" })
        });
        Self(conda.chain(pip).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;

    fn changed(change: impl Fn(&mut crate::Record)) -> Lock {
        let mut lock = sample::lock();
        let locked = lock.platforms.get_mut(&Platform::Linux64).unwrap();
        locked.records_mut().filter(|one| one.name == "click").for_each(change);
        lock
    }

    #[test]
    fn locks_agree_whatever_else_formats_keep() {
        let bare = changed(|record| {
            record.depends = None;
            record.build = String::new();
        });
        let unknown = changed(|record| record.version = String::new());
        assert_eq!(disagreement(&sample::lock(), &unknown), None);
        assert_eq!(disagreement(&sample::lock(), &bare), None);
    }

    #[test]
    fn versions_builds_and_missing_packages_are_told() {
        let newer = changed(|record| record.version = "8.2.0".to_owned());
        let found = disagreement(&sample::lock(), &newer).unwrap();
        assert_eq!((found.platform, found.name.as_str()), (Platform::Linux64, "click"));
        assert_eq!(found.versions, [Some("8.1.7".to_owned()), Some("8.2.0".to_owned())]);
        let rebuilt = changed(|record| record.build = "other_1".to_owned());
        let found = disagreement(&rebuilt, &sample::lock()).unwrap();
        assert_eq!(found.versions[0].as_deref(), Some("8.1.7 other_1"));
        let mut without = sample::lock();
        let locked = without.platforms.get_mut(&Platform::Linux64).unwrap();
        locked.records.retain(|record| record.name != "click");
        assert_eq!(disagreement(&sample::lock(), &without).unwrap().versions[1], None);
        // A platform that only one side has is no disagreement.
        without.platforms.remove(&Platform::Linux64);
        assert_eq!(disagreement(&sample::lock(), &without), None);
    }

    #[test]
    fn the_newer_lock_has_more_newer_packages() {
        let newer = changed(|record| record.version = "8.10.0".to_owned());
        assert_eq!(by_age(&newer, &sample::lock()), Ordering::Greater);
        assert_eq!(by_age(&sample::lock(), &newer), Ordering::Less);
        assert_eq!(by_age(&newer, &newer), Ordering::Equal);
    }
}
