//! Finds the differences.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use lockit_lockfile::order::dependency_name;
use lockit_lockfile::{
    Lock, Manager, Package, PipSource, PlatformLock, provided_names, virtual_needs,
};
use lockit_spec::{NameMap, PUBLIC_INDEX, Platform, normalise_pypi_name, split_pypi_name};

use super::change::{Change, Kind, Side, change};

/// What differs in one environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EnvironmentDiff {
    /// Its name; empty where neither lockfile keeps one.
    pub name: String,
    /// Platforms that both sides have.
    pub platforms: Vec<Platform>,
    /// Platforms that are new.
    pub added_platforms: Vec<Platform>,
    /// Platforms that are gone.
    pub removed_platforms: Vec<Platform>,
    /// Packages, in order of kind, then name.
    pub changes: Vec<Change>,
    /// Bytes to download before and after, where all sizes are recorded on both sides.
    pub sizes: BTreeMap<Platform, (u64, u64)>,
    /// Licences of packages.
    pub licenses: Vec<FactChange>,
    /// What is very new, when that was asked for.
    pub young: Option<Young>,
    /// What is asked of the machine, of one virtual package each.
    pub needs: Vec<NeedChange>,
}

impl EnvironmentDiff {
    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
            && self.added_platforms.is_empty()
            && self.removed_platforms.is_empty()
            && self.licenses.is_empty()
            && self.needs.is_empty()
    }
}

/// What is said of a package and was something else before, both as people read it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FactChange {
    /// The package.
    pub name: String,
    /// What it was; empty for nothing.
    pub before: String,
    /// What it is; empty for nothing.
    pub after: String,
}

/// A constraint on a virtual package that changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeedChange {
    /// The virtual package and its constraints.
    pub fact: FactChange,
    /// Where.
    pub platforms: Vec<Platform>,
}

/// A package that was built after some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YoungPackage {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// When it was built.
    pub built: Timestamp,
    /// Where it is.
    pub platforms: Vec<Platform>,
}

/// Changed packages that were built after some moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Young {
    /// The moment.
    pub since: Timestamp,
    /// The packages, in order of names.
    pub packages: Vec<YoungPackage>,
    /// How many changed packages have no known age.
    pub undated: usize,
}

/// What to look at.
#[derive(Debug, Clone, Default)]
pub struct CompareOptions {
    /// The only platforms; empty for all.
    pub platforms: Vec<Platform>,
    /// Tell which changed packages were built after this moment.
    pub young_since: Option<Timestamp>,
}

/// What must be equal for platforms to share a row.
type Key = (Kind, String, Option<Side>, Option<Side>, Option<bool>, Option<String>);

/// Compares the environments of two sets of locks. Those of one name belong together; where each
/// side has one, they do whatever they are called.
///
/// An environment that one side lacks is compared with nothing.
pub fn compare(before: &[Lock], after: &[Lock], options: &CompareOptions) -> Vec<EnvironmentDiff> {
    if let ([before], [after]) = (before, after) {
        return vec![environment(before, after, options)];
    }
    let nothing = Lock::default();
    let names: BTreeSet<&str> =
        before.iter().chain(after).map(|lock| lock.environment.as_str()).collect();
    let named = |locks: &[Lock], name: &str| -> Lock {
        let mut found = nothing.clone();
        for lock in locks.iter().filter(|lock| lock.environment == name) {
            found.absorb(lock.clone());
        }
        found
    };
    names
        .into_iter()
        .map(|name| environment(&named(before, name), &named(after, name), options))
        .collect()
}

