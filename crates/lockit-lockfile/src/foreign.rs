//! Files that other tools have made, as they are read. `test-data/foreign/README.md` says which tool made which.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use lockit_diagnostic::{SourceFile, render};
use lockit_spec::Platform;
use rattler_lock::LockFile;

use crate::detect::Lockfile;
use crate::{Format, Lock, PipRecord, Record, detect, pixi};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-data/foreign")
}

fn read(name: &str) -> Lockfile {
    detect::read(&folder().join(name))
        .unwrap_or_else(|error| panic!("{}", render(&[*error], false)))
}

/// All that is known of a record, in two lines.
fn record(text: &mut String, one: &Record) {
    let Record { build_number, subdir, md5, sha256, size, timestamp, depends, .. } = one;
    let start =
        |digest: &Option<String>| digest.as_ref().map_or("-".to_owned(), |it| it[..8].to_owned());
    let number = |value: &Option<u64>| value.map_or("-".to_owned(), |it| it.to_string());
    let moment = timestamp.map_or("-".to_owned(), |it| it.to_string());
    let (label, categories) = (one.label(), one.categories.join(" "));
    let license = one.license.as_deref().unwrap_or("-");
    let noarch = one.noarch.as_deref().unwrap_or("-");
    writeln!(
        text,
        "    {label} #{} {subdir} [{categories}] {} {} {} {moment} {license} noarch: {noarch}",
        number(build_number),
        start(md5),
        start(sha256),
        number(size),
    )
    .unwrap();
    writeln!(text, "      {}", depends.as_ref().map_or("(unknown)".to_owned(), |it| it.join("; ")))
        .unwrap();
}

fn pip(text: &mut String, one: &PipRecord) {
    let depends = one.depends.as_ref().map_or("(unknown)".to_owned(), |it| it.join("; "));
    let digest = one.sha256.as_ref().map_or("-", |it| &it[..8]);
    let (label, address, categories) = (one.label(), one.address(), one.categories.join(" "));
    writeln!(text, "    pip {label} [{categories}] {digest} {address}\n      {depends}").unwrap();
}

fn lock(text: &mut String, lock: &Lock) {
    let channels: Vec<&str> = lock.channels.iter().map(|one| one.url.as_str()).collect();
    let (name, sources) = (&lock.environment, lock.sources.join(" "));
    writeln!(text, "  `{name}` from [{sources}], channels {}", channels.join(" ")).unwrap();
    for (platform, chosen) in &lock.platforms {
        let hashes = [("input", &chosen.input_hash), ("content", &chosen.content_hash)];
        let hashes = hashes
            .iter()
            .filter_map(|(kind, hash)| hash.as_ref().map(|hash| format!(" {kind} {}", &hash[..8])));
        writeln!(text, "   {platform}{}", hashes.collect::<String>()).unwrap();
        chosen.records.iter().for_each(|one| record(text, one));
        chosen.pip.iter().for_each(|one| pip(text, one));
    }
}

#[test]
fn what_is_read() {
    let mut text = String::new();
    for name in [
        "conda-lock/conda-lock.yml",
        "conda-lock/conda-linux-64.lock",
        "conda-lock/conda-linux-64.lock.yml",
        "conda-lock/pip.conda-lock.yml",
        "conda-lock/pip-linux-64.lock",
        "rattler/pixi-7.lock",
    ] {
        let read = read(name);
        writeln!(text, "{name} ({:?})", read.format).unwrap();
        read.locks.iter().for_each(|one| lock(&mut text, one));
        text.push_str(&render(&read.warnings, false));
    }
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/lockit-lockfile"),
        prepend_module_to_snapshot => false,
    }, { insta::assert_snapshot!("foreign", text) });
}

/// The same packages, as the releases of four years wrote them.
#[test]
fn every_version_of_pixi_lock_holds_the_same() {
    let mut newest = read("rattler/pixi-7.lock").locks;
    for lock in &mut newest {
        let pip = &mut lock.platforms.get_mut(&Platform::Linux64).unwrap().pip;
        assert_eq!(pip.len(), 1, "older releases cannot be told of any");
        pip.clear();
    }
    assert_eq!(newest.len(), 2);
    for version in [4, 5, 6] {
        let file = format!("rattler/pixi-{version}.lock");
        let first = fs_err::read_to_string(folder().join(&file)).unwrap();
        assert!(first.starts_with(&format!("version: {version}\n")), "{first}");
        let read = read(&file);
        assert_eq!(read.format, Format::Pixi);
        assert_eq!(read.warnings, []);
        assert_eq!(read.locks, newest, "{file}");
    }
}

/// conda-lock renders files of one platform from its lock; both say the same.
#[test]
fn what_conda_lock_renders_is_what_it_locked() {
    for (whole, rendered) in [
        ("conda-lock/conda-lock.yml", "conda-lock/conda-linux-64.lock"),
        ("conda-lock/conda-lock.yml", "conda-lock/conda-linux-64.lock.yml"),
        ("conda-lock/pip.conda-lock.yml", "conda-lock/pip-linux-64.lock"),
    ] {
        let labels = |name: &str| {
            let chosen = read(name).locks.remove(0).platforms.remove(&Platform::Linux64).unwrap();
            let mut labels: Vec<String> = chosen.records.iter().map(|one| one.label()).collect();
            labels.extend(chosen.pip.iter().map(|one| format!("{} {}", one.name, one.address())));
            labels.sort();
            labels
        };
        assert_eq!(labels(rendered), labels(whole), "{rendered}");
    }
}

/// pixi's reader is rattler's: it finds in what lockit writes what was in the file that pixi's project has.
#[test]
fn rattler_reads_what_is_written_of_the_files_of_pixi() {
    let mut seen = 0;
    for kind in ["satisfiability", "non-satisfiability"] {
        for case in fs_err::read_dir(folder().join("pixi").join(kind)).unwrap() {
            let path = case.unwrap().path().join("pixi.lock");
            let file = SourceFile::new("pixi.lock", fs_err::read_to_string(&path).unwrap());
            let (locks, _) = pixi::read(&file).unwrap();
            let options = pixi::WriteOptions::default();
            let text = pixi::write(&locks.iter().collect::<Vec<_>>(), options).unwrap();
            let packages = |text: &str| -> Vec<(String, String, usize)> {
                let file = LockFile::from_str_with_base_directory(text, None).unwrap();
                let mut all = Vec::new();
                for (name, environment) in file.environments() {
                    for (platform, packages) in environment.packages_by_platform() {
                        let subdir = platform.subdir().to_string();
                        all.push((name.to_owned(), subdir, packages.count()));
                    }
                }
                all.sort();
                all
            };
            assert_eq!(packages(&text), packages(file.text()), "{}", path.display());
            let (again, _) = pixi::read(&SourceFile::new("pixi.lock", text.as_str())).unwrap();
            assert_eq!(pixi::write(&again.iter().collect::<Vec<_>>(), options).unwrap(), text);
            seen += 1;
        }
    }
    assert!(seen > 20);
}
