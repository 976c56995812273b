//! Locking PyPI packages beside conda packages, with a real uv. Wheels lie in a folder that the spec names, so no
//! network is needed. uv is looked for beside the Python that `LOCKIT_PEERS` names; without it these tests
//! are skipped.

use lockit_testkit::{Server, Wheel};

use crate::context::TestContext;
use crate::pypi_scene::Scene;

#[test]
fn what_conda_chose_decides_what_pypi_packages_are_chosen() {
    let Some(scene) = Scene::find() else { return };
    scene.spec("environment.yml", "numpy <2", &["tool", "lib"]);
    insta::assert_snapshot!(scene.ok(&["-k", "explicit,lock"]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      linux-64          5 packages  conda-linux-64.lock new
      osx-arm64         5 packages  conda-osx-arm64.lock new
      2 platforms      10 packages  conda-lock.yml new
    ");
    assert_eq!(scene.pip("conda-linux-64.lock"), ["lib-1.1", "tool-1.0"]);
    assert_eq!(scene.pip("conda-osx-arm64.lock"), ["lib-1.1", "tool-1.0"]);
    let text = scene.context.read("conda-lock.yml");
    let row = text.split("- name: ").find(|row| row.starts_with("tool\n")).unwrap();
    insta::with_settings!({ filters => [("(sha256[:=] ?)[0-9a-f]{64}", "${1}[SHA256]"), ("file:.*/wheels", "file:[..]/wheels")] }, {
        insta::assert_snapshot!(row, @"
        tool
          version: '1.0'
          manager: pip
          platform: linux-64
          dependencies:
            numpy: '*'
          url: file:[..]/wheels/tool-1.0-py3-none-any.whl
          hash:
            sha256: [SHA256]
          source:
            type: url
            url: file:[..]/wheels/tool-1.0-py3-none-any.whl#sha256=[SHA256]
          category: main
          optional: false
        ");
    });
    // conda-lock and conda install them with the environment's pip.
    assert!(text.contains("- name: pip\n"), "{text}");
    insta::assert_snapshot!(scene.ok(&["check"]), @"
    exit: 0
    --- stdout
    --- stderr
    ok the lock is up to date
    ");
    insta::assert_snapshot!(scene.ok(&["-k", "explicit,lock"]), @"
    exit: 0
    --- stdout
    --- stderr
    ok everything is up to date
    ");

    scene.spec("environment.yml", "numpy", &["tool"]);
    insta::assert_snapshot!(scene.show(&["check"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: lib 1.1 is locked on linux-64, osx-arm64, but nothing asks for it

    run `lockit -f environment.yml -k explicit,lock` to bring the lock up to date
    ");
    insta::assert_snapshot!(scene.ok(&["--upgrade", "-k", "explicit,lock"]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      linux-64          5 packages  conda-linux-64.lock changed
      osx-arm64         5 packages  conda-osx-arm64.lock changed
      2 platforms      10 packages  conda-lock.yml changed
      ~ numpy 1.26.4 -> 2.1.0 (major)
      ~ tool (pip) 1.0 -> 2.0 (major)
    ");
    assert_eq!(scene.pip("conda-linux-64.lock"), ["lib-1.1", "tool-2.0"]);
}

#[test]
fn what_fits_is_kept_until_it_is_asked_to_move() {
    let Some(scene) = Scene::find() else { return };
    scene.spec("environment.yml", "numpy", &["tool"]);
    scene.ok(&[]);
    scene.publish("lib", "1.2", &[]);
    scene.publish("tool", "2.1", &["numpy>=2", "lib"]);
    scene.spec("environment.yml", "numpy", &["tool", "extra-lib"]);
    insta::assert_snapshot!(scene.ok(&[]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      linux-64          6 packages  conda-linux-64.lock changed
      osx-arm64         6 packages  conda-osx-arm64.lock changed
      + extra-lib (pip) 1.0
    ");
    assert_eq!(scene.pip("conda-linux-64.lock"), ["extra_lib-1.0", "lib-1.1", "tool-2.0"]);
    insta::assert_snapshot!(scene.ok(&["update", "lib"]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      linux-64          6 packages  conda-linux-64.lock changed
      osx-arm64         6 packages  conda-osx-arm64.lock changed
      ~ lib (pip) 1.1 -> 1.2 (minor)
    ");
    assert_eq!(scene.pip("conda-linux-64.lock"), ["extra_lib-1.0", "lib-1.2", "tool-2.0"]);
    scene.ok(&["--upgrade"]);
    assert_eq!(scene.pip("conda-linux-64.lock"), ["extra_lib-1.0", "lib-1.2", "tool-2.1"]);
}

#[test]
fn a_clash_of_both_sides_shows_the_lines_of_both() {
    let Some(scene) = Scene::find() else { return };
    scene.spec("environment.yml", "numpy <2", &["lib"]);
    scene.ok(&[]);
    let before = scene.context.read("conda-linux-64.lock");
    scene.spec("environment.yml", "numpy <2", &["lib", "tool >=2"]);
    insta::assert_snapshot!(scene.show(&[]), @"
    exit: 1
    --- stdout
    --- stderr
    locked nothing in [TIME]
      linux-64       not solved, what was locked is kept
      osx-arm64      not solved, what was locked is kept
    error: the PyPI packages of `environment` cannot be resolved for linux-64, osx-arm64
      --> environment.yml:10:9
       |
     6 |   - numpy <2
       |     -------- conda provides numpy 1.26.4
    ...
    10 |       - tool >=2
       |         ^^^^^^^^ asked for here
       |
       = note: Because conda provides numpy 1.26.4 and tool>=2.0 depends on numpy>=2, we can conclude that
               tool>=2.0 cannot be used.
               And because you require tool>=2, we can conclude that your requirements are unsatisfiable.
       = hint: what conda provides is decided first: ask for another version of `numpy` among the conda dependencies, or take the PyPI package from a conda channel as well
    ");
    assert_eq!(scene.context.read("conda-linux-64.lock"), before);
    scene.spec("environment.yml", "numpy", &["numpy <2"]);
    insta::assert_snapshot!(scene.show(&[]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      linux-64          3 packages  conda-linux-64.lock changed
      osx-arm64         3 packages  conda-osx-arm64.lock changed
      - lib (pip) 1.1
    ");
    scene.spec("environment.yml", "numpy", &["no-such-thing"]);
    insta::assert_snapshot!(scene.show(&[]), @"
    exit: 1
    --- stdout
    --- stderr
    locked nothing in [TIME]
      linux-64       not solved, what was locked is kept
      osx-arm64      not solved, what was locked is kept
    error: the PyPI packages of `environment` cannot be resolved for linux-64, osx-arm64
     --> environment.yml:9:9
      |
    9 |       - no-such-thing
      |         ^^^^^^^^^^^^^ asked for here
      |
      = note: Because no-such-thing was not found in the provided package locations and you require
              no-such-thing, we can conclude that your requirements are unsatisfiable.
      = hint: check the spelling, or name the index that has it: `--extra-index-url URL` in the `pip:` section
    ");
}

#[test]
fn a_conda_name_for_pip_is_told() {
    let Some(scene) = Scene::find() else { return };
    scene.spec("environment.yml", "numpy", &["pytorch >=2"]);
    insta::assert_snapshot!(scene.show(&[]), @"
    exit: 1
    --- stdout
    --- stderr
    locked nothing in [TIME]
      linux-64       not solved
      osx-arm64      not solved
    error: the PyPI packages of `environment` cannot be resolved for linux-64, osx-arm64
     --> environment.yml:9:9
      |
    9 |       - pytorch >=2
      |         ^^^^^^^^^^^ asked for here
      |
      = note: Because pytorch was not found in the provided package locations and you require pytorch>=2,
              we can conclude that your requirements are unsatisfiable.
      = hint: `pytorch` is the name in conda: PyPI calls it `torch`; write `torch`, or list `pytorch` outside of `pip:`
    ");
}

#[test]
fn what_is_missing_is_told_before_channels_are_asked() {
    let Some(scene) = Scene::find() else { return };
    scene.spec("environment.yml", "numpy", &["tool"]);
    let mut command = scene.command(&[]);
    command.env_remove("LOCKIT_UV").env("PATH", "/nothing/here");
    insta::assert_snapshot!(scene.context.render(&command.output().unwrap()), @"
    exit: 2
    --- stdout
    --- stderr
    error: PyPI packages need `uv`, which is not on the PATH
     --> environment.yml:9:9
      |
    9 |       - tool
      |         ^^^^ asks for a PyPI package
      |
      = hint: get it with `pip install uv`, from conda-forge as `uv`, or as https://docs.astral.sh/uv/getting-started/installation/ says
      = hint: `--skip-pip` locks the conda part and says so in the lockfile
    ");
    scene.context.write(
        "no-python.yml",
        "channels: [conda-forge]\nplatforms: [linux-64]\nallow-pypi-requests: false\ndependencies:\n  - pip:\n    - tool\n",
    );
    let recipe = "platforms: [linux-64]\npackages:\n  pip: {versions: [24.0], noarch: generic}\n";
    let (context, _server) = TestContext::new().with_channel(recipe);
    fs_err::copy(scene.context.path("no-python.yml"), context.path("environment.yml")).unwrap();
    let output = context.command(&[]).env("LOCKIT_UV", &scene.uv).output().unwrap();
    insta::assert_snapshot!(context.render(&output), @"
    exit: 1
    --- stdout
    --- stderr
    locked nothing in [TIME]
      linux-64       not solved
    error: the PyPI packages of `environment` cannot be resolved for linux-64
     --> environment.yml:6:7
      |
    6 |     - tool
      |       ^^^^ needs a python
      |
      = note: no conda package brings python
      = hint: add `python` to the conda dependencies
    ");
}

#[test]
fn environments_that_share_versions_share_pypi_packages() {
    let Some(scene) = Scene::find() else { return };
    scene.spec("environment.yml", "numpy", &["tool", "lib"]);
    scene.spec("predict-environment.yml", "numpy", &["lib <1.1"]);
    let environments =
        ["--env", "dev=environment.yml", "--env", "predict=predict-environment.yml:dev"];
    scene.ok(&environments);
    // What predict asks for narrows dev.
    assert_eq!(scene.pip("conda-linux-64.lock"), ["lib-1.0", "tool-2.0"]);
    assert_eq!(scene.pip("predict-linux-64.lock"), ["lib-1.0"]);
    scene.spec("predict-environment.yml", "numpy", &["extra-lib"]);
    insta::assert_snapshot!(scene.show(&environments), @"
    exit: 1
    --- stdout
    --- stderr
    locked 1 environment on 2 platforms in [TIME]
    dev
      linux-64          5 packages  conda-linux-64.lock unchanged
      osx-arm64         5 packages  conda-osx-arm64.lock unchanged
    predict
      linux-64       not solved, what was locked is kept
      osx-arm64      not solved, what was locked is kept
    error: `predict` needs `extra-lib` from PyPI on linux-64, osx-arm64, which `dev`, whose versions it takes, does not have
     --> predict-environment.yml:9:9
      |
    9 |       - extra-lib
      |         ^^^^^^^^^ asked for here
      |
      = hint: add `extra-lib` to the `pip:` section of `dev`
    ");
}

#[test]
fn skipping_is_said_and_remembered() {
    let Some(scene) = Scene::find() else { return };
    scene.spec("environment.yml", "numpy", &["tool"]);
    scene.ok(&["--skip-pip"]);
    assert!(scene.pip("conda-linux-64.lock").is_empty());
    scene.ok(&["check", "--skip-pip"]);
    scene.ok(&["--skip-pip"]);
    insta::assert_snapshot!(scene.show(&["check"]), @"
    exit: 0
    --- stdout
    --- stderr
    note: the lock of `environment` leaves out PyPI packages (`--skip-pip`)
    ok the lock is up to date
    ");
    scene.ok(&[]);
    assert_eq!(scene.pip("conda-linux-64.lock"), ["lib-1.1", "tool-2.0"]);
}

#[test]
fn folders_of_the_project_are_locked_where_they_are() {
    let Some(scene) = Scene::find() else { return };
    scene.context.write(
        "service/pyproject.toml",
        "[project]\nname = \"service\"\nversion = \"0.1\"\ndependencies = [\"lib\"]\n[build-system]\nrequires = []\nbuild-backend = \"none\"\n",
    );
    scene.spec("environment.yml", "numpy", &["-e ./service"]);
    scene.ok(&["-k", "explicit,pixi"]);
    let text = scene.context.read("conda-linux-64.lock");
    let lines: Vec<&str> = text.lines().filter(|line| line.contains("service")).collect();
    assert!(lines.iter().any(|line| line.contains("./service")), "{lines:?}");
    assert!(!text.contains(scene.context.path("").to_str().unwrap()), "{text}");
    assert_eq!(scene.pip("conda-linux-64.lock").len(), 2);
    insta::assert_snapshot!(scene.ok(&["check"]), @"
    exit: 0
    --- stdout
    --- stderr
    ok the lock is up to date
    ");
}

/// A lockfile is read where it lies, so its paths start there.
#[test]
fn paths_start_at_the_lockfile() {
    let Some(scene) = Scene::find() else { return };
    scene.spec("environment.yml", "numpy", &["lib"]);
    let args = ["--filename-template", "locks/conda-{platform}.lock"];
    scene.ok(&args);
    let text = scene.context.read("locks/conda-linux-64.lock");
    assert!(
        text.contains("\n# pip lib @ file:../wheels/lib-1.1-py3-none-any.whl#sha256="),
        "{text}"
    );
    assert!(scene.ok(&args).contains("everything is up to date"));
    scene.ok(&["check", args[0], args[1]]);
}

/// Logins of an index are placeholders in the spec, are used, and never show.
#[test]
fn private_indexes_get_credentials_that_nobody_sees() {
    use lockit_testkit::{Credentials, Fault};

    const SECRET: &str = "s3cret-value";
    let Some(scene) = Scene::find() else { return };
    let pages = scene.context.path("pages");
    fs_err::create_dir_all(pages.join("simple")).unwrap();
    let wheel = Wheel::with_needs("hidden", "1.0", &[]).unwrap();
    wheel.write(&pages.join("simple")).unwrap();
    fs_err::write(
        pages.join("simple/list.html"),
        format!("<html><body><a href=\"{0}\">{0}</a></body></html>\n", wheel.file_name),
    )
    .unwrap();
    let server = Server::builder(&pages).start().unwrap();
    let credentials = Credentials::Basic { user: "ada".into(), password: SECRET.into() };
    server.fault("*", Fault::Unauthorized(credentials));
    let address = server.url().replace("://", "://ada:${PASSWORD}@");
    scene.context.write(
        "environment.yml",
        &format!(
            "channels: [conda-forge]\nplatforms: [linux-64]\nallow-pypi-requests: false\ndependencies:\n  - python\n  \
             - pip:\n    - --find-links {address}/simple/list.html\n    - hidden\n"
        ),
    );
    let output = scene.command(&["-k", "explicit,lock"]).env("PASSWORD", SECRET).output().unwrap();
    assert!(output.status.success(), "{}", scene.context.render(&output));
    for name in ["conda-linux-64.lock", "conda-lock.yml"] {
        let text = scene.context.read(name);
        assert!(text.contains("ada:${PASSWORD}@127.0.0.1"), "{text}");
    }
    scene.context.keeps_secret(SECRET, &[]);
    let output = scene.command(&["--upgrade"]).env("PASSWORD", "wr0ng").output().unwrap();
    let shown = scene.context.render(&output);
    assert!(!output.status.success() && !shown.contains("wr0ng"), "{shown}");
    let output = scene.command(&["--upgrade"]).output().unwrap();
    let shown = scene.context.render(&output);
    assert!(shown.contains("the environment variable `PASSWORD` is not set"), "{shown}");
}
