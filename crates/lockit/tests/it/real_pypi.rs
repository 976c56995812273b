//! Environments as people write them (`test-data/pypi`), resolved against PyPI itself: the one place where tests
//! use the network. They run when `LOCKIT_PEERS` names a Python with `.ci/peers.txt` installed, which brings uv;
//! without it they say so and pass. A cut-off keeps the results the same.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lockit_testkit::{HostPython, Server};
use serde_json::Value;

use crate::context::{TestContext, test_data};
use crate::peers::Peers;

/// Nothing that was uploaded later is chosen.
const CUT_OFF: &str = "2025-10-01T00:00:00Z";

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
    ("certifi", "certifi", "2025.8.3", "import os\ndef where(): return os.path.join(os.path.dirname(__file__), 'cacert.pem')"),
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

struct Scene {
    context: TestContext,
    _server: Server,
    peers: Peers,
    uv: PathBuf,
    python: HostPython,
    /// linux-64, osx-arm64 and what this machine is.
    platforms: Vec<&'static str>,
}

impl Scene {
    #[expect(clippy::print_stderr, reason = "a test that is skipped says why")]
    fn find() -> Option<Self> {
        let peers = Peers::find()?;
        let uv = peers.python.with_file_name("uv");
        assert!(uv.is_file(), "`{}` is not there, install .ci/peers.txt", uv.display());
        let Some(python) = HostPython::find() else {
            eprintln!("skipped: there is no python3 on a unix");
            return None;
        };
        let mut platforms = vec!["linux-64", "osx-arm64"];
        if !platforms.contains(&python.platform()) {
            platforms.push(python.platform());
        }
        let others: Vec<&str> =
            platforms.iter().copied().filter(|one| *one != python.platform()).collect();
        let recipe = recipe(&platforms, &python.recipe(&others));
        let (context, server) = TestContext::new().with_channel(&recipe);
        Some(Self { context, _server: server, peers, uv, python, platforms })
    }

    /// With the files of a folder of `test-data/pypi`.
    fn with(folder: &str) -> Option<Self> {
        let scene = Self::find()?;
        copy(&test_data().join("pypi").join(folder), &scene.context.path(""));
        Some(scene)
    }

    fn spec(&self, conda: &[&str], pip: &[&str]) {
        let lines = |items: &[&str], indent: &str| -> String {
            items.iter().map(|one| format!("{indent}- {one}\n")).collect()
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
        command.env("LOCKIT_UV", &self.uv);
        self.reach_pypi(&mut command);
        command
    }

    /// All tests share what they have fetched.
    fn reach_pypi(&self, command: &mut Command) {
        command.env("UV_CACHE_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("uv"));
        for name in NETWORK {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
    }

    /// The arguments of a run that locks for all platforms.
    fn locking<'a>(&self, args: &[&'a str]) -> Vec<&'a str> {
        let platforms = self.platforms.iter().flat_map(|platform| ["-p", *platform]);
        platforms.chain(["--exclude-newer", CUT_OFF]).chain(args.iter().copied()).collect()
    }

    #[track_caller]
    fn ok(&self, args: &[&str]) -> String {
        let output = self.command(args).output().unwrap();
        assert!(output.status.success(), "{}", self.context.render(&output));
        self.context.render(&output)
    }

    fn show(&self, args: &[&str]) -> String {
        self.context.render(&self.command(args).output().unwrap())
    }

    /// The PyPI packages that a lockfile holds for a platform, as `lockit list` tells them.
    #[track_caller]
    fn pip(&self, lockfile: &str, platform: &str) -> Vec<Pip> {
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
    fn versions(&self, lockfile: &str) -> Vec<String> {
        let packages = self.pip(lockfile, "linux-64");
        packages.iter().map(|one| format!("{} {}", one.name, one.version)).collect()
    }

    /// The installed python.
    fn python(&self, args: &[&str]) -> Output {
        let python = self.context.path("env/bin/python");
        Command::new(python).env_clear().arg("-B").args(args).output().unwrap()
    }

    #[track_caller]
    fn imports(&self, modules: &str) {
        let output = self.python(&["-c", &format!("import {modules}")]);
        assert!(output.status.success(), "{}", self.context.render(&output));
    }

    /// Whether everything in the prefix goes together, as uv sees it.
    #[track_caller]
    fn is_compatible(&self) {
        let mut command = Command::new(&self.uv);
        command.env_clear().env("HOME", self.context.path("../home"));
        command.args(["--no-config", "pip", "check", "--python"]).arg(self.context.path("env"));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", self.context.render(&output));
    }

    /// conda-lock makes the same explicit files of conda-lock.yml.
    #[track_caller]
    fn conda_lock_renders(&self) {
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
struct Pip {
    name: String,
    version: String,
    url: String,
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

/// What is to come of a folder of `test-data/pypi`.
struct Expected<'a> {
    /// The specs; none: what a run finds by itself.
    specs: &'a [&'a str],
    /// `name version` of PyPI packages that are locked everywhere, among others.
    chosen: &'a [&'a str],
    /// PyPI names that are locked nowhere.
    absent: &'a [&'a str],
    /// Packages with one wheel for each platform.
    native: &'a [&'a str],
    /// Modules that can be imported once it is installed.
    imports: &'a str,
    /// The lockfile to install from; `{platform}` is this machine's.
    lockfile: &'a str,
    /// A package, and the line that `lockit why` tells of it.
    why: (&'a str, &'a str),
}

