//! Install order: dependencies first, the same on every machine.
//!
//! An explicit file is installed line by line without a solver, so its order must be topological
//! (CEP 23 says SHOULD). The order depends on the records only, never on how they arrived.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::Record;

/// Sorts records into install order.
///
/// Dependencies come before what needs them, ties are broken by name. In a cycle, noarch packages
/// come last (`python` before `pip`), then names decide. When no record knows its dependencies the
/// given order is kept: the file it was read from had an order that cannot be derived again.
pub fn sort(records: &mut Vec<Arc<Record>>) {
    let positions = install_order(records);
    let mut slots: Vec<Option<Arc<Record>>> =
        std::mem::take(records).into_iter().map(Some).collect();
    *records = positions.into_iter().filter_map(|index| slots[index].take()).collect();
}

/// The records in install order; see [`sort`].
pub fn sorted(records: &[Arc<Record>]) -> Vec<&Arc<Record>> {
    install_order(records).into_iter().map(|index| &records[index]).collect()
}

fn install_order(records: &[Arc<Record>]) -> Vec<usize> {
    if records.iter().all(|record| record.depends.is_none()) {
        return (0..records.len()).collect();
    }
    let mut by_key: Vec<usize> = (0..records.len()).collect();
    by_key.sort_by_key(|index| key(&records[*index]));
    let graph = Graph::new(records, &by_key);
    let mut order = Vec::with_capacity(records.len());
    for group in graph.components() {
        if let [single] = group.as_slice() {
            order.push(*single);
        } else {
            order.extend(graph.break_cycle(&group));
        }
    }
    order.into_iter().map(|node| by_key[node]).collect()
}

/// Everything that tells two records apart, so that equal keys mean equal lines.
fn key(record: &Record) -> (&str, &str, &str, &str, Option<&str>, Option<&str>, Option<&str>) {
    (
        &record.name,
        &record.version,
        &record.build,
        &record.subdir,
        record.url.as_deref(),
        record.sha256.as_deref(),
        record.md5.as_deref(),
    )
}

/// The package name at the start of a dependency such as `python >=3.9` or `conda-forge::python`, as
/// it is written there.
pub fn dependency_name(depends: &str) -> &str {
    let depends = depends.trim_start();
    let end = depends.find(|c: char| c.is_whitespace() || "<>=!~;[,".contains(c));
    let name = &depends[..end.unwrap_or(depends.len())];
    name.rsplit_once("::").map_or(name, |(_, name)| name)
}

/// Nodes are numbered in key order; edges point to dependencies and are sorted.
struct Graph {
    edges: Vec<Vec<usize>>,
    noarch: Vec<bool>,
}

impl Graph {
    fn new(records: &[Arc<Record>], by_key: &[usize]) -> Self {
        let mut nodes: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (node, index) in by_key.iter().enumerate() {
            nodes.entry(&records[*index].name).or_default().push(node);
        }
        let mut edges = Vec::with_capacity(by_key.len());
        let mut noarch = Vec::with_capacity(by_key.len());
        for (node, index) in by_key.iter().enumerate() {
            let record = &records[*index];
            let mut targets = BTreeSet::new();
            for depends in record.depends.iter().flatten() {
                targets.extend(nodes.get(dependency_name(depends)).into_iter().flatten());
            }
            // Compiling and placing its modules needs python, whether it says so or not.
            if record.noarch.as_deref() == Some("python") {
                targets.extend(nodes.get("python").into_iter().flatten());
            }
            targets.remove(&node);
            edges.push(targets.into_iter().collect());
            noarch.push(record.subdir == "noarch" || record.noarch.is_some());
        }
        Self { edges, noarch }
    }

    /// Strongly connected components, dependencies first (Tarjan, without recursion: a chain of
    /// dependencies can be as long as the lock).
    fn components(&self) -> Vec<Vec<usize>> {
        const UNSEEN: usize = usize::MAX;
        let count = self.edges.len();
        let mut number = vec![UNSEEN; count];
        let mut low = vec![0; count];
        let mut on_stack = vec![false; count];
        let mut stack = Vec::new();
        let mut work: Vec<(usize, usize)> = Vec::new();
        let mut next = 0;
        let mut components = Vec::with_capacity(count);
        for root in 0..count {
            if number[root] != UNSEEN {
                continue;
            }
            work.push((root, 0));
            while let Some((node, edge)) = work.pop() {
                if edge == 0 {
                    number[node] = next;
                    low[node] = next;
                    next += 1;
                    stack.push(node);
                    on_stack[node] = true;
                }
                if let Some(&target) = self.edges[node].get(edge) {
                    work.push((node, edge + 1));
                    if number[target] == UNSEEN {
                        work.push((target, 0));
                    } else if on_stack[target] {
                        low[node] = low[node].min(number[target]);
                    }
                    continue;
                }
                if low[node] == number[node] {
                    let mut group = Vec::new();
                    while let Some(member) = stack.pop() {
                        on_stack[member] = false;
                        group.push(member);
                        if member == node {
                            break;
                        }
                    }
                    group.sort_unstable();
                    components.push(group);
                }
                if let Some((parent, _)) = work.last() {
                    low[*parent] = low[*parent].min(low[node]);
                }
            }
        }
        components
    }

