//! `lockit update NAME…` and `--upgrade-package`: those move, and only what must move with them.

use insta::assert_snapshot;

use crate::relock::Scene;

#[test]
fn a_package_moves_alone_when_it_can() {
    let scene = Scene::locked_as("explicit");
    assert_snapshot!(scene.context.show(&["update", "tool"]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      linux-64          3 packages  conda-linux-64.lock changed
      osx-arm64         3 packages  conda-osx-arm64.lock changed
      ~ tool 1.0 -> 1.1 (minor)
    ");
    assert_eq!(scene.context.locked("conda-linux-64.lock"), "app 1.0, lib 1.0, tool 1.1");
    assert_snapshot!(scene.context.show(&["update", "tool"]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      linux-64          3 packages  conda-linux-64.lock unchanged
      osx-arm64         3 packages  conda-osx-arm64.lock unchanged
      = tool 1.1 is the newest that fits
    ");
    scene.context.ok(&["check"]);
}

#[test]
fn what_it_needs_moves_with_it() {
    for kind in ["explicit", "lock", "pixi", "env"] {
        let scene = Scene::locked_as(kind);
        scene.context.ok(&["update", "app", "-k", kind]);
        let file = match kind {
            "explicit" => "conda-linux-64.lock",
            "lock" => "conda-lock.yml",
            "pixi" => "pixi.lock",
            _ => "conda-linux-64.lock.yml",
        };
        let locked = scene.context.locked(file);
        assert_eq!(locked, "app 2.0, lib 2.1, tool 1.0", "{kind}");
    }
}

/// `lib` is in the lock because `app` needs it; no spec names it.
#[test]
fn a_package_that_no_spec_names_moves_too() {
    let scene = Scene::locked_as("explicit");
    scene.context.ok(&["-P", "lib"]);
    assert_eq!(scene.context.locked("conda-linux-64.lock"), "app 1.0, lib 2.1, tool 1.0");
}

#[test]
fn several_move_at_once() {
    let scene = Scene::locked_as("explicit");
    scene.context.ok(&["update", "lib", "tool"]);
    assert_eq!(scene.context.locked("conda-linux-64.lock"), "app 1.0, lib 2.1, tool 1.1");
}

#[test]
fn the_spec_holds_a_package_back() {
    let scene = Scene::locked_as("explicit");
    scene.spec("app <2, tool");
    assert_snapshot!(scene.context.show(&["update", "app"]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      linux-64          3 packages  conda-linux-64.lock changed
      osx-arm64         3 packages  conda-osx-arm64.lock changed
      = app 1.0 is the newest that fits
    ");
    assert_eq!(scene.context.locked("conda-linux-64.lock"), "app 1.0, lib 1.0, tool 1.0");
}

#[test]
fn a_name_that_is_in_no_lock_is_an_error() {
    let scene = Scene::locked_as("explicit");
    let before = scene.context.stamps();
    assert_snapshot!(scene.context.show(&["update", "tol"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `tol` is in no lockfile and in no spec, so it cannot be updated
     = hint: did you mean `tool`?
    ");
    assert_snapshot!(scene.context.show(&["update", "zebra", "tool"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `zebra` is in no lockfile and in no spec, so it cannot be updated
     = hint: to add it, write it into the spec and run `lockit`
    ");
    // A version belongs into the spec.
    assert_snapshot!(scene.context.show(&["update", "tool=1.1"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `tool=1.1` is more than a package name
     = hint: write the version into the spec; `lockit update tool` takes the newest that fits
    ");
    assert_snapshot!(scene.context.show(&["update"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: the following required arguments were not provided:
      <NAME>...

    Usage: lockit update --http-retries <N> <NAME>...

    For more information, try '--help'.
    ");
    assert_eq!(scene.context.stamps(), before);
    assert!(scene.server.requests().is_empty());
}

#[test]
fn names_are_taken_as_conda_takes_them() {
    let scene = Scene::locked_as("explicit");
    scene.context.ok(&["update", "Tool"]);
    assert_eq!(scene.context.locked("conda-linux-64.lock"), "app 1.0, lib 1.0, tool 1.1");
}

#[test]
fn a_dry_run_shows_what_would_move() {
    let scene = Scene::locked_as("explicit");
    let before = scene.context.stamps();
    assert_snapshot!(scene.context.show(&["update", "app", "--dry-run"]), @"
    exit: 0
    --- stdout
    --- stderr
    would lock 2 platforms in [TIME]
      linux-64          3 packages  conda-linux-64.lock changed
      osx-arm64         3 packages  conda-osx-arm64.lock changed
      ~ app 1.0 -> 2.0 (major)
      ~ lib 1.0 -> 2.1 (major)
    nothing is written (`--dry-run`)
    ");
    assert_eq!(scene.context.stamps(), before);
}

#[test]
fn a_new_dependency_of_the_spec_comes_in_with_an_update() {
    let scene = Scene::locked_as("explicit");
    scene.spec("app, tool, loose");
    scene.context.ok(&["update", "tool"]);
    assert_eq!(
        scene.context.locked("conda-linux-64.lock"),
        "app 1.0, lib 1.0, loose 1.5, tool 1.1"
    );
}

#[test]
fn nothing_locked_yet_is_locked() {
    let scene = Scene::locked_as("explicit");
    for file in ["conda-linux-64.lock", "conda-osx-arm64.lock"] {
        fs_err::remove_file(scene.context.path(file)).unwrap();
    }
    scene.context.ok(&["update", "tool"]);
    assert_eq!(scene.context.locked("conda-linux-64.lock"), "app 2.0, lib 2.1, tool 1.1");
}
