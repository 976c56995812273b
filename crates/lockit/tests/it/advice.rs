//! Advice that works: what `check` tells people to type leads out, with every option that the lock was made with.

use insta::assert_snapshot;
use lockit_testkit::Server;

use crate::context::TestContext;

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0, 2.0], noarch: generic, depends: lib >=1}
  lib: {versions: [1.0, 2.0]}
  tool: {versions: [1.0, 1.1], noarch: generic}
  gpu: {versions: [1.0], depends: [{linux: __cuda >=12}]}
  newer: {versions: [1.0], depends: [{linux: __glibc >=2.34}]}
";

fn project() -> (TestContext, Server) {
    let (context, server) = TestContext::new().with_channel(CHANNEL);
    spec(&context, "environment.yml", "app =1");
    spec(&context, "more specs/dev tools.yml", "tool =1.0");
    context.write(
        "my machines.yml",
        "subdirs:\n  linux-64:\n    packages:\n      __glibc: '2.35'\n      __cuda: '12.2'\n",
    );
    (context, server)
}

fn spec(context: &TestContext, name: &str, dependencies: &str) {
    context.write(name, &format!("channels: [conda-forge]\ndependencies: [{dependencies}]\n"));
}

/// The command of a line such as "run `lockit …` to bring …".
fn command(shown: &str, before: &str) -> Option<Vec<String>> {
    let (_, rest) = shown.split_once(before)?;
    let (command, _) = rest.split_once('`')?;
    let words = shlex::split(command).unwrap();
    assert_eq!(words[0], "lockit");
    Some(words[1..].to_vec())
}