/// Locks, checks, locks again, installs, imports.
fn works(folder: &str, expected: &Expected<'_>) -> Option<Scene> {
    let scene = Scene::with(folder)?;
    let specs: Vec<&str> = expected.specs.iter().flat_map(|spec| ["-f", *spec]).collect();
    let args = scene.locking(&specs);
    let lock = [args.as_slice(), &["-k", "lock,explicit,pixi"]].concat();
    scene.ok(&lock);
    let shown = scene.ok(&[&["check"], args.as_slice()].concat());
    assert!(shown.contains("ok the lock is up to date"), "{shown}");
    let stamps = scene.context.stamps();
    let shown = scene.ok(&lock);
    assert!(shown.contains("ok everything is up to date"), "{shown}");
    assert!(stamps == scene.context.stamps(), "a file is written again");

    for platform in &scene.platforms {
        let chosen = scene.pip("conda-lock.yml", platform);
        for explicit in ["pixi.lock".to_owned(), format!("conda-{platform}.lock")] {
            assert_eq!(scene.pip(&explicit, platform), chosen, "{explicit} for {platform}");
        }
        let names: BTreeSet<String> =
            chosen.iter().map(|one| format!("{} {}", one.name, one.version)).collect();
        for one in expected.chosen {
            assert!(names.contains(*one), "{one} on {platform}: {names:?}");
        }
        for one in &chosen {
            assert!(!expected.absent.contains(&one.name.as_str()), "{names:?}");
            let foreign = if platform.starts_with("osx") { "linux" } else { "macosx" };
            assert!(!one.url.contains(foreign) && !one.url.contains("win"), "{}", one.url);
            let here = if platform.starts_with("osx") { "macosx" } else { "linux" };
            let is_native = one.url.contains(here);
            assert_eq!(is_native, expected.native.contains(&one.name.as_str()), "{}", one.url);
        }
    }
    let (package, reason) = expected.why;
    let shown = scene.ok(&["why", package, "conda-lock.yml"]);
    assert!(shown.contains(reason), "{shown}");

    let lockfile = expected.lockfile.replace("{platform}", scene.python.platform());
    let count = scene.pip(&lockfile, scene.python.platform()).len();
    let shown = scene.ok(&["install", &lockfile, "-p", "env"]);
    assert!(shown.contains(&format!("and {count} from PyPI")), "{shown}");
    scene.imports(expected.imports);
    scene.is_compatible();
    let shown = scene.ok(&["install", &lockfile, "-p", "env"]);
    assert!(shown.contains("nothing to do"), "{shown}");
    Some(scene)
}

#[test]
fn a_web_service() {
    let expected = Expected {
        specs: &[],
        chosen: &["flask 3.1.2", "gunicorn 23.0.0", "python-dotenv 1.1.1", "werkzeug 3.1.3"],
        absent: &[],
        native: &["markupsafe"],
        imports: "flask, gunicorn, dotenv, jinja2, markupsafe",
        lockfile: "conda-lock.yml",
        why: ("markupsafe", "jinja2"),
    };
    let Some(scene) = works("web", &expected) else { return };
    scene.conda_lock_renders();
}

#[test]
fn data_with_native_wheels() {
    let expected = Expected {
        specs: &[],
        chosen: &["orjson 3.11.3", "pyyaml 6.0.3", "tabulate 0.9.0", "xxhash 3.5.0"],
        absent: &[],
        native: &["orjson", "pyyaml", "xxhash"],
        imports: "orjson, yaml, tabulate, xxhash",
        lockfile: "conda-{platform}.lock",
        why: ("orjson", "named in a spec"),
    };
    works("data", &expected);
}

#[test]
fn a_command_line_program_on_top_of_conda_packages() {
    let expected = Expected {
        specs: &[],
        chosen: &["rich 13.9.4", "typer 0.19.2", "click 8.3.0", "markdown-it-py 4.0.0"],
        absent: &["typing-extensions", "mdurl"],
        native: &[],
        imports: "typer, rich, rich.markdown, typing_extensions, mdurl",
        lockfile: "pixi.lock",
        why: ("pygments", "rich"),
    };
    works("cli", &expected);
}