fn environment(before: &Lock, after: &Lock, options: &CompareOptions) -> EnvironmentDiff {
    let only = &options.platforms;
    let wanted = |platform: &Platform| only.is_empty() || only.contains(platform);
    let missing = |from: &Lock, of: &Lock| -> Vec<Platform> {
        let platforms = of.platforms.keys().filter(|one| !from.platforms.contains_key(one));
        platforms.copied().filter(|platform| wanted(platform)).collect()
    };
    let name = if after.environment.is_empty() { &before.environment } else { &after.environment };
    let mut diff = EnvironmentDiff {
        name: name.clone(),
        added_platforms: missing(before, after),
        removed_platforms: missing(after, before),
        ..EnvironmentDiff::default()
    };
    let mut grouped: BTreeMap<Key, Vec<Platform>> = BTreeMap::new();
    let mut licenses: BTreeSet<FactChange> = BTreeSet::new();
    let mut needs: BTreeMap<FactChange, Vec<Platform>> = BTreeMap::new();
    for (platform, old) in &before.platforms {
        let Some(new) = after.platforms.get(platform).filter(|_| wanted(platform)) else {
            continue;
        };
        diff.platforms.push(*platform);
        let direct = Direct::of(old, new);
        let needed_by_pip = needed_by_pip(old, new);
        for (name, sides) in pairs(old, new) {
            let found = match sides {
                (Some(old), Some(new)) => {
                    if let (Package::Conda(old), Package::Conda(new)) = (old, new)
                        && let (Some(a), Some(b)) = (&old.license, &new.license)
                        && a != b
                    {
                        licenses.insert(FactChange {
                            name: name.to_owned(),
                            before: a.clone(),
                            after: b.clone(),
                        });
                    }
                    change(old, new).map(|(kind, old, new)| (kind, Some(old), Some(new)))
                }
                (Some(old), None) => Some((Kind::Removed, Some(Side::of(old)), None)),
                (None, Some(new)) => Some((Kind::Added, None, Some(Side::of(new)))),
                (None, None) => None,
            };
            if let Some((kind, old, mut new)) = found {
                let mut old = old;
                // Builds of one change differ from platform to platform; only a change of nothing
                // else shows them.
                if kind != Kind::Build {
                    for side in old.iter_mut().chain(&mut new) {
                        side.build = None;
                    }
                }
                let manager = sides.1.or(sides.0).map(Package::manager).unwrap_or_default();
                let is_direct = direct.is(name, &needed_by_pip, manager);
                let channel = sides.1.or(sides.0).and_then(place);
                let key = (kind, name.to_owned(), old, new, is_direct, channel);
                grouped.entry(key).or_default().push(*platform);
            }
        }
        if let (Some(a), Some(b)) = (size(old), size(new)) {
            diff.sizes.insert(*platform, (a, b));
        }
        for fact in changed_needs(old, new) {
            needs.entry(fact).or_default().push(*platform);
        }
    }
    diff.changes = grouped
        .into_iter()
        .map(|((kind, name, before, after, direct, channel), platforms)| Change {
            name,
            kind,
            before,
            after,
            platforms,
            direct,
            channel,
        })
        .collect();
    diff.young = options.young_since.map(|since| young(since, &diff.changes, after));
    diff.licenses = licenses.into_iter().collect();
    diff.needs =
        needs.into_iter().map(|(fact, platforms)| NeedChange { fact, platforms }).collect();
    diff
}

fn young(since: Timestamp, changes: &[Change], after: &Lock) -> Young {
    let mut found: BTreeMap<(&str, &str, Timestamp), Vec<Platform>> = BTreeMap::new();
    let mut undated: BTreeSet<&str> = BTreeSet::new();
    for change in changes.iter().filter(|change| change.kind != Kind::Removed) {
        for platform in &change.platforms {
            let records = after.platforms.get(platform).into_iter().flat_map(|one| &one.records);
            if change.manager() == Manager::Pip {
                undated.insert(&change.name);
                continue;
            }
            let Some(record) = records.into_iter().find(|record| record.name == change.name) else {
                continue;
            };
            match record.timestamp {
                Some(built) if built > since => {
                    found
                        .entry((&record.name, &record.version, built))
                        .or_default()
                        .push(*platform);
                }
                Some(_) => {}
                None => {
                    undated.insert(&record.name);
                }
            }
        }
    }
    let packages = found
        .into_iter()
        .map(|((name, version, built), platforms)| YoungPackage {
            name: name.to_owned(),
            version: version.to_owned(),
            built,
            platforms,
        })
        .collect();
    Young { since, packages, undated: undated.len() }
}

/// A package on both sides.
type Pair<'a> = (Option<Package<'a>>, Option<Package<'a>>);

