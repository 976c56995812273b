//! Finds what differs between platforms, and why.

use std::collections::{BTreeMap, BTreeSet};

use lockit_lockfile::order::dependency_name;
use lockit_lockfile::{Lock, PipRecord, Record};
use lockit_spec::Platform;

use crate::export::os_of;

/// What differs between the platforms of one environment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Drift {
    /// The environment's name; empty where the lockfile does not keep it.
    pub name: String,
    /// The platforms.
    pub platforms: Vec<Platform>,
    /// Packages of some platforms, where that is in the nature of things.
    pub expected: Vec<Partial>,
    /// Packages of some platforms, for no reason that the lock shows.
    pub surprising: Vec<Partial>,
    /// Packages whose version differs: name, and the platforms of each version.
    pub versions: Vec<(String, BTreeMap<String, Vec<Platform>>)>,
    /// Packages of one version everywhere, built for each platform.
    pub built_apart: usize,
    /// Platforms of each series of python (`3.12`), when there is more than one.
    pub pythons: BTreeMap<String, Vec<Platform>>,
}

/// A package that some platforms have and others do not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Partial {
    /// Package name.
    pub name: String,
    /// The platforms that have it.
    pub platforms: Vec<Platform>,
    /// Why, as far as the lock tells.
    pub reason: String,
}

impl Drift {
    /// Whether somebody should look: what is tested on one platform is something else on another.
    pub fn matters(&self) -> bool {
        !self.surprising.is_empty() || !self.versions.is_empty() || !self.pythons.is_empty()
    }
}

/// Compares the platforms of a lock. `only` limits them; empty is all.
pub fn drift(lock: &Lock, only: &[Platform]) -> Drift {
    let mut by_name: BTreeMap<&str, BTreeMap<Platform, &Record>> = BTreeMap::new();
    let mut pip: BTreeMap<&str, BTreeMap<Platform, &PipRecord>> = BTreeMap::new();
    let mut platforms = Vec::new();
    let mut requested: BTreeSet<&str> = BTreeSet::new();
    for (platform, chosen) in &lock.platforms {
        if !only.is_empty() && !only.contains(platform) {
            continue;
        }
        platforms.push(*platform);
        requested.extend(chosen.requested.iter().flatten().map(String::as_str));
        for record in &chosen.records {
            by_name.entry(&record.name).or_default().insert(*platform, record);
        }
        for record in &chosen.pip {
            pip.entry(&record.name).or_default().insert(*platform, record);
        }
    }
    let mut found = Drift { name: lock.environment.clone(), platforms, ..Drift::default() };
    let partial: BTreeMap<&str, &BTreeMap<Platform, &Record>> = by_name
        .iter()
        .filter(|(_, records)| records.len() < found.platforms.len())
        .map(|(name, records)| (*name, records))
        .collect();
    let needed_by = needed_by(&by_name);
    let expected = expected(&partial, &needed_by, &requested);
    for (name, records) in &partial {
        let platforms = records.keys().copied().collect();
        let of = |reason: String| Partial { name: (*name).to_owned(), platforms, reason };
        if let Some(reason) = expected.get(name) {
            found.expected.push(of(reason.clone()));
            continue;
        }
        let by: Vec<&str> = needed_by.get(name).into_iter().flatten().copied().take(3).collect();
        let reason = if requested.contains(name) {
            "named in specs".to_owned()
        } else if by.is_empty() {
            String::new()
        } else {
            format!("needed by {}", by.join(", "))
        };
        found.surprising.push(of(reason));
    }
    for (name, records) in &by_name {
        let mut versions: BTreeMap<String, Vec<Platform>> = BTreeMap::new();
        for (platform, record) in records {
            versions.entry(record.version.clone()).or_default().push(*platform);
        }
        if *name == "python" {
            let mut series: BTreeMap<String, Vec<Platform>> = BTreeMap::new();
            for (platform, record) in records {
                let text = record.version.split('.').take(2).collect::<Vec<_>>().join(".");
                series.entry(text).or_default().push(*platform);
            }
            if series.len() > 1 {
                found.pythons = series;
            }
        }
        if versions.len() > 1 {
            found.versions.push(((*name).to_owned(), versions));
        } else if records.values().map(|record| &record.build).collect::<BTreeSet<_>>().len() > 1 {
            found.built_apart += 1;
        }
    }
    of_pip(&pip, &mut found);
    found
}

