//! Who needs whom in a lock.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use lockit_spec::NameMap;

use crate::order::dependency_name;
use crate::pip::provided_names;
use crate::pip::requirement::Parts;
use crate::{Package, PlatformLock};

/// The packages of one platform with what they depend on.
///
/// What a PyPI package needs may be a conda package. Where a conda package and a PyPI package have one name, the name is
/// the conda package's.
#[derive(Debug)]
pub struct Graph<'a> {
    packages: BTreeMap<&'a str, Package<'a>>,
    /// The conda packages that are PyPI packages, by their names there.
    provided: BTreeMap<String, &'a str>,
    requested: Option<BTreeSet<&'a str>>,
    /// The packages that depend on a package, each with what it asks for.
    dependents: BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>,
}

impl<'a> Graph<'a> {
    /// The graph of a platform. `None` when the format keeps no dependencies.
    pub fn of(lock: &'a PlatformLock) -> Option<Self> {
        let conda = lock.records.iter().map(Package::Conda);
        let all = || conda.clone().chain(lock.pip.iter().map(Package::Pip));
        let mut graph = Self {
            packages: BTreeMap::new(),
            provided: BTreeMap::new(),
            requested: lock
                .requested
                .as_ref()
                .map(|names| names.iter().map(String::as_str).collect()),
            dependents: BTreeMap::new(),
        };
        for package in all() {
            graph.packages.entry(package.name()).or_insert(package);
        }
        for record in &lock.records {
            for name in provided_names(record, &NameMap::default()) {
                graph.provided.entry(name).or_insert(&record.name);
            }
        }
        for package in all() {
            for depends in package.depends()? {
                if let Some(name) = graph.target(package, depends) {
                    graph.dependents.entry(name).or_default().insert(package.name(), depends);
                }
            }
        }
        Some(graph)
    }

    /// The package that a dependency of another one means. Virtual packages are none.
    fn target(&self, of: Package<'_>, depends: &str) -> Option<&'a str> {
        let known = |name: &str| self.packages.get_key_value(name).map(|(name, _)| *name);
        match of {
            Package::Conda(_) => known(&dependency_name(depends).to_lowercase()),
            Package::Pip(_) => {
                let name = Parts::of(depends)?.name;
                let of_pip = known(&name)
                    .filter(|name| matches!(self.packages.get(name), Some(Package::Pip(_))));
                of_pip.or_else(|| self.provided.get(&name).copied())
            }
        }
    }

    /// A package, by its normalised name.
    pub fn package(&self, name: &str) -> Option<Package<'a>> {
        self.packages.get(name).copied()
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.packages.keys().copied()
    }

    /// Whether a spec names the package; `None` where the format does not keep that. A PyPI package that nothing else
    /// needs can only be there because a spec names it.
    pub fn is_requested(&self, name: &str) -> Option<bool> {
        let requested = self.requested.as_ref()?;
        let is_pip = matches!(self.packages.get(name), Some(Package::Pip(_)));
        Some(requested.contains(name) || (is_pip && !self.dependents.contains_key(name)))
    }