/// The packages of both sides by name. A PyPI package belongs to the conda package of the other side that is the same
/// one, unless its own side has both.
fn pairs<'a>(before: &'a PlatformLock, after: &'a PlatformLock) -> Vec<(&'a str, Pair<'a>)> {
    let mut found: BTreeMap<(&str, Manager), Pair<'_>> = BTreeMap::new();
    for (lock, is_new) in [(before, false), (after, true)] {
        for package in packages(lock) {
            let pair = found.entry((package.name(), package.manager())).or_default();
            *(if is_new { &mut pair.1 } else { &mut pair.0 }) = Some(package);
        }
    }
    // What came or went on one side may have gone or come on the other.
    let one_sided = |pair: &Pair<'_>| pair.0.is_some() != pair.1.is_some();
    let moved: Vec<(&str, &str)> = found
        .iter()
        .filter(|(_, pair)| one_sided(pair))
        .filter_map(|((conda, _), pair)| {
            let Package::Conda(record) = pair.0.or(pair.1)? else { return None };
            let names = provided_names(record, &NameMap::default())
                .into_iter()
                .chain([normalise_pypi_name(conda)]);
            names.into_iter().find_map(|name| {
                let other = found.get(&(name.as_str(), Manager::Pip))?;
                let is_other_way = one_sided(other) && pair.0.is_some() != other.0.is_some();
                let pip = other.0.or(other.1)?.name();
                is_other_way.then_some((*conda, pip))
            })
        })
        .collect();
    for (conda, pip) in moved {
        let Some(other) = found.remove(&(pip, Manager::Pip)) else { continue };
        if let Some(pair) = found.get_mut(&(conda, Manager::Conda)) {
            *pair = (pair.0.or(other.0), pair.1.or(other.1));
        }
    }
    found.into_iter().map(|((name, _), pair)| (name, pair)).collect()
}

fn packages(lock: &PlatformLock) -> impl Iterator<Item = Package<'_>> {
    lock.records.iter().map(Package::Conda).chain(lock.pip.iter().map(Package::Pip))
}

/// The channel or the index of a package.
fn place(package: Package<'_>) -> Option<String> {
    match package {
        Package::Conda(record) => record.channel.clone(),
        Package::Pip(record) => match &record.source {
            PipSource::Archive { index, .. } => {
                Some(index.clone().unwrap_or_else(|| PUBLIC_INDEX.to_owned()))
            }
            _ => None,
        },
    }
}

