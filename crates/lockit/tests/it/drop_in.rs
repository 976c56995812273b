//! Command lines that were written for conda-lock.

use crate::context::TestContext;

const CHANNEL: &str = "{platforms: [linux-64], packages: {app: {versions: [1.0]}}}";

#[test]
fn options_of_conda_lock_work_or_say_what_takes_their_place() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write("environment.yml", "channels: [conda-forge]\ndependencies: [app]\n");
    context.write("empty.yml", "{}\n");
    insta::assert_snapshot!(context.show(&[
        "lock", "--micromamba", "--no-mamba", "-f", "environment.yml", "-p", "linux-64", "-k", "lock",
        "--check-input-hash", "--strip-auth", "--md", "timestamp", "--dev-dependencies",
        "--pypi_to_conda_lookup_file", "empty.yml", "--without-cuda", "--log-level", "DEBUG",
    ]), @"
    exit: 0
    --- stdout
    --- stderr
    note: `--micromamba` has no effect: lockit solves and installs by itself
    note: `--log-level` has no effect: `-q` says less and `-v` more
    note: `--check-input-hash` has no effect: what is up to date is never solved again
    note: `--strip-auth` has no effect: credentials are never written
    note: `--metadata` has no effect: the same inputs give the same bytes; git knows who locked when
    note: `--without-cuda` has no effect: no CUDA is assumed unless you say so
    locked 1 platform in [TIME]
      1 platform        1 package   conda-lock.yml new
    ");
    // Categories that nobody has are not silently left out; `dev` may be absent.
    context.ok(&["--filter-categories", "--no-dev-dependencies", "-k", "lock", "-p", "linux-64"]);
    let shown = context.show(&["-e", "docs"]);
    assert!(shown.starts_with("exit: 2\n") && shown.contains("no spec has the category `docs`"));
    insta::assert_snapshot!(context.show(&["--with-cuda", "12.4"]), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: `--with-cuda` is an option of conda-lock
     = hint: write `cuda = "12.4"` below `[virtual-packages]` in lockit.toml, or use `--virtual-package-spec`
    "#);
    // As it is written in many a Dockerfile.
    let install = [
        "install",
        "--mamba",
        "--copy",
        "--prefix",
        "env",
        "--no-dev",
        "conda-lock.yml",
        "--force-platform",
        "linux-64",
    ];
    let shown = context.ok(&install);
    assert!(shown.contains("note: `--mamba` has no effect: lockit solves and installs by itself\nenv holds 1 package:"), "{shown}");
    context.write("a.json", "{\"conda.anaconda.org\": \"joe:password\"}");
    context.ok(&["install", "-p", "env", "--auth-file", "a.json", "--platform", "linux-64"]);
    context.ok(&[
        "render",
        "-k",
        "explicit",
        "--no-dev-dependencies",
        "-p",
        "linux-64",
        "conda-lock.yml",
    ]);
    assert_eq!(context.locked("conda-linux-64.lock"), "app 1.0");
}
