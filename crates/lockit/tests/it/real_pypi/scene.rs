//! A channel with this machine's python, specs, and the ways to look at what comes of them.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lockit_testkit::{HostPython, Server};
use serde_json::Value;

use super::CUT_OFF;
use crate::context::{TestContext, test_data};
use crate::peers::{Peers, host_python};

/// How the machine reaches the network.
const NETWORK: [&str; 8] = [
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
];

/// What conda has for PyPI packages that need it: its name, PyPI's name, its version, and as much of the module as
/// is used when others are imported.
const MODULES: [(&str, &str, &str, &str); 4] = [
    (
        "certifi",
        "certifi",
        "2025.8.3",
        "import os\ndef where(): return os.path.join(os.path.dirname(__file__), 'cacert.pem')",
    ),
    (
        "mdurl",
        "mdurl",
        "0.1.2",
        "DECODE_DEFAULT_CHARS = ENCODE_DEFAULT_CHARS = ''\ndecode = encode = format = parse = URL = None",
    ),
    ("msgpack-python", "msgpack", "1.1.1", "def dumps(what): return b''"),
    ("typing_extensions", "typing_extensions", "4.15.0", "from typing import *"),
];

/// The channel, as a recipe.
fn recipe(platforms: &[&str], python: &str) -> String {
    let mut recipe = format!(
        "platforms: [{}]\npackages:\n{python}  pip: {{versions: [25.2], noarch: python, depends: [python]}}\n  \
         numpy: {{versions: [1.26.4], depends: [python]}}\n  \
         requests: {{versions: [2.32.4], noarch: python, depends: [python, certifi]}}\n",
        platforms.join(", ")
    );
    for (conda, name, version, module) in MODULES {
        let about = format!("site-packages/{name}-{version}.dist-info");
        let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        let wheel =
            "Wheel-Version: 1.0\nGenerator: conda\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
        let _ = write!(
            recipe,
            "  {conda}:\n    versions: [{version}]\n    noarch: python\n    depends: [python]\n    files:\n      \
             site-packages/{name}/__init__.py: {module:?}\n      {about}/METADATA: {metadata:?}\n      {about}/WHEEL: {wheel:?}\n"
        );
    }
    recipe
}

/// A project whose conda packages come from a channel on loopback, and its PyPI packages from PyPI.
pub(super) struct Scene {
    pub(super) context: TestContext,
    _server: Server,
    peers: Peers,
    uv: PathBuf,
    pub(super) host: HostPython,
    /// linux-64, osx-arm64 and what this machine is.
    pub(super) platforms: Vec<&'static str>,
}

impl Scene {
    pub(super) fn find() -> Option<Self> {
        let peers = Peers::find()?;
        let uv = lockit_needs::uv()?;
        let python = host_python()?;
        let mut platforms = vec!["linux-64", "osx-arm64"];
        if !platforms.contains(&python.platform()) {
            platforms.push(python.platform());
        }
        let others: Vec<&str> =
            platforms.iter().copied().filter(|one| *one != python.platform()).collect();
        let recipe = recipe(&platforms, &python.recipe(&others));
        let (context, server) = TestContext::new().with_channel(&recipe);
        Some(Self { context, _server: server, peers, uv, host: python, platforms })
    }

    /// With the files of a folder of `test-data/pypi`.
    pub(super) fn with(folder: &str) -> Option<Self> {
        let scene = Self::find()?;
        copy(&test_data().join("pypi").join(folder), &scene.context.path(""));
        Some(scene)
    }

