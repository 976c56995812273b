//! What a run changed, in a few lines: what is the same on several platforms is said once.

use std::collections::BTreeMap;

use lockit_lockfile::Lock;
use lockit_spec::Platform;

use crate::printer::{BAD, DIM, GOOD, INFO, paint};

/// One package before and after.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Change {
    name: String,
    before: Option<(String, String)>,
    after: Option<(String, String)>,
}

impl Change {
    /// Without what its line does not show, so that platforms with the same line share it: builds
    /// of one version differ from platform to platform.
    fn without_hidden(mut self) -> Self {
        let build_only =
            self.before.as_ref().zip(self.after.as_ref()).is_some_and(|(old, new)| old.0 == new.0);
        if !build_only {
            for (_, build) in self.before.iter_mut().chain(&mut self.after) {
                build.clear();
            }
        }
        self
    }
}

/// Lines that tell how `after` differs from `before`, on the platforms that both have.
pub(crate) fn lines(before: &Lock, after: &Lock) -> Vec<String> {
    let shared = shared(before, after);
    let mut grouped: BTreeMap<Change, Vec<Platform>> = BTreeMap::new();
    for platform in &shared {
        for change in changes(before, after, *platform) {
            grouped.entry(change.without_hidden()).or_default().push(*platform);
        }
    }
    grouped
        .into_iter()
        .map(|(change, platforms)| {
            let everywhere = platforms.len() == shared.len();
            let place = if everywhere {
                String::new()
            } else {
                let names: Vec<&str> = platforms.iter().map(|one| one.as_str()).collect();
                format!(" {}", paint(DIM, format!("({})", names.join(", "))))
            };
            format!("  {}{place}", line(&change))
        })
        .collect()
}

/// A line that tells that a package which was asked to move did not; `None` when it did.
pub(crate) fn stays(before: &Lock, after: &Lock, name: &str) -> Option<String> {
    let shared = shared(before, after);
    let moved = shared
        .iter()
        .any(|platform| changes(before, after, *platform).iter().any(|change| change.name == name));
    let mut versions: Vec<&str> = shared
        .iter()
        .flat_map(|platform| &after.platforms[platform].records)
        .filter(|record| record.name == name)
        .map(|record| record.version.as_str())
        .collect();
    versions.sort_unstable();
    versions.dedup();
    (!moved && !versions.is_empty()).then(|| {
        format!("  {} {name} {} is the newest that fits", paint(DIM, "="), versions.join(", "))
    })
}

fn shared(before: &Lock, after: &Lock) -> Vec<Platform> {
    after.platforms.keys().filter(|one| before.platforms.contains_key(one)).copied().collect()
}

fn changes(before: &Lock, after: &Lock, platform: Platform) -> Vec<Change> {
    type Packages = BTreeMap<String, (String, String)>;
    let packages = |lock: &Lock| -> Packages {
        lock.platforms[&platform]
            .records
            .iter()
            .map(|one| (one.name.clone(), (one.version.clone(), one.build.clone())))
            .collect()
    };
    let (old, new) = (packages(before), packages(after));
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .filter(|name| {
            match (old.get(*name), new.get(*name)) {
                // Some formats do not keep builds.
                (Some(a), Some(b)) => a.0 != b.0 || (a.1 != b.1 && !a.1.is_empty()),
                _ => true,
            }
        })
        .map(|name| Change {
            name: name.clone(),
            before: old.get(name).cloned(),
            after: new.get(name).cloned(),
        })
        .collect()
}

fn line(change: &Change) -> String {
    let name = &change.name;
    match (&change.before, &change.after) {
        (None, Some((version, _))) => format!("{} {name} {version}", paint(GOOD, "+")),
        (Some((version, _)), None) => format!("{} {name} {version}", paint(BAD, "-")),
        (Some((old, old_build)), Some((new, new_build))) if old == new => {
            format!("{} {name} {old} build {old_build} -> {new_build}", paint(INFO, "~"))
        }
        (Some((old, _)), Some((new, _))) => {
            format!("{} {name} {old} -> {new}", paint(INFO, "~"))
        }
        (None, None) => name.clone(),
    }
}
