//! `lockit lint` and `lockit rule`.

use std::io::Write as _;
use std::process::Stdio;

use lockit_testkit::Server;

use crate::context::{TestContext, test_data};

const GOOD: &str =
    "channels: [conda-forge, nodefaults]\ndependencies:\n  - python=3.12\n  - numpy\n";
const PINNED: &str =
    "channels: [conda-forge]\ndependencies:\n  - numpy=1.26.4=py312hc5e2394_0  # fast\n";

#[test]
fn findings_are_shown_and_counted() {
    let context = TestContext::new();
    context.write("environment.yml", GOOD);
    context.write("pinned-environment.yml", PINNED);
    insta::assert_snapshot!(context.show(&["lint"]), @"
    exit: 1
    --- stdout
    warning[LK002]: `numpy` is pinned to one build
     --> pinned-environment.yml:3:18
      |
    3 |   - numpy=1.26.4=py312hc5e2394_0  # fast
      |                  ^^^^^^^^^^^^^^^ of one platform, one interpreter and one day
      |
      = hint: leave the build to the lockfile; to choose a variant write a glob such as `=*=*cuda*`
    --- stderr
    found 1 problem in 1 of 2 files; 1 can be mended with `--fix`
    ");
    insta::assert_snapshot!(context.show(&["lint", "--ignore", "build-string"]), @"
    exit: 0
    --- stdout
    --- stderr
    ok 2 files
    ");
    insta::assert_snapshot!(context.show(&["lint", "--exit-zero", "--format", "concise", "--select", "LK002"]), @"
    exit: 0
    --- stdout
    pinned-environment.yml:3:18: LK002 `numpy` is pinned to one build (build-string)
    --- stderr
    found 1 problem in 1 of 2 files; 1 can be mended with `--fix`
    ");
    insta::assert_snapshot!(context.show(&["lint", "--select", "bild-string"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is no rule `bild-string`
     = hint: did you mean `build-string`?
    ");
}

#[test]
fn names_that_no_channel_has_are_found_offline() {
    let context = TestContext::new();
    let spec = |channels: &str| {
        format!(
            "channels: [{channels}, nodefaults]\ndependencies:\n  - torch >=2\n  - sklearn  # fast\n  - graphviz\n"
        )
    };
    context.write("environment.yml", &spec("conda-forge"));
    insta::assert_snapshot!(context.show(&["lint"]), @"
    exit: 1
    --- stdout
    warning[LK022]: no public channel has a package `torch`
     --> environment.yml:3:5
      |
    3 |   - torch >=2
      |     ^^^^^^^^^ conda calls it `pytorch`
      |
      = hint: write `pytorch` in place of `torch`

    warning[LK022]: no public channel has a package `sklearn`
     --> environment.yml:4:5
      |
    4 |   - sklearn  # fast
      |     ^^^^^^^ conda calls it `scikit-learn`
      |
      = hint: write `scikit-learn` in place of `sklearn`
    --- stderr
    found 2 problems in 1 of 1 file
    ");
    // A channel of somebody may have them.
    context.write("environment.yml", &spec("conda-forge, https://conda.example.org/team"));
    assert!(context.ok(&["lint"]).contains("ok 1 file"));
}

#[test]
fn every_file_is_looked_at_whatever_is_wrong_with_others() {
    let context = TestContext::new();
    context.write("a.yml", "dependencies: [\n");
    context.write("b.yml", PINNED);
    context.write("compose.yml", "services: {}\n");
    fs_err::write(context.path("bytes.yml"), b"\xff\xfe\x00\xd8\x01").unwrap();
    insta::assert_snapshot!(context.show(&["lint", "--format", "concise", "a.yml", "b.yml", "compose.yml", "missing.yml", "bytes.yml"]), @"
    exit: 2
    --- stdout
    a.yml:1:15: LK000 `[` is opened and never closed (invalid-file)
    b.yml:3:18: LK002 `numpy` is pinned to one build (build-string)
    compose.yml:1:1: LK000 this is not an environment file: the key `dependencies` is missing (invalid-file)
    missing.yml: LK000 there is no file `missing.yml` (invalid-file)
    bytes.yml: LK000 cannot read `bytes.yml` (invalid-file)
    --- stderr
    found 5 problems in 5 of 5 files; 1 can be mended with `--fix`
    ");
    // In a folder, and for a hook, files of other kinds are nobody's fault.
    insta::assert_snapshot!(context.show(&["lint", "--format", "concise", "."]), @"
    exit: 1
    --- stdout
    b.yml:3:18: LK002 `numpy` is pinned to one build (build-string)
    --- stderr
    found 1 problem in 1 of 1 file; 1 can be mended with `--fix`
    ");
    insta::assert_snapshot!(context.show(&["lint", "--skip-others", "compose.yml", "bytes.yml"]), @"
    exit: 0
    --- stdout
    --- stderr
    ok 0 files
    ");
}

#[test]
fn nothing_to_look_at_is_said() {
    let context = TestContext::new();
    insta::assert_snapshot!(context.show(&["lint"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is nothing to look at
     = hint: name files or folders, for example `lockit lint .`, or write an `environment.yml`
    ");
}

#[test]
fn fix_writes_and_diff_shows() {
    let context = TestContext::new();
    context.write("environment.yml", PINNED);
    insta::assert_snapshot!(context.show(&["lint", "--diff"]), @"
    exit: 1
    --- stdout
    --- a/environment.yml
    +++ b/environment.yml
    @@ -1,3 +1,3 @@
     channels: [conda-forge]
     dependencies:
    -  - numpy=1.26.4=py312hc5e2394_0  # fast
    +  - numpy=1.26.4  # fast
    --- stderr
    ");
    assert_eq!(context.read("environment.yml"), PINNED, "nothing is written");
    insta::assert_snapshot!(context.show(&["lint", "--fix"]), @"
    exit: 0
    --- stdout
    --- stderr
    mended environment.yml
      remove the build string of `numpy`
    ok 1 file
    ");
    assert!(context.read("environment.yml").ends_with("  - numpy=1.26.4  # fast\n"));
    let stamps = context.stamps();
    insta::assert_snapshot!(context.show(&["lint", "--fix"]), @"
    exit: 0
    --- stdout
    --- stderr
    ok 1 file
    ");
    assert_eq!(context.stamps(), stamps, "what is right is not written again");
    insta::assert_snapshot!(context.show(&["lint", "--diff"]), @"
    exit: 0
    --- stdout
    --- stderr
    ");
}

#[test]
fn exports_in_utf_16_become_specs_in_utf_8() {
    let context = TestContext::new();
    let export = "name: x\r\ndependencies:\r\n  - openssl=3.0.7=h1234567_1\r\n  - python=3.11.0=h1234567_1\r\n  - sqlite=3.40.0=h1234567_1\r\n  - tk=8.6.12=h1234567_0\r\n  - ucrt=10.0=h1234567_0\r\n  - vc=14.3=h1234567_10\r\n  - zlib=1.2.13=h1234567_4\r\nprefix: C:\\envs\\x\r\n";
    let bytes: Vec<u8> =
        [0xfeff].into_iter().chain(export.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    fs_err::write(context.path("environment.yml"), bytes).unwrap();
    let said = context.show(&["lint"]);
    assert!(said.contains("LK001") && said.contains("it came from Windows"), "{said}");
    context.ok(&["lint", "--fix"]);
    assert_eq!(
        context.read("environment.yml"),
        "name: x\r\ndependencies:\r\n  - python=3.11.0\r\n  - tk=8.6.12\r\n"
    );
}

#[test]
fn exports_are_reduced_by_the_index_of_their_channel() {
    let server = Server::builder(test_data().join("channel")).start().unwrap();
    let context = TestContext::new().with_mirror(&server);
    let export = "channels: [conda-forge]
dependencies:
  - bzip2=1.0.8=h1234567_7
  - ca-certificates=2025.7.14=h1234567_0
  - libffi=3.4.6=h1234567_1
  - numpy=2.3.1=py312h1234567_0
  - openssl=3.5.1=h1234567_0
  - pandas=2.3.1=py312h1234567_0
  - python=3.12.11=h1234567_0_cpython
  - python-dateutil=2.9.0=pyhd8ed1ab_2
  - six=1.17.0=pyhd8ed1ab_0
  - somewhere-else=1.0=pyhd8ed1ab_0
";
    context.write("environment.yml", export);
    insta::assert_snapshot!(context.show(&["lint", "--fix", "--offline"]), @"
    exit: 0
    --- stdout
    --- stderr
    mended environment.yml
      removed 4 packages that others bring along, by a built-in list of low-level libraries
      removed 6 build strings
    ok 1 file
    ");
    context.write("environment.yml", export);
    insta::assert_snapshot!(context.show(&["lint", "--fix", "--online"]), @"
    exit: 0
    --- stdout
    --- stderr
    mended environment.yml
      removed 7 packages that others bring along, by the index of `conda-forge`
      removed 3 build strings
      look at these, which cannot be locked as they are: `somewhere-else` is not there
      `--pins minor` or `--pins none` lets go of exact versions
    ok 1 file
    ");
    insta::assert_snapshot!(context.read("environment.yml"), @"
    channels: [conda-forge]
    dependencies:
      - pandas=2.3.1
      - python=3.12.11
      - somewhere-else=1.0
    ");
}

#[test]
fn the_project_chooses_rules_and_files() {
    let context = TestContext::new();
    context.write("dev.yml", PINNED);
    context.write("predict.yml", "channels: [conda-forge]\ndependencies: [gunicorn]\n");
    let project = |lint: &str| {
        context.write(
            "lockit.toml",
            &format!("{lint}\n[environments.dev]\nfiles = ['dev.yml']\n[environments.predict]\nfiles = ['predict.yml']\nsame-versions-as = 'dev'\n"),
        );
    };
    project("");
    insta::assert_snapshot!(context.show(&["lint", "--format", "concise"]), @"
    exit: 1
    --- stdout
    dev.yml:3:18: LK002 `numpy` is pinned to one build (build-string)
    predict.yml:2:16: LK016 `gunicorn` is not asked for in `dev` (not-in-base)
    --- stderr
    found 2 problems in 2 of 2 files; 1 can be mended with `--fix`
    ");
    project("[lint]\nignore = ['LK002']\n");
    insta::assert_snapshot!(context.show(&["lint", "--format", "concise"]), @"
    exit: 1
    --- stdout
    predict.yml:2:16: LK016 `gunicorn` is not asked for in `dev` (not-in-base)
    --- stderr
    found 1 problem in 1 of 2 files
    ");
    project("[lint]\nselect = ['missing-nodefaults']\n");
    insta::assert_snapshot!(context.show(&["lint", "--format", "concise"]), @"
    exit: 1
    --- stdout
    dev.yml:1:12: LK020 `nodefaults` is missing from the channels (missing-nodefaults)
    predict.yml:1:12: LK020 `nodefaults` is missing from the channels (missing-nodefaults)
    --- stderr
    found 2 problems in 2 of 2 files
    ");
    project("[lint]\nignore = ['LK999']\n");
    insta::assert_snapshot!(context.show(&["lint"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is no rule `LK999`
     --> lockit.toml:2:11
      |
    2 | ignore = ['LK999']
      |           ^^^^^^^
      |
      = hint: `lockit rule` lists all rules
    ");
}

#[test]
fn standard_input_has_a_name() {
    let context = TestContext::new();
    let mut child = context
        .command(&["lint", "-", "--stdin-filename", "envs/x.yml", "--format", "concise"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(PINNED.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stdout).unwrap().starts_with("envs/x.yml:3:18: LK002"));
}

#[test]
fn lockfiles_are_looked_at_too() {
    let context = TestContext::new();
    let url = "https://conda.anaconda.org/conda-forge/noarch/tzdata-2024b-hc8b5060_0.conda";
    context.write(
        "conda-linux-64.lock",
        &format!("# platform: linux-64\n@EXPLICIT\n{url}#8ac3367aafb1cc0a068483c580af8015\n"),
    );
    insta::assert_snapshot!(context.show(&["lint", "conda-linux-64.lock"]), @"
    exit: 1
    --- stdout
    warning[LK103]: 1 of 1 packages have an md5 and no sha256
     --> conda-linux-64.lock:3:1
      |
    3 | https://conda.anaconda.org/conda-forge/noarch/tzdata-2024b-hc8b5060_0.conda#8ac3367aafb1cc0a068483c580af8015
      | ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ cannot be trusted to be the same
      |
      = note: the first is `tzdata 2024b`
      = hint: lock again: `lockit lock` writes sha256 digests unless `--md5` asks for the others
    --- stderr
    found 1 problem in 1 of 1 file
    ");
}

#[test]
fn rules_are_explained() {
    let context = TestContext::new();
    insta::assert_snapshot!(context.show(&["rule"]), @"
    exit: 0
    --- stdout
    LK000 invalid-file             The file cannot be read, or a part of it is wrong
    LK001 env-export               The file is the output of `conda env export`, not something a person wrote, can be mended
    LK002 build-string             A package is pinned to one build, can be mended
    LK003 os-specific-package      A package of one operating system has no selector, and the file is meant for others too, can be mended
    LK004 prefix-key               The file names the folder it was installed in, can be mended
    LK005 low-level-pin            A low-level library is pinned to one version
    LK006 default-channel          Anaconda's default channels are mixed with conda-forge
    LK007 unknown-key              A key or a section means nothing
    LK008 mixed-selectors          Selectors are written in two notations
    LK009 repeated-package         A package is listed twice
    LK010 contradiction            Two constraints on a package exclude each other
    LK011 pip-section-without-pip  There is a `pip:` section, but `pip` is not among the dependencies, can be mended
    LK012 conda-and-pip            A package is listed for conda and for pip
    LK013 unmatchable-version      A version constraint matches less than it seems to, can be mended
    LK014 url-credentials          A login or token is written out
    LK015 subdir-channel           A package is taken from the folder of one platform
    LK016 not-in-base              The service needs a package that the development environment does not have
    LK017 unused-allow             A comment allows what does not occur, can be mended
    LK018 environment-name         The name of the environment is one that conda refuses or keeps for itself
    LK019 ignored-text             A part of the file has no effect
    LK020 missing-nodefaults       `nodefaults` is missing, so conda adds Anaconda's default channels, off unless selected
    LK021 activation-variable      A variable is not activated as it is written, or decides which code runs
    LK022 pypi-name                A conda dependency has the name of a module or of a PyPI package, and conda calls the package otherwise
    LK101 stale-lock               A lockfile does not hold what its specs ask for
    LK102 edited-lock              A lockfile was changed by hand
    LK103 weak-hash                Packages of a lockfile have no sha256
    LK104 missing-platform         A lockfile lacks a platform that its specs are meant for
    --- stderr
    ");
    insta::assert_snapshot!(context.show(&["rule", "lk004"]), @"
    exit: 0
    --- stdout
    # prefix-key (LK004)

    The file names the folder it was installed in.

    ## What it does

    Reports the key `prefix:`.

    ## Why is this bad?

    The path belongs to one machine, shows who worked there, and is ignored or in the way everywhere else.

    ## Example

    ```yaml
    prefix: /home/ada/miniforge3/envs/work
    ```

    ## Instead

    Leave it out; `conda env create -p PATH` says where. `--fix` removes the line.
    --- stderr
    ");
    insta::assert_snapshot!(context.show(&["rule", "prefix-keys"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is no rule `prefix-keys`
     = hint: did you mean `prefix-key`?
    ");
}

/// A project with a lockfile that is up to date.
fn locked(kind: &str) -> (TestContext, lockit_testkit::Server) {
    let (context, server) = TestContext::new().with_channel(
        "{platforms: [linux-64, osx-arm64, osx-64], packages: {app: {versions: [1.0, 2.0], depends: [tool]}, \
         tool: {versions: [1.0]}}}",
    );
    context.write(
        "environment.yml",
        "channels: [conda-forge]\nplatforms: [linux-64, osx-arm64]\ndependencies:\n  - app =1\n",
    );
    context.ok(&["-k", kind]);
    (context, server)
}

#[test]
fn lockfiles_are_compared_with_their_specs() {
    let (context, _server) = locked("lock");
    context.ok(&["lint", "conda-lock.yml"]);
    context.edit("environment.yml", "app =1", "app =2");
    insta::assert_snapshot!(context.show(&["lint", "conda-lock.yml"]), @"
    exit: 1
    --- stdout
    error[LK101]: `conda-lock.yml` is not what its specs ask for
     = note: `app =2` in environment.yml:4 is not satisfied by app 1.0 on linux-64, osx-arm64
     = hint: run `lockit -f environment.yml -k lock`
    --- stderr
    found 1 problem in 1 of 1 file
    ");
    context.edit("environment.yml", "app =2", "app =1");
    context.edit("environment.yml", "osx-arm64]", "osx-arm64, osx-64]");
    insta::assert_snapshot!(context.show(&["lint", "conda-lock.yml"]), @"
    exit: 1
    --- stdout
    error[LK104]: `conda-lock.yml` lacks osx-64
     = hint: run `lockit -f environment.yml -k lock`, or do not ask for the platform
    --- stderr
    found 1 problem in 1 of 1 file
    ");
    // Where the specs are not known, nothing is said about them.
    fs_err::remove_file(context.path("environment.yml")).unwrap();
    context.ok(&["lint", "conda-lock.yml"]);
}

#[test]
fn lockfiles_that_were_edited_are_known() {
    let (context, _server) = locked("explicit");
    let text = context.read("conda-linux-64.lock");
    let without: String =
        text.split_inclusive('\n').filter(|line| !line.contains("/app-")).collect();
    context.write("conda-linux-64.lock", &without);
    insta::assert_snapshot!(context.show(&["lint", "."]), @"
    exit: 1
    --- stdout
    error[LK102]: `conda-linux-64.lock` was made from these specs, but does not satisfy them: it was changed since
     = note: `app =1` in environment.yml:4 is not locked on linux-64
     = note: tool 1.0 is locked on linux-64, but nothing asks for it
     = hint: run `lockit -f environment.yml`
    --- stderr
    found 1 problem in 1 of 3 files
    ");

    let (context, _server) = locked("lock");
    context.edit(
        "conda-lock.yml",
        "  version: '1.0'\n  manager: conda\n  platform: linux-64",
        "  version: '1.5'\n  manager: conda\n  platform: linux-64",
    );
    insta::assert_snapshot!(context.show(&["lint", "conda-lock.yml"]), @"
    exit: 1
    --- stdout
    error[LK102]: `app 1.5` has the address of `app 1.0`
      --> conda-lock.yml:36:8
       |
    36 |   url: https://conda.anaconda.org/conda-forge/linux-64/app-1.0-h7039ca2_0.conda
       |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no tool writes this
       |
       = hint: lock again with `lockit`

    error[LK102]: `tool 1.5` has the address of `tool 1.0`
      --> conda-lock.yml:59:8
       |
    59 |   url: https://conda.anaconda.org/conda-forge/linux-64/tool-1.0-hb53126a_0.conda
       |        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^ no tool writes this
       |
       = hint: lock again with `lockit`
    --- stderr
    found 2 problems in 1 of 1 file
    ");

    // Without specs, what contradicts itself still shows.
    context.write(
        "other/conda-lock.yml",
        &context.read("conda-lock.yml").replace("environment.yml", "gone.yml"),
    );
    let said = context.show(&["lint", "other/conda-lock.yml", "--format", "concise"]);
    assert!(said.contains("LK102"), "{said}");
}