/// Which packages specs name.
enum Direct<'a> {
    /// The lockfile says.
    Named(BTreeSet<&'a str>),
    /// What nothing else in the lock depends on was probably asked for.
    Roots(BTreeSet<&'a str>),
    Unknown,
}

impl<'a> Direct<'a> {
    fn of(before: &'a PlatformLock, after: &'a PlatformLock) -> Self {
        let named: Vec<&Vec<String>> =
            [before, after].into_iter().filter_map(|lock| lock.requested.as_ref()).collect();
        if !named.is_empty() {
            return Self::Named(named.into_iter().flatten().map(String::as_str).collect());
        }
        let mut records = before.records.iter().chain(&after.records).peekable();
        if records.peek().is_none_or(|record| record.depends.is_none()) {
            return Self::Unknown;
        }
        let needed = before
            .records
            .iter()
            .chain(&after.records)
            .flat_map(|record| record.depends.iter().flatten())
            .map(|dependency| dependency_name(dependency));
        Self::Roots(needed.collect())
    }

    fn is(&self, name: &str, needed_by_pip: &BTreeSet<String>, manager: Manager) -> Option<bool> {
        match (self, manager) {
            // Lockfiles name conda packages; a PyPI package that nothing needs was asked for.
            (Self::Named(names), Manager::Pip) => {
                Some(names.contains(name) || !needed_by_pip.contains(name))
            }
            (Self::Named(names), Manager::Conda) => Some(names.contains(name)),
            (Self::Roots(needed), Manager::Conda) => {
                Some(!needed.contains(name) && !needed_by_pip.contains(&normalise_pypi_name(name)))
            }
            (Self::Roots(_), Manager::Pip) => Some(!needed_by_pip.contains(name)),
            (Self::Unknown, _) => None,
        }
    }
}

/// What PyPI packages need, by normalised names.
fn needed_by_pip(before: &PlatformLock, after: &PlatformLock) -> BTreeSet<String> {
    let depends = before.pip.iter().chain(&after.pip).flat_map(|record| &record.depends).flatten();
    depends.map(|text| normalise_pypi_name(split_pypi_name(text).0)).collect()
}

/// The sum of all sizes, if all are known.
fn size(lock: &PlatformLock) -> Option<u64> {
    let mut all = packages(lock).peekable();
    all.peek().is_some().then(|| all.map(Package::size).sum())?
}

fn changed_needs(before: &PlatformLock, after: &PlatformLock) -> Vec<FactChange> {
    let known = |lock: &PlatformLock| lock.records.iter().all(|record| record.depends.is_some());
    if !known(before) || !known(after) {
        return Vec::new();
    }
    let (old, new) = (virtual_needs(&before.records), virtual_needs(&after.records));
    let names: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
    names
        .into_iter()
        .filter_map(|name| {
            let side = |needs: &BTreeMap<String, String>| {
                needs.get(name).map_or_else(String::new, |constraint| {
                    if constraint.is_empty() { "any".to_owned() } else { constraint.clone() }
                })
            };
            let (before, after) = (side(&old), side(&new));
            (before != after).then(|| FactChange { name: name.clone(), before, after })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::lock;

    #[test]
    fn equal_rows_are_told_once_and_the_rest_apart() {
        let before = lock(&[
            ("linux-64", &["app-1.0-h0_0", "lib-1.0-h0_0", "old-1-0"]),
            ("osx-64", &["app-1.0-h1_0", "lib-1.0-h1_0"]),
        ]);
        let after = lock(&[
            ("linux-64", &["app-1.1-h0_0", "lib-1.0.1-h0_0", "new-3-0"]),
            ("osx-64", &["app-1.1-h1_0", "lib-0.9-h1_0"]),
        ]);
        let compare = |before: &Lock, after: &Lock, only: &[Platform]| {
            let options = CompareOptions { platforms: only.to_vec(), ..CompareOptions::default() };
            super::compare(std::slice::from_ref(before), std::slice::from_ref(after), &options)
                .remove(0)
        };
        let diff = compare(&before, &after, &[]);
        let rows: Vec<String> = diff
            .changes
            .iter()
            .map(|change| {
                format!(
                    "{} {} {} {:?}",
                    change.kind.as_str(),
                    change.name,
                    change.platforms.len(),
                    change.direct
                )
            })
            .collect();
        assert_eq!(
            rows,
            [
                "downgrade lib 1 Some(false)",
                "minor app 2 Some(true)",
                "patch lib 1 Some(false)",
                "added new 1 Some(false)",
                "removed old 1 Some(false)",
            ]
        );
        assert!(compare(&after, &after, &[]).is_empty());
        let back = compare(&after, &before, &[]);
        assert_eq!(back.changes.len(), diff.changes.len(), "the other way round is as long");
        assert_eq!(compare(&before, &after, &[Platform::Osx64]).changes.len(), 2);
    }

    /// Of each platform by its own date: builds of one version are not made on one day.
    #[test]
    fn what_is_younger_than_a_moment_is_told_with_its_dates() {
        let day = |day: u8| format!("2026-03-{day:02}T00:00Z").parse::<Timestamp>().unwrap();
        let platforms = ["linux-64", "linux-aarch64", "osx-64", "osx-arm64", "win-64"];
        let built = [Some(day(10)), Some(day(11)), Some(day(11)), Some(day(9)), None];
        let mut after = lock(&platforms.map(|platform| (platform, &["app-1.1-0"][..])));
        for (platform, built) in platforms.iter().zip(built) {
            let chosen = after.platforms.get_mut(&platform.parse::<Platform>().unwrap()).unwrap();
            chosen.records_mut().for_each(|record| record.timestamp = built);
        }
        let before = lock(&platforms.map(|platform| (platform, &["app-1.0-0"][..])));
        let young = |since: Timestamp| {
            let options = CompareOptions { young_since: Some(since), ..CompareOptions::default() };
            let (before, after) = (std::slice::from_ref(&before), std::slice::from_ref(&after));
            let diff = compare(before, after, &options).remove(0);
            let young = diff.young.unwrap();
            assert_eq!((young.since, young.undated), (since, 1));
            let rows = young.packages.into_iter();
            rows.map(|one| (one.built, one.platforms)).collect::<Vec<_>>()
        };
        let eleventh = (day(11), vec![Platform::LinuxAarch64, Platform::Osx64]);
        assert_eq!(
            young(day(9)),
            [(day(10), vec![Platform::Linux64]), eleventh.clone()],
            "what was built at the moment itself is not younger"
        );
        assert_eq!(young(day(10)), [eleventh]);
        assert_eq!(young(day(11)), []);
    }

    #[test]
    fn environments_are_paired_by_name() {
        let named = |name: &str, file: &str| {
            let mut lock = lock(&[("linux-64", &[file])]);
            lock.environment = name.into();
            lock
        };
        let before = [named("dev", "app-1.0-0"), named("predict", "app-1.0-0")];
        let after = [named("dev", "app-1.0-0"), named("test", "app-1.0-0")];
        let diffs = compare(&before, &after, &CompareOptions::default());
        let names: Vec<(&str, bool)> =
            diffs.iter().map(|diff| (diff.name.as_str(), diff.is_empty())).collect();
        assert_eq!(names, [("dev", true), ("predict", false), ("test", false)]);
        assert_eq!(diffs[1].removed_platforms, [Platform::Linux64]);
        assert_eq!(diffs[2].added_platforms, [Platform::Linux64]);
    }

    #[test]
    fn a_package_that_moves_from_pypi_to_a_channel_is_one_change() {
        use lockit_lockfile::PipRecord;

        let pip = |version: &str| {
            let name = "ruamel_yaml";
            let address =
                format!("https://files.pythonhosted.org/{name}-{version}-py3-none-any.whl");
            PipRecord {
                depends: Some(Vec::new()),
                ..PipRecord::from_address("ruamel.yaml", &address)
            }
        };
        let mut before = lock(&[("linux-64", &["app-1.0-0"])]);
        let mut after = lock(&[("linux-64", &["app-1.0-0", "ruamel.yaml-0.18.0-py312_0"])]);
        let compare = |before: &Lock, after: &Lock| {
            let options = CompareOptions::default();
            let diff =
                super::compare(std::slice::from_ref(before), std::slice::from_ref(after), &options);
            crate::locks::text(&diff, false)
        };
        before.platforms.values_mut().next().unwrap().pip.push(pip("0.17.0"));
        insta::assert_snapshot!(compare(&before, &after), @"
          brought along
            ~ ruamel.yaml  0.17.0 (pip) -> 0.18.0 (conda)
        1 moved between conda and pip
        ");
        insta::assert_snapshot!(compare(&after, &before), @"
          named in specs
            ~ ruamel.yaml  0.18.0 (conda) -> 0.17.0 (pip)
        1 moved between conda and pip
        ");
        // Both on one side are two packages.
        after.platforms.values_mut().next().unwrap().pip.push(pip("0.17.1"));
        insta::assert_snapshot!(compare(&before, &after), @"
          named in specs
            ~ ruamel-yaml (pip)  0.17.0 -> 0.17.1 (patch)
          brought along
            + ruamel.yaml  0.18.0
        1 upgraded, 1 added
        ");
    }

    #[test]
    fn only_packages_built_after_the_moment_are_young() {
        let since: Timestamp = "2026-01-10T00:00:00Z".parse().unwrap();
        let dated = |files: &[(&str, Option<&str>)]| {
            let names: Vec<&str> = files.iter().map(|(file, _)| *file).collect();
            let mut lock = lock(&[("linux-64", &names), ("osx-64", &names)]);
            for chosen in lock.platforms.values_mut() {
                for (record, (_, built)) in chosen.records_mut().zip(files) {
                    record.timestamp = built.map(|text| text.parse().unwrap());
                }
            }
            lock
        };
        let before = dated(&[("old-1-0", None), ("same-1-0", None)]);
        let after = dated(&[
            ("at-the-moment-1-0", Some("2026-01-10T00:00:00Z")),
            ("before-1-0", Some("2026-01-09T00:00:00Z")),
            ("undated-1-0", None),
            ("same-1-0", Some("2026-01-11T00:00:00Z")),
            ("young-1-0", Some("2026-01-10T00:00:01Z")),
        ]);
        let options = CompareOptions { young_since: Some(since), ..CompareOptions::default() };
        let young = compare(&[before], &[after], &options).remove(0).young.unwrap();
        let names: Vec<(&str, usize)> =
            young.packages.iter().map(|one| (one.name.as_str(), one.platforms.len())).collect();
        assert_eq!(names, [("young", 2)]);
        assert_eq!(young.undated, 1, "on either platform, and nothing that is gone");
    }

    #[test]
    fn without_named_requirements_the_roots_were_asked_for() {
        let with = |files: &[&str], depends: &[(&str, &[&str])]| {
            let mut lock = lock(&[("linux-64", files)]);
            let chosen = lock.platforms.get_mut(&Platform::Linux64).unwrap();
            chosen.requested = None;
            for record in chosen.records_mut() {
                let of = depends.iter().find(|(name, _)| *name == record.name);
                let of = of.map_or(&[][..], |(_, names)| names);
                record.depends = Some(of.iter().map(|&name| name.to_owned()).collect());
            }
            lock
        };
        let direct = |before: &Lock, after: &Lock| -> Vec<(String, Option<bool>)> {
            let diff = compare(
                std::slice::from_ref(before),
                std::slice::from_ref(after),
                &CompareOptions::default(),
            )
            .remove(0);
            diff.changes.into_iter().map(|change| (change.name, change.direct)).collect()
        };
        let depends: &[(&str, &[&str])] = &[("app", &["lib >=1"])];
        let before = with(&["app-1-0", "lib-1-0", "ruamel.yaml-1-0"], depends);
        let mut after = with(&["app-2-0", "lib-2-0", "ruamel.yaml-2-0"], depends);
        let is = |name: &str, direct| (name.to_owned(), Some(direct));
        assert_eq!(
            direct(&before, &after),
            [is("app", true), is("lib", false), is("ruamel.yaml", true)]
        );
        // What a PyPI package needs was not asked for either.
        after.platforms.get_mut(&Platform::Linux64).unwrap().pip = vec![
            lockit_lockfile::PipRecord {
                depends: Some(vec!["ruamel_yaml>=1".into(), "inner".into()]),
                ..lockit_lockfile::PipRecord::from_address(
                    "outer",
                    "https://h/outer-1-py3-none-any.whl",
                )
            },
            lockit_lockfile::PipRecord {
                depends: Some(Vec::new()),
                ..lockit_lockfile::PipRecord::from_address(
                    "inner",
                    "https://h/inner-1-py3-none-any.whl",
                )
            },
        ];
        assert_eq!(
            direct(&before, &after),
            [
                is("app", true),
                is("lib", false),
                is("ruamel.yaml", false),
                is("inner", false),
                is("outer", true)
            ]
        );
        // Nor does a file without dependencies tell.
        let mut unknown = before;
        for record in unknown.platforms.get_mut(&Platform::Linux64).unwrap().records_mut() {
            record.depends = None;
        }
        let mut nothing = lock(&[("linux-64", &[])]);
        nothing.platforms.get_mut(&Platform::Linux64).unwrap().requested = None;
        assert!(direct(&unknown, &nothing).iter().all(|(_, direct)| direct.is_none()));
    }

    #[test]
    fn what_is_asked_of_the_machine_is_compared_where_both_sides_know_it() {
        let needing = |need: &str| {
            let mut lock = lock(&[("linux-64", &["app-1-0"]), ("osx-64", &["app-1-0"])]);
            for record in lock.platforms.values_mut().flat_map(PlatformLock::records_mut) {
                record.depends = Some(vec![need.to_owned()]);
            }
            lock
        };
        let needs = |before: &Lock, after: &Lock, only: &[Platform]| -> Vec<String> {
            let options = CompareOptions { platforms: only.to_vec(), ..CompareOptions::default() };
            let diff = compare(std::slice::from_ref(before), std::slice::from_ref(after), &options);
            let shown = diff[0].needs.iter().map(|one| {
                let fact = &one.fact;
                format!(
                    "{} {} -> {} on {}",
                    fact.name,
                    fact.before,
                    fact.after,
                    one.platforms.len()
                )
            });
            shown.collect()
        };
        let (old, new) = (needing("__glibc >=2.17"), needing("__glibc >=2.28"));
        assert_eq!(needs(&old, &new, &[]), ["__glibc >=2.17 -> >=2.28 on 2"]);
        assert_eq!(needs(&old, &new, &[Platform::Osx64]), ["__glibc >=2.17 -> >=2.28 on 1"]);
        assert_eq!(needs(&old, &old, &[]), [""; 0]);
        assert_eq!(needs(&needing("__unix"), &needing("lib"), &[]), ["__unix any ->  on 2"]);
        let mut unknown = new;
        for record in unknown.platforms.values_mut().flat_map(PlatformLock::records_mut) {
            record.depends = None;
        }
        assert_eq!(needs(&old, &unknown, &[]), [""; 0]);
        assert_eq!(needs(&unknown, &old, &[]), [""; 0]);
    }

    #[test]
    fn sizes_are_told_where_all_of_them_are_known() {
        let sized = |sizes: [Option<u64>; 2]| {
            let mut lock = lock(&[("linux-64", &["a-1-0", "b-1-0"])]);
            let records = lock.platforms.values_mut().flat_map(PlatformLock::records_mut);
            records.zip(sizes).for_each(|(record, size)| record.size = size);
            lock
        };
        let sizes = |before, after| {
            let options = CompareOptions::default();
            compare(&[before], &[after], &options)[0].sizes.get(&Platform::Linux64).copied()
        };
        let known = || sized([Some(10), Some(5)]);
        assert_eq!(sizes(known(), sized([Some(20), Some(5)])), Some((15, 25)));
        assert_eq!(sizes(known(), sized([Some(20), None])), None);
        assert_eq!(sizes(known(), lock(&[("linux-64", &[])])), None);
    }
}
