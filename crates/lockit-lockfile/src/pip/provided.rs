//! Which PyPI packages a conda package is.

use std::collections::BTreeSet;
use std::fmt;

use super::pip_name;
use crate::Record;
use crate::order::dependency_name;

/// Knows packages whose names on PyPI and in channels differ.
pub trait PipNames: fmt::Debug {
    /// The normalised PyPI names that a conda package provides, by its name. `None` when nothing is known about it.
    fn pip_names(&self, conda: &str) -> Option<Vec<String>>;
}

/// Packages have the same name on both sides.
#[derive(Debug, Clone, Copy, Default)]
pub struct SameNames;

impl PipNames for SameNames {
    fn pip_names(&self, _conda: &str) -> Option<Vec<String>> {
        None
    }
}

/// The normalised PyPI names that a conda package provides: those of its package URLs, else those that `names`
/// knows, else its own when it needs python.
pub fn provided_names(record: &Record, names: &dyn PipNames) -> BTreeSet<String> {
    let purls: BTreeSet<String> = record
        .purls
        .iter()
        .filter_map(|purl| purl.strip_prefix("pkg:pypi/"))
        .map(|purl| pip_name(purl.split(['@', '?', '#']).next().unwrap_or(purl)))
        .collect();
    if !purls.is_empty() {
        return purls;
    }
    if let Some(known) = names.pip_names(&record.name) {
        return known.into_iter().collect();
    }
    let needs_python = match &record.depends {
        Some(depends) => depends.iter().any(|text| dependency_name(text) == "python"),
        // Formats without dependencies show it in the build string, or not at all.
        None => record.name != "python",
    };
    if needs_python { BTreeSet::from([pip_name(&record.name)]) } else { BTreeSet::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Torch;

    impl PipNames for Torch {
        fn pip_names(&self, conda: &str) -> Option<Vec<String>> {
            (conda == "pytorch").then(|| vec!["torch".to_owned()])
        }
    }

    #[test]
    fn purls_say_it_else_names_else_python() {
        let record = |name: &str, depends: &[&str], purls: &[&str]| Record {
            name: name.to_owned(),
            depends: Some(depends.iter().map(|&text| text.to_owned()).collect()),
            purls: purls.iter().map(|&text| text.to_owned()).collect(),
            ..Record::default()
        };
        let provided = |record: &Record| -> Vec<String> {
            provided_names(record, &Torch).into_iter().collect()
        };
        assert_eq!(
            provided(&record("matplotlib-base", &[], &["pkg:pypi/matplotlib@3?x=1"])),
            ["matplotlib"]
        );
        assert_eq!(provided(&record("pytorch", &["python >=3"], &[])), ["torch"]);
        assert_eq!(
            provided(&record("ruamel.yaml", &["python_abi", "python"], &[])),
            ["ruamel-yaml"]
        );
        assert!(provided(&record("graphviz", &["libzlib"], &[])).is_empty());
    }
}