/// PyPI packages that differ. One that only some platforms have is as its markers want it, so it is expected.
fn of_pip(pip: &BTreeMap<&str, BTreeMap<Platform, &PipRecord>>, found: &mut Drift) {
    for (name, records) in pip {
        let name = format!("{name} (pip)");
        if records.len() < found.platforms.len() {
            found.expected.push(Partial {
                name: name.clone(),
                platforms: records.keys().copied().collect(),
                reason: "a PyPI package that asks for the system".to_owned(),
            });
        }
        let mut versions: BTreeMap<String, Vec<Platform>> = BTreeMap::new();
        for (platform, record) in records {
            versions.entry(record.version.clone()).or_default().push(*platform);
        }
        if versions.len() > 1 {
            found.versions.push((name, versions));
        } else if records.values().map(|record| &record.sha256).collect::<BTreeSet<_>>().len() > 1 {
            found.built_apart += 1;
        }
    }
}

/// Who depends on each package, on any platform.
fn needed_by<'a>(
    by_name: &BTreeMap<&'a str, BTreeMap<Platform, &'a Record>>,
) -> BTreeMap<&'a str, BTreeSet<&'a str>> {
    let mut needed: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (name, records) in by_name {
        for dependency in records.values().flat_map(|record| record.depends.iter().flatten()) {
            needed.entry(dependency_name(dependency)).or_default().insert(name);
        }
    }
    needed
}

/// The packages of some platforms that have to be so, with the reason: they exist for one system, or
/// only such packages need them.
fn expected<'a>(
    partial: &BTreeMap<&'a str, &BTreeMap<Platform, &'a Record>>,
    needed_by: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    requested: &BTreeSet<&str>,
) -> BTreeMap<&'a str, String> {
    let mut expected: BTreeMap<&str, String> = BTreeMap::new();
    for (name, records) in partial {
        let system = records.values().flat_map(|record| record.depends.iter().flatten()).find_map(
            |dependency| match dependency_name(dependency) {
                "__win" => Some("Windows"),
                "__linux" => Some("Linux"),
                "__osx" if records.values().all(|record| record.subdir == "noarch") => {
                    Some("macOS")
                }
                _ => None,
            },
        );
        if let Some(family) = os_of(name) {
            expected.insert(name, format!("exists for {} only", family.title()));
        } else if let Some(system) = system {
            expected.insert(name, format!("is for {system} only, it says"));
        } else if is_runtime(name) {
            expected.insert(name, "a part of the compiler's runtime".into());
        }
    }
    loop {
        let more: Vec<(&str, String)> = partial
            .keys()
            .filter(|name| !expected.contains_key(*name) && !requested.contains(*name))
            .filter_map(|name| {
                let by = needed_by.get(name)?;
                let only = by.iter().all(|other| expected.contains_key(other));
                let first = by.iter().next().filter(|_| only)?;
                Some((*name, format!("comes with {first}")))
            })
            .collect();
        if more.is_empty() {
            return expected;
        }
        expected.extend(more);
    }
}

