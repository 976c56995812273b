//! The virtual packages that conda-lock gives to its solver, as repodata: they are part of what it hashes.

use std::collections::BTreeMap;

use lockit_spec::{Platform, VirtualPackageSpec};
use serde_json::{Map, Value, json};

/// The virtual packages of all platforms. conda-lock has its own defaults, which differ from lockit's baseline;
/// a file of the user replaces them in both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualRepodata {
    platforms: BTreeMap<String, Vec<Package>>,
}

/// What a run says about CUDA (`--with-cuda`, `--without-cuda`).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Cuda {
    /// Nothing.
    #[default]
    Default,
    /// There is none.
    Absent,
    /// There is this version.
    Version(String),
}

/// A virtual package; `build` is empty where none is stated.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Package {
    name: String,
    version: String,
    build: String,
}

/// How the name of a build string is spelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spelling {
    /// With the build number behind it: conda-lock before 3, and all hashes since.
    WithNumber,
    /// As it is: some versions 3.
    Plain,
}

/// `datetime(2020, 1, 1)`, as it was where conda-lock was written, in milliseconds.
const TIMESTAMP: u64 = 1_577_854_800_000;

/// Platforms for which conda-lock always writes repodata.
const KNOWN: [&str; 6] =
    ["linux-64", "linux-aarch64", "linux-ppc64le", "osx-64", "osx-arm64", "win-64"];

impl VirtualRepodata {
    /// What conda-lock assumes when nobody says otherwise (`default-virtual-packages.yaml` of 4.0.3).
    pub fn conda_lock_default(cuda: &Cuda) -> Self {
        let cuda = match cuda {
            Cuda::Default => Some("11.4"),
            Cuda::Absent => None,
            Cuda::Version(version) => Some(version.as_str()),
        };
        let linux = |archspec: &str| {
            let mut packages = vec![
                package("__unix", "0", ""),
                package("__linux", "5.10", ""),
                package("__archspec", "1", archspec),
                package("__glibc", "2.28", ""),
            ];
            packages.extend(cuda.map(|version| package("__cuda", version, "")));
            packages
        };
        let osx = |archspec: &str| {
            vec![
                package("__unix", "0", ""),
                package("__archspec", "1", archspec),
                package("__osx", "11.0", ""),
            ]
        };
        let mut osx_64 = osx("x86_64");
        // Nothing comes of it but another hash.
        osx_64.push(package("__osx", "10.15", ""));
        let mut win = vec![package("__win", "0", ""), package("__archspec", "1", "x86_64")];
        win.extend(cuda.map(|version| package("__cuda", version, "")));
        let platforms = [
            ("linux-64", linux("x86_64")),
            ("linux-aarch64", linux("aarch64")),
            ("linux-ppc64le", linux("ppc64le")),
            ("osx-64", osx_64),
            ("osx-arm64", osx("arm64")),
            ("win-64", win),
        ];
        Self { platforms: platforms.map(|(name, list)| (name.to_owned(), list)).into() }
    }

    /// What a file says (`--virtual-package-spec`): that and nothing else, on every platform.
    pub fn from_spec(spec: &VirtualPackageSpec) -> Self {
        let stated = |platform: &Platform| {
            let packages = spec.platforms[platform].iter();
            packages
                .map(|one| {
                    // A build that was not stated is `0` in the model.
                    let build = if one.build == "0" { "" } else { one.build.as_str() };
                    package(&one.name, &one.version, build)
                })
                .collect()
        };
        let platforms = spec.platforms.keys();
        Self {
            platforms: platforms
                .map(|platform| (platform.as_str().to_owned(), stated(platform)))
                .collect(),
        }
    }

    /// The part of the repodata that is hashed for a platform.
    pub(super) fn hashed(&self, platform: Platform, spelling: Spelling) -> Value {
        let platform = platform.as_str();
        json!({ "noarch": self.subdir("noarch", spelling), platform: self.subdir(platform, spelling) })
    }

    /// With and without the second version of macOS that conda-lock's defaults had before 2.0 and again since.
    pub(super) fn with_and_without_second_osx(&self, platform: Platform) -> Vec<Self> {
        let mut variants = vec![self.clone()];
        let is_osx = |one: &Package, version: &str| *one == package("__osx", version, "");
        if platform == Platform::Osx64 {
            let mut other = self.clone();
            let packages = other.platforms.entry(platform.as_str().to_owned()).or_default();
            if packages.iter().any(|one| is_osx(one, "11.0")) {
                let before = packages.len();
                packages.retain(|one| !is_osx(one, "10.15"));
                if packages.len() == before {
                    packages.push(package("__osx", "10.15", ""));
                }
                variants.push(other);
            }
        }
        variants
    }

    fn subdir(&self, subdir: &str, spelling: Spelling) -> Value {
        let Some(packages) = self.platforms.get(subdir) else {
            // For others it has no file at all.
            return if KNOWN.contains(&subdir) || subdir == "noarch" {
                json!({ "info": { "subdir": subdir }, "packages": {} })
            } else {
                json!({})
            };
        };
        let mut records = Map::new();
        for Package { name, version, build } in packages {
            let shown = match (build.as_str(), spelling) {
                ("", _) => "0".to_owned(),
                (build, Spelling::Plain) => build.to_owned(),
                (build, Spelling::WithNumber) => format!("{build}_0"),
            };
            let record = json!({
                "build": shown,
                "build_number": 0,
                "build_string": build,
                "depends": [],
                "name": name,
                "noarch": "",
                "package_type": "virtual_system",
                "subdir": subdir,
                "timestamp": TIMESTAMP,
                "version": version,
            });
            records.insert(format!("{name}-{version}-{shown}.tar.bz2"), record);
        }
        json!({ "info": { "subdir": subdir }, "packages": records })
    }
}

fn package(name: &str, version: &str, build: &str) -> Package {
    Package { name: name.to_owned(), version: version.to_owned(), build: build.to_owned() }
}
