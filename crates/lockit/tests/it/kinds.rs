//! Several kinds of lockfile of one environment: a run renews those that are there, and none drifts away in silence.

use lockit_testkit::Server;

use crate::context::TestContext;

fn project() -> (TestContext, Server) {
    let (context, server) = TestContext::new().with_channel(
        "{platforms: [linux-64, osx-arm64], packages: {numpy: {versions: [1.0, 2.0]}, six: {versions: [1.0]}}}",
    );
    context.spec("numpy <2");
    (context, server)
}

#[test]
fn the_kinds_that_are_there_are_renewed_and_no_others() {
    for (kinds, files) in [
        ("pixi", &["pixi.lock"][..]),
        ("lock", &["conda-lock.yml"]),
        ("env", &["conda-linux-64.lock.yml", "conda-osx-arm64.lock.yml"]),
        ("explicit,pixi", &["conda-linux-64.lock", "conda-osx-arm64.lock", "pixi.lock"]),
    ] {
        let (context, _server) = project();
        context.ok(&["-k", kinds]);
        context.spec("numpy <2, six");
        assert!(context.show(&["check"]).starts_with("exit: 1\n"), "{kinds}");
        context.ok(&[]);
        let mut all = vec!["environment.yml"];
        all.extend(files);
        all.sort_unstable();
        assert_eq!(context.files(), all, "{kinds}");
        for file in files {
            assert!(context.read(file).contains("six"), "{file}");
        }
        context.ok(&["check"]);
        assert!(context.ok(&[]).contains("everything is up to date"), "{kinds}");
    }
}

#[test]
fn a_lockfile_is_named_as_with_conda_lock() {
    let (context, _server) = project();
    context.ok(&["lock", "--lockfile", "dev.conda-lock.yml"]);
    assert_eq!(context.files(), ["dev.conda-lock.yml", "environment.yml"]);
    context.spec("numpy <2, six");
    context.ok(&["lock", "--lockfile", "dev.conda-lock.yml"]);
    assert!(context.read("dev.conda-lock.yml").contains("name: six"));
    // Beside a conda-lock.yml, `lock` keeps that one.
    context.ok(&["lock", "-k", "lock"]);
    context.spec("numpy, six");
    context.ok(&["lock", "--lockfile", "conda-lock.yml"]);
    context.ok(&["check"]);
    assert_eq!(context.files(), ["conda-lock.yml", "dev.conda-lock.yml", "environment.yml"]);
}

#[test]
fn an_environment_that_is_new_is_written_as_the_others_are() {
    let (context, _server) = project();
    context.write(
        "six.yml",
        "name: six\nchannels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [six]\n",
    );
    context.write("lockit.toml", "[environments.dev]\nfiles = [\"environment.yml\"]\n");
    context.ok(&["-k", "pixi"]);
    context.write(
        "lockit.toml",
        "[environments.dev]\nfiles = [\"environment.yml\"]\n[environments.six]\nfiles = [\"six.yml\"]\n",
    );
    context.ok(&[]);
    assert_eq!(context.files(), ["environment.yml", "lockit.toml", "pixi.lock", "six.yml"]);
    context.ok(&["check"]);

    // So it is when a run is about the new one alone, and whatever the others are kept in.
    for (kinds, files) in [
        ("pixi", &["pixi.lock"][..]),
        ("lock", &["conda-lock.yml", "six.conda-lock.yml"]),
        ("explicit", &["conda-linux-64.lock", "conda-osx-arm64.lock", "six-linux-64.lock"]),
    ] {
        for file in
            context.files().iter().filter(|file| file.contains("lock") && *file != "lockit.toml")
        {
            std::fs::remove_file(context.path(file)).unwrap();
        }
        context.ok(&["--environment", "dev", "-k", kinds]);
        context.ok(&["--environment", "six"]);
        let locks: Vec<String> = context
            .files()
            .into_iter()
            .filter(|file| file.contains("lock") && file != "lockit.toml")
            .collect();
        assert_eq!(locks, files, "{kinds}");
        context.ok(&["check"]);
    }
}

#[test]
fn kinds_that_disagree_are_told_of_and_renewed() {
    let (context, _server) = project();
    context.git(&["init", "--quiet"]);
    context.ok(&["-k", "explicit,pixi"]);
    context.git(&["add", "--all"]);
    context.git(&["commit", "--quiet", "--message", "First"]);
    context.spec("numpy");
    let shown = context.ok(&["update", "numpy", "-k", "explicit"]);
    assert!(
        shown.contains("note: `pixi.lock` of `dev` was not renewed: kind `pixi` was not asked for"),
        "{shown}"
    );
    let shown = context.show(&["check"]);
    let what = "the lockfiles of `dev` disagree: `numpy` is `2.0` in `conda-linux-64.lock` and `1.0` in `pixi.lock`";
    assert!(shown.starts_with("exit: 1\n") && shown.contains(what), "{shown}");
    assert!(shown.contains("run `lockit -f environment.yml -k explicit,pixi`"), "{shown}");
    let shown = context.show(&["list", "-p", "linux-64"]);
    assert!(shown.contains(what) && shown.contains("numpy  2.0"), "{shown}");
    // What one kind keeps from the last commit does not hide what another one changed.
    let shown = context.show(&["diff", "HEAD"]);
    assert!(shown.contains("numpy  1.0 -> 2.0"), "{shown}");
    context.ok(&[]);
    assert!(context.read("pixi.lock").contains("numpy-2.0"));
    context.ok(&["check"]);
    assert!(!context.ok(&["list", "-p", "linux-64"]).contains("disagree"));
}

/// A kind that is new beside one that stays as it was, one that goes, and one of an environment that is new.
#[test]
fn a_diff_looks_at_kinds_that_only_one_side_has() {
    let (context, _server) = project();
    context.git(&["init", "--quiet"]);
    context.ok(&["-k", "pixi"]);
    context.git(&["add", "--all"]);
    context.git(&["commit", "--quiet", "--message", "First"]);
    context.ok(&["-k", "explicit"]);
    assert!(context.ok(&["diff", "HEAD"]).contains("nothing differs"), "they say the same");
    context.spec("numpy <2, six");
    context.ok(&["-k", "explicit"]);
    let shown = context.show(&["diff", "HEAD"]);
    assert!(shown.contains("+ six  1.0") && !shown.contains("nothing differs"), "{shown}");
    assert!(context.ok(&["diff", "HEAD", "-e", "dev"]).contains("six"));
    context.git(&["add", "--all"]);
    context.git(&["commit", "--quiet", "--message", "Second"]);
    fs_err::remove_file(context.path("conda-linux-64.lock")).unwrap();
    fs_err::remove_file(context.path("conda-osx-arm64.lock")).unwrap();
    let shown = context.show(&["diff", "HEAD"]);
    assert!(shown.contains("- six  1.0"), "{shown}");
    fs_err::remove_file(context.path("pixi.lock")).unwrap();
    let shown = context.show(&["diff", "HEAD~1"]);
    assert!(shown.contains("platform linux-64 is gone"), "{shown}");
}

#[test]
fn a_file_of_somebody_else_is_not_renewed() {
    let (context, _server) = project();
    context.write("pixi.lock", "shopping: [milk]\n");
    context.ok(&[]);
    assert_eq!(context.read("pixi.lock"), "shopping: [milk]\n");
    // Nor the environments of another tool's pixi.lock.
    context.ok(&["-f", "environment.yml", "-k", "lock"]);
    assert_eq!(context.read("pixi.lock"), "shopping: [milk]\n");
}
