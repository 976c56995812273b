//! `lockit import`: a lock of what is installed, or of another tool's lockfile.

use crate::context::TestContext;

const CHANNEL: &str = "
platforms: [linux-64]
packages:
  app: {versions: [1.0], noarch: python, depends: [lib, python], license: MIT}
  lib: {versions: [1.0, 2.0], constrains: [old <1]}
  python: {versions: [3.13.5]}
";

/// An environment that was installed from a lock, and what asked for it.
fn installed() -> (TestContext, lockit_testkit::Server) {
    let (context, server) = TestContext::new().with_channel(CHANNEL);
    context.write(
        "environment.yml",
        "name: service\nchannels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [app]\n",
    );
    context.ok(&["-k", "explicit,lock,pixi"]);
    context.ok(&["install", "-p", "envs/service", "--platform", "linux-64"]);
    (context, server)
}

/// What is installed from it is what was there.
#[test]
fn what_is_installed_is_locked_again() {
    let (context, _server) = installed();
    for (kind, name) in
        [("explicit", "a.lock"), ("lock", "a.conda-lock.yml"), ("pixi", "pixi.lock")]
    {
        context.ok(&["import", "-p", "envs/service", "-k", kind, "-o", &format!("out/{name}")]);
        let shown = context.ok(&[
            "install",
            &format!("out/{name}"),
            "-p",
            "envs/service",
            "--platform",
            "linux-64",
        ]);
        assert!(shown.contains("nothing to do"), "{kind}: {shown}");
        assert_eq!(
            context.urls(&format!("out/{name}")),
            context.urls("conda-linux-64.lock"),
            "{kind}"
        );
    }
    let text = context.read("out/pixi.lock");
    assert!(text.contains("license: MIT") && text.contains("- old <1"), "{text}");
    // mamba keeps in the history what was asked for.
    let explicit = context.read("out/a.lock");
    assert!(explicit.contains("# requested: app\n"), "{explicit}");
}

#[test]
fn other_files_are_taken_over_as_far_as_they_go() {
    let (context, _server) = installed();
    let explicit = context.read("conda-linux-64.lock");
    let urls: Vec<&str> = explicit
        .lines()
        .filter(|line| line.starts_with("https://"))
        .map(|line| line.split('#').next().unwrap())
        .collect();
    let urls = urls.join("\n") + "\n";
    context.write("spec-list.txt", &format!("# platform: linux-64\n@EXPLICIT\n{urls}"));
    insta::assert_snapshot!(context.show(&["import", "spec-list.txt", "-k", "explicit", "--stdout"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `spec-list.txt` has no digest of 3 of 3 packages, so they cannot be pinned
     = hint: write the list with digests: `conda list --explicit --sha256` (older ones know `--md5`)
     = hint: or take them from the prefix itself: `lockit import -p PREFIX`
    ");
    insta::assert_snapshot!(context.show(&["import", "conda-lock.yml", "-o", "taken.lock"]), @"
    exit: 0
    --- stdout
    --- stderr
      taken.lock new
    ");
    assert_eq!(context.urls("taken.lock"), context.urls("conda-linux-64.lock"));
}

#[test]
fn mistakes_are_told() {
    let (context, _server) = installed();
    context.write("plain/notes.txt", "mine");
    insta::assert_snapshot!(context.show(&["import", "-p", "plain"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `[TEMP]/project/plain` is no conda environment
     = hint: the folder of an environment has a folder `conda-meta`
    ");
    context.write(
        "envs/service/conda-meta/built-1.0-0.json",
        "{\"name\": \"built\", \"version\": \"1.0\", \"build\": \"0\", \"files\": []}",
    );
    insta::assert_snapshot!(context.show(&["import", "-p", "envs/service"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: it is not known where `built 1.0 0` comes from
     = hint: put them into a channel, or remove them from the environment
    ");
    context.write("envs/service/conda-meta/built-1.0-0.json", "{");
    let shown = context.show(&["import", "-p", "envs/service"]);
    assert!(shown.contains("built-1.0-0.json` cannot be read"), "{shown}");
    let shown = context.show(&["import"]);
    assert!(shown.contains("<FILE|--prefix <DIR>|--name <NAME>>"), "{shown}");
}