fn strs(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

#[test]
fn what_check_tells_to_type_leads_out() {
    // How it was locked, and how it is checked.
    for (made, checked) in [
        ("-f environment.yml -p linux-64 --with-cuda 12.4", ""),
        ("-f environment.yml -p linux-64 --with-cuda 12.4", "-f environment.yml"),
        ("-f environment.yml -p linux-64 --with-cuda 12.4", "-p linux-64 --with-cuda 12.4"),
        ("-p linux-64 -p osx-arm64 --without-cuda", ""),
        ("-p linux-64 --virtual-package-spec 'my machines.yml'", ""),
        ("-p linux-64 -c https://conda.anaconda.org/conda-forge", "-p linux-64"),
        ("-p linux-64 --channel-priority disabled --strategy lowest-direct", ""),
        ("-p linux-64 --exclude-newer 2027-01-31", ""),
        ("-p linux-64 -k lock,pixi", ""),
        ("-p linux-64 -k lock,pixi --with-cuda 12.4", "-k lock"),
        ("-p linux-64 -k env --with-cuda 12.4", ""),
        ("-f environment.yml -f 'more specs/dev tools.yml' -p linux-64", ""),
        (
            "-f 'more specs/dev tools.yml' -p linux-64 --with-cuda 12",
            "-f 'more specs/dev tools.yml'",
        ),
        (
            "-p linux-64 --filename-template 'my {platform}.lock' --without-cuda",
            "--filename-template 'my {platform}.lock'",
        ),
        (
            "-p linux-64 -k lock --lockfile 'my lock.yml' --with-cuda 12",
            "-k lock --lockfile 'my lock.yml'",
        ),
        ("-p linux-64 --no-dev-dependencies", ""),
        ("-p linux-64 --dev-dependencies", ""),
        ("-p linux-64 --md5", ""),
        (
            "--env 'dev=environment.yml,more specs/dev tools.yml' -p linux-64",
            "--env 'dev=environment.yml,more specs/dev tools.yml'",
        ),
    ] {
        let (context, _server) = project();
        let words = |line: &str| shlex::split(line).unwrap();
        let run = |line: &[String]| context.show(&strs(line));
        context.ok(&strs(&words(made)));
        spec(&context, "environment.yml", "app =2");
        spec(&context, "more specs/dev tools.yml", "tool =1.1");
        let check = [vec!["check".to_owned()], words(checked)].concat();
        let shown = run(&check);
        assert!(shown.starts_with("exit: 1"), "{made} | {checked}\n{shown}");
        let advised = command(&shown, "run `").unwrap_or_else(|| panic!("{shown}"));
        let said = run(&advised);
        assert!(said.starts_with("exit: 0"), "{made} | {checked}\n{shown}\n{said}");
        // As it was made, unless something else was typed.
        let again = command(&shown, "with them it is `").unwrap_or(check);
        let said = run(&again);
        assert!(said.starts_with("exit: 0"), "{made} | {checked}\n{shown}\n{said}");
        // What was given once is not lost.
        for word in words(made)
            .iter()
            .filter(|word| word.starts_with("--") && !word.contains("dependencies"))
        {
            let is_kept = advised.contains(word) || word == "--env";
            assert!(is_kept, "{made} | {checked}: `{word}` is not in {advised:?}");
        }
    }
}

#[test]
fn options_that_were_not_given_again_are_shown() {
    let (context, _server) = project();
    context.ok(&["-f", "environment.yml", "-p", "linux-64", "--with-cuda", "12.4"]);
    spec(&context, "environment.yml", "app =1, gpu");
    assert_snapshot!(context.show(&["check", "-p", "linux-64"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: `gpu` in environment.yml:2 is not locked on linux-64
     --> environment.yml:2:24
      |
    2 | dependencies: [app =1, gpu]
      |                        ^^^ not locked

    run `lockit -f environment.yml --with-cuda 12.4 -p linux-64` to bring the lock up to date
    note: the lock was made with options that this run was not given; with them it is `lockit check -f environment.yml --with-cuda 12.4 -p linux-64`
    ");
    // Nothing is said of them where they are given.
    let shown = context.show(&["check", "-p", "linux-64", "--with-cuda", "12.4"]);
    assert!(!shown.contains("note: "), "{shown}");
}

#[test]
fn a_spec_that_was_moved_is_a_reason() {
    for kind in ["explicit", "lock", "env"] {
        let (context, _server) = project();
        spec(&context, "environment.yml", "app =1");
        context.ok(&["-p", "linux-64", "-k", kind]);
        fs_err::create_dir_all(context.path("envs")).unwrap();
        fs_err::rename(context.path("environment.yml"), context.path("envs/environment.yml"))
            .unwrap();
        let moved = ["-f", "envs/environment.yml", "-p", "linux-64", "-k", kind];
        let shown = context.show(&[&["check"], &moved[..]].concat());
        assert!(
            shown.contains(
                "was made from `environment.yml`, and is made from `envs/environment.yml` now"
            ),
            "{shown}"
        );
        let locked = context.show(&[&["lock", "--locked"], &moved[..]].concat());
        assert_eq!(locked, shown);
        let advised = command(&shown, "run `").unwrap();
        context.ok(&strs(&advised));
        context.ok(&[&["check"], &moved[..]].concat());
        let before = context.stamps();
        context.ok(&moved);
        assert_eq!(context.stamps(), before);
        // The same file under another spelling of its path is no news.
        context.ok(&[
            "check",
            "-f",
            "./envs/../envs/environment.yml",
            "-p",
            "linux-64",
            "-k",
            kind,
        ]);
    }
}

#[test]
fn where_no_run_helps_the_machines_are_named() {
    let (context, _server) = project();
    context.ok(&["-p", "linux-64"]);
    spec(&context, "environment.yml", "app =1, __glibc >=2.34");
    assert_snapshot!(context.show(&["check", "-p", "linux-64"]), @r#"
    exit: 1
    --- stdout
    --- stderr
    error: `__glibc >=2.34` in environment.yml:2 is not met: `__glibc=2.28` is assumed for linux-64
     --> environment.yml:2:24
      |
    2 | dependencies: [app =1, __glibc >=2.34]
      |                        ^^^^^^^^^^^^^^ `__glibc=2.28` is assumed
      |
      = hint: if the machines that run this have it, say so in lockit.toml: `[virtual-packages]` `glibc = "2.34"`

    run `lockit -f environment.yml -p linux-64` to bring the lock up to date, once the specs and what is assumed of the machines go together
    "#);
    context.write("lockit.toml", "[virtual-packages]\nglibc = '2.34'\n");
    context.ok(&["-p", "linux-64"]);
    context.ok(&["check", "-p", "linux-64"]);
    // The place that counts is the one that is named.
    fs_err::remove_file(context.path("lockit.toml")).unwrap();
    spec(&context, "environment.yml", "gpu");
    let hint = |args: &[&str]| {
        let shown = context.show(&[&["-p", "linux-64"], args].concat());
        shown
            .lines()
            .find_map(|line| line.split_once("hint: "))
            .unwrap_or_else(|| panic!("{shown}"))
            .1
            .to_owned()
    };
    assert_snapshot!(hint(&[]), @r#"if the machines that run this have it, say so in lockit.toml: `[virtual-packages]` `cuda = "12.4"`"#);
    assert_snapshot!(hint(&["--without-cuda"]), @"if the machines that run this have it, lock with `--with-cuda 12.4` instead of `--without-cuda`");
    context
        .write("old machines.yml", "subdirs:\n  linux-64:\n    packages:\n      __glibc: '2.17'\n");
    assert_snapshot!(hint(&["--virtual-package-spec", "old machines.yml"]), @r#"if the machines that run this have it, say so in `old machines.yml`: `__cuda: "12.4"`, under `packages` of the platform"#);
}

#[test]
fn only_what_was_locked_is_counted() {
    let (context, _server) = project();
    spec(&context, "environment.yml", "app =1");
    spec(&context, "other.yml", "absent");
    let shown =
        context.show(&["--env", "one=environment.yml", "--env", "two=other.yml", "-p", "linux-64"]);
    assert!(shown.contains("locked 1 environment on 1 platform"), "{shown}");
}
