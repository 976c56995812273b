//! What conda packages provide, in PyPI's names.

use std::collections::BTreeMap;
use std::str::FromStr;
use std::sync::Arc;

use lockit_lockfile::{Record, provided_names};
use lockit_spec::NameMap;
use pep508_rs::PackageName;
use pep508_rs::pep440_rs::Version;

/// A PyPI package that a conda package stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Provided {
    /// Normalised name on PyPI.
    pub name: String,
    /// Its version, as PEP 440 spells it.
    pub version: String,
    /// Name of the conda package.
    pub conda: String,
}

/// The PyPI packages that conda packages provide, sorted by name. Where several provide one, the one that is
/// called so itself wins (`matplotlib` over `matplotlib-base`).
pub fn provided(records: &[Arc<Record>], names: &NameMap) -> Vec<Provided> {
    let mut found: BTreeMap<String, Provided> = BTreeMap::new();
    for record in records {
        let Some(version) = version_of(&record.version) else { continue };
        for name in provided_names(record, names) {
            let one = Provided {
                name: name.clone(),
                version: version.clone(),
                conda: record.name.clone(),
            };
            if found.get(&name).is_none_or(|known| known.conda != name && record.name == name) {
                found.insert(name, one);
            }
        }
    }
    found.into_values().collect()
}

/// A name as PEP 503 has it; `None` for what is none.
pub(crate) fn normalised(name: &str) -> Option<String> {
    PackageName::from_str(name).ok().map(|name| name.to_string())
}

/// A conda version as PEP 440 spells it: some packages say `1.0_1` or `2024b`.
fn version_of(conda: &str) -> Option<String> {
    let parse = |text: &str| Version::from_str(text).ok().map(|version| version.to_string());
    parse(conda).or_else(|| parse(&conda.replace('_', ".post"))).or_else(|| {
        // What is before the first thing that PEP 440 does not know.
        let end = conda.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        parse(conda[..end].trim_end_matches('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, version: &str, depends: &[&str]) -> Record {
        Record {
            name: name.into(),
            version: version.into(),
            depends: Some(depends.iter().map(|one| (*one).to_owned()).collect()),
            ..Record::default()
        }
    }

    #[test]
    fn python_packages_are_told_from_others() {
        let mut said = record("jinja2", "3.1", &["python"]);
        said.purls = Some(vec!["pkg:pypi/Jinja2@3.1".into(), "pkg:conda/x".into()]);
        let records = [
            record("python", "3.12.1", &["libzlib"]),
            record("zlib", "1.3", &["libzlib"]),
            record("ruamel.yaml", "0.18", &["python >=3.12,<3.13.0a0"]),
            record("pytorch", "2.4.0", &["python_abi 3.12.* *_cp312"]),
            record("matplotlib-base", "3.9", &["python"]),
            record("matplotlib", "3.9.1", &["matplotlib-base", "python"]),
            record("pytz-like", "2024b", &["python"]),
            said,
        ]
        .map(Arc::new);
        let text: Vec<String> = provided(&records, &NameMap::default())
            .iter()
            .map(|one| format!("{} {} by {}", one.name, one.version, one.conda))
            .collect();
        assert_eq!(
            text,
            [
                "jinja2 3.1 by jinja2",
                "matplotlib 3.9.1 by matplotlib",
                "pytz-like 2024b0 by pytz-like",
                "ruamel-yaml 0.18 by ruamel.yaml",
                "torch 2.4.0 by pytorch",
            ]
        );
    }

    #[test]
    fn versions_are_spelled_as_pep_440_has_them() {
        assert_eq!(version_of("1!2.0rc1").as_deref(), Some("1!2.0rc1"));
        assert_eq!(version_of("1.0_1").as_deref(), Some("1.0.post1"));
        assert_eq!(version_of("9e").as_deref(), Some("9"));
        assert_eq!(version_of("cvs"), None);
    }
}
