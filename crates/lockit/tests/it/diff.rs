//! `lockit diff`.

use crate::context::TestContext;

/// An explicit lockfile of packages such as `numpy-1.0-h1_0`.
fn explicit(platform: &str, files: &[&str]) -> String {
    let lines: String = files.iter().fold(String::new(), |all, file| {
        all + "https://conda.anaconda.org/conda-forge/" + platform + "/" + file + ".conda\n"
    });
    format!("# platform: {platform}\n@EXPLICIT\n{lines}")
}

#[test]
fn two_files_are_compared() {
    let context = TestContext::new();
    context.write(
        "old.lock",
        &explicit("linux-64", &["a-1.0-h1_0", "b-1.0-h1_0", "c-1.0-h1_0", "d-2.0-0"]),
    );
    context.write(
        "new.lock",
        &explicit("linux-64", &["a-2.0-h1_0", "b-1.0-h1_1", "e-1.0-h1_0", "d-1.9-0"]),
    );
    insta::assert_snapshot!(context.show(&["diff", "old.lock", "new.lock"]), @"
    exit: 0
    --- stdout
      packages
        ! d  2.0 -> 1.9 (downgrade)
        ~ a  1.0 -> 2.0 (major)
        ~ b  1.0 build h1_0 -> h1_1
        + e  1.0
        - c  1.0
    1 upgraded, 1 downgraded, 1 added, 1 removed, 1 rebuilt
    --- stderr
    ");
    insta::assert_snapshot!(context.show(&["diff", "old.lock", "old.lock"]), @"
    exit: 0
    --- stdout
    --- stderr
    nothing differs
    ");
    insta::assert_snapshot!(context.show(&["diff", "old.lock", "new.lock", "--format", "markdown", "--exit-code"]), @"
    exit: 1
    --- stdout
    ### 1 upgraded, 1 downgraded, 1 added, 1 removed, 1 rebuilt

    | package | before | after | kind | platforms |
    | --- | --- | --- | --- | --- |
    | [d](https://anaconda.org/conda-forge/d) | 2.0 | 1.9 | downgrade | all |
    | [a](https://anaconda.org/conda-forge/a) | 1.0 | 2.0 | major | all |
    | [b](https://anaconda.org/conda-forge/b) | 1.0 h1_0 | 1.0 h1_1 | build | all |
    | [e](https://anaconda.org/conda-forge/e) |  | 1.0 | added | all |
    | [c](https://anaconda.org/conda-forge/c) | 1.0 |  | removed | all |
    --- stderr
    ");
    let json = context.ok(&["diff", "old.lock", "new.lock", "--format", "json"]);
    assert!(json.contains("\"version\": 1") && json.contains("\"kind\": \"downgrade\""), "{json}");
}

/// That neither side has a platform is not that nothing differs.
#[test]
fn a_platform_that_nothing_is_locked_for_is_an_error() {
    let context = TestContext::new();
    context.write("old.lock", &explicit("linux-64", &["a-1.0-h1_0"]));
    context.write("new.lock", &explicit("osx-arm64", &["a-1.0-h1_0"]));
    for args in [
        &["diff", "old.lock", "new.lock", "-p", "win-64"][..],
        &["diff", "old.lock", "new.lock", "-p", "linux-64", "-p", "win-64", "--format", "json"],
        &["diff", "--platforms", "old.lock", "new.lock", "-p", "win-64"],
    ] {
        insta::allow_duplicates! {
            insta::assert_snapshot!(context.show(args), @"
            exit: 2
            --- stdout
            --- stderr
            error: nothing here is locked for win-64
             = hint: there is linux-64, osx-arm64
            ");
        }
    }
    // One side is enough: the platform came or went.
    assert!(
        context.show(&["diff", "old.lock", "new.lock", "-p", "linux-64"]).starts_with("exit: 0")
    );
}

#[test]
fn what_is_no_lockfile_is_named() {
    let context = TestContext::new();
    context.write("old.lock", &explicit("linux-64", &["a-1.0-h1_0"]));
    context.write("environment.yml", "dependencies: [a]\n");
    insta::assert_snapshot!(context.show(&["diff", "old.lock", "environment.yml"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `environment.yml` is no lockfile, it is an environment file
     = hint: lock it with `lockit lock -f FILE`
    ");
    insta::assert_snapshot!(context.show(&["diff", "old.lock", "missing.lock"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is no file and no revision of git called `missing.lock`
     = hint: name two lockfiles, or a revision such as `HEAD~1`
    ");
}

#[test]
fn revisions_of_git_are_compared() {
    let context = TestContext::new();
    context.git(&["init", "--quiet"]);
    for platform in ["linux-64", "osx-64"] {
        context.write(
            &format!("locks/conda-{platform}.lock"),
            &explicit(platform, &["a-1.0-h1_0", "b-1.0-h1_0"]),
        );
    }
    context.write("Cargo.lock", "version = 4\n");
    context.git(&["add", "--all"]);
    context.git(&["commit", "--quiet", "--message", "one"]);
    for platform in ["linux-64", "osx-64"] {
        context.write(
            &format!("locks/conda-{platform}.lock"),
            &explicit(platform, &["a-1.1-h1_0", "b-1.0-h1_0"]),
        );
    }
    context.write("locks/predict-linux-64.lock", &explicit("linux-64", &["a-1.1-h1_0"]));
    insta::assert_snapshot!(context.show(&["diff", "HEAD"]), @"
    exit: 0
    --- stdout
    locks/conda
      packages
        ~ a  1.0 -> 1.1 (minor)
    locks/predict
      platform linux-64 is new
    1 upgraded
    --- stderr
    ");
    context.git(&["add", "--all"]);
    context.git(&["commit", "--quiet", "--message", "two"]);
    let between = context.show(&["diff", "HEAD~1..HEAD"]);
    assert_eq!(between, context.show(&["diff", "HEAD~1"]));
    assert_eq!(between, context.show(&["diff", "HEAD~1", "HEAD"]));
    insta::assert_snapshot!(context.show(&["diff", "HEAD~1", "locks/conda-osx-64.lock"]), @"
    exit: 0
    --- stdout
      packages
        ~ a  1.0 -> 1.1 (minor)
    1 upgraded
    --- stderr
    ");
    insta::assert_snapshot!(context.show(&["diff", "HEAD~1:locks/conda-osx-64.lock", "locks/conda-osx-64.lock", "-p", "linux-64"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: nothing here is locked for linux-64
     = hint: there is osx-64
    ");
    insta::assert_snapshot!(context.show(&["diff", "HEAD~9"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is no file and no revision of git called `HEAD~9`
     = hint: name two lockfiles, or a revision such as `HEAD~1`
    ");
    insta::assert_snapshot!(context.show(&["diff", "locks/conda-osx-64.lock"]), @"
    exit: 0
    --- stdout
    --- stderr
    nothing differs
    ");
}

#[test]
fn git_shows_packages() {
    let context = TestContext::new();
    context.write("a.lock", &explicit("linux-64", &["b-1.0-h1_0", "a-1.0-h1_0"]));
    insta::assert_snapshot!(context.show(&["diff", "--textconv", "a.lock"]), @"
    exit: 0
    --- stdout
    a 1.0 h1_0
    b 1.0 h1_0
    --- stderr
    ");
    context.write("a.lock", "<<<<<<< ours\nbroken\n");
    let said = context.ok(&["diff", "--textconv", "a.lock"]);
    assert!(said.contains("<<<<<<< ours\nbroken"), "{said}");
}

#[test]
fn platforms_are_compared_with_each_other() {
    let context = TestContext::new();
    context.write(
        "a-linux-64.lock",
        &explicit("linux-64", &["a-1.0-h1_0", "libgcc-14-h1_0", "only-1-0", "python-3.12.1-h1_0"]),
    );
    context.write(
        "a-osx-64.lock",
        &explicit("osx-64", &["a-1.0-h2_0", "libcxx-19-h2_0", "python-3.11.4-h1_0"]),
    );
    insta::assert_snapshot!(context.show(&["diff", "--platforms", "a-linux-64.lock", "a-osx-64.lock"]), @"
    exit: 0
    --- stdout
      python differs: 3.11 on osx-64; 3.12 on linux-64
      versions that differ
        python  3.11.4 on osx-64; 3.12.1 on linux-64
      on some platforms only, for no visible reason
        only  linux-64
      on some platforms only, as it has to be
        libcxx  osx-64  (exists for macOS only)
        libgcc  linux-64  (a part of the compiler's runtime)
      1 package is built for each platform
      what is tested on one platform is not what runs on another
    --- stderr
    ");
    insta::assert_snapshot!(context.show(&["diff", "--platforms", "--exit-code", "--format", "markdown", "a-linux-64.lock", "a-osx-64.lock"]), @"
    exit: 1
    --- stdout
    ### a: what is tested on one platform is not what runs on another

    | package | versions |
    | --- | --- |
    | python | 3.11.4 on osx-64; 3.12.1 on linux-64 |

    | package | only on | why |
    | --- | --- | --- |
    | only | linux-64 |  |

    <details><summary>2 on some platforms only, as it has to be</summary>

    | package | only on | why |
    | --- | --- | --- |
    | libcxx | osx-64 | exists for macOS only |
    | libgcc | linux-64 | a part of the compiler's runtime |

    </details>
    --- stderr
    ");
    let json = context.ok(&["diff", "--platforms", "--format", "json", "a-linux-64.lock"]);
    assert!(json.contains("\"matters\": false"), "{json}");
}

#[test]
fn young_packages_are_told() {
    let (context, _server) = TestContext::new().with_channel(
        "{platforms: [linux-64], packages: {app: {versions: {1.0: 2020-01-01, 1.1: 2026-02-01}}, \
         tool: {versions: {1.0: 2020-01-01, 2.0: 2021-01-01}}}}",
    );
    context
        .write("environment.yml", "channels: [conda-forge]\ndependencies: [app =1.0, tool =1]\n");
    let lock = ["-k", "pixi,lock", "-p", "linux-64"];
    context.ok(&lock);
    fs_err::rename(context.path("pixi.lock"), context.path("old.lock")).unwrap();
    fs_err::rename(context.path("conda-lock.yml"), context.path("old.yml")).unwrap();
    context.write("environment.yml", "channels: [conda-forge]\ndependencies: [app, tool]\n");
    context.ok(&["-U", "-k", "pixi,lock", "-p", "linux-64"]);
    let since = ["--younger-than", "2026-01-15"];
    insta::assert_snapshot!(context.show(&[&["diff", "old.lock", "pixi.lock"], &since[..]].concat()), @"
    exit: 0
    --- stdout
      named in specs
        ~ tool  1.0 -> 2.0 (major)
        ~ app   1.0 -> 1.1 (minor)
      built after 2026-01-15
        app 1.1  built 2026-02-01
      download for linux-64: 3 kB -> 3 kB
    2 upgraded
    --- stderr
    ");
    insta::assert_snapshot!(context.show(&[&["diff", "old.yml", "conda-lock.yml", "--format", "markdown"], &since[..]].concat()), @"
    exit: 0
    --- stdout
    ### 2 upgraded

    2 changed packages have no known age (only pixi.lock keeps ages).

    | package | before | after | kind | platforms |
    | --- | --- | --- | --- | --- |
    | [tool](https://anaconda.org/conda-forge/tool) | 1.0 | 2.0 | major | all |
    | [app](https://anaconda.org/conda-forge/app) | 1.0 | 1.1 | minor | all |
    --- stderr
    ");
    insta::assert_snapshot!(context.show(&["diff", "old.lock", "pixi.lock", "--younger-than", "new"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `new` is neither a date nor an age
     = hint: write a date (`2026-01-31`), a moment (`2026-01-31T12:00:00Z`) or an age (`7d`, `36h`, `2 weeks`, `P7D`)
    ");
}

#[test]
fn categories_and_colours() {
    let context = TestContext::new();
    let lock = |category: &str, optional: &str| {
        format!(
            "version: 1\nmetadata:\n  content_hash: {{}}\n  channels: []\n  platforms: [linux-64]\n  sources: []\n\
             package:\n- name: a\n  version: '1.0'\n  manager: conda\n  platform: linux-64\n  dependencies: {{}}\n  \
             url: https://conda.anaconda.org/conda-forge/noarch/a-1.0-0.conda\n  hash:\n    md5: 'd41d8cd98f00b204e9800998ecf8427e'\n  \
             category: {category}\n  optional: {optional}\n"
        )
    };
    context.write("old.yml", &lock("dev", "true"));
    context.write("new.yml", &lock("main", "false"));
    insta::assert_snapshot!(context.show(&["diff", "old.yml", "new.yml"]), @"
    exit: 0
    --- stdout
      named in specs
        ~ a  1.0 category dev -> main
    1 in other categories
    --- stderr
    ");
    let colored = context.ok(&["--color", "always", "diff", "old.yml", "new.yml"]);
    assert!(colored.contains("\u{1b}["), "{colored:?}");
}
