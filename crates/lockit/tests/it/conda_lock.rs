//! conda-lock as the measure: what it makes of specs, and the hashes by which it knows a lock again. It is in
//! the Python that `LOCKIT_PEERS` names; without it these tests are skipped.

mod comparison;
mod expected;
mod options;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::conda_lock::comparison::{Answer, differences};
use crate::context::{TestContext, test_data};
use crate::peers::Peers;

const PLATFORMS: [&str; 3] = ["linux-64", "osx-arm64", "win-64"];

/// Files that are one environment together.
struct Group {
    /// How `conda-lock-differences.toml` calls it.
    name: String,
    files: Vec<PathBuf>,
    virtual_packages: Option<PathBuf>,
    /// Names on PyPI and in conda, for both programs; without it, conda-lock is given lockit's own.
    names: Option<PathBuf>,
}

impl Group {
    fn new(name: String) -> Self {
        Self { name, files: Vec::new(), virtual_packages: None, names: None }
    }
}

/// `test-data/conda-lock-cases`, and `test-data/sources` where there is one.
fn cases() -> Vec<Group> {
    let mut groups = Vec::new();
    for top in ["conda-lock-cases", "sources"] {
        for folder in sorted(&test_data().join(top)).into_iter().filter(|path| path.is_dir()) {
            let name = folder.file_name().unwrap().to_str().unwrap();
            let mut group = Group::new(format!("{top}/{name}"));
            for file in sorted(&folder) {
                match file.file_name().unwrap().to_str().unwrap() {
                    "virtual-packages.yml" => group.virtual_packages = Some(file),
                    "names.json" => group.names = Some(file),
                    "pyproject.toml" | "meta.yaml" => group.files.push(file),
                    _ if file.extension().is_some_and(|end| end == "yml") => group.files.push(file),
                    _ => {}
                }
            }
            if !group.files.is_empty() {
                groups.push(group);
            }
        }
    }
    groups
}

