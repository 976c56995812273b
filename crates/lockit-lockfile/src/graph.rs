//! Who needs whom in a lock.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::order::dependency_name;
use crate::{PlatformLock, Record};

/// The packages of one platform with what they depend on.
#[derive(Debug)]
pub struct Graph<'a> {
    records: BTreeMap<&'a str, &'a Record>,
    requested: Option<BTreeSet<&'a str>>,
    /// The packages that depend on a package, each with what it asks for.
    dependents: BTreeMap<&'a str, BTreeMap<&'a str, &'a str>>,
}

impl<'a> Graph<'a> {
    /// The graph of a platform. `None` when the format keeps no dependencies.
    pub fn of(lock: &'a PlatformLock) -> Option<Self> {
        let records: BTreeMap<&str, &Record> =
            lock.records.iter().map(|record| (record.name.as_str(), record)).collect();
        let mut dependents: BTreeMap<&str, BTreeMap<&str, &str>> = BTreeMap::new();
        for record in &lock.records {
            for depends in record.depends.as_ref()? {
                let name = dependency_name(depends).to_lowercase();
                if let Some((name, _)) = records.get_key_value(name.as_str()) {
                    dependents.entry(name).or_default().insert(&record.name, depends);
                }
            }
        }
        let requested =
            lock.requested.as_ref().map(|names| names.iter().map(String::as_str).collect());
        Some(Self { records, requested, dependents })
    }

    /// A package, by its normalised name.
    pub fn record(&self, name: &str) -> Option<&'a Record> {
        self.records.get(name).copied()
    }

    /// All names.
    pub fn names(&self) -> impl Iterator<Item = &'a str> {
        self.records.keys().copied()
    }

    /// Whether a spec names the package; `None` where the format does not keep that.
    pub fn is_requested(&self, name: &str) -> Option<bool> {
        self.requested.as_ref().map(|requested| requested.contains(name))
    }

    /// Where reading starts: what specs name, else what nothing else needs.
    pub fn roots(&self) -> Vec<&'a str> {
        match &self.requested {
            Some(requested) => self.names().filter(|name| requested.contains(name)).collect(),
            None => self.names().filter(|name| !self.dependents.contains_key(name)).collect(),
        }
    }

    /// What a package depends on, in order of names. Virtual packages are none.
    pub fn dependencies(&self, name: &str) -> Vec<&'a str> {
        let depends = self.records.get(name).into_iter().flat_map(|record| &record.depends);
        let names: BTreeSet<&str> = depends
            .flatten()
            .filter_map(|depends| {
                let name = dependency_name(depends).to_lowercase();
                self.records.get_key_value(name.as_str()).map(|(name, _)| *name)
            })
            .collect();
        names.into_iter().collect()
    }

    /// The packages that depend on a package, each with what it asks for.
    pub fn dependents(&self, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.dependents.get(name).into_iter().flatten().map(|(name, asked)| (*name, *asked))
    }

    /// A shortest way to a package from each root that leads there, the shortest first.
    pub fn ways_to(&self, name: &str) -> Vec<Vec<&'a str>> {
        let Some((name, _)) = self.records.get_key_value(name) else { return Vec::new() };
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
    use super::*;

    /// app -> lib -> base, tool -> base, and base -> app closes a circle.
    fn lock(requested: Option<&[&str]>) -> PlatformLock {
        let record = |name: &str, depends: &[&str]| Record {
            name: name.to_owned(),
            depends: Some(depends.iter().map(|one| (*one).to_owned()).collect()),
            ..Record::default()
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
        explicit.records[0].depends = None;
        assert!(Graph::of(&explicit).is_none());
    }
}