#[test]
fn extras_bring_more() {
    let expected = Expected {
        specs: &[],
        chosen: &["requests 2.32.5", "pysocks 1.7.1", "filelock 3.19.1", "idna 3.10"],
        absent: &["certifi", "msgpack", "redis"],
        native: &["charset-normalizer"],
        imports: "requests, socks, cachecontrol, filelock, certifi, msgpack",
        lockfile: "conda-lock.yml",
        why: ("pysocks", "requests"),
    };
    works("extras", &expected);
}

#[test]
fn markers_are_decided_for_each_platform() {
    let expected = Expected {
        specs: &[],
        chosen: &["pexpect 4.9.0", "ptyprocess 0.7.0", "sniffio 1.3.1"],
        absent: &["colorama", "tomli"],
        native: &[],
        imports: "pexpect, ptyprocess, sniffio",
        lockfile: "conda-{platform}.lock",
        why: ("ptyprocess", "pexpect"),
    };
    let Some(scene) = works("markers", &expected) else { return };
    let has = |platform, name: &str| {
        scene.pip("conda-lock.yml", platform).iter().any(|one| one.name == name)
    };
    assert!(has("linux-64", "distro") && !has("linux-64", "appnope"));
    assert!(has("osx-arm64", "appnope") && !has("osx-arm64", "distro"));
}

#[test]
fn ranges_and_exact_versions() {
    let expected = Expected {
        specs: &[],
        chosen: &["attrs 23.2.0", "structlog 24.4.0", "packaging 23.2", "idna 3.9", "six 1.16.0"],
        absent: &[],
        native: &[],
        imports: "attr, structlog, packaging, idna, six",
        lockfile: "pixi.lock",
        why: ("idna", "named in a spec"),
    };
    works("versions", &expected);
}

#[test]
fn addresses_and_source_distributions() {
    let expected = Expected {
        specs: &[],
        chosen: &["docopt 0.6.2", "humanize 4.13.0", "iniconfig 2.1.0", "pyperclip 1.9.0"],
        absent: &["setuptools"],
        native: &[],
        imports: "docopt, humanize, iniconfig, pyperclip",
        lockfile: "conda-lock.yml",
        why: ("humanize", "named in a spec"),
    };
    let Some(scene) = works("origins", &expected) else { return };
    scene.conda_lock_renders();
}

#[test]
fn a_requirements_file_inside_a_pip_section() {
    let expected = Expected {
        specs: &[],
        chosen: &["httpx 0.28.1", "httpcore 1.0.8", "idna 3.7", "boltons 25.0.0", "h11 0.14.0"],
        absent: &[],
        native: &[],
        imports: "httpx, httpcore, idna, boltons",
        lockfile: "conda-{platform}.lock",
        why: ("h11", "httpcore"),
    };
    works("includes", &expected);
}

#[test]
fn a_requirements_file_as_spec() {
    let expected = Expected {
        specs: &["environment.yml", "requirements.txt"],
        chosen: &["pluggy 1.5.0", "six 1.16.0", "tomli-w 1.2.0"],
        absent: &[],
        native: &[],
        imports: "pluggy, six, tomli_w",
        lockfile: "pixi.lock",
        why: ("tomli-w", "named in a spec"),
    };
    works("requirements", &expected);
}

#[test]
fn a_project_with_packages_for_developers() {
    let expected = Expected {
        specs: &[],
        chosen: &["polyline 2.0.3", "zipp 3.23.0", "pluggy 1.6.0", "iniconfig 2.1.0"],
        absent: &["certifi"],
        native: &[],
        imports: "polyline, zipp, pluggy, iniconfig, certifi",
        lockfile: "conda-lock.yml",
        why: ("pluggy", "named in a spec"),
    };
    let Some(scene) = works("project", &expected) else { return };
    scene.ok(&["install", "conda-lock.yml", "-p", "env", "--no-dev-dependencies"]);
    scene.imports("polyline, zipp");
    assert!(!scene.python(&["-c", "import pluggy"]).status.success());
}

#[test]
fn a_conda_package_that_is_too_old_for_a_pypi_package() {
    let Some(scene) = Scene::find() else { return };
    scene.spec(&["numpy <2"], &["thinc ==8.3.6", "idna"]);
    insta::assert_snapshot!(scene.show(&scene.locking(&[])), @"");
    assert!(!scene.context.path("conda-linux-64.lock").exists());
}