/// Libraries that every compiler leaves behind, each system's in its own way.
fn is_runtime(name: &str) -> bool {
    matches!(
        name,
        "libgcc"
            | "libgomp"
            | "libstdcxx"
            | "libgfortran"
            | "libgfortran5"
            | "_openmp_mutex"
            | "llvm-openmp"
            | "intel-openmp"
            | "tbb"
            | "mkl"
            | "libiconv"
            | "libcxx"
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use lockit_lockfile::PlatformLock;

    use super::*;

    /// A file name without its ending, and what it depends on.
    type Package<'a> = (&'a str, &'a [&'a str]);

    fn lock(platforms: &[(&str, &[Package<'_>])]) -> Lock {
        let platforms = platforms.iter().map(|(platform, records)| {
            let records = records
                .iter()
                .map(|(file, depends)| {
                    let url =
                        format!("https://conda.anaconda.org/conda-forge/{platform}/{file}.conda");
                    let depends = depends.iter().map(|name| (*name).to_owned()).collect();
                    let record = Record::from_url(&url).unwrap();
                    Arc::new(Record { depends: Some(depends), ..record })
                })
                .collect();
            (platform.parse().unwrap(), PlatformLock { records, ..PlatformLock::default() })
        });
        Lock { platforms: platforms.collect(), ..Lock::default() }
    }

    #[test]
    fn what_has_to_be_so_is_told_from_what_surprises() {
        let found = drift(
            &lock(&[
                (
                    "linux-64",
                    &[
                        ("app-1.0-h1_0", &["keyring", "extra"]),
                        ("keyring-1-0", &["secretstorage"]),
                        ("secretstorage-1-0", &["helper"]),
                        ("helper-1-0", &[]),
                        ("extra-1-0", &[]),
                        ("python-3.12.1-0", &[]),
                        ("libgcc-14-0", &[]),
                    ],
                ),
                (
                    "osx-64",
                    &[
                        ("app-1.0-h2_0", &["keyring"]),
                        ("keyring-1-0", &[]),
                        ("python-3.11.4-0", &[]),
                        ("libcxx-19-0", &[]),
                    ],
                ),
            ]),
            &[],
        );
        let names = |partial: &[Partial]| -> Vec<String> {
            partial.iter().map(|one| format!("{}: {}", one.name, one.reason)).collect()
        };
        assert_eq!(
            names(&found.expected),
            [
                "helper: comes with secretstorage",
                "libcxx: exists for macOS only",
                "libgcc: a part of the compiler's runtime",
                "secretstorage: exists for Linux only",
            ]
        );
        assert_eq!(names(&found.surprising), ["extra: needed by app"]);
        assert_eq!(found.versions.len(), 1);
        assert_eq!(found.pythons.keys().collect::<Vec<_>>(), ["3.11", "3.12"]);
        assert_eq!(found.built_apart, 1);
        assert!(found.matters());
    }

    #[test]
    fn one_platform_does_not_drift() {
        let lock = lock(&[("linux-64", &[("app-1.0-h1_0", &[]), ("libgcc-14-0", &[])])]);
        assert!(!drift(&lock, &[]).matters());
        assert!(drift(&lock, &[]).expected.is_empty());
    }

    fn shown(found: &Drift) -> Vec<String> {
        let expected = found.expected.iter().map(|one| format!("{}: {}", one.name, one.reason));
        let surprising =
            found.surprising.iter().map(|one| format!("! {}: {}", one.name, one.reason));
        expected.chain(surprising).collect()
    }

    #[test]
    fn a_package_that_asks_for_a_system_is_expected_there() {
        let some = lock(&[
            (
                "linux-64",
                &[
                    ("app-1.0-0", &[]),
                    ("for-linux-1-0", &["__linux"]),
                    ("for-windows-1-0", &["__win >=10"]),
                    // What is built for macOS asks for it anyway, and may be there for others as well.
                    ("built-for-macos-1-0", &["__osx >=11.0"]),
                ],
            ),
            ("osx-64", &[("app-1.0-0", &[])]),
        ]);
        assert_eq!(
            shown(&drift(&some, &[])),
            [
                "for-linux: is for Linux only, it says",
                "for-windows: is for Windows only, it says",
                "! built-for-macos: ",
            ]
        );
        let mut noarch = some;
        for record in noarch.platforms.get_mut(&Platform::Linux64).unwrap().records_mut() {
            record.subdir = "noarch".into();
        }
        assert!(
            shown(&drift(&noarch, &[]))
                .contains(&"built-for-macos: is for macOS only, it says".into())
        );
    }

    #[test]
    fn what_specs_name_on_one_platform_alone_is_a_surprise() {
        let mut some = lock(&[
            (
                "linux-64",
                &[
                    ("tool-1-0", &["helper"]),
                    ("helper-1-0", &[]),
                    ("secretstorage-1-0", &["helper"]),
                ],
            ),
            ("osx-64", &[]),
        ]);
        assert_eq!(
            shown(&drift(&some, &[])),
            [
                "secretstorage: exists for Linux only",
                "! helper: needed by secretstorage, tool",
                "! tool: "
            ]
        );
        let linux = some.platforms.get_mut(&Platform::Linux64).unwrap();
        linux.records.retain(|record| record.name != "tool");
        linux.requested = Some(vec!["helper".into()]);
        // It would come with what is expected, but somebody wanted it.
        assert_eq!(
            shown(&drift(&some, &[])),
            ["secretstorage: exists for Linux only", "! helper: named in specs"]
        );
    }

    #[test]
    fn only_the_platforms_that_are_asked_for_are_compared() {
        let some = lock(&[
            ("linux-64", &[("app-1.0-0", &[])]),
            ("osx-64", &[("app-1.0-0", &[])]),
            ("win-64", &[("app-2.0-0", &[]), ("more-1-0", &[])]),
        ]);
        let found = drift(&some, &[Platform::Linux64, Platform::Osx64]);
        assert_eq!(found.platforms, [Platform::Linux64, Platform::Osx64]);
        assert!(!found.matters());
        let all = drift(&some, &[]);
        assert_eq!((all.versions.len(), all.surprising.len()), (1, 1));
    }

    #[test]
    fn each_kind_of_difference_alone_matters() {
        let matters = |linux: &str, osx: &[Package<'_>]| {
            drift(&lock(&[("linux-64", &[(linux, &[])]), ("osx-64", osx)]), &[]).matters()
        };
        assert!(!matters("app-1-h0_0", &[("app-1-h1_0", &[])]));
        assert!(matters("app-1-0", &[("app-2-0", &[])]), "a version");
        assert!(matters("app-1-0", &[("app-1-0", &[]), ("other-1-0", &[])]), "a package");
        let series = Drift {
            pythons: BTreeMap::from([("3.11".into(), Vec::new()), ("3.12".into(), Vec::new())]),
            ..Drift::default()
        };
        assert!(series.matters());
    }

    #[test]
    fn pypi_packages_differ_as_their_markers_want_it() {
        let wheel = |name: &str, version: &str, sha256: &str| PipRecord {
            name: name.into(),
            version: version.into(),
            sha256: Some(sha256.into()),
            ..PipRecord::default()
        };
        let mut some = lock(&[("linux-64", &[]), ("osx-64", &[])]);
        some.platforms.get_mut(&Platform::Linux64).unwrap().pip = vec![
            wheel("everywhere", "1", "aa"),
            wheel("built", "1", "aa"),
            wheel("here", "1", "aa"),
            wheel("versions", "1", "aa"),
        ];
        some.platforms.get_mut(&Platform::Osx64).unwrap().pip = vec![
            wheel("everywhere", "1", "aa"),
            wheel("built", "1", "bb"),
            wheel("versions", "2", "bb"),
        ];
        let found = drift(&some, &[]);
        assert_eq!(shown(&found), ["here (pip): a PyPI package that asks for the system"]);
        assert_eq!(found.built_apart, 1);
        let versions: Vec<&str> = found.versions.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(versions, ["versions (pip)"]);
    }
}
