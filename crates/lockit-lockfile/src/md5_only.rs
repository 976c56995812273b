//! Packages that have an md5 and no sha256, as old channels have them: every format keeps them as what they are.

use std::sync::Arc;

use lockit_diagnostic::SourceFile;
use lockit_spec::Platform;

use crate::satisfaction::same_records;
use crate::{
    ExplicitOptions, FormatError, Lock, LockedChannel, Record, conda_lock, detect, explicit, pixi,
    sample,
};

/// The sample on one platform, in a form that every format can hold.
fn lock() -> Lock {
    let mut lock = sample::lock();
    lock.channels = vec![LockedChannel::new("conda-forge")];
    lock.platforms.retain(|platform, _| *platform == Platform::Linux64);
    for chosen in lock.platforms.values_mut() {
        chosen.pip.clear();
        chosen.records_mut().for_each(|record| record.sha256 = None);
    }
    lock
}

type Writer = fn(&Lock) -> Result<String, FormatError>;

const FORMATS: [(&str, Writer); 3] = [
    ("conda-linux-64.lock", |lock| {
        explicit::write(lock, Platform::Linux64, ExplicitOptions::default())
    }),
    ("conda-lock.yml", |lock| conda_lock::write(lock, "conda-lock.yml")),
    ("pixi.lock", |lock| pixi::write(&[lock], pixi::WriteOptions::default())),
];

fn digests(lock: &Lock) -> Vec<(&str, Option<&str>, Option<&str>)> {
    let records = lock.platforms.values().flat_map(|chosen| &chosen.records);
    records
        .map(|record| (record.name.as_str(), record.md5.as_deref(), record.sha256.as_deref()))
        .collect()
}

#[test]
fn every_format_keeps_an_md5_and_makes_up_no_sha256() {
    let lock = lock();
    for (name, write) in FORMATS {
        let text = write(&lock).unwrap();
        assert!(!text.contains("sha256"), "{name}");
        let read = detect::read_source(&SourceFile::new(name, text.as_str())).unwrap();
        assert_eq!(digests(&read.locks[0]), digests(&lock), "{name}");
        assert_eq!(write(&read.locks[0]).unwrap(), text, "{name} rendered again");
    }
}

#[test]
fn one_that_has_neither_is_written_nowhere() {
    let mut lock = lock();
    lock.platforms.values_mut().next().unwrap().records_mut().next().unwrap().md5 = None;
    for (name, write) in FORMATS {
        assert!(matches!(write(&lock), Err(FormatError::NoDigest { .. })), "{name}");
    }
}

/// conda-lock's rows are read by hand where they are plain, and by a YAML parser where they are not.
#[test]
fn both_readers_of_conda_lock_know_rows_with_an_md5_alone() {
    let lock = lock();
    let plain = conda_lock::write(&lock, "conda-lock.yml").unwrap();
    let quoted = plain.replace("    md5: ", "    \"md5\": ");
    assert_ne!(plain, quoted);
    for text in [plain, quoted] {
        let read = conda_lock::read(&SourceFile::new("conda-lock.yml", text)).unwrap().0;
        assert_eq!(digests(&read), digests(&lock));
    }
}

#[test]
fn an_md5_tells_archives_apart_and_a_missing_one_does_not() {
    let with = |md5: Option<&str>, sha256: Option<&str>| Record {
        md5: md5.map(str::to_owned),
        sha256: sha256.map(str::to_owned),
        ..Record::from_url("https://h/c/noarch/tz-2024a-h1_0.conda").unwrap()
    };
    let old = with(Some("aa"), None);
    assert!(old.is_same_as(&with(Some("aa"), None)));
    assert!(old.is_same_as(&with(Some("aa"), Some("11"))));
    assert!(old.is_same_as(&with(None, Some("11"))), "nothing that both know differs");
    assert!(!old.is_same_as(&with(Some("bb"), None)));
    // An md5 that is the same hides no sha256 that is not, nor the other way round.
    assert!(!with(Some("aa"), Some("11")).is_same_as(&with(Some("aa"), Some("22"))));
    assert!(!with(Some("aa"), Some("11")).is_same_as(&with(Some("bb"), Some("11"))));
    assert_eq!(old.identity().digest, Some("aa"));
    assert_eq!(with(Some("aa"), Some("11")).identity().digest, Some("11"));
}

#[test]
fn an_environment_that_follows_another_has_its_archives_by_md5_too() {
    let dev = lock();
    let mut predict = dev.clone();
    assert_eq!(same_records(&predict, &dev), []);
    let chosen = predict.platforms.values_mut().next().unwrap();
    Arc::make_mut(&mut chosen.records[0]).md5 = Some("00".to_owned());
    assert_eq!(same_records(&predict, &dev).len(), 1);
}