#[test]
fn extras_of_a_conda_package_are_told_to_be_nobodys() {
    let Some(scene) = Scene::find() else { return };
    scene.spec(&["requests"], &["requests[socks] >=2", "idna"]);
    insta::assert_snapshot!(scene.ok(&scene.locking(&[])), @"");
    assert_eq!(scene.versions("conda-linux-64.lock"), ["idna 3.10"]);
}

#[test]
fn one_moves_by_name_and_a_refresh_stays_below_the_next_major() {
    let Some(scene) = Scene::find() else { return };
    scene.context.write(
        "lockit.toml",
        &format!(
            "platforms = [\"linux-64\", \"osx-arm64\"]\nexclude-newer = \"{CUT_OFF}\"\n\
             [environments.dev]\nfiles = [\"environment.yml\"]\n"
        ),
    );
    scene.spec(&[], &["attrs ==22.1.0", "idna ==3.6", "tomli-w ==1.0.0", "packaging ==23.0"]);
    scene.ok(&["-k", "lock"]);
    scene.spec(&[], &["attrs", "idna", "tomli-w", "packaging !=23.2"]);
    let kept = ["attrs 22.1.0", "idna 3.6", "packaging 23.0", "tomli-w 1.0.0"];
    scene.ok(&[]);
    assert_eq!(scene.versions("conda-lock.yml"), kept);
    insta::assert_snapshot!(scene.ok(&["update", "Tomli_W"]), @"");
    insta::assert_snapshot!(scene.ok(&["refresh", "--up-to", "minor"]), @"");
    insta::assert_snapshot!(scene.ok(&["refresh"]), @"");
    scene.ok(&["check"]);
}

/// A folder of a repository, locked to the commit that a tag is at.
#[test]
fn a_repository_is_locked_to_a_commit() {
    let Some(scene) = Scene::find() else { return };
    let upstream = scene.context.path("../upstream");
    let at = upstream.to_str().unwrap();
    scene.context.write("../upstream/py/greeter.py", "__version__ = '1.2'\n");
    scene.context.write(
        "../upstream/py/pyproject.toml",
        "[build-system]\nrequires = [\"flit_core >=3.9,<4\"]\nbuild-backend = \"flit_core.buildapi\"\n\
         [project]\nname = \"greeter\"\nversion = \"1.2\"\ndescription = \"Says hello.\"\ndependencies = [\"six\"]\n",
    );
    let git = |args: &[&str]| scene.context.git(&[&["-C", at], args].concat());
    git(&["init", "--quiet"]);
    git(&["add", "--all"]);
    git(&["commit", "--quiet", "--message", "First"]);
    git(&["tag", "v1.2"]);
    let head = scene.context.try_git(&["-C", at, "rev-parse", "HEAD"]).stdout;
    let commit = String::from_utf8(head).unwrap().trim().to_owned();
    let bare = scene.context.path("../upstream.git");
    scene.context.git(&["clone", "--quiet", "--bare", at, bare.to_str().unwrap()]);
    let address = format!("git+file://{}", bare.canonicalize().unwrap().display());
    scene.spec(&[], &[&format!("greeter @ {address}@v1.2#subdirectory=py")]);

    let args = scene.locking(&["-k", "lock,explicit,pixi"]);
    scene.ok(&args);
    for lockfile in ["conda-lock.yml", "conda-linux-64.lock", "pixi.lock"] {
        let text = scene.context.read(lockfile);
        assert!(text.contains(&commit) && text.contains("subdirectory=py"), "{lockfile}: {text}");
        assert_eq!(scene.versions(lockfile).len(), 2, "{lockfile}");
    }
    // The tag moves, the lock does not.
    scene.context.write("../upstream/py/greeter.py", "__version__ = '1.3'\n");
    git(&["commit", "--quiet", "--all", "--message", "Second"]);
    git(&["tag", "--force", "v1.2"]);
    git(&["push", "--quiet", "--force", bare.to_str().unwrap(), "--all"]);
    git(&["push", "--quiet", "--force", bare.to_str().unwrap(), "--tags"]);
    let shown = scene.ok(&args);
    assert!(shown.contains("ok everything is up to date"), "{shown}");
    for lockfile in [
        "conda-lock.yml".to_owned(),
        format!("conda-{}.lock", scene.python.platform()),
        "pixi.lock".to_owned(),
    ] {
        scene.ok(&["install", &lockfile, "-p", "env"]);
        let output = scene.python(&["-c", "import greeter, six; print(greeter.__version__)"]);
        assert_eq!(String::from_utf8_lossy(&output.stdout), "1.2\n", "{lockfile}");
    }
    scene.is_compatible();
    scene.ok(&[args.as_slice(), &["--upgrade"]].concat());
    assert!(!scene.context.read("conda-lock.yml").contains(&commit));
}
