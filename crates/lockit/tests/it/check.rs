//! `lockit check` and `--locked`: is what is committed still right? Every reason in words, at the
//! line of the spec; no network, nothing written.

use std::fmt::Write as _;

use insta::assert_snapshot;
use lockit_testkit::Server;

use crate::context::{TestContext, file_snapshot};

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0, 2.0], noarch: generic, depends: lib >=1}
  lib: {versions: [1.0, 2.0], depends: [{linux: __glibc >=2.17}]}
  tool: {versions: [1.0, 1.1], noarch: generic}
  loose: {versions: [1.0], noarch: generic, depends: lib}
";

const SPEC: &str = "channels:
  - conda-forge
platforms:
  - linux-64
  - osx-arm64
dependencies:
  - app =2
  - tool
";

/// A spec and its locks of some kinds. The server is there to see that nobody asks it.
struct Scene {
    context: TestContext,
    server: Server,
}

impl Scene {
    fn locked_as(kinds: &str) -> Self {
        let (context, server) = TestContext::new().with_channel(CHANNEL);
        context.write("environment.yml", SPEC);
        context.ok(&["-k", kinds]);
        server.take_requests();
        Self { context, server }
    }

    /// What `check` says with the spec as it was and another text in it.
    fn check_with(&self, from: &str, to: &str, args: &[&str]) -> String {
        assert!(SPEC.contains(from), "{from}");
        self.context.write("environment.yml", &SPEC.replace(from, to));
        self.check(args)
    }

    /// Checks, and that `--locked` says the same, that nothing was asked or written.
    fn check(&self, args: &[&str]) -> String {
        let before = self.context.stamps();
        let shown = self.context.show(&[&["check"], args].concat());
        let gate = self.context.show(&[&["lock", "--locked"], args].concat());
        assert_eq!(gate, shown);
        assert_eq!(self.context.stamps(), before);
        assert!(self.server.requests().is_empty(), "{:?}", self.server.requests());
        shown
    }
}

