//! `lockit refresh`.

use lockit_testkit::{Server, TempDir, channel_from_yaml};

use crate::context::TestContext;

const OLD: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0], depends: [lib]}
  lib: {versions: [1.0]}
  tool: {versions: [1.0]}
";

/// Everything has a newer version.
const NEW: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0, 1.1], depends: [lib]}
  lib: {versions: [1.0, 2.0]}
  tool: {versions: [1.0, 1.0.1]}
";

/// Only what nobody names has.
const NEW_BELOW: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0], depends: [lib]}
  lib: {versions: [1.0, 2.0]}
  tool: {versions: [1.0]}
";

/// A project that was locked with one channel, and meets another one.
fn project(later: &str) -> (TestContext, Server, TempDir) {
    let (context, old) = TestContext::new().with_channel(OLD);
    context.write(
        "environment.yml",
        "channels: [conda-forge]\nplatforms: [linux-64, osx-arm64]\ndependencies: [app, tool]\n",
    );
    context.ok(&["-k", "lock"]);
    drop(old);
    let channel = channel_from_yaml(later);
    let server = Server::builder(channel.path()).start().unwrap();
    let context = context.with_mirror(&server);
    (context, server, channel)
}

const ARGS: [&str; 3] = ["refresh", "-k", "lock"];

#[test]
fn everything_moves_and_the_report_says_what() {
    let (context, _server, _channel) = project(NEW);
    insta::assert_snapshot!(context.show(&[&ARGS[..], &["--report", "pr.md"]].concat()), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      2 platforms       6 packages  conda-lock.yml changed
      ~ lib 1.0 -> 2.0 (major)
      ~ app 1.0 -> 1.1 (minor)
      ~ tool 1.0 -> 1.0.1 (patch)
      pr.md written
    ");
    assert_eq!(context.locked("conda-lock.yml"), "app 1.1, lib 2.0, tool 1.0.1");
    insta::assert_snapshot!(context.read("pr.md"), @"
    ### 3 upgraded

    | package | before | after | kind | platforms |
    | --- | --- | --- | --- | --- |
    | app | 1.0 | 1.1 | minor | all |
    | tool | 1.0 | 1.0.1 | patch | all |

    <details><summary>1 package that others bring along</summary>

    | package | before | after | kind | platforms |
    | --- | --- | --- | --- | --- |
    | lib | 1.0 | 2.0 | major | all |

    </details>

    Made by `lockit refresh`; `lockit check` tells whether it holds.
    ");
    context.ok(&["check", "-k", "lock"]);
    insta::assert_snapshot!(context.show(&ARGS), @"
    exit: 0
    --- stdout
    --- stderr
    ok everything is as new as it may be
    ");
    context.ok(&[&ARGS[..], &["--report", "pr.json"]].concat());
    assert!(context.read("pr.json").contains("\"environments\": []"));
}

#[test]
fn some_packages_move_and_others_stay() {
    let (context, _server, _channel) = project(NEW);
    context.ok(&[&ARGS[..], &["--only", "tool"]].concat());
    assert_eq!(context.locked("conda-lock.yml"), "app 1.0, lib 1.0, tool 1.0.1");
    context.ok(&[&ARGS[..], &["--ignore", "lib"]].concat());
    assert_eq!(context.locked("conda-lock.yml"), "app 1.1, lib 1.0, tool 1.0.1");
    insta::assert_snapshot!(context.show(&[&ARGS[..], &["--ignore", "lob"]].concat()), @"
    exit: 2
    --- stdout
    --- stderr
    error: `lob` is in no lockfile and in no spec, so it cannot be updated
     = hint: did you mean `lib`?
    ");
}

#[test]
fn nothing_moves_for_what_nobody_named() {
    let (context, _server, _channel) = project(NEW_BELOW);
    let stamps = context.stamps();
    insta::assert_snapshot!(context.show(&[&ARGS[..], &["--only-if", "direct"]].concat()), @"
    exit: 0
    --- stdout
    --- stderr
    only packages that others bring along would move: nothing is written
    ");
    assert_eq!(context.stamps(), stamps);
    context.ok(&ARGS);
    assert_eq!(context.locked("conda-lock.yml"), "app 1.0, lib 2.0, tool 1.0");
}

#[test]
fn a_platform_that_cannot_be_solved_keeps_its_lock() {
    let (context, _server, _channel) = project(
        "{platforms: [linux-64, osx-arm64], packages: {app: {versions: [1.0, 1.1], depends: [lib]}, \
         lib: {versions: [1.0], platforms: [linux-64]}, tool: {versions: [1.0]}}}",
    );
    let shown = context.show(&[&ARGS[..], &["--report", "pr.md"]].concat());
    assert!(shown.starts_with("exit: 1\n"), "{shown}");
    assert_eq!(context.locked_for("conda-lock.yml", "linux-64"), "app 1.1, lib 1.0, tool 1.0");
    assert_eq!(context.locked_for("conda-lock.yml", "osx-arm64"), "app 1.0, lib 1.0, tool 1.0");
    insta::assert_snapshot!(context.read("pr.md"), @"
    ### 1 upgraded

    | package | before | after | kind | platforms |
    | --- | --- | --- | --- | --- |
    | app | 1.0 | 1.1 | minor | all |

    #### Not refreshed, the old lock stays

    - `environment` cannot be solved for osx-arm64

    Made by `lockit refresh`; `lockit check` tells whether it holds.
    ");
}

#[test]
fn the_dockerfile_changes_with_the_lock() {
    let (context, _server, _channel) = project(NEW);
    context.write(
        "lockit.toml",
        "channels = [\"conda-forge\"]\nplatforms = [\"linux-64\"]\n\n[environments.app]\nfiles = [\"environment.yml\"]\n\n\
         [dockerfile]\noutput = \"Dockerfile\"\ncmd = \"app\"\n",
    );
    context.write("environment.yml", "dependencies: [app, tool <1.0.1]\n");
    context.ok(&[]);
    context.ok(&["dockerfile"]);
    let before = context.read("Dockerfile");
    context.write("environment.yml", "dependencies: [app, tool]\n");
    let shown = context.ok(&["refresh"]);
    assert!(shown.contains("  Dockerfile changed\n"), "{shown}");
    // The label names the digest of the lock.
    assert_ne!(context.read("Dockerfile"), before);
}
