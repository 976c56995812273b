//! `lockit list`, `tree`, `why` and `render`: what a lockfile says, and the same in another format.

use lockit_lockfile::detect;

use crate::context::TestContext;

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0], depends: [lib >=1, {osx: shim}], license: MIT}
  lib: {versions: [1.0, 2.0], depends: [{linux: __glibc >=2.17}]}
  shim: {versions: [1.0], noarch: generic}
  test: {versions: [1.0], noarch: generic, depends: [lib]}
";

/// A locked project, as pixi.lock and explicit files.
fn project() -> TestContext {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write(
        "environment.yml",
        "channels: [conda-forge]\nplatforms: [linux-64, osx-arm64]\ndependencies: [app, test]\n",
    );
    context.ok(&["-k", "explicit,pixi"]);
    context
}

#[test]
fn packages_are_listed() {
    let context = project();
    insta::assert_snapshot!(context.show(&["list", "-p", "osx-arm64"]), @"
    exit: 0
    --- stdout
    app   1.0  ha666d65_0  2 kB  in specs
    lib   2.0  h1996447_0  2 kB
    shim  1.0  h17c703b_0  2 kB
    test  1.0  h4ea63d1_0  2 kB  in specs
    --- stderr
    ");
    let shown = context.ok(&["list", "pixi.lock", "-p", "linux-64", "--format", "json"]);
    let json = shown.split("--- stdout\n").nth(1).unwrap().split("--- stderr").next().unwrap();
    let list: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(list["packages"][0]["name"], "app");
    assert_eq!(list["packages"][0]["license"], "MIT");
    assert_eq!(list["packages"][1]["direct"], serde_json::Value::Null, "pixi.lock does not say");
    // With nothing said it is this machine's platform, or the first.
    assert!(context.ok(&["list"]).contains("`-p` chooses another one of linux-64, osx-arm64"));
    insta::assert_snapshot!(context.show(&["list", "-p", "win-64"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: the project is not locked for win-64
     = hint: it is locked for linux-64, osx-arm64
    ");
    insta::assert_snapshot!(TestContext::new().show(&["list"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is no project and no lockfile here
     = hint: name a lockfile, or go to the folder of the project
    ");
}

#[test]
fn dependencies_are_a_tree() {
    let context = project();
    insta::assert_snapshot!(context.show(&["tree", "-p", "osx-arm64"]), @"
    exit: 0
    --- stdout
    app 1.0
    ├── lib 2.0
    └── shim 1.0
    test 1.0
    └── lib 2.0
    --- stderr
    ");
    insta::assert_snapshot!(context.show(&["tree", "-p", "linux-64", "--package", "lib", "--invert"]), @"
    exit: 0
    --- stdout
    lib 2.0
    ├── app 1.0  asks for lib >=1
    └── test 1.0  asks for lib
    --- stderr
    ");
    assert!(!context.ok(&["tree", "-p", "linux-64", "--depth", "0"]).contains("lib"));
    insta::assert_snapshot!(context.show(&["tree", "conda-linux-64.lock"]), @"
    exit: 0
    --- stdout
    app 1.0
    └── lib 2.0
    test 1.0
    └── lib 2.0
    --- stderr
    ");
}

#[test]
fn a_package_has_reasons() {
    let context = project();
    insta::assert_snapshot!(context.show(&["why", "lib"]), @"
    exit: 0
    --- stdout
    lib 2.0
      comes in by
        app → lib
        test → lib
      asked for
        any version  by test
        >=1  by app
    --- stderr
    ");
    insta::assert_snapshot!(context.show(&["why", "shim"]), @"
    exit: 0
    --- stdout
    osx-arm64
    shim 1.0
      comes in by
        app → shim
      asked for
        any version  by app
    --- stderr
    shim is not there on linux-64
    ");
    insta::assert_snapshot!(context.show(&["why", "App", "-p", "linux-64"]), @"
    exit: 0
    --- stdout
    app 1.0
      named in a spec
    --- stderr
    ");
    insta::assert_snapshot!(context.show(&["why", "lip"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `lip` is not locked
     = hint: did you mean `lib`?
    ");
}

#[test]
fn a_lock_is_rendered_in_every_format_and_read_back() {
    let context = project();
    fs_err::create_dir(context.path("out")).unwrap();
    insta::assert_snapshot!(context.show(&[
        "render", "pixi.lock", "-k", "explicit,env,lock", "--filename-template", "out/{platform}.lock", "--lockfile", "out/conda-lock.yml",
    ]), @"
    exit: 0
    --- stdout
    --- stderr
      out/linux-64.lock new
      out/osx-arm64.lock new
      out/linux-64.lock.yml new
      out/osx-arm64.lock.yml new
      out/conda-lock.yml new
    ");
    // What was rendered is what `lockit` itself writes, but for the facts that pixi.lock does not keep.
    let urls = |name: &str| context.urls(name);
    assert_eq!(urls("out/linux-64.lock"), urls("conda-linux-64.lock"));
    assert_eq!(urls("out/conda-lock.yml"), urls("pixi.lock"));
    let read = detect::read(&context.path("out/conda-lock.yml")).unwrap();
    assert_eq!(read.locks[0].platforms.len(), 2);
    // Again: nothing changes. Only one platform, on the terminal.
    assert!(
        context
            .ok(&["render", "pixi.lock", "--filename-template", "out/{platform}.lock"])
            .contains("out/linux-64.lock unchanged")
    );
    let shown = context.ok(&["render", "pixi.lock", "-p", "linux-64", "--stdout", "--md5"]);
    assert!(
        shown.contains("@EXPLICIT\nhttps://conda.anaconda.org/conda-forge/linux-64/lib-2.0-"),
        "{shown}"
    );
    for (args, stamp) in [
        (&["render", "pixi.lock", "--stdout"][..], "2 files cannot be printed as one"),
        (&["render", "pixi.lock", "-p", "win-64"], "is not locked for win-64"),
        (&["render", "pixi.lock", "-k", "pixi"], "would be written over itself"),
        (&["render", "pixi.lock", "-k", "toml"], "toml"),
        (&["render", "pixi.lock", "--filename-template", "one.lock"], "needs `{platform}`"),
        (&["render", "gone.lock"], "gone.lock"),
        (&["render", "pixi.lock", "-e", "docs"], "this kind of lockfile keeps none"),
    ] {
        let before = context.stamps();
        let shown = context.show(args);
        assert!(shown.starts_with("exit: 2\n") && shown.contains(stamp), "{args:?}\n{shown}");
        assert_eq!(context.stamps(), before, "{args:?}");
    }
}

/// A lockfile of conda-lock with categories, and nothing else in the folder.
#[test]
fn parts_of_a_lock_are_rendered() {
    let context = project();
    context.ok(&["render", "pixi.lock", "-k", "lock"]);
    let text = context.read("conda-lock.yml");
    // `test` becomes a package of developers, `shim` one of those who write documentation.
    let mut category = "main";
    let lines: Vec<String> = text
        .lines()
        .map(|line| {
            if let Some(name) = line.strip_prefix("- name: ") {
                category = match name {
                    "test" => "dev",
                    "shim" => "docs",
                    _ => "main",
                };
            }
            match line {
                "  category: main" => format!("  category: {category}"),
                "  optional: false" if category != "main" => "  optional: true".to_owned(),
                line => line.to_owned(),
            }
        })
        .collect();
    let alone = TestContext::new();
    alone.write("conda-lock.yml", &format!("{}\n", lines.join("\n")));
    let packages = |args: &[&str]| {
        alone.ok(&[&["render"], args].concat());
        alone.locked("conda-osx-arm64.lock")
    };
    assert_eq!(packages(&[]), "app 1.0, lib 2.0, test 1.0");
    assert_eq!(packages(&["--no-dev-dependencies"]), "app 1.0, lib 2.0");
    assert_eq!(packages(&["--no-dev", "-e", "docs"]), "app 1.0, lib 2.0, shim 1.0");
    assert_eq!(packages(&["--category", "docs"]), "app 1.0, lib 2.0, shim 1.0, test 1.0");
    insta::assert_snapshot!(alone.show(&["render", "-e", "doc"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `conda-lock.yml` has no category `doc`
     = hint: did you mean `docs`?
    ");
}
