//! What locks ask for, parsed once for a whole run.
//!
//! Environments of a project have most of their packages in common ([`Pool`](crate::Pool)). What a record depends on is
//! taken apart when it is first seen, and whether a record fits a dependency is found out once.

use std::cell::RefCell;
use std::str::FromStr;
use std::sync::Arc;

use lockit_spec::VirtualPackage;
use rattler_conda_types::{MatchSpec, ParseStrictness, Version};
use rustc_hash::FxHashMap;

use super::matching::{Mismatch, matches};
use crate::Record;
use crate::order::dependency_name;

/// What has been parsed. Who checks many locks keeps one for all of them.
#[derive(Debug, Default)]
pub struct ParsedRecords {
    names: FxHashMap<Box<str>, Name>,
    needs: FxHashMap<Box<str>, Need>,
    specs: Vec<Option<MatchSpec>>,
    /// Places in `records`, by where a record lies in memory: those that are known stay there.
    known: FxHashMap<usize, Id>,
    records: Vec<Known>,
    virtual_packages: FxHashMap<VirtualPackageKey, Id>,
    fits: RefCell<FxHashMap<(u32, Id), bool>>,
}

/// Name, version and build.
type VirtualPackageKey = [Box<str>; 3];

/// A name of a package, as a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Name(u32);

/// A record that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id(u32);

/// A dependency or a constraint, by its text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Need {
    spec: u32,
    /// The package that it is about.
    pub(super) name: Name,
    /// Whether that is a virtual one.
    pub(super) is_virtual: bool,
    /// Whether it can be checked: it can be read, and no condition (CEP 43) leaves it to the solver.
    pub(super) is_clear: bool,
}

/// A record, and what its texts say.
#[derive(Debug)]
pub(super) struct Known {
    record: Arc<Record>,
    pub(super) name: Name,
    /// `None` when nobody can read it.
    version: Option<Version>,
    /// In the order of the record's.
    pub(super) depends: Box<[Need]>,
    pub(super) constrains: Box<[Need]>,
}

/// A number for what comes after so many.
fn number(count: usize) -> u32 {
    u32::try_from(count).expect("no run sees four thousand million texts")
}

impl ParsedRecords {
    /// The number of a name.
    pub(super) fn add_name(&mut self, name: &str) -> Name {
        if let Some(known) = self.names.get(name) {
            return *known;
        }
        let new = Name(number(self.names.len()));
        self.names.insert(name.into(), new);
        new
    }

    fn add_need(&mut self, text: &str) -> Need {
        if let Some(known) = self.needs.get(text) {
            return *known;
        }
        let spec = MatchSpec::from_str(text, ParseStrictness::Lenient).ok();
        let name = dependency_name(text);
        let new = Need {
            spec: number(self.specs.len()),
            name: self.add_name(name),
            is_virtual: name.starts_with("__"),
            is_clear: spec.as_ref().is_some_and(|spec| spec.condition.is_none()),
        };
        self.specs.push(spec);
        self.needs.insert(text.into(), new);
        new
    }

    /// Makes a record known.
    pub(super) fn add(&mut self, record: &Arc<Record>) -> Id {
        let place = Arc::as_ptr(record).addr();
        if let Some(known) = self.known.get(&place) {
            return *known;
        }
        let mut needs = |texts: &Option<Vec<String>>| {
            texts.iter().flatten().map(|text| self.add_need(text)).collect()
        };
        let (depends, constrains) = (needs(&record.depends), needs(&record.constrains));
        let known = Known {
            name: self.add_name(&record.name),
            version: Version::from_str(&record.version).ok(),
            depends,
            constrains,
            record: Arc::clone(record),
        };
        let new = Id(number(self.records.len()));
        self.records.push(known);
        self.known.insert(place, new);
        new
    }

    /// Makes a virtual package known, in the shape that MatchSpecs are compared with.
    pub(super) fn add_virtual(&mut self, package: &VirtualPackage) -> Id {
        let VirtualPackage { name, version, build } = package;
        let key = [name, version, build].map(|text| text.as_str().into());
        if let Some(known) = self.virtual_packages.get(&key) {
            return *known;
        }
        let new = self.add(&Arc::new(Record {
            name: name.clone(),
            version: version.clone(),
            build: build.clone(),
            ..Record::default()
        }));
        self.virtual_packages.insert(key, new);
        new
    }

    /// The number of a name, when there is one: no record and no dependency has any other.
    pub(super) fn name(&self, name: &str) -> Option<Name> {
        self.names.get(name).copied()
    }

    /// What is known of a record.
    pub(super) fn known(&self, id: Id) -> &Known {
        &self.records[id.0 as usize]
    }

    /// A record.
    pub(super) fn record(&self, id: Id) -> &Record {
        &self.known(id).record
    }

    /// Whether a record matches a requirement, or what does not.
    pub(super) fn matches(&self, spec: &MatchSpec, id: Id) -> Result<(), Mismatch> {
        let Known { record, version, .. } = self.known(id);
        matches(spec, record, version.as_ref())
    }

    /// Whether a record is what another one needs.
    pub(super) fn fits(&self, need: Need, id: Id) -> bool {
        let mut fits = self.fits.borrow_mut();
        *fits.entry((need.spec, id)).or_insert_with(|| {
            let spec = self.specs[need.spec as usize].as_ref();
            spec.is_some_and(|spec| self.matches(spec, id).is_ok())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(version: &str, depends: &[&str]) -> Arc<Record> {
        Arc::new(Record {
            name: "a".to_owned(),
            version: version.to_owned(),
            depends: Some(depends.iter().map(|&text| text.to_owned()).collect()),
            ..Record::default()
        })
    }

    #[test]
    fn each_record_and_each_text_is_parsed_once() {
        let mut parsed = ParsedRecords::default();
        let one = record("1", &["a >=2", "b", "__glibc >=2.17"]);
        let id = parsed.add(&one);
        assert_eq!(parsed.add(&Arc::clone(&one)), id);
        assert_eq!(parsed.specs.len(), 3);
        // What says the same and lies elsewhere is another record of the same texts.
        assert_ne!(parsed.add(&Arc::new(Record::clone(&one))), id);
        assert_eq!((parsed.records.len(), parsed.specs.len()), (2, 3));
        let needs = &parsed.known(id).depends;
        assert_eq!(needs[0].name, parsed.known(id).name);
        assert!(needs[2].is_virtual && !needs[1].is_virtual);
    }

    #[test]
    fn a_record_stays_known_when_its_lock_is_gone() {
        let mut parsed = ParsedRecords::default();
        let ids: Vec<Id> = (0..100).map(|nth| parsed.add(&record(&nth.to_string(), &[]))).collect();
        for (nth, id) in ids.into_iter().enumerate() {
            assert_eq!(parsed.record(id).version, nth.to_string());
        }
    }

    #[test]
    fn what_fits_is_told_from_what_does_not() {
        let mut parsed = ParsedRecords::default();
        let asking = parsed.add(&record("1", &["a >=2", "a ???", "a; if b"]));
        let (old, new) = (parsed.add(&record("1.9", &[])), parsed.add(&record("2.0", &[])));
        let needs = parsed.known(asking).depends.clone();
        for _ in 0..2 {
            assert!(!parsed.fits(needs[0], old) && parsed.fits(needs[0], new));
        }
        assert!(needs[0].is_clear && !needs[1].is_clear);
        let machine =
            VirtualPackage { name: "__glibc".into(), version: "2.28".into(), build: "0".into() };
        assert_eq!(parsed.add_virtual(&machine), parsed.add_virtual(&machine.clone()));
    }
}
