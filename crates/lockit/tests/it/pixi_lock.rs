//! What pixi.lock says to pixi: names of environments, versions of the format, and what lockit has no place for.

use crate::context::TestContext;

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0, 2.0]}
  lib: {versions: [1.0]}
";

fn project() -> (TestContext, lockit_testkit::Server) {
    let (context, server) = TestContext::new().with_channel(CHANNEL);
    context.write(
        "weather-environment.yml",
        "name: weather\nchannels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [app <2]\n",
    );
    (context, server)
}

const SPEC: [&str; 2] = ["-f", "weather-environment.yml"];

#[test]
fn an_environment_without_a_name_is_default() {
    let (context, _server) = project();
    context.ok(&[&SPEC[..], &["-k", "pixi"]].concat());
    let lock = context.read("pixi.lock");
    assert!(lock.contains("environments:\n  default:\n"), "{lock}");
    // As earlier releases wrote it: found, and called as it should be by the next run.
    context.write("pixi.lock", &lock.replace("  default:\n", "  weather:\n"));
    let shown = context.show(&[&["check"], &SPEC[..]].concat());
    assert!(
        shown
            .contains("`pixi.lock` calls the environment `weather`, which is now called `default`"),
        "{shown}"
    );
    context.ok(&SPEC);
    assert_eq!(context.read("pixi.lock"), lock);
    // A name that somebody gave stays.
    context.ok(&["--env", "docs=weather-environment.yml", "-k", "pixi"]);
    let both = context.read("pixi.lock");
    assert!(both.contains("\n  default:\n") && both.contains("\n  docs:\n"), "{both}");
    context.ok(&["render", "pixi.lock", "--environment", "docs", "-k", "lock"]);
    context.ok(&["render", "docs.conda-lock.yml", "-k", "pixi", "--lockfile", "one.lock"]);
    assert!(context.read("one.lock").contains("environments:\n  default:\n"));
    // All of them, or some.
    context.ok(&["render", "pixi.lock", "-k", "pixi", "--lockfile", "all.lock"]);
    assert_eq!(context.read("all.lock"), both);
    let shown = context.show(&["render", "pixi.lock", "-k", "lock"]);
    assert!(shown.contains("holds several environments"), "{shown}");
}

#[test]
fn version_6_is_for_those_who_read_no_other() {
    let (context, _server) = project();
    context.ok(&[&SPEC[..], &["-k", "pixi", "--pixi-lock-version", "6"]].concat());
    let old = context.read("pixi.lock");
    assert!(old.contains("\nversion: 6\nenvironments:\n"), "{old}");
    context.ok(&[&["check"], &SPEC[..]].concat());
    // It keeps its version until somebody asks.
    context.edit("weather-environment.yml", "[app <2]", "[app <2, lib]");
    context.ok(&SPEC);
    assert!(context.read("pixi.lock").contains("\nversion: 6\n"));
    context.ok(&[&SPEC[..], &["--pixi-lock-version", "7"]].concat());
    assert!(context.read("pixi.lock").contains("\nversion: 7\nplatforms:\n"));
    context.ok(&[
        "render",
        "pixi.lock",
        "-k",
        "pixi",
        "--pixi-lock-version",
        "6",
        "--lockfile",
        "6.lock",
    ]);
    assert!(context.read("6.lock").contains("\nversion: 6\n"));
    let shown = context.show(&[&SPEC[..], &["--pixi-lock-version", "4"]].concat());
    assert!(shown.starts_with("exit: 2\n") && shown.contains("use 6 or 7"), "{shown}");
}

