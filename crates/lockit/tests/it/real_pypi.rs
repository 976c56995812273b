//! Environments as people write them (`test-data/pypi`), resolved against PyPI itself: the one place where tests
//! use the network. They run when `LOCKIT_PEERS` names a Python with `.ci/peers.txt` installed, which brings uv;
//! without it they are skipped. A cut-off keeps the results the same.

mod scene;

use std::collections::BTreeSet;

use scene::Scene;

/// Nothing that was uploaded later is chosen: idna 3.11, for example, came two weeks later.
const CUT_OFF: &str = "2025-10-01T00:00:00Z";

/// For output that is the same on every machine.
const TWO_PLATFORMS: [&str; 6] = ["-p", "linux-64", "-p", "osx-arm64", "--exclude-newer", CUT_OFF];

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

    let lockfile = expected.lockfile.replace("{platform}", scene.host.platform());
    let count = scene.pip(&lockfile, scene.host.platform()).len();
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
        chosen: &["orjson 3.11.3", "pyyaml 6.0.3", "tabulate 0.9.0", "rpds-py 0.27.1"],
        absent: &[],
        native: &["orjson", "pyyaml", "rpds-py"],
        imports: "orjson, yaml, tabulate, rpds",
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
    scene.spec(&["numpy <2"], &["opencv-python-headless ==4.12.0.88", "idna"]);
    insta::assert_snapshot!(scene.show(&TWO_PLATFORMS), @"
    exit: 1
    --- stdout
    --- stderr
    locked nothing in [TIME]
      linux-64       not solved
      osx-arm64      not solved
    error: the PyPI packages of `environment` cannot be resolved for linux-64, osx-arm64
     --> environment.yml:7:9
      |
    5 |   - numpy <2
      |     -------- conda provides numpy 1.26.4
    6 |   - pip:
    7 |       - opencv-python-headless ==4.12.0.88
      |         ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ asked for here
      |
      = note: Because conda provides numpy 1.26.4
              and opencv-python-headless>=4.12.0.88 depends on numpy>=2,<2.3.0, we can conclude that
              opencv-python-headless>=4.12.0.88 cannot be used.
              And because you require opencv-python-headless==4.12.0.88, we can conclude that your
              requirements are unsatisfiable.
      = hint: what conda provides is decided first: ask for another version of `numpy` among the conda dependencies, or take the PyPI package from a conda channel as well
    ");
    assert!(!scene.context.path("conda-linux-64.lock").exists());
}

#[test]
fn extras_of_a_conda_package_are_told_to_be_nobodys() {
    let Some(scene) = Scene::find() else { return };
    scene.spec(&["requests"], &["requests[socks] >=2", "idna"]);
    insta::assert_snapshot!(scene.ok(&TWO_PLATFORMS), @"
    exit: 0
    --- stdout
    --- stderr
    warning: `requests[socks]` brings nothing more than `requests`: conda provides requests 2.32.4, and conda packages have no extras
     --> environment.yml:7:9
      |
    7 |       - requests[socks] >=2
      |         ^^^^^^^^^^^^^^^^^^^ asked for here
      |
      = hint: ask by name for what `socks` stands for, or leave `requests` to PyPI and out of the conda dependencies

    locked 2 platforms in [TIME]
      linux-64          5 packages  conda-linux-64.lock new
      osx-arm64         5 packages  conda-osx-arm64.lock new
    ");
    assert_eq!(scene.versions("conda-linux-64.lock"), ["idna 3.10"]);
}

#[test]
fn one_moves_by_name_and_a_refresh_stays_below_the_next_major() {
    let Some(scene) = Scene::find() else { return };
    scene.context.write(
        "lockit.toml",
        &format!(
            "platforms = [\"linux-64\", \"osx-arm64\"]\nexclude-newer = \"{CUT_OFF}\"\nkinds = [\"lock\"]\n\
             [environments.dev]\nfiles = [\"environment.yml\"]\n"
        ),
    );
    scene.spec(&[], &["attrs ==22.1.0", "idna ==3.6", "tomli-w ==1.0.0", "packaging ==23.0"]);
    scene.ok(&[]);
    scene.spec(&[], &["attrs", "idna", "tomli-w", "packaging !=23.2"]);
    let kept = ["attrs 22.1.0", "idna 3.6", "packaging 23.0", "tomli-w 1.0.0"];
    scene.ok(&[]);
    assert_eq!(scene.versions("conda-lock.yml"), kept);
    insta::assert_snapshot!(scene.ok(&["update", "Tomli_W"]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      2 platforms      12 packages  conda-lock.yml changed
      ~ tomli-w (pip) 1.0.0 -> 1.2.0 (minor)
    ");
    insta::assert_snapshot!(scene.ok(&["refresh", "--up-to", "minor"]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      2 platforms      12 packages  conda-lock.yml changed
      ~ attrs (pip) 22.1.0 -> 22.2.0 (minor)
      ~ idna (pip) 3.6 -> 3.10 (minor)
      ~ packaging (pip) 23.0 -> 23.1 (minor)
    ");
    insta::assert_snapshot!(scene.ok(&["refresh"]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      2 platforms      12 packages  conda-lock.yml changed
      ~ attrs (pip) 22.2.0 -> 25.3.0 (major)
      ~ packaging (pip) 23.1 -> 25.0 (major)
    ");
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
        format!("conda-{}.lock", scene.host.platform()),
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
