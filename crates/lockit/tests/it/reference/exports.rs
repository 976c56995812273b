//! What survives when an export is mended: everything that its environment had.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use lockit_diagnostic::SourceFile;

use super::Scene;

/// What a file asks for.
struct Asked {
    /// Of each conda package, the version.
    conda: BTreeMap<String, Option<String>>,
    /// The lines below `pip:`.
    pip: Vec<String>,
}

impl Asked {
    fn read(path: &Path) -> Self {
        let file = SourceFile::read(path).unwrap();
        let document: serde_yaml::Value = serde_yaml::from_str(file.text()).unwrap();
        let mut asked = Self { conda: BTreeMap::new(), pip: Vec::new() };
        let items = document.get("dependencies").and_then(serde_yaml::Value::as_sequence);
        for item in items.into_iter().flatten() {
            if let Some(text) = item.as_str() {
                let text = text.rsplit("::").next().unwrap();
                let mut parts = text.split('=').filter(|part| !part.is_empty());
                let name = parts.next().unwrap().trim().to_lowercase();
                asked.conda.insert(name, parts.next().map(str::to_owned));
            } else if let Some(lines) = item.get("pip").and_then(serde_yaml::Value::as_sequence) {
                asked.pip.extend(lines.iter().map(|line| line.as_str().unwrap().to_owned()));
            }
        }
        asked
    }

    fn names(&self) -> BTreeSet<&str> {
        self.conda.keys().map(String::as_str).collect()
    }
}

/// The exports that lock when they are mended. The index is a part of conda-forge, so of the others it lacks something.
const LOCK: &[&str] = &[
    "export-builds/Jintram__conda-environments__all_YAML_exported__pyscenic_202404.yml",
    "export-builds/olympus-terminal__conda-envs__conda-qlora-mamba.yml",
];

/// What a fix removes although nothing that it leaves depends on it, in any version that the index has: by its name,
/// a library that somebody else's package brought. Each list says whose.
const BROUGHT_BY: &[(&str, &[&str])] = &[
    (
        "builds of the channel `defaults`",
        &["icc_rt", "intel-openmp", "mkl-service", "mkl_fft", "mkl_random", "numpy-base"],
    ),
    (
        "every package for Windows",
        &[
            "m2w64-gcc-libgfortran",
            "m2w64-gcc-libs",
            "m2w64-gcc-libs-core",
            "m2w64-gmp",
            "m2w64-libwinpthread-git",
            "msys2-conda-epoch",
            "pthreads-win32",
            "ucrt",
            "vc",
            "vc14_runtime",
            "vs2015_runtime",
            "wincertstore",
            "winpty",
        ],
    ),
    (
        "conda and mamba in the base environment",
        &["libarchive", "libmamba", "libsolv", "lzo", "reproc", "reproc-cpp", "ruamel_yaml"],
    ),
    ("older llvmlite", &["libllvm9", "libllvm10", "libllvm11", "libedit"]),
    ("older pytorch", &["cuda-nvrtc", "libcufft", "pybind11-abi"]),
    (
        "older graphviz, qt, r-base and boost",
        &["boost-cpp", "double-conversion", "gdk-pixbuf", "gnutls", "gtk2", "nettle", "xorg-libxt"],
    ),
];

/// What the index says of packages, for four platforms.
#[derive(Default)]
struct Index {
    /// The versions of each, by subdir.
    versions: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// What any build of it depends on.
    depends: BTreeMap<String, BTreeSet<String>>,
}

impl Index {
    fn read(channel: &Path) -> Self {
        let mut index = Self::default();
        for subdir in super::PLATFORMS.into_iter().chain(["noarch"]) {
            let text = fs_err::read(channel.join(subdir).join("repodata.json")).unwrap();
            let document: serde_json::Value = serde_json::from_slice(&text).unwrap();
            let versions = index.versions.entry(subdir.to_owned()).or_default();
            for key in ["packages", "packages.conda"] {
                for record in document[key].as_object().unwrap().values() {
                    let text = |key: &str| record[key].as_str().unwrap().to_owned();
                    versions.entry(text("name")).or_default().insert(text("version"));
                    let depends = record["depends"].as_array().unwrap().iter();
                    let names = depends.map(|one| {
                        let one = one.as_str().unwrap();
                        one.split([' ', '[', '=', '<', '>']).next().unwrap().to_owned()
                    });
                    index.depends.entry(text("name")).or_default().extend(names);
                }
            }
        }
        index
    }

    /// Whether a platform has a package, in a version that begins so.
    fn has(&self, platform: &str, name: &str, version: &str) -> bool {
        [platform, "noarch"].iter().any(|subdir| {
            let versions = self.versions[*subdir].get(name);
            versions.into_iter().flatten().any(|one| format!("{one}.").starts_with(version))
        })
    }

    /// These packages with all that may come with them.
    fn with_dependencies<'a>(&'a self, names: BTreeSet<&'a str>) -> BTreeSet<&'a str> {
        let mut open: Vec<&str> = names.into_iter().collect();
        let mut all = BTreeSet::new();
        while let Some(name) = open.pop() {
            if all.insert(name) {
                open.extend(self.depends.get(name).into_iter().flatten().map(String::as_str));
            }
        }
        all
    }
}