/// Files that people wrote, from the shared index.
fn written_by_hand() -> Option<Vec<Group>> {
    let top = lockit_needs::shared("environment-files")?;
    // Every pinned one, and others up to a hundred.
    let pinned = sorted(&top.join("handwritten-pinned"));
    let files = pinned.into_iter().chain(sorted(&top.join("handwritten"))).take(100);
    let group = |file: PathBuf| {
        let name = file.strip_prefix(&top).unwrap().to_str().unwrap().to_owned();
        Group { files: vec![file], ..Group::new(name) }
    };
    Some(files.map(group).collect())
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs_err::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// The table that lockit has of names on PyPI and in conda, in the format of conda-lock's.
fn own_names() -> String {
    let table = include_str!("../../../lockit-spec/src/name_map.txt");
    let lines = table.lines().filter(|line| !line.starts_with('#'));
    let entry = |line: &str| {
        let mut names = line.split_whitespace();
        let (pypi, conda) = (names.next().unwrap(), names.next().unwrap());
        (pypi.to_owned(), json!({ "pypi_name": pypi, "conda_name": conda }))
    };
    Value::Object(lines.map(entry).collect()).to_string()
}

/// What conda-lock makes of each group, in one process.
fn theirs(peers: &Peers, context: &TestContext, groups: &[Group]) -> Vec<Answer> {
    context.write("../names.json", &own_names());
    let own_names = context.path("../names.json");
    let line = |group: &Group| {
        let names = group.names.as_ref().unwrap_or(&own_names);
        let virtual_packages = &group.virtual_packages;
        json!({ "files": group.files, "virtual_packages": virtual_packages, "names": names })
            .to_string()
    };
    let lines: Vec<String> = groups.iter().map(line).collect();
    let output = peers.answer(context, "lock_spec.py", &PLATFORMS, &lines.join("\n"));
    let answers = output.lines().map(|line| {
        let answer: Value = serde_json::from_str(line).unwrap();
        match answer.get("error") {
            Some(error) => Err(error.as_str().unwrap().to_owned()),
            None => Ok(answer),
        }
    });
    answers.zip(groups).map(|(answer, group)| in_one_form(answer, group)).collect()
}

/// What lockit makes of a group.
fn ours(context: &TestContext, group: &Group) -> Answer {
    let answer = ours_of_kind(context, group, "raw").map(|raw| {
        let hashes = ours_of_kind(context, group, "content-hash").unwrap();
        json!({ "raw": raw, "hashes": hashes })
    });
    in_one_form(answer, group)
}

/// What `render-lock-spec` prints, or every error that it shows.
fn ours_of_kind(context: &TestContext, group: &Group, kind: &str) -> Answer {
    let mut args = vec!["render-lock-spec", "--kind", kind, "--stdout"];
    for platform in PLATFORMS {
        args.extend(["-p", platform]);
    }
    for file in &group.files {
        args.extend(["-f", file.to_str().unwrap()]);
    }
    let more = [
        ("--virtual-package-spec", &group.virtual_packages),
        ("--pypi_to_conda_lookup_file", &group.names),
    ];
    for (flag, file) in more {
        args.extend(file.iter().flat_map(|file| [flag, file.to_str().unwrap()]));
    }
    let output = context.run(&args);
    if output.status.success() {
        return Ok(serde_json::from_slice(&output.stdout).unwrap());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let errors: Vec<&str> = said.lines().filter(|line| line.starts_with("error")).collect();
    assert!(!errors.is_empty(), "{}: {said}", group.name);
    Err(errors.join("; "))
}

/// Without the folders of this machine, and with the beginnings of all hashes in one place: they are other ones on
/// each platform as soon as anything is another.
fn in_one_form(answer: Answer, group: &Group) -> Answer {
    let folder = group.files[0].parent().unwrap().to_str().unwrap();
    let answer = answer.map_err(|error| error.replace(folder, "[FOLDER]"))?;
    let text = answer.to_string().replace(folder, "[FOLDER]");
    let mut answer: Value = serde_json::from_str(&text).unwrap();
    let hashes = answer["hashes"].as_object().unwrap().iter();
    let short = |(platform, hash): (&String, &Value)| {
        format!("{platform} {}", hash.as_str().unwrap().split_at(8).0)
    };
    let hashes: Vec<String> = hashes.map(short).collect();
    answer["hashes"] = hashes.join(", ").into();
    Ok(answer)
}

/// Compares groups, and fails unless all differences are those of `conda-lock-differences.toml`.
#[track_caller]
fn compare(section: &str, groups: &[Group]) {
    let Some(peers) = Peers::find() else { return };
    let context = TestContext::new();
    let answers = theirs(&peers, &context, groups);
    assert_eq!(answers.len(), groups.len());
    let mut found = BTreeMap::new();
    for (group, theirs) in groups.iter().zip(answers) {
        let differences = differences(&ours(&context, group), &theirs, &PLATFORMS);
        if !differences.is_empty() {
            found.insert(group.name.clone(), differences);
        }
    }
    expected::check(section, &found);
}

#[test]
fn every_case_is_read_as_conda_lock_reads_it() {
    let groups = cases();
    assert!(groups.len() > 15);
    compare("cases", &groups);
}

#[test]
fn a_hundred_files_are_read_as_conda_lock_reads_them() {
    let Some(groups) = written_by_hand() else { return };
    assert_eq!(groups.len(), 100);
    compare("written-by-hand", &groups);
}

/// Specs without PyPI packages that `test-data/channel` can satisfy.
const LOCKABLE: [(&str, &[(&str, &str)]); 10] = [
    ("names", &[("environment.yml", "channels: [conda-forge]\ndependencies: [python, numpy]\n")]),
    (
        "versions",
        &[(
            "environment.yml",
            "channels: [conda-forge]\ndependencies: [python=3.12, 'pandas >=2.2, <3']\n",
        )],
    ),
    (
        "builds",
        &[(
            "environment.yml",
            "channels: [conda-forge]\ndependencies: [\"blas=2.132=openblas\", numpy]\n",
        )],
    ),
    (
        "selectors",
        &[(
            "environment.yml",
            "channels: [conda-forge]\ndependencies:\n  - python\n  - make  # [linux]\n  - bzip2  # [osx]\n",
        )],
    ),
    (
        "a category",
        &[("environment.yml", "channels: [conda-forge]\ncategory: dev\ndependencies: [libzlib]\n")],
    ),
    (
        "several files",
        &[
            (
                "a.yml",
                "channels: [conda-forge]\nplatforms: [osx-arm64]\ndependencies: [python 3.12.*]\n",
            ),
            (
                "b.yml",
                "channels: [conda-forge]\ncategory: dev\nplatforms: [linux-64]\ndependencies: [pyyaml]\n",
            ),
            ("c.yml", "category: docs\ndependencies: [markupsafe]\n"),
        ],
    ),
    (
        "a channel of its own",
        &[("environment.yml", "channels: [conda-forge]\ndependencies: ['conda-forge::openssl']\n")],
    ),
    (
        "virtual packages",
        &[
            ("environment.yml", "channels: [conda-forge]\ndependencies: [python]\n"),
            (
                "virtual-packages.yml",
                "subdirs:\n  linux-64: {packages: {__glibc: '2.28', __unix: '0', __linux: '5.10', __archspec: '1 x86_64'}}\n  osx-arm64: {packages: {__osx: '14.0', __unix: '0'}}\n",
            ),
        ],
    ),
    (
        "nodefaults",
        &[("environment.yml", "channels: [nodefaults, conda-forge]\ndependencies: [readline]\n")],
    ),
    (
        "brackets",
        &[(
            "environment.yml",
            "channels: [conda-forge]\ndependencies: [\"numpy[version='>=2,<3']\", 'python 3.13.*']\n",
        )],
    ),
];

/// The lock that lockit wrote is the one that conda-lock was asked for: it solves nothing.
#[cfg(unix)]
#[test]
fn conda_lock_knows_the_hash_of_what_lockit_locked() {
    let Some(peers) = Peers::find() else { return };
    for (what, files) in LOCKABLE {
        let server = lockit_testkit::Server::builder(test_data().join("channel")).start().unwrap();
        let context = TestContext::new().with_mirror(&server);
        let mut args = vec!["-k", "lock", "--lockfile", "conda-lock.yml"];
        args.extend(["-p", "linux-64", "-p", "osx-arm64"]);
        for (name, text) in files {
            context.write(name, text);
            if *name != "virtual-packages.yml" {
                args.extend(["-f", name]);
            }
        }
        context.ok(&args);
        let before = context.read("conda-lock.yml");
        let conda = peers.conda(&context);
        let mut check = vec!["lock", "--check-input-hash", "--conda", &conda];
        check.extend(args);
        let said = peers.conda_lock_said(&context, &check);
        let known = "Spec hash already locked for ['linux-64', 'osx-arm64']. Skipping solve.";
        assert!(said.contains(known), "{what}: {said}\n{before}");
        assert!(!said.contains("Locking dependencies"), "{what}: {said}");
        assert_eq!(context.read("conda-lock.yml"), before, "{what}");
    }
}

/// The other way round: a lock that conda-lock wrote is not made again while its inputs are the same.
#[cfg(unix)]
#[test]
fn lockit_knows_the_hash_of_what_conda_lock_locked() {
    let Some(peers) = Peers::find() else { return };
    let server = lockit_testkit::Server::builder(test_data().join("channel")).start().unwrap();
    let context = TestContext::new().with_mirror(&server);
    context.write("environment.yml", "channels: [conda-forge]\ndependencies: [python 3.12.*]\n");
    let flags = ["-f", "environment.yml", "-p", "linux-64", "-p", "osx-arm64"];
    // The stand-in for conda answers with these.
    context.ok(&[&flags[..], &["-k", "explicit", "--md5"]].concat());
    let conda = peers.conda(&context);
    peers.conda_lock_said(
        &context,
        &[&["lock", "--conda", &conda, "-k", "lock"], &flags[..]].concat(),
    );
    let made = context.read("conda-lock.yml");
    assert!(made.contains("generated by conda-lock"), "{made}");
    let check = [&["lock", "--check-input-hash", "-k", "lock"], &flags[..]].concat();
    insta::assert_snapshot!(context.show(&check), @"
    exit: 0
    --- stdout
    --- stderr
    the inputs for linux-64, osx-arm64 are those of the lock: nothing to solve (`--check-input-hash`)
    ");
    assert_eq!(context.read("conda-lock.yml"), made);
    // Another spec, another hash.
    context.write(
        "environment.yml",
        "channels: [conda-forge]\ndependencies: [python 3.12.*, pyyaml]\n",
    );
    let said = context.ok(&check);
    assert!(said.contains("locked 2 platforms"), "{said}");
}
