//! What the packages of a lock ask of the machine: `__glibc`, `__osx`, `__cuda` (CEP 30).

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use rattler_conda_types::Version;

use crate::order::dependency_name;
use crate::{PlatformLock, Record};

/// The virtual packages that records depend on, each with one merged constraint (empty when only
/// its presence is asked for).
///
/// Bounds that another bound implies are dropped: of `>=2.17` and `>=2.28` the second is left.
/// Constraints that are no simple bound are kept as they are.
pub fn virtual_needs(records: &[Arc<Record>]) -> BTreeMap<String, String> {
    let mut needs: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for depends in records.iter().flat_map(|record| record.depends.iter().flatten()) {
        let name = dependency_name(depends);
        if name.starts_with("__") {
            let constraint = depends.trim_start().strip_prefix(name).unwrap_or_default().trim();
            needs.entry(name).or_default().push(constraint);
        }
    }
    needs.into_iter().map(|(name, constraints)| (name.to_owned(), merge(&constraints))).collect()
}

impl PlatformLock {
    /// The virtual packages that the packages depend on, each with one merged constraint: by their
    /// dependencies, else as the file says.
    pub fn needs(&self) -> BTreeMap<String, String> {
        let mut needs = virtual_needs(&self.records);
        for (name, constraint) in &self.recorded_needs {
            needs.entry(name.clone()).or_insert_with(|| constraint.clone());
        }
        needs
    }
}

/// The strictest form of several constraints that must hold together.
fn merge(constraints: &[&str]) -> String {
    let mut lower: Option<Bound<'_>> = None;
    let mut upper: Option<Bound<'_>> = None;
    let mut others: Vec<&str> = Vec::new();
    for constraint in constraints.iter().copied().filter(|c| !c.is_empty() && *c != "*") {
        // A choice (`a|b`) or a build string binds its parts together.
        if constraint.contains(['|', ' ', '[', '(']) {
            others.push(constraint);
            continue;
        }
        for part in constraint.split(',') {
            match Bound::parse(part) {
                Some(bound) if bound.is_lower => lower = Some(bound.stricter(lower)),
                Some(bound) => upper = Some(bound.stricter(upper)),
                None => others.push(part),
            }
        }
    }
    others.sort_unstable();
    others.dedup();
    let bounds = lower.iter().chain(&upper).map(|bound| bound.text);
    bounds.chain(others).collect::<Vec<_>>().join(",")
}

struct Bound<'a> {
    text: &'a str,
    version: Version,
    is_lower: bool,
    is_strict: bool,
}

impl<'a> Bound<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let rest = text.strip_prefix(['<', '>'])?;
        let version = Version::from_str(rest.strip_prefix('=').unwrap_or(rest)).ok()?;
        Some(Self {
            text,
            version,
            is_lower: text.starts_with('>'),
            is_strict: !rest.starts_with('='),
        })
    }

    fn stricter(self, other: Option<Self>) -> Self {
        let Some(other) = other else { return self };
        let order = self.version.cmp(&other.version);
        let order = if self.is_lower { order } else { order.reverse() };
        // Equal bounds spelled differently (`2.0` and `2`): the spelling decides, not the order.
        let order = order.then(self.is_strict.cmp(&other.is_strict));
        if order.then_with(|| self.text.cmp(other.text)).is_ge() { self } else { other }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_merged_to_the_strictest() {
        assert_eq!(merge(&[">=2.17,<3.0.a0", ">=2.28", ">=2.9"]), ">=2.28,<3.0.a0");
        assert_eq!(merge(&["<3", "<=3", "<3.0"]), "<3.0");
        assert_eq!(merge(&[">2", ">=2"]), ">2");
        assert_eq!(merge(&["", "*"]), "");
        assert_eq!(merge(&["1 x86_64", ">=1|<0", ">=1", "1 x86_64"]), ">=1,1 x86_64,>=1|<0");
        assert_eq!(merge(&["!=11.1", ">=11.0", "!=11.1"]), ">=11.0,!=11.1");
    }

    #[test]
    fn only_virtual_packages_count() {
        let record = |depends: &[&str]| {
            Arc::new(Record {
                depends: Some(depends.iter().map(|&d| d.to_owned()).collect()),
                ..Record::default()
            })
        };
        let needs = virtual_needs(&[
            record(&["__glibc >=2.17,<3.0.a0", "python"]),
            record(&["__glibc >=2.28", "__unix"]),
            Arc::default(),
        ]);
        let text: Vec<String> = needs.iter().map(|(n, c)| format!("{n} {c}")).collect();
        assert_eq!(text, ["__glibc >=2.28,<3.0.a0", "__unix "]);
    }
}
