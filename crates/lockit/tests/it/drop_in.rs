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
        "--check-input-hash", "--strip-auth", "--dev-dependencies",
        "--pypi_to_conda_lookup_file", "empty.yml", "--without-cuda", "--log-level", "DEBUG",
    ]), @"
    exit: 0
    --- stdout
    --- stderr
    note: `--micromamba` has no effect: lockit solves and installs by itself
    note: `--log-level` has no effect: `-q` says less and `-v` more
    locked 1 platform in [TIME]
      1 platform        1 package   conda-lock.yml new
    ");
    // Categories that nobody has are not silently left out; `dev` may be absent.
    context.ok(&["--filter-categories", "--no-dev-dependencies", "-k", "lock", "-p", "linux-64"]);
    let shown = context.show(&["-e", "docs"]);
    assert!(
        shown.starts_with(
            "exit: 2
"
        ) && shown.contains("no spec has the category `docs`")
    );
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

#[test]
fn cuda_is_assumed_by_flag() {
    let (context, _server) = TestContext::new().with_channel(
        "{platforms: [linux-64], packages: {app: {versions: [1.0], depends: [__cuda >=12]}}}",
    );
    context.write("environment.yml", "channels: [conda-forge]\ndependencies: [app]\n");
    let flags = ["-p", "linux-64", "-k", "lock"];
    let with = |more: &[&'static str]| [&flags[..], more].concat();
    assert!(context.show(&with(&[])).contains("__cuda"), "it needs CUDA");
    context.ok(&with(&["--with-cuda", "12.4"]));
    let text = context.read("conda-lock.yml");
    assert!(text.contains("__cuda=12.4") && text.contains("--with-cuda 12.4"), "{text}");
    context.ok(&["check", "-p", "linux-64", "-k", "lock", "--with-cuda", "12.4"]);
    insta::assert_snapshot!(context.show(&with(&["--without-cuda"])), @r#"
    exit: 1
    --- stdout
    --- stderr
    locked nothing in [TIME]
      linux-64       not solved, what was locked is kept
    error: `environment` cannot be solved for linux-64
     --> environment.yml:2:16
      |
    2 | dependencies: [app]
      |                ^^^ this cannot be had
      |
      = note: app cannot be installed because there are no viable options:
              └─ app 1.0 would require
                 └─ __cuda >=12, for which no candidates were found.
      = note: no `__cuda` is assumed on linux-64
      = hint: if the machines that run this have it, lock with `--with-cuda 12.4` instead of `--without-cuda`
    "#);
}

#[test]
fn metadata_is_written_when_it_is_asked_for() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write("environment.yml", "channels: [conda-forge]\ndependencies: [app]\n");
    context.write("more.yml", "ticket: '42'\n");
    context.git(&["init", "-q", "-b", "main"]);
    context.git(&["config", "user.name", "A. Person"]);
    context.git(&["config", "user.email", "a.person@example.org"]);
    context.git(&["add", "."]);
    context.git(&["commit", "-q", "-m", "spec"]);
    let lock = ["-f", "environment.yml", "-p", "linux-64", "-k", "lock"];
    let all = [
        "--md",
        "timestamp",
        "--md",
        "git_sha",
        "--metadata",
        "git_user_name",
        "--md",
        "git_user_email",
        "--md",
        "input_md5",
        "--md",
        "input_sha",
        "--mdy",
        "more.yml",
    ];
    context.ok(&[&lock[..], &all].concat());
    let text = context.read("conda-lock.yml");
    let head = String::from_utf8(context.try_git(&["rev-parse", "HEAD"]).stdout).unwrap();
    let (_, metadata) = text.split_once("  - environment.yml\n").unwrap();
    let (metadata, _) = metadata.split_once("package:").unwrap();
    let shown: Vec<String> = metadata
        .lines()
        .map(|line| match line.split_once(": ") {
            Some((key @ ("    created_at" | "    input_hash"), _)) => format!("{key}: […]"),
            _ => line.replace(head.trim(), "[HEAD]"),
        })
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @"
    time_metadata:
      created_at: […]
    git_metadata:
      git_user_name: A. Person
      git_user_email: a.person@example.org
      git_sha: [HEAD]
    inputs_metadata:
      environment.yml:
        md5: 94e1d74f959ad439a8d222f44504de3e
        sha256: af4cb93acc6e404fe43a45133b6f728ccdd54558204f9f53959fc9921732f4c1
    custom_metadata:
      environment: environment
      generated_by: lockit
      input_hash: […]
      regenerate: lockit -f environment.yml -p linux-64 -k lock
      requested: app
      ticket: '42'
      virtual_packages: __archspec=1=x86_64 __glibc=2.28 __linux=4.18 __unix=0
    ");
    // What people have added stays, and a spec that changed is no commit's.
    context.write("environment.yml", "channels: [conda-forge]\ndependencies: [app >=1, __unix]\n");
    context.ok(&[&lock[..], &["--md", "git_sha"]].concat());
    let text = context.read("conda-lock.yml");
    assert!(text.contains(&format!("git_sha: {}-dirty\n", head.trim())), "{text}");
    assert!(text.contains("ticket: '42'\n") && !text.contains("created_at"), "{text}");
    assert!(context.show(&[&lock[..], &["--md", "weather"]].concat()).starts_with("exit: 2\n"));
}

#[test]
fn a_lockfile_says_what_it_is_made_from() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write(
        "specs/base.yml",
        "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies: []\n",
    );
    context.write("specs/app.yml", "category: dev\ndependencies: [app]\n");
    context.ok(&[
        "-f",
        "specs/base.yml",
        "-f",
        "specs/app.yml",
        "-k",
        "lock",
        "--lockfile",
        "conda-lock.yml",
    ]);
    context
        .write("environment.yml", "channels: [conda-forge]\ndependencies: [nothing-of-the-kind]\n");
    assert!(context.ok(&[]).contains("everything is up to date"));
    context.write("specs/app.yml", "dependencies: [app]\n");
    insta::assert_snapshot!(context.show(&["check"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: app 1.0 is needed in `main`, but linux-64 has it in `dev`
     --> specs/app.yml:1:16
      |
    1 | dependencies: [app]
      |                ^^^ brought in by this

    run `lockit -f specs/base.yml -f specs/app.yml --lockfile conda-lock.yml -k lock` to bring the lock up to date
    ");
    context.ok(&[]);
    assert!(context.read("conda-lock.yml").contains("  category: main\n"));
    fs_err::remove_file(context.path("specs/app.yml")).unwrap();
    insta::assert_snapshot!(context.show(&[]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `conda-lock.yml` is made from `specs/app.yml`, and there is no such file
     = hint: say what to lock with `-f`
    ");
}

#[test]
fn known_inputs_are_not_solved_again() {
    let (context, _server) = TestContext::new()
        .with_channel("{platforms: [linux-64, osx-64], packages: {app: {versions: [1.0, 2.0]}}}");
    context.write("environment.yml", "channels: [conda-forge]\ndependencies:\n  - app =1\n");
    let flags = ["-f", "environment.yml", "-k", "lock", "-p", "linux-64", "-p", "osx-64"];
    context.ok(&flags);
    let check = [&flags[..], &["--check-input-hash"]].concat();
    let before = context.read("conda-lock.yml");
    insta::assert_snapshot!(context.show(&check), @"
    exit: 0
    --- stdout
    --- stderr
    the inputs for linux-64, osx-64 are those of the lock: nothing to solve (`--check-input-hash`)
    ");
    // Only one platform has other inputs now.
    context.write(
        "environment.yml",
        "channels: [conda-forge]\ndependencies:\n  - app =1\n  - __osx  # [osx]\n",
    );
    insta::assert_snapshot!(context.show(&[&check[..], &["--dry-run"]].concat()), @"
    exit: 0
    --- stdout
    --- stderr
    the inputs for linux-64 are those of the lock: nothing to solve (`--check-input-hash`)
    would lock 1 platform in [TIME]
      1 platform        1 package   conda-lock.yml changed
    nothing is written (`--dry-run`)
    ");
    context.ok(&check);
    let after = context.read("conda-lock.yml");
    assert!(after != before && after.contains("-p linux-64 -p osx-64"), "{after}");
    assert_eq!(after.matches("- name: app\n").count(), 2);
}

/// As conda-lock does it: all is solved together, and files of one platform each hold what is asked for.
#[test]
fn categories_are_left_out_of_explicit_files_alone() {
    // Without pytest the newest numpy would do.
    let (context, _server) = TestContext::new().with_channel(
        "{platforms: [linux-64], packages: {numpy: {versions: [1.0, 2.0]}, pytest: {versions: [8.0], depends: [numpy <2, pluggy]}, pluggy: {versions: [1.0]}}}",
    );
    context.write(
        "environment.yml",
        "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [numpy]\n",
    );
    context.write("dev.yml", "category: dev\ndependencies: [pytest]\n");
    let files = ["-f", "environment.yml", "-f", "dev.yml"];
    let with = |more: &[&'static str]| [&files[..], more].concat();
    let flags = with(&["-k", "lock,explicit,env", "--no-dev-dependencies"]);
    insta::assert_snapshot!(context.show(&flags), @"
    exit: 0
    --- stdout
    --- stderr
    locked 1 platform in [TIME]
      1 platform        3 packages  conda-lock.yml new
      linux-64          1 package   conda-linux-64.lock new
      linux-64          1 package   conda-linux-64.lock.yml new
    ");
    assert_eq!(context.locked("conda-linux-64.lock"), "numpy 1.0");
    assert!(!context.read("conda-linux-64.lock.yml").contains("pytest"));
    assert!(context.read("conda-lock.yml").contains("pytest"));
    let (explicit, lock) = (context.read("conda-linux-64.lock"), context.read("conda-lock.yml"));
    assert!(
        explicit
            .contains("# regenerate: lockit -f environment.yml -f dev.yml --no-dev-dependencies\n")
            && explicit.contains("# requested: numpy\n# assumes"),
        "{explicit}"
    );
    assert!(lock.contains("regenerate: lockit -f environment.yml -f dev.yml -k lock\n"), "{lock}");

    // The same flags find it up to date, whichever files they are about; others do not.
    assert!(context.ok(&flags).contains("everything is up to date"));
    context.ok(&[&["check"], &flags[..]].concat());
    context.ok(&[&["check"], &with(&["-k", "lock"])[..]].concat());
    context.ok(&["lint", "conda-linux-64.lock"]);
    insta::assert_snapshot!(context.show(&[&["check"], &with(&["-k", "explicit"])[..]].concat()), @"
    exit: 1
    --- stdout
    --- stderr
    error: `pytest` in dev.yml:2 is not locked on linux-64
     --> dev.yml:2:16
      |
    2 | dependencies: [pytest]
      |                ^^^^^^ not locked

    run `lockit -f environment.yml -f dev.yml --no-dev-dependencies` to bring the lock up to date
    note: the lock was made with options that this run was not given; with them it is `lockit check -f environment.yml -f dev.yml --no-dev-dependencies`
    ");
    // What is left out had a say in what is there.
    context.write("dev.yml", "category: dev\ndependencies: [pytest >1]\n");
    assert!(context.show(&[&["check"], &flags[..]].concat()).starts_with("exit: 1\n"));

    // Before the solve only with `--filter-categories`.
    context.ok(&with(&["-k", "explicit", "--no-dev-dependencies", "--filter-categories", "-U"]));
    assert_eq!(context.locked("conda-linux-64.lock"), "numpy 2.0");
    insta::assert_snapshot!(context.show(&with(&["-k", "lock", "--no-dev"])), @"
    exit: 0
    --- stdout
    --- stderr
    warning: `--no-dev-dependencies` has no effect: lockfiles of all platforms hold all categories
     = hint: `install` and `render` take the same flags; `--filter-categories` leaves them out of the lock

    ok everything is up to date
    ");
}

/// Every option of conda-lock, with a value that makes sense; `conda_lock/options.rs` compares the list with the
/// installed conda-lock.
pub(crate) const OPTIONS: [(&str, &[&str]); 7] = [
    ("lock", OF_SPECS),
    ("lock", LOCK),
    ("install", INSTALL),
    ("render", RENDER),
    ("render-lock-spec", OF_SPECS),
    ("render-lock-spec", RENDER_LOCK_SPEC),
    // The one that is refused.
    ("render-lock-spec", &["--kind pixi.toml"]),
];
/// Of the two commands that read specs.
const OF_SPECS: &[&str] = &[
    "--conda mamba",
    "--mamba",
    "--no-mamba",
    "--micromamba",
    "--no-micromamba",
    "-p linux-64",
    "--platform linux-64",
    "-c conda-forge",
    "--channel conda-forge",
    "--dev-dependencies",
    "--no-dev-dependencies",
    "-f environment.yml",
    "--file environment.yml",
    "--filename-template x-{platform}.lock",
    "--lockfile x-conda-lock.yml",
    "--strip-auth",
    "-e dev",
    "--extras dev",
    "--category dev",
    "--filter-categories",
    "--filter-extras",
    "--check-input-hash",
    "--log-level DEBUG",
    "--log-level INFO",
    "--log-level WARNING",
    "--log-level ERROR",
    "--log-level CRITICAL",
    "--pdb",
    "--virtual-package-spec virtual.yml",
    "--update app",
    "--pypi_to_conda_lookup_file empty.yml",
    "--md timestamp",
    "--metadata timestamp",
    "--metadata git_sha",
    "--metadata git_user_name",
    "--metadata git_user_email",
    "--metadata input_md5",
    "--metadata input_sha",
    "--mdy more.yml",
    "--metadata-yaml more.yml",
    "--metadata-json more.json",
    "--with-cuda 12.4",
    "--without-cuda",
];
const LOCK: &[&str] = &["-k lock", "--kind explicit", "-k env", "--preserve-temp-dirs"];
const INSTALL: &[&str] = &[
    "--conda mamba -p env",
    "--mamba -p env",
    "--no-mamba -p env",
    "--micromamba -p env",
    "--no-micromamba -p env",
    "--copy -p env",
    "-p env",
    "--prefix env",
    "-n env",
    "--name env",
    "--auth {} -p env",
    "--auth-file empty.json -p env",
    "--auth {} --auth-file empty.json -p env",
    "--validate-platform -p env",
    "--no-validate-platform -p env",
    "--log-level DEBUG -p env",
    "--log-level INFO -p env",
    "--log-level WARNING -p env",
    "--log-level ERROR -p env",
    "--log-level CRITICAL -p env",
    "--dev -p env",
    "--no-dev -p env",
    "-E dev -p env",
    "--extras dev -p env",
    "--force-platform linux-64 -p env",
    "--preserve-temp-dirs -p env",
];
const RENDER: &[&str] = &[
    "--dev-dependencies",
    "--no-dev-dependencies",
    "-k explicit",
    "--kind explicit",
    "--kind env",
    "--filename-template x-{platform}.lock",
    "-e dev",
    "--extras dev",
    "--log-level DEBUG",
    "--log-level INFO",
    "--log-level WARNING",
    "--log-level ERROR",
    "--log-level CRITICAL",
    "--pdb",
    "-p linux-64",
    "--platform linux-64",
];
const RENDER_LOCK_SPEC: &[&str] =
    &["-k raw", "--kind raw", "--stdout", "--pixi-project-name name", "--editable app=."];

#[test]
fn every_option_of_conda_lock_is_known() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write(
        "environment.yml",
        "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [app]\n",
    );
    for (name, text) in [
        ("empty.yml", "{}"),
        ("empty.json", "{}"),
        ("more.yml", "ticket: '42'"),
        ("more.json", "{\"ticket\": \"42\"}"),
        ("virtual.yml", "subdirs: {linux-64: {packages: {__glibc: '2.28'}}}"),
    ] {
        context.write(name, text);
    }
    // For what git knows.
    context.git(&["init", "-q", "-b", "main"]);
    context.git(&["config", "user.name", "A. Person"]);
    context.git(&["config", "user.email", "a.person@example.org"]);
    context.git(&["add", "."]);
    context.git(&["commit", "-q", "-m", "spec"]);
    context.ok(&["-p", "linux-64", "-k", "lock"]);
    for (command, options) in OPTIONS {
        let subject: &[&str] = match command {
            "install" | "render" => &["conda-lock.yml"],
            _ => &["-f", "environment.yml"],
        };
        for option in options.iter().filter(|option| !option.ends_with("pixi.toml")) {
            // Without it, that command would say the same of the one file.
            let subject = if option.ends_with(" environment.yml") { &[] } else { subject };
            let words: Vec<&str> = [command]
                .into_iter()
                .chain(subject.iter().copied())
                .chain(option.split(' '))
                .collect();
            let root = context.path("../mamba");
            let output = context.command(&words).env("MAMBA_ROOT_PREFIX", root).output().unwrap();
            let shown = context.render(&output);
            // Any machine may run this; `install` is for linux-64 alone.
            let other_machine = shown.contains("is not locked for");
            assert!(output.status.success() || other_machine, "{words:?}: {shown}");
        }
    }
    let shown =
        context.show(&["render-lock-spec", "--stdout", "-k", "pixi.toml", "-f", "environment.yml"]);
    assert!(shown.contains("`lockit lock -k pixi` writes the pixi.lock"), "{shown}");
}

/// Variables of conda-lock, each with a value that means something.
pub(crate) const VARIABLES: [(&str, &str); 7] = [
    ("CONDA_LOCK_CONDA", "mamba"),
    ("CONDA_LOCK_MAMBA", "false"),
    ("CONDA_LOCK_MICROMAMBA", "1"),
    ("CONDA_FLAGS", "--experimental-solver x"),
    ("CONDA_LOCK_SUBPROCESS_STDERR_LOG_LEVEL_OVERRIDE", "DEBUG"),
    ("CONDA_LOCK_SUBPROCESS_STDERR_DEFAULT_LOG_LEVEL", "ERROR"),
    ("POETRY_CONFIG_DIR", "/etc/poetry"),
];

#[test]
fn variables_of_conda_lock_say_what_takes_their_place() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write("environment.yml", "channels: [conda-forge]\ndependencies: [app]\n");
    let shown =
        |args: &[&str]| context.render(&context.command(args).envs(VARIABLES).output().unwrap());
    insta::assert_snapshot!(shown(&["lock", "-p", "linux-64", "-k", "lock"]), @"
    exit: 0
    --- stdout
    --- stderr
    note: `CONDA_LOCK_CONDA` has no effect: lockit solves and installs by itself
    note: `CONDA_LOCK_MICROMAMBA` has no effect: lockit solves and installs by itself
    note: `CONDA_FLAGS` has no effect: no conda is run; `--help` lists what lockit can be told
    note: `CONDA_LOCK_SUBPROCESS_STDERR_LOG_LEVEL_OVERRIDE` has no effect: `-q` says less and `-v` more
    note: `CONDA_LOCK_SUBPROCESS_STDERR_DEFAULT_LOG_LEVEL` has no effect: `-q` says less and `-v` more
    note: `POETRY_CONFIG_DIR` has no effect: a spec names its own indexes: `pip-repositories: [URL]`
    locked 1 platform in [TIME]
      1 platform        1 package   conda-lock.yml new
    ");
    let install = shown(&["install", "-p", "env", "conda-lock.yml", "--platform", "linux-64"]);
    assert!(install.starts_with("exit: 0\n") && install.contains("`CONDA_FLAGS`"), "{install}");
    assert!(!install.contains("POETRY"), "{install}");
    assert!(!shown(&["list", "conda-lock.yml"]).contains("CONDA"));
}
