//! conda-lock as the measure: what it makes of specs, and the hashes by which it knows a lock again. It is in
//! the Python that `LOCKIT_PEERS` names; without it these tests are skipped.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::context::{TestContext, test_data};
use crate::peers::Peers;

const PLATFORMS: &str = "linux-64,osx-arm64,win-64";

/// Files that are one environment together.
struct Group {
    /// How `conda-lock-differences.toml` calls it.
    name: String,
    files: Vec<PathBuf>,
    virtual_packages: Option<PathBuf>,
}

/// `test-data/conda-lock-cases`, and `test-data/sources` where there is one.
fn cases() -> Vec<Group> {
    let mut groups = Vec::new();
    for top in ["conda-lock-cases", "sources"] {
        for folder in sorted(&test_data().join(top)).into_iter().filter(|path| path.is_dir()) {
            let mut group = Group {
                name: format!("{top}/{}", folder.file_name().unwrap().to_str().unwrap()),
                files: Vec::new(),
                virtual_packages: None,
            };
            for file in sorted(&folder) {
                match file.file_name().unwrap().to_str().unwrap() {
                    "virtual-packages.yml" => group.virtual_packages = Some(file),
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
    let group = |file: PathBuf| Group {
        name: file.strip_prefix(&top).unwrap().to_str().unwrap().to_owned(),
        files: vec![file],
        virtual_packages: None,
    };
    Some(files.map(group).collect())
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs_err::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// What conda-lock makes of each group, in one process.
fn theirs(peers: &Peers, context: &TestContext, groups: &[Group]) -> Vec<Value> {
    let lines: Vec<String> = groups
        .iter()
        .map(|group| {
            json!({ "files": group.files, "virtual_packages": group.virtual_packages }).to_string()
        })
        .collect();
    let output = peers.answer(context, "lock_spec.py", &[PLATFORMS], &lines.join("\n"));
    output.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// What lockit makes of a group, or what it says.
fn ours(context: &TestContext, group: &Group, kind: &str) -> Result<Value, String> {
    let mut args = vec!["render-lock-spec", "--kind", kind, "--stdout"];
    for platform in PLATFORMS.split(',') {
        args.extend(["-p", platform]);
    }
    for file in &group.files {
        args.extend(["-f", file.to_str().unwrap()]);
    }
    if let Some(file) = &group.virtual_packages {
        args.extend(["--virtual-package-spec", file.to_str().unwrap()]);
    }
    let output = context.run(&args);
    if output.status.success() {
        return Ok(serde_json::from_slice(&output.stdout).unwrap());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    let error = said.lines().find(|line| line.starts_with("error")).unwrap_or(&said).to_owned();
    Err(error)
}

/// The known differences: the reason by name.
fn known_differences(section: &str) -> BTreeMap<String, String> {
    let text = fs_err::read_to_string(test_data().join("conda-lock-differences.toml")).unwrap();
    let document: toml::Table = text.parse().unwrap();
    let section = document.get(section).and_then(toml::Value::as_table).unwrap();
    section
        .iter()
        .map(|(name, reason)| (name.clone(), reason.as_str().unwrap().to_owned()))
        .collect()
}

/// Where two values differ first.
fn first_difference(ours: &Value, theirs: &Value, at: &str) -> Option<String> {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            keys.into_iter().find_map(|key| {
                let null = Value::Null;
                let (a, b) = (a.get(key).unwrap_or(&null), b.get(key).unwrap_or(&null));
                first_difference(a, b, &format!("{at}.{key}"))
            })
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            a.iter().zip(b).enumerate().find_map(|(index, (a, b))| {
                let name = a.get("name").and_then(Value::as_str);
                let index = name.map_or_else(|| index.to_string(), str::to_owned);
                first_difference(a, b, &format!("{at}[{index}]"))
            })
        }
        (Value::Array(a), Value::Array(b)) => {
            let names = |list: &[Value]| -> BTreeSet<String> {
                list.iter()
                    .map(|one| {
                        format!(
                            "{}:{}",
                            one["manager"].as_str().unwrap_or(""),
                            one["name"].as_str().unwrap_or("")
                        )
                    })
                    .collect()
            };
            let (a, b) = (names(a), names(b));
            let only = |a: &BTreeSet<String>, b: &BTreeSet<String>| {
                a.difference(b).cloned().collect::<Vec<_>>().join(" ")
            };
            Some(format!("{at}: only ours: {}; only theirs: {}", only(&a, &b), only(&b, &a)))
        }
        _ if ours == theirs => None,
        _ => Some(format!("{at}: ours {ours}, theirs {theirs}")),
    }
}

/// Compares groups, and fails on a difference without a reason and on a reason without a difference.
#[track_caller]
fn compare(section: &str, groups: &[Group]) {
    let Some(peers) = Peers::find() else { return };
    let context = TestContext::new();
    let known = known_differences(section);
    let mut unused: BTreeSet<&String> = known.keys().collect();
    let mut unknown = Vec::new();
    let answers = theirs(&peers, &context, groups);
    assert_eq!(answers.len(), groups.len());
    for (group, theirs) in groups.iter().zip(answers) {
        let difference = match (ours(&context, group, "raw"), theirs.get("error")) {
            (Ok(ours), None) => first_difference(&ours, &theirs["raw"], "").or_else(|| {
                let hashes = self::ours(&context, group, "content-hash").unwrap();
                first_difference(&hashes, &theirs["hashes"], "hashes")
            }),
            (Ok(_), Some(error)) => Some(format!("only conda-lock refuses it: {error}")),
            (Err(error), None) => Some(format!("only lockit refuses it: {error}")),
            (Err(_), Some(_)) => None,
        };
        match (difference, known.contains_key(&group.name)) {
            (Some(_), true) => {
                unused.remove(&group.name);
            }
            (Some(difference), false) => unknown.push(format!("{}: {difference}", group.name)),
            (None, _) => {}
        }
    }
    assert!(
        unknown.is_empty() && unused.is_empty(),
        "differences that have no reason in conda-lock-differences.toml:\n{}\n\nreasons without a difference: {unused:?}",
        unknown.join("\n")
    );
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