#[test]
fn everything_holds() {
    for kind in ["lock", "pixi", "env"] {
        let scene = Scene::locked_as(kind);
        assert!(scene.check(&["-k", kind]).contains("ok the lock is up to date"), "{kind}");
    }
    let scene = Scene::locked_as("explicit");
    assert_snapshot!(scene.check(&[]), @"
    exit: 0
    --- stdout
    --- stderr
    ok the lock is up to date
    ");
    assert_snapshot!(scene.context.show(&["check", "-q"]), @"
    exit: 0
    --- stdout
    --- stderr
    ");
}

#[test]
fn reasons_of_the_spec() {
    let scene = Scene::locked_as("lock");
    let mut shown = String::new();
    for (title, from, to) in [
        ("tightened", "app =2", "app =1"),
        ("loosened", "app =2", "app"),
        ("added", "  - tool\n", "  - tool\n  - loose\n"),
        ("removed", "  - tool\n", ""),
        ("replaced by another", "  - app =2\n  - tool\n", "  - loose\n"),
        ("platform added", "  - osx-arm64\n", "  - osx-arm64\n  - linux-aarch64\n"),
        ("platform removed", "  - osx-arm64\n", ""),
        ("another channel", "  - conda-forge\n", "  - bioconda\n  - conda-forge\n"),
        ("for one platform only", "  - tool\n", "  - tool >=2  # [osx]\n"),
        ("asks for a newer machine", "  - tool\n", "  - tool\n  - __glibc >=2.34  # [linux]\n"),
    ] {
        write!(shown, "== {title}\n{}\n", scene.check_with(from, to, &[])).unwrap();
    }
    file_snapshot!("check-reasons", shown);
}

/// Rendered environments have no dependencies: versions are compared, the rest is left to the input hash.
#[test]
fn rendered_environments_say_that_the_input_hash_was_used() {
    let scene = Scene::locked_as("env");
    assert_snapshot!(scene.check_with("app =2", "app =1", &[]), @"
    exit: 1
    --- stdout
    --- stderr
    note: `conda-linux-64.lock.yml` and one more keep no dependencies: what the specs ask for is checked, the input hash vouches for the rest; `lockit -k env,explicit` writes one beside it that does
    error: `app =1` in environment.yml:7 is not satisfied by app 2.0 on linux-64, osx-arm64
     --> environment.yml:7:5
      |
    7 |   - app =1
      |     ^^^^^^ app 2.0 is locked

    run `lockit -f environment.yml -k env` to bring the lock up to date
    ");
    // What is locked still fits, and nothing else is asked for.
    let loosened = scene.check_with("app =2", "app >=2", &[]);
    assert!(loosened.starts_with("exit: 0"), "{loosened}");
    // Nothing that URLs could tell changed, but another solve might choose otherwise.
    scene.context.write("lockit.toml", "strategy = 'lowest'\n");
    assert_snapshot!(scene.check(&[]), @"
    exit: 1
    --- stdout
    --- stderr
    note: `conda-linux-64.lock.yml` and one more keep no dependencies: what the specs ask for is checked, the input hash vouches for the rest; `lockit -k env,explicit` writes one beside it that does
    error: the settings of the solve (channels, priority, strategy, `exclude-newer`, virtual packages, variables) changed since the lock for linux-64, osx-arm64 was made (by the input hash)

    run `lockit -f environment.yml -k env` to bring the lock up to date
    ");
    fs_err::remove_file(scene.context.path("lockit.toml")).unwrap();
    // A comment is no change.
    let commented = scene.check_with("  - tool\n", "\n  - tool  # why not\n", &[]);
    assert!(commented.starts_with("exit: 0"), "{commented}");
}

#[test]
fn a_version_edited_by_hand_is_seen_in_every_kind() {
    let mut shown = String::new();
    for (kind, file, from, to) in [
        ("explicit", "conda-linux-64.lock", "app-2.0-", "app-1.0-"),
        ("lock", "conda-lock.yml", "version: '2.0'", "version: '1.0'"),
        ("pixi", "pixi.lock", "app-2.0-", "app-1.0-"),
        ("env", "conda-linux-64.lock.yml", "app=2.0=", "app=1.0="),
    ] {
        let scene = Scene::locked_as(kind);
        scene.context.edit(file, from, to);
        write!(shown, "== {kind}\n{}", scene.check(&["-k", kind])).unwrap();
    }
    assert_snapshot!(shown, @"
    == explicit
    exit: 1
    --- stdout
    --- stderr
    error: `app =2` in environment.yml:7 is not satisfied by app 1.0 on linux-64
     --> environment.yml:7:5
      |
    7 |   - app =2
      |     ^^^^^^ app 1.0 is locked

    run `lockit -f environment.yml` to bring the lock up to date
    == lock
    exit: 1
    --- stdout
    --- stderr
    error: `app =2` in environment.yml:7 is not satisfied by app 1.0 on linux-64, osx-arm64
     --> environment.yml:7:5
      |
    7 |   - app =2
      |     ^^^^^^ app 1.0 is locked

    run `lockit -f environment.yml -k lock` to bring the lock up to date
    == pixi
    exit: 1
    --- stdout
    --- stderr
    error: `app =2` in environment.yml:7 is not satisfied by app 1.0 on linux-64, osx-arm64
     --> environment.yml:7:5
      |
    7 |   - app =2
      |     ^^^^^^ app 1.0 is locked

    run `lockit -f environment.yml -k pixi` to bring the lock up to date
    == env
    exit: 1
    --- stdout
    --- stderr
    note: `conda-linux-64.lock.yml` and one more keep no dependencies: what the specs ask for is checked, the input hash vouches for the rest; `lockit -k env,explicit` writes one beside it that does
    error: `app =2` in environment.yml:7 is not satisfied by app 1.0 on linux-64
     --> environment.yml:7:5
      |
    7 |   - app =2
      |     ^^^^^^ app 1.0 is locked

    run `lockit -f environment.yml -k env` to bring the lock up to date
    ");
}

/// `lib` was taken out of the lock, or a package that nobody needs was put in.
#[test]
fn a_lock_that_is_not_closed_is_seen() {
    let scene = Scene::locked_as("explicit,lock");
    let text = scene.context.read("conda-lock.yml");
    let (head, packages) = text.split_once("package:\n").unwrap();
    let (with, without): (Vec<&str>, Vec<&str>) = packages
        .split_inclusive("  optional: false\n")
        .partition(|one| one.contains("- name: lib"));
    assert_eq!(with.len(), 2);
    scene.context.write("conda-lock.yml", &format!("{head}package:\n{}", without.concat()));
    assert_snapshot!(scene.check(&["-k", "lock"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: app 2.0 wants `lib >=1`, which is not locked on linux-64, osx-arm64
     --> environment.yml:7:5
      |
    7 |   - app =2
      |     ^^^^^^ brought in by this

    run `lockit -f environment.yml -k lock` to bring the lock up to date
    ");

    let stray = with[0].replace("name: lib", "name: stray").replace("/lib-", "/stray-");
    scene.context.write("conda-lock.yml", &format!("{head}package:\n{packages}{stray}"));
    assert_snapshot!(scene.check(&["-k", "lock"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: stray 2.0 is locked on linux-64, but nothing asks for it

    run `lockit -f environment.yml -k lock` to bring the lock up to date
    ");
}

#[test]
fn settings_and_virtual_packages_count() {
    let scene = Scene::locked_as("lock");
    scene.context.write("lockit.toml", "[virtual-packages.linux-64]\nglibc = '2.12'\n");
    assert_snapshot!(scene.check(&[]), @r#"
    exit: 1
    --- stdout
    --- stderr
    error: lib 2.0 wants `__glibc >=2.17`, but `__glibc=2.12` is assumed for linux-64
     --> environment.yml:7:5
      |
    7 |   - app =2
      |     ^^^^^^ brought in by this
      |
      = hint: if the machines that run this have it, say so in lockit.toml: `[virtual-packages]` `glibc = "2.17"`

    run `lockit -f environment.yml -k lock` to bring the lock up to date
    "#);
    // A newer machine runs it just as well, but may be given other packages.
    scene.context.write("lockit.toml", "[virtual-packages.linux-64]\nglibc = '2.39'\n");
    let newer = scene.check(&[]);
    assert!(newer.contains("error: the settings of the solve"), "{newer}");
    assert!(newer.contains("changed since the lock for linux-64 was made"), "{newer}");
    // The packages are of 2025. conda-lock.yml does not keep that, but says how it was made.
    scene.context.write("lockit.toml", "exclude-newer = '2024-06-30'\n");
    assert_snapshot!(scene.check(&["-k", "lock"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: `exclude-newer` is 2024-06-30, but the lock for linux-64, osx-arm64 was made without it (by what was recorded, because this format keeps no timestamps)

    run `lockit -f environment.yml -k lock` to bring the lock up to date
    ");
}

#[test]
fn a_pip_section_counts() {
    let scene = Scene::locked_as("explicit,lock");
    let pip = "  - tool\n  - pip:\n    - nb-black\n";
    assert_snapshot!(scene.check_with("  - tool\n", pip, &["-k", "lock"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: `nb-black` in environment.yml:10 is not locked on linux-64, osx-arm64
      --> environment.yml:10:7
       |
    10 |     - nb-black
       |       ^^^^^^^^ not locked

    run `lockit -f environment.yml -k lock` to bring the lock up to date
    ");
    assert_snapshot!(scene.check_with("  - tool\n", pip, &["-k", "lock", "--skip-pip"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: the spec has 1 `pip:` requirement for linux-64, osx-arm64, the lockfile was made leaving out 0

    run `lockit -f environment.yml --skip-pip -k lock` to bring the lock up to date
    ");
    scene.context.ok(&["-k", "lock,explicit", "--skip-pip"]);
    let after = scene.context.show(&["check", "-k", "lock,explicit", "--skip-pip"]);
    assert!(after.starts_with("exit: 0"), "{after}");
}

#[test]
fn nothing_is_locked_yet() {
    let scene = Scene::locked_as("explicit");
    for platform in ["linux-64", "osx-arm64"] {
        fs_err::remove_file(scene.context.path(&format!("conda-{platform}.lock"))).unwrap();
    }
    assert_snapshot!(scene.check(&[]), @"
    exit: 1
    --- stdout
    --- stderr
    error: `environment` is not locked: there is no `conda-linux-64.lock`, `conda-osx-arm64.lock`

    run `lockit -f environment.yml` to bring the lock up to date
    ");
    assert_snapshot!(scene.check(&["-k", "lock"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: `environment` is not locked: there is no `conda-lock.yml`

    run `lockit -f environment.yml -k lock` to bring the lock up to date
    ");
}

#[test]
fn one_file_of_several_is_missing() {
    let scene = Scene::locked_as("explicit");
    fs_err::remove_file(scene.context.path("conda-osx-arm64.lock")).unwrap();
    assert_snapshot!(scene.check(&[]), @"
    exit: 1
    --- stdout
    --- stderr
    error: environment `environment` wants osx-arm64, which is not locked

    run `lockit -f environment.yml` to bring the lock up to date
    ");
}

#[test]
fn a_broken_spec_is_exit_code_2() {
    let scene = Scene::locked_as("explicit");
    assert_snapshot!(scene.check_with("app =2", "app ==2,,", &[]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `==2,,` is not a version constraint
     --> environment.yml:7:9
      |
    7 |   - app ==2,,
      |         ^^^^^
      |
      = hint: write for example `=1.2` (1.2 and all 1.2.x), `==1.2.3`, `>=1.2,<2` or `1.2.*`
    ");
    let missing = scene.check(&["-f", "nowhere.yml"]);
    assert!(missing.starts_with("exit: 2"), "{missing}");
}

/// One of two kinds was made again, the other was forgotten.
#[test]
fn the_lockfile_that_is_stale_is_named() {
    let scene = Scene::locked_as("explicit,lock");
    scene.context.write("environment.yml", &SPEC.replace("app =2", "app =1"));
    scene.context.ok(&["-k", "explicit"]);
    scene.server.take_requests();
    assert_snapshot!(scene.check(&["-k", "explicit,lock"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: `app =1` in environment.yml:7 is not satisfied by app 2.0 on linux-64, osx-arm64
     --> environment.yml:7:5
      |
    7 |   - app =1
      |     ^^^^^^ app 2.0 is locked
      |
      = note: in `conda-lock.yml`

    run `lockit -f environment.yml -k lock` to bring the lock up to date
    ");
}

/// A lock of four platforms is checked as a whole, in one go.
#[test]
fn the_reference_project() {
    let server = Server::builder(lockit_testkit::test_data("channel")).start().unwrap();
    let context = TestContext::new().with_reference_project().with_mirror(&server);
    let scene = Scene { context, server };
    scene.context.ok(&["-k", "explicit,lock,pixi"]);
    scene.server.take_requests();
    assert_snapshot!(scene.check(&["-k", "lock,pixi"]), @"
    exit: 0
    --- stdout
    --- stderr
    ok the locks of 2 environments are up to date
    ");
    scene.context.edit("environment.yml", "- pandas", "- pandas <2.3");
    scene.context.edit("predict-environment.yml", "- uvicorn", "- uvicorn\n  - jupytext");
    assert_snapshot!(scene.check(&["-k", "lock,pixi"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: `pandas <2.3` in environment.yml:14 is not satisfied by pandas 2.3.1 on linux-64, linux-aarch64, osx-64, osx-arm64
      --> environment.yml:14:5
       |
    14 |   - pandas <2.3
       |     ^^^^^^^^^^^ pandas 2.3.1 is locked

    error: `jupytext` in predict-environment.yml:15 is not locked on linux-64, linux-aarch64, osx-64, osx-arm64
      --> predict-environment.yml:15:5
       |
    15 |   - jupytext
       |     ^^^^^^^^ not locked

    run `lockit -k lock,pixi` to bring the lock up to date
    ");
}

/// Somebody changed the lock of `dev` without locking `predict` again.
#[test]
fn an_environment_that_left_the_other_is_seen() {
    let (context, server) = TestContext::new().with_channel(CHANNEL);
    let scene = Scene { context, server };
    let context = &scene.context;
    context.write("environment.yml", &SPEC.replace("app =2", "app"));
    context
        .write("predict-environment.yml", &SPEC.replace("app =2", "app").replace("  - tool\n", ""));
    context.write(
        "lockit.toml",
        "kinds = ['lock']\n[environments.dev]\nfiles = ['environment.yml']\n\
         [environments.predict]\nfiles = ['predict-environment.yml']\nsame-versions-as = 'dev'\n",
    );
    context.ok(&[]);
    context.ok(&["-f", "predict-environment.yml", "-c", "conda-forge", "-k", "lock", "-U"]);
    context.write("older.yml", &SPEC.replace("app =2", "app =1"));
    context.ok(&["--env", "dev=older.yml", "--lockfile", "conda-lock.yml", "-k", "lock", "-U"]);
    scene.server.take_requests();
    assert_snapshot!(scene.check(&[]), @"
    exit: 1
    --- stdout
    --- stderr
    error: `conda-lock.yml` was made from `older.yml`, and is made from `environment.yml` now

    error: the settings of the solve (channels, priority, strategy, `exclude-newer`, virtual packages, variables) changed since the lock for linux-64, osx-arm64 was made (by the input hash)

    error: app 2.0 on linux-64, osx-arm64 in `predict` is 1.0 in `dev`

    run `lockit -k lock` to bring the lock up to date
    ");
    // Locking again mends it, whichever moved.
    context.ok(&[]);
    context.ok(&["check"]);
}