    pub(super) fn spec(&self, conda: &[&str], pip: &[&str]) {
        let lines = |items: &[&str], indent: &str| {
            items.iter().fold(String::new(), |text, one| text + indent + "- " + one + "\n")
        };
        self.context.write(
            "environment.yml",
            &format!(
                "channels: [conda-forge]\ndependencies:\n{}  - pip:\n{}",
                lines(&[&["python", "pip"], conda].concat(), "  "),
                lines(pip, "      ")
            ),
        );
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = self.context.command(args);
        // All tests share what they have fetched.
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("uv");
        command.env("LOCKIT_UV", &self.uv).env("UV_CACHE_DIR", cache);
        for name in NETWORK {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    /// The arguments of a run that locks for all platforms.
    pub(super) fn locking<'a>(&self, args: &[&'a str]) -> Vec<&'a str> {
        let platforms = self.platforms.iter().flat_map(|platform| ["-p", *platform]);
        platforms.chain(["--exclude-newer", CUT_OFF]).chain(args.iter().copied()).collect()
    }

    #[track_caller]
    pub(super) fn ok(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "{}", self.context.render(&output));
        self.context.render(&output)
    }

    pub(super) fn show(&self, args: &[&str]) -> String {
        self.context.render(&self.command(args).output().unwrap())
    }

    /// The PyPI packages that a lockfile holds for a platform, as `lockit list` tells them.
    #[track_caller]
    pub(super) fn pip(&self, lockfile: &str, platform: &str) -> Vec<Pip> {
        let output =
            self.command(&["list", lockfile, "-p", platform, "--format", "json"]).output().unwrap();
        assert!(output.status.success(), "{}", self.context.render(&output));
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let packages = document["packages"].as_array().unwrap().iter();
        let text =
            |package: &Value, key: &str| package[key].as_str().unwrap_or_default().to_owned();
        packages
            .filter(|package| package["manager"] == "pip")
            .map(|package| Pip {
                name: text(package, "name"),
                version: text(package, "version"),
                url: text(package, "url"),
                sha256: text(package, "sha256"),
            })
            .collect()
    }

    /// `NAME VERSION` of the PyPI packages for linux-64.
    pub(super) fn versions(&self, lockfile: &str) -> Vec<String> {
        let packages = self.pip(lockfile, "linux-64");
        packages.iter().map(|one| format!("{} {}", one.name, one.version)).collect()
    }

    /// The installed python.
    pub(super) fn python(&self, args: &[&str]) -> Output {
        let python = self.context.path("env/bin/python");
        Command::new(python).env_clear().arg("-B").args(args).output().unwrap()
    }

    #[track_caller]
    pub(super) fn imports(&self, modules: &str) {
        let output = self.python(&["-c", &format!("import {modules}")]);
        assert!(output.status.success(), "{}", self.context.render(&output));
    }

    /// Whether everything in the prefix goes together, as uv sees it.
    #[track_caller]
    pub(super) fn is_compatible(&self) {
        let mut command = Command::new(&self.uv);
        command.env_clear().env("HOME", self.context.path("../home"));
        command.args(["--no-config", "pip", "check", "--python"]).arg(self.context.path("env"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", self.context.render(&output));
    }

    /// conda-lock makes the same explicit files of conda-lock.yml.
    #[track_caller]
    pub(super) fn conda_lock_renders(&self) {
        for platform in &self.platforms {
            let args = ["render", "-k", "explicit", "-p", platform, "--filename-template"];
            let args = [&args[..], &["theirs-{platform}.lock", "conda-lock.yml"]].concat();
            self.peers.conda_lock(&self.context, &args);
            let theirs = self.context.read(&format!("theirs-{platform}.lock"));
            for package in self.pip("conda-lock.yml", platform) {
                let line = theirs.lines().find(|line| line.contains(&package.url));
                let line = line.unwrap_or_else(|| panic!("{} is not in {theirs}", package.url));
                assert!(line.starts_with("# pip ") && line.contains(&package.sha256), "{line}");
            }
        }
    }
}

/// A locked PyPI package.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pip {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) url: String,
    sha256: String,
}

fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let (path, to) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if path.is_dir() {
            copy(&path, &to);
        } else {
            fs_err::copy(&path, &to).unwrap();
        }
    }
}
