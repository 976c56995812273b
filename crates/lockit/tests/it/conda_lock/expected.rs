//! `test-data/conda-lock-differences.toml`: where lockit and conda-lock differ, to the value, and why that is meant.
//!
//! The differences are written by the tests, the reasons by people.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::Mutex;

use crate::context::test_data;

/// Set to anything, it makes the tests write the differences that they find.
const ACCEPT: &str = "LOCKIT_ACCEPT";

const HEAD: &str = "\
# Where lockit reads specs in another way than conda-lock does, and why. The tests in
# crates/lockit/tests/it/conda_lock.rs compare this to the value: a difference that is new, another one, or one that is
# no longer there fails. With LOCKIT_ACCEPT=1 they write `differences`, and whoever reviews the change writes `reason`.
";

/// The tests of one run share the file.
static FILE: Mutex<()> = Mutex::new(());

/// What is known of one group of files.
#[derive(Clone, Default)]
struct Entry {
    reason: String,
    differences: String,
}

type Sections = BTreeMap<String, BTreeMap<String, Entry>>;

fn path() -> PathBuf {
    test_data().join("conda-lock-differences.toml")
}

fn read() -> Sections {
    let document: toml::Table = fs_err::read_to_string(path()).unwrap().parse().unwrap();
    let table = |value: toml::Value| value.as_table().unwrap().clone();
    let entry = |value: toml::Value| {
        let fields = table(value);
        let text = |key: &str| fields[key].as_str().unwrap().to_owned();
        Entry { reason: text("reason"), differences: text("differences") }
    };
    document
        .into_iter()
        .map(|(section, entries)| {
            let entries = table(entries).into_iter();
            (section, entries.map(|(name, value)| (name, entry(value))).collect())
        })
        .collect()
}

fn write(sections: &Sections) {
    let mut text = HEAD.to_owned();
    for (section, entries) in sections {
        for (name, Entry { reason, differences }) in entries {
            assert!(!differences.contains("'''"), "{name}: {differences}");
            let reason = toml::Value::from(reason.as_str());
            write!(
                text,
                "\n[{section}.\"{name}\"]\nreason = {reason}\ndifferences = '''\n{differences}'''\n"
            )
            .unwrap();
        }
    }
    fs_err::write(path(), text).unwrap();
}

/// Compares the differences of each group that has some with those that are expected.
#[track_caller]
pub(super) fn check(section: &str, found: &BTreeMap<String, String>) {
    let _alone = FILE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let mut sections = read();
    let known = sections.entry(section.to_owned()).or_default();
    if std::env::var_os(ACCEPT).is_some() {
        let entry = |(name, differences): (&String, &String)| {
            let reason = known.get(name).map_or_else(String::new, |entry| entry.reason.clone());
            (name.clone(), Entry { reason, differences: differences.clone() })
        };
        *known = found.iter().map(entry).collect();
        write(&sections);
        sections = read();
    }
    let known = &sections[section];
    let mut wrong = String::new();
    for name in known.keys().chain(found.keys().filter(|name| !known.contains_key(*name))) {
        let expected = known.get(name).map_or("", |entry| &entry.differences);
        let found = found.get(name).map_or("", String::as_str);
        if expected != found {
            writeln!(wrong, "{name}\n--- expected\n{expected}+++ found\n{found}").unwrap();
        }
        if known.get(name).is_some_and(|entry| entry.reason.is_empty()) {
            writeln!(wrong, "{name}\nhas no reason").unwrap();
        }
    }
    assert!(
        wrong.is_empty(),
        "these are not the differences of {}:\n\n{wrong}\nIf they are meant, run the test with {ACCEPT}=1, and give each a reason.",
        path().display()
    );
}