    /// Orders a cycle: edges from a platform's package to a noarch one are let go first, then the
    /// edge that closes a cycle when walking in key order.
    fn break_cycle(&self, group: &[usize]) -> Vec<usize> {
        let members: BTreeSet<usize> = group.iter().copied().collect();
        let mut starts = group.to_vec();
        starts.sort_by_key(|node| (self.noarch[*node], *node));
        let mut seen = BTreeSet::new();
        let mut order = Vec::with_capacity(group.len());
        for start in starts {
            if !seen.insert(start) {
                continue;
            }
            let mut work = vec![(start, 0)];
            while let Some((node, edge)) = work.pop() {
                let Some(&target) = self.edges[node].get(edge) else {
                    order.push(node);
                    continue;
                };
                work.push((node, edge + 1));
                let let_go = self.noarch[target] && !self.noarch[node];
                if members.contains(&target) && !let_go && seen.insert(target) {
                    work.push((target, 0));
                }
            }
        }
        order
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(name: &str, depends: &[&str]) -> Arc<Record> {
        Arc::new(Record {
            name: name.to_owned(),
            version: "1".to_owned(),
            build: "0".to_owned(),
            subdir: "linux-64".to_owned(),
            depends: Some(depends.iter().map(|&d| d.to_owned()).collect()),
            ..Record::default()
        })
    }

    fn noarch(name: &str, depends: &[&str]) -> Arc<Record> {
        Arc::new(Record {
            subdir: "noarch".to_owned(),
            noarch: Some("python".to_owned()),
            ..Record::clone(&record(name, depends))
        })
    }

    fn names(records: &[Arc<Record>]) -> Vec<&str> {
        sorted(records).into_iter().map(|record| record.name.as_str()).collect()
    }

    #[test]
    fn dependencies_come_first_and_names_decide() {
        let records = [
            record("b", &[]),
            record("a", &["z >=1", "__glibc >=2.17"]),
            record("z", &["conda-forge::b[version='>=1']"]),
        ];
        assert_eq!(names(&records), ["b", "z", "a"]);
    }

    #[test]
    fn python_comes_before_what_it_depends_on_in_a_circle() {
        let records = [
            noarch("pip", &["python >=3.9", "setuptools"]),
            noarch("setuptools", &["python"]),
            record("python", &["pip"]),
            record("libfoo", &["pip"]),
        ];
        assert_eq!(names(&records), ["python", "setuptools", "pip", "libfoo"]);
    }

    #[test]
    fn noarch_python_without_dependencies_still_follows_python() {
        assert_eq!(names(&[noarch("aaa", &[]), record("python", &[])]), ["python", "aaa"]);
    }

    #[test]
    fn two_archives_of_one_address_are_in_one_order_too() {
        let of = |md5: &str| {
            Arc::new(Record { md5: Some(md5.to_owned()), ..Record::clone(&record("a", &[])) })
        };
        let md5s = |records: &[Arc<Record>]| -> Vec<Option<String>> {
            sorted(records).into_iter().map(|record| record.md5.clone()).collect()
        };
        assert_eq!(md5s(&[of("2"), of("1")]), md5s(&[of("1"), of("2")]));
    }

    #[test]
    fn a_plain_cycle_is_broken_by_name() {
        let records = [record("c", &["a"]), record("b", &["c"]), record("a", &["b"])];
        assert_eq!(names(&records), ["c", "b", "a"]);
    }

    #[test]
    fn the_order_of_a_file_without_dependencies_is_kept() {
        let bare =
            |name: &str| Arc::new(Record { depends: None, ..Record::clone(&record(name, &[])) });
        assert_eq!(names(&[bare("b"), bare("a")]), ["b", "a"]);
    }

    #[test]
    fn a_long_chain_needs_no_stack() {
        let mut records: Vec<Arc<Record>> = (0..20_000)
            .map(|i| record(&format!("p{i:05}"), &[&format!("p{:05}", i + 1)]))
            .collect();
        sort(&mut records);
        assert_eq!(records[0].name, "p19999");
    }

    proptest! {
        #[test]
        fn any_arrival_gives_the_same_order(
            edges in proptest::collection::vec((0usize..9, 0usize..9), 0..24),
            shuffle in Just((0usize..9).collect::<Vec<_>>()).prop_shuffle(),
        ) {
            let records: Vec<Arc<Record>> = (0..9)
                .map(|i| {
                    let depends: Vec<String> = edges
                        .iter().filter(|(from, _)| *from == i).map(|(_, to)| format!("p{to} >=1")).collect();
                    let depends: Vec<&str> = depends.iter().map(String::as_str).collect();
                    let name = format!("p{i}");
                    if i % 3 == 0 { noarch(&name, &depends) } else { record(&name, &depends) }
                })
                .collect();
            let expected = names(&records);
            let shuffled: Vec<Arc<Record>> = shuffle.iter().map(|i| records[*i].clone()).collect();
            prop_assert_eq!(names(&shuffled), expected.clone());
            // Without a cycle through it, every dependency comes first.
            let acyclic = edges.iter().all(|(from, to)| from > to);
            if acyclic {
                let at = |node: &usize| expected.iter().position(|n| *n == format!("p{node}")).unwrap();
                for (from, to) in &edges {
                    prop_assert!(at(to) < at(from));
                }
            }
        }
    }
}
