//! Explicit lockfiles say what their packages depend on: they answer as the other kinds do, and files without that
//! are worked with as they are.

use insta::assert_snapshot;
use lockit_testkit::Server;

use crate::context::TestContext;

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0, 2.0], depends: [lib >=1, {osx: shim}], constrains: tool <2}
  lib: {versions: [1.0, 2.0], depends: [{linux: __glibc >=2.17}]}
  shim: {versions: [1.0], noarch: generic}
  tool: {versions: [1.0, 2.0], noarch: generic}
";

fn project(dependencies: &str) -> (TestContext, Server) {
    let (context, server) = TestContext::new().with_channel(CHANNEL);
    context.spec(dependencies);
    context.ok(&[]);
    server.take_requests();
    (context, server)
}

/// As older versions of lockit wrote it, and as other tools do.
fn without_dependencies(context: &TestContext, name: &str) {
    let text = context.read(name);
    let (head, body) = text.split_once("@EXPLICIT\n").unwrap();
    let addresses: String =
        body.split_inclusive('\n').filter(|line| !line.starts_with('#')).collect();
    assert_ne!(addresses, body);
    context.write(name, &format!("{head}@EXPLICIT\n{addresses}"));
}

#[test]
fn a_fresh_project_answers() {
    let (context, server) = project("app <2");
    let lock = context.read("conda-osx-arm64.lock");
    let (_, body) = lock.split_once("@EXPLICIT\n").unwrap();
    assert_snapshot!(context.filter(body), @"
    https://conda.anaconda.org/conda-forge/osx-arm64/lib-2.0-h1996447_0.conda#sha256:5145886fc575e846ca4fca51b766c962a8631a1f8b0d148acbc25592b8652740
    https://conda.anaconda.org/conda-forge/noarch/shim-1.0-h17c703b_0.conda#sha256:21a82e23edc3ad58cd4afe0a558c64d740fbf64cf5a0b7c6367818f0334a374c
    https://conda.anaconda.org/conda-forge/osx-arm64/app-1.0-h5c1f767_0.conda#sha256:069b53003f8358bcac858c7e7a10bfc4c115042111d734bcb0c4f3124ed1dc99
    # lib-2.0-h1996447_0:
    # shim-1.0-h17c703b_0:
    # app-1.0-h5c1f767_0: lib >=1; shim; ?tool <2
    ");
    assert_snapshot!(context.show(&["why", "lib"]), @"
    exit: 0
    --- stdout
    lib 2.0
      comes in by
        app → lib
      asked for
        >=1  by app
    --- stderr
    ");
    assert_snapshot!(context.show(&["tree", "conda-osx-arm64.lock"]), @"
    exit: 0
    --- stdout
    app 1.0
    ├── lib 2.0
    └── shim 1.0
    --- stderr
    ");
    assert_snapshot!(context.show(&["check"]), @"
    exit: 0
    --- stdout
    --- stderr
    ok the lock is up to date
    ");
    let bill = context.ok(&["sbom", "conda-linux-64.lock"]);
    assert!(bill.contains("\"dependsOn\": [\n        \"pkg:conda/lib@2.0"), "{bill}");
    assert!(server.requests().is_empty(), "{:?}", server.requests());
}

#[test]
fn what_still_fits_is_up_to_date() {
    let (context, server) = project("app <2, tool");
    let mut before = context.stamps();
    // The constraint of app keeps tool below 2, whoever asks for more.
    for loosened in ["app, tool", "app, tool <2", "app >=1, tool *"] {
        context.spec(loosened);
        assert!(context.ok(&["check"]).contains("ok the lock is up to date"), "{loosened}");
    }
    context.spec("app, tool, shim");
    assert_snapshot!(context.show(&["check"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: `shim` in environment.yml:4 is not locked on linux-64
     --> environment.yml:4:27
      |
    4 | dependencies: [app, tool, shim]
      |                           ^^^^ not locked

    error: the set of required packages changed since the lock for osx-arm64 was made (by the input hash)

    run `lockit -f environment.yml` to bring the lock up to date
    ");
    context.spec("tool");
    assert_snapshot!(context.show(&["check"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: app 1.0, lib 2.0 are locked on linux-64, but nothing asks for them

    error: app 1.0, lib 2.0, shim 1.0 are locked on osx-arm64, but nothing asks for them

    run `lockit -f environment.yml` to bring the lock up to date
    ");
    assert!(server.requests().is_empty(), "{:?}", server.requests());
    context.spec("app <2, tool");
    let mut after = context.stamps();
    for stamps in [&mut before, &mut after] {
        stamps.retain(|(name, ..)| name != "environment.yml");
    }
    assert_eq!(after, before);
}

#[test]
fn a_transitive_package_edited_by_hand_is_seen() {
    let (context, _server) = project("app <2");
    context.edit("conda-linux-64.lock", "/linux-64/lib-2.0-", "/linux-64/lib-0.1-");
    assert_snapshot!(context.show(&["check"]), @"
    exit: 1
    --- stdout
    --- stderr
    note: `conda-linux-64.lock` keeps no dependencies: what the specs ask for is checked, the input hash vouches for the rest; `lockit --renew` writes them
    error: app 1.0 wants `lib >=1`, but lib 0.1 is locked on linux-64
     --> environment.yml:4:16
      |
    4 | dependencies: [app <2]
      |                ^^^^^^ brought in by this

    run `lockit -f environment.yml` to bring the lock up to date
    ");
}

#[test]
fn older_files_work_as_before_and_are_renewed() {
    let (context, server) = project("app <2, tool");
    let written = context.read("conda-linux-64.lock");
    for name in ["conda-linux-64.lock", "conda-osx-arm64.lock"] {
        without_dependencies(&context, name);
    }
    assert_snapshot!(context.show(&["check"]), @"
    exit: 0
    --- stdout
    --- stderr
    note: `conda-linux-64.lock` and one more keep no dependencies: what the specs ask for is checked, the input hash vouches for the rest; `lockit --renew` writes them
    ok the lock is up to date
    ");
    assert_snapshot!(context.show(&["why", "lib"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: the project keeps no dependencies
     = hint: `lockit --renew` writes explicit lockfiles that do; pixi.lock and conda-lock.yml always do
    ");
    // They are no reason to solve again by themselves.
    assert!(context.ok(&[]).contains("everything is up to date"));
    // Nor is it one that the same packages are asked for in more versions.
    context.spec("app, tool");
    assert!(context.ok(&["check"]).contains("ok the lock is up to date"));
    // What `tool` had brought along is not known.
    context.spec("app <2");
    assert_snapshot!(context.show(&["check"]), @"
    exit: 1
    --- stdout
    --- stderr
    note: `conda-linux-64.lock` and one more keep no dependencies: what the specs ask for is checked, the input hash vouches for the rest; `lockit --renew` writes them
    error: the set of required packages changed since the lock for linux-64, osx-arm64 was made (by the input hash)

    run `lockit -f environment.yml` to bring the lock up to date
    ");
    context.spec("app <2, tool");
    assert!(server.requests().is_empty(), "{:?}", server.requests());
    assert_snapshot!(context.show(&["--renew"]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      linux-64          3 packages  conda-linux-64.lock changed
      osx-arm64         4 packages  conda-osx-arm64.lock changed
    ");
    assert_eq!(context.read("conda-linux-64.lock"), written);
    // Nothing moved, though `app` may now be newer.
    context.spec("app, tool");
    without_dependencies(&context, "conda-linux-64.lock");
    context.ok(&["--renew"]);
    assert!(context.read("conda-linux-64.lock").contains("# app-1.0-"));
    assert!(context.ok(&["check"]).contains("ok the lock is up to date"));
}

#[test]
fn a_kind_that_knows_answers_for_one_that_does_not() {
    let (context, _server) = project("app <2");
    context.ok(&["-k", "explicit,env"]);
    let shown = context.ok(&["check"]);
    assert!(!shown.contains("note"), "{shown}");
    assert_snapshot!(context.show(&["check", "-k", "env"]), @"
    exit: 0
    --- stdout
    --- stderr
    note: `conda-linux-64.lock.yml` and one more keep no dependencies: what the specs ask for is checked, the input hash vouches for the rest; `lockit -k env,explicit` writes one beside it that does
    ok the lock is up to date
    ");
}

/// A lockfile is rendered from what it knows.
#[test]
fn other_formats_are_made_of_an_explicit_file() {
    let (context, _server) = project("app <2");
    context.ok(&["render", "conda-linux-64.lock", "-k", "pixi"]);
    let rendered = context.read("pixi.lock");
    assert!(rendered.contains("depends:\n  - lib >=1\n"), "{rendered}");
    assert!(rendered.contains("constrains:\n  - tool <2\n"), "{rendered}");
    context.ok(&[
        "render",
        "pixi.lock",
        "-k",
        "explicit",
        "--filename-template",
        "again-{platform}.lock",
    ]);
    let body = |name: &str| context.read(name).split_once("@EXPLICIT\n").unwrap().1.to_owned();
    assert_eq!(body("again-linux-64.lock"), body("conda-linux-64.lock"));
}
