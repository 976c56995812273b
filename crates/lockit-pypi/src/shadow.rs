//! Packages of which an index that is asked later has a newer version.

use std::str::FromStr;

use lockit_lockfile::PipRecord;
use pep508_rs::pep440_rs::Version;

use crate::annotations::Annotations;

/// A package whose newer version, in another index, does not count: only the first index that has it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shadowed {
    /// The package, normalised.
    pub name: String,
    /// The version that is taken.
    pub version: String,
    /// The index that it is from, without secrets.
    pub index: String,
    /// The version that would be taken if all indexes counted alike.
    pub newer: String,
    /// The index that this one is in, without secrets.
    pub elsewhere: String,
}

/// What differs between an answer and the one with all indexes alike.
pub(crate) fn shadowed(
    records: &[PipRecord],
    taken: &Annotations,
    best: &Annotations,
    public: impl Fn(&str) -> String,
) -> Vec<Shadowed> {
    let version = |text: &str| Version::from_str(text).ok();
    let of = |record: &PipRecord| {
        let (index, elsewhere) = (taken.index(&record.name)?, best.index(&record.name)?);
        let newer = best.versions.get(&record.name)?;
        (index != elsewhere && version(newer)? > version(&record.version)?).then(|| Shadowed {
            name: record.name.clone(),
            version: record.version.clone(),
            index: public(index),
            newer: newer.clone(),
            elsewhere: public(elsewhere),
        })
    };
    records.iter().filter_map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_version_counts_only_in_another_index() {
        let record = |name: &str, version: &str| PipRecord {
            name: name.into(),
            version: version.into(),
            ..PipRecord::default()
        };
        let records =
            [record("a", "1.0"), record("b", "1.0"), record("c", "2.0"), record("d", "1")];
        let read = |versions: [(&str, &str, &str); 3]| {
            let lines = versions.map(|(name, version, index)| {
                format!("{name}=={version}\n    # from https://{index}/simple\n")
            });
            Annotations::read(&lines.concat())
        };
        let taken = read([("a", "1.0", "one"), ("b", "1.0", "one"), ("c", "2.0", "one")]);
        let best = read([("a", "1.10", "two"), ("b", "1.1", "one"), ("c", "1.0", "two")]);
        let found = shadowed(&records, &taken, &best, str::to_owned);
        let found: Vec<_> =
            found.iter().map(|one| (one.name.as_str(), one.newer.as_str())).collect();
        assert_eq!(found, [("a", "1.10")]);
    }
}
