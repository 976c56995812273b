//! Which PyPI packages a conda package is.

use std::collections::BTreeSet;
use std::sync::Arc;

use lockit_spec::{NameMap, normalise_pypi_name};

use crate::order::dependency_name;
use crate::{Lock, Record};

/// The normalised PyPI names that a conda package provides: those of its package URLs, else what
/// `names` says of a package that needs python.
pub fn provided_names(record: &Record, names: &NameMap) -> BTreeSet<String> {
    let purls: BTreeSet<String> = record
        .purls
        .iter()
        .flatten()
        .filter_map(|purl| purl.strip_prefix("pkg:pypi/"))
        .map(|purl| normalise_pypi_name(purl.split(['@', '?', '#']).next().unwrap_or(purl)))
        .collect();
    if !purls.is_empty() {
        return purls;
    }
    let needs_python = match &record.depends {
        Some(depends) => {
            depends.iter().any(|text| matches!(dependency_name(text), "python" | "python_abi"))
        }
        // Formats without dependencies show it in the build string, or not at all.
        None => record.name != "python",
    };
    if record.name == "python" || !needs_python {
        return BTreeSet::new();
    }
    names.pypi_names(&record.name).into_iter().collect()
}

impl Lock {
    /// Says of each conda package which PyPI packages it is, where nothing is said yet. pixi takes a conda package for
    /// a PyPI package only if its purl says so, and solves anew where no package has the key (`MissingPurls` in
    /// `crates/pixi_core/src/lock_file/satisfiability/platform.rs`).
    pub fn state_purls(&mut self, names: &NameMap) {
        for record in self.platforms.values_mut().flat_map(|chosen| &mut chosen.records) {
            if record.purls.is_none() && record.built_from.is_none() {
                let provided = provided_names(record, names);
                let purls = provided.into_iter().map(|name| format!("pkg:pypi/{name}")).collect();
                Arc::make_mut(record).purls = Some(purls);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purls_say_it_else_names_else_python() {
        let record = |name: &str, depends: &[&str], purls: &[&str]| Record {
            name: name.to_owned(),
            depends: Some(depends.iter().map(|&text| text.to_owned()).collect()),
            purls: Some(purls.iter().map(|&text| text.to_owned()).collect()),
            ..Record::default()
        };
        let provided = |record: &Record| -> Vec<String> {
            provided_names(record, &NameMap::default()).into_iter().collect()
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

    /// An explicit file of another tool says nothing of dependencies, so every package may be one of python.
    #[test]
    fn where_dependencies_are_not_kept_any_package_but_python_may_be_one() {
        let bare = |name: &str| Record { name: name.to_owned(), ..Record::default() };
        let provided = |name: &str| provided_names(&bare(name), &NameMap::default());
        assert!(provided("numpy").contains("numpy"));
        assert!(provided("python").is_empty());
        let needs_itself =
            Record { depends: Some(vec!["python_abi 3.12.*".to_owned()]), ..bare("python") };
        assert!(provided_names(&needs_itself, &NameMap::default()).is_empty());
    }
}