#[test]
fn what_a_run_is_not_about_stays() {
    let (context, _server) = project();
    context.ok(&[&SPEC[..], &["-k", "pixi"]].concat());
    let lock = context.read("pixi.lock");
    // As pixi writes it: a platform with a name, and what packages export.
    let lock = lock
        .replace(
            "- name: linux-64\n",
            "- name: p1\n  subdir: linux-64\n  virtual-packages:\n  - __unix=0=0\n",
        )
        .replace("      linux-64:\n", "      p1:\n")
        .replace("  size: ", "  run_exports:\n    weak:\n    - app >=1.0\n  size: ");
    assert!(lock.contains("run_exports"), "{lock}");
    context.write("pixi.lock", &lock);
    context.ok(&[&["check"], &SPEC[..]].concat());
    context.edit("weather-environment.yml", "[app <2]", "[app <2, lib]");
    context.ok(&SPEC);
    let after = context.read("pixi.lock");
    let gone: Vec<&str> = lock.lines().filter(|line| !after.contains(line)).collect();
    assert!(gone.iter().all(|line| line.starts_with("# input_hash: ")), "{gone:?} {after}");
    assert!(after.contains("lib-1.0"), "{after}");
}

/// Made by hand in the shape that pixi gives to a package with `path = "."`.
const SOURCE: &str = "version: 7
platforms:
- name: linux-64
environments:
  default:
    channels:
    - url: https://conda.anaconda.org/conda-forge/
    packages:
      linux-64:
      - conda_source: hello[0a1b2c3d] @ ./hello
packages:
- conda_source: hello[0a1b2c3d] @ ./hello
";

#[test]
fn a_package_that_is_built_from_source_is_read_and_not_written() {
    let (context, _server) = project();
    context.write("pixi.lock", SOURCE);
    let shown = context.ok(&["list", "pixi.lock"]);
    assert!(shown.contains("hello") && shown.contains("./hello"), "{shown}");
    for verb in ["tree", "sbom", "lint"] {
        context.ok(&[verb, "pixi.lock"]);
    }
    context.write("other.lock", &SOURCE.replace("./hello", "./goodbye"));
    let shown = context.ok(&["diff", "pixi.lock", "other.lock"]);
    assert!(shown.contains("./hello") && shown.contains("./goodbye"), "{shown}");
    for kind in ["explicit", "lock", "pixi", "env"] {
        let shown = context.show(&["render", "pixi.lock", "-k", kind, "--stdout"]);
        assert!(!shown.starts_with("exit: 0") && shown.contains("built from source"), "{shown}");
    }
    let shown = context.show(&["install", "pixi.lock", "--prefix", "there"]);
    assert!(!shown.starts_with("exit: 0") && shown.contains("built from source"), "{shown}");
    // Beside it another environment is locked, and it stays as it is.
    context.ok(&["--env", "docs=weather-environment.yml", "-k", "pixi"]);
    let both = context.read("pixi.lock");
    assert!(both.contains("hello[0a1b2c3d] @ ./hello") && both.contains("\n  docs:\n"), "{both}");
}

#[test]
fn two_platforms_of_one_subdir_are_refused_by_each_verb() {
    let (context, _server) = project();
    context.write(
        "pixi.lock",
        "version: 7\nplatforms:\n- name: gpu\n  subdir: linux-64\n- name: linux-64\nenvironments:\n  default:\n    channels: []\n    packages:\n      linux-64: []\n      gpu: []\npackages: []\n",
    );
    for args in [
        &["list", "pixi.lock"][..],
        &["tree", "pixi.lock"],
        &["sbom", "pixi.lock"],
        &["render", "pixi.lock"],
        &["diff", "pixi.lock", "pixi.lock"],
        &["install", "pixi.lock", "--prefix", "there"],
        &["dockerfile", "pixi.lock"],
        &["check", "-f", "weather-environment.yml"],
        &["-f", "weather-environment.yml", "-k", "pixi"],
    ] {
        let shown = context.show(args);
        assert!(shown.starts_with("exit: 2\n"), "{args:?}: {shown}");
        assert!(
            shown.contains("two platforms of linux-64: `gpu` and `linux-64`"),
            "{args:?}: {shown}"
        );
    }
}