/// A quarter of the exports that people committed.
fn some_exports(scene: &Scene) -> Vec<String> {
    let labels = fs_err::read_to_string(scene.environment_files.join("labels.tsv")).unwrap();
    let exports: Vec<String> = labels
        .lines()
        .filter(|line| line.split('\t').nth(5) == Some("reject"))
        .map(|line| line.split('\t').next().unwrap().to_owned())
        .skip(3)
        .step_by(4)
        .collect();
    assert!(exports.len() >= 10, "{exports:?}");
    exports
}

/// Mends a copy; what lockit said, and what is in the file then.
fn mended(scene: &Scene, export: &Path, channel: &str, pins: &str) -> (String, Asked) {
    fs_err::copy(export, scene.context.path("environment.yml")).unwrap();
    let args =
        ["lint", "--fix", "--pins", pins, "--channel", channel, "--exit-zero", "environment.yml"];
    let said = scene.context.ok(&args);
    assert!(!said.contains("error[LK001]"), "{}: still an export\n{said}", export.display());
    (said, Asked::read(&scene.context.path("environment.yml")))
}

/// What an error says that the index lacks: a name, its version if that is what is wrong, and the platforms.
fn lacking(error: &str) -> Option<(String, String, Vec<&str>)> {
    let (what, platforms) = if let Some(rest) = error.strip_prefix("error: nothing matches `") {
        rest.split_once("` on ")?
    } else {
        let (name, rest) = error.strip_prefix("error: `")?.split_once("` is not in `")?;
        (name, rest.split_once("` for ")?.1)
    };
    let (name, version) = what.split_once('=').unwrap_or((what, ""));
    let version = if version.is_empty() { String::new() } else { format!("{version}.") };
    Some((name.to_owned(), version, platforms.split(", ").collect()))
}

/// What an error of a lock says is one that the index confirms and of which the fix has told.
fn check_error(error: &str, index: &Index, said: &str) -> Result<(), String> {
    let (package, version, platforms) = lacking(error).ok_or("something else is wrong")?;
    let told = said.contains(&format!("`{package}` is not there"))
        || said.contains(&format!("`{package} "))
        || said.contains(&format!("- {package}"));
    if !told {
        return Err(format!("the fix has not told of it: {said}"));
    }
    match platforms.iter().find(|platform| index.has(platform, &package, &version)) {
        Some(platform) => Err(format!("{platform} has it")),
        None => Ok(()),
    }
}

/// Every package that the environment had is still asked for by name, or one that is depends on it; versions and what
/// pip installs are as they were. It locks, or lacks what the fix has said that it lacks.
#[test]
fn exports_are_mended_to_what_locks() {
    let Some(scene) = Scene::new() else { return };
    let index = Index::read(&scene.channel);
    let channel = format!("file://{}", scene.channel.display());
    let (mut wrong, mut locked, mut brought) = (Vec::new(), Vec::new(), BTreeSet::new());
    for name in some_exports(&scene) {
        let path = scene.environment_files.join(&name);
        let before = Asked::read(&path);
        let (_, kept) = mended(&scene, &path, &channel, "keep");
        for (package, version) in &kept.conda {
            // A pip section asks for pip.
            let added = package == "pip" && !before.pip.is_empty();
            let was = before.conda.get(package);
            if was != Some(version) && !(added && was.is_none()) {
                wrong.push(format!("{name}: `{package}` was {was:?}, is {version:?}"));
            }
        }
        let (said, after) = mended(&scene, &path, &channel, "none");
        assert_eq!(after.names(), kept.names(), "{name}: names do not depend on `--pins`");
        for asked in [&kept, &after] {
            assert_eq!(asked.pip, before.pip, "{name}");
        }
        let series = |asked: &Asked| -> Option<Vec<String>> {
            let version = asked.conda.get("python")?.as_ref()?;
            Some(version.split('.').take(2).map(str::to_owned).collect())
        };
        assert_eq!(series(&after), series(&before), "{name}: another python");

        let there = index.with_dependencies(after.names());
        for package in before.names().difference(&there) {
            if !BROUGHT_BY.iter().any(|(_, names)| names.contains(package)) {
                wrong.push(format!("{name}: `{package}` is lost"));
            }
            brought.insert((*package).to_owned());
        }

        let output = scene.lock(&["--channel", &channel, "--skip-pip", "--dry-run"]);
        let report = scene.context.render(&output);
        if output.status.success() {
            locked.push(name);
            continue;
        }
        let errors: Vec<&str> = report.lines().filter(|line| line.starts_with("error: ")).collect();
        assert!(output.status.code() == Some(1) && !errors.is_empty(), "{name}: {report}");
        for error in errors {
            if let Err(why) = check_error(error, &index, &said) {
                wrong.push(format!("{name}: {error}: {why}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(locked, LOCK, "other exports lock than those that are known to");
    let unused: Vec<&str> = BROUGHT_BY
        .iter()
        .flat_map(|(_, names)| names.iter().copied())
        .filter(|name| !brought.contains(*name))
        .collect();
    assert!(unused.is_empty(), "no fix removes these any more: {unused:?}");
}