    /// Where reading starts: what specs name, else what nothing else needs.
    pub fn roots(&self) -> Vec<&'a str> {
        self.names()
            .filter(|name| {
                self.is_requested(name).unwrap_or_else(|| !self.dependents.contains_key(name))
            })
            .collect()
    }

    /// What a package depends on, in order of names. Virtual packages are none.
    pub fn dependencies(&self, name: &str) -> Vec<&'a str> {
        let Some(package) = self.package(name) else { return Vec::new() };
        let depends = package.depends().unwrap_or_default();
        let names: BTreeSet<&str> =
            depends.iter().filter_map(|depends| self.target(package, depends)).collect();
        names.into_iter().collect()
    }

    /// The packages that depend on a package, each with what it asks for.
    pub fn dependents(&self, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.dependents.get(name).into_iter().flatten().map(|(name, asked)| (*name, *asked))
    }

    /// A shortest way to a package from each root that leads there, the shortest first.
    pub fn ways_to(&self, name: &str) -> Vec<Vec<&'a str>> {
        let Some((name, _)) = self.packages.get_key_value(name) else { return Vec::new() };
        // From the package upwards, so that each package is seen once for all roots.
        let mut next: BTreeMap<&str, &str> = BTreeMap::new();
        let mut queue = VecDeque::from([*name]);
        while let Some(current) = queue.pop_front() {
            for (dependent, _) in self.dependents(current) {
                if dependent != *name && !next.contains_key(dependent) {
                    next.insert(dependent, current);
                    queue.push_back(dependent);
                }
            }
        }
        let mut ways: Vec<Vec<&str>> = self
            .roots()
            .into_iter()
            .filter(|root| root == name || next.contains_key(root))
            .map(|root| {
                let mut way = vec![root];
                let mut current = root;
                while current != *name {
                    let Some(following) = next.get(current) else { break };
                    current = following;
                    way.push(current);
                }
                way
            })
            .collect();
        ways.sort_by_key(Vec::len);
        ways
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{PipRecord, Record, sample};

    /// app -> lib -> base, tool -> base, and base -> app closes a circle.
    fn lock(requested: Option<&[&str]>) -> PlatformLock {
        let record = |name: &str, depends: &[&str]| {
            Arc::new(Record {
                name: name.to_owned(),
                depends: Some(depends.iter().map(|one| (*one).to_owned()).collect()),
                ..Record::default()
            })
        };
        PlatformLock {
            requested: requested.map(|names| names.iter().map(|one| (*one).to_owned()).collect()),
            records: vec![
                record("app", &["Lib >=1", "__glibc >=2.17"]),
                record("base", &["app"]),
                record("lib", &["base"]),
                record("tool", &["base 1.*"]),
            ],
            ..PlatformLock::default()
        }
    }

    #[test]
    fn ways_lead_from_each_root_and_circles_end() {
        let locked = lock(Some(&["app", "tool"]));
        let graph = Graph::of(&locked).unwrap();
        assert_eq!(graph.ways_to("base"), [vec!["tool", "base"], vec!["app", "lib", "base"]]);
        assert_eq!(graph.ways_to("app"), [vec!["app"], vec!["tool", "base", "app"]]);
        assert!(graph.ways_to("nothing").is_empty());
        assert_eq!(graph.dependencies("app"), ["lib"]);
        let asked: Vec<_> = graph.dependents("base").collect();
        assert_eq!(asked, [("lib", "base"), ("tool", "base 1.*")]);
    }

    #[test]
    fn without_specs_roots_are_what_nothing_needs() {
        let locked = lock(None);
        assert_eq!(Graph::of(&locked).unwrap().roots(), ["tool"]);
        let mut explicit = lock(None);
        Arc::make_mut(&mut explicit.records[0]).depends = None;
        assert!(Graph::of(&explicit).is_none());
    }

    #[test]
    fn pypi_packages_need_conda_packages_by_their_names_there() {
        let mut locked = sample::platform(lockit_spec::Platform::Linux64);
        let graph = Graph::of(&locked).unwrap();
        assert_eq!(graph.dependencies("flask-thing"), ["click", "inner"]);
        assert_eq!(graph.roots(), ["click", "flask-thing", "local", "pip"]);
        assert_eq!(graph.is_requested("inner"), Some(false));
        assert_eq!(graph.ways_to("python")[0], ["click", "python"]);
        assert!(graph.ways_to("libzlib").contains(&vec![
            "flask-thing",
            "click",
            "python",
            "libzlib"
        ]));
        let click = locked.records_mut().find(|record| record.name == "click").unwrap();
        click.purls = Some(vec!["pkg:pypi/other".to_owned()]);
        locked.pip.push(PipRecord {
            name: "wants-other".to_owned(),
            depends: Some(vec!["Other[x]>=1".to_owned()]),
            ..PipRecord::default()
        });
        let graph = Graph::of(&locked).unwrap();
        assert_eq!(graph.dependencies("wants-other"), ["click"]);
        locked.pip[0].depends = None;
        assert!(Graph::of(&locked).is_none());
    }
}
