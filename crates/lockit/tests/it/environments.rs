//! Several files, several environments, one truth: merging, `lockit.toml`, `--env`,
//! `same-versions-as`.

use insta::assert_snapshot;
use lockit_testkit::Server;

use crate::context::{TestContext, file_snapshot};

const PLATFORMS: [&str; 4] = ["linux-64", "linux-aarch64", "osx-64", "osx-arm64"];

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0, 2.0, 3.0], noarch: generic, depends: lib}
  lib: {versions: [1.0, 2.0], depends: [{linux: base}]}
  base: {versions: [1.0]}
  tool: {versions: [1.0, 1.1], noarch: generic}
  extra: {versions: [1.0], noarch: generic, depends: lib}
";

fn reference() -> (TestContext, Server) {
    let server = Server::builder(lockit_testkit::test_data("channel")).start().unwrap();
    (TestContext::new().with_reference_project().with_mirror(&server), server)
}

fn small() -> (TestContext, Server) {
    TestContext::new().with_channel(CHANNEL)
}

fn spec(name: &str, dependencies: &str) -> String {
    format!(
        "name: {name}\nchannels: [conda-forge]\nplatforms: [linux-64, osx-arm64]\ndependencies: [{dependencies}]\n"
    )
}

#[test]
fn a_project_is_locked_in_one_go() {
    let (context, server) = reference();
    assert_snapshot!(context.show(&[]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 environments on 4 platforms in [TIME]
    dev
      linux-64         67 packages  conda-linux-64.lock new
      linux-aarch64    67 packages  conda-linux-aarch64.lock new
      osx-64           65 packages  conda-osx-64.lock new
      osx-arm64        65 packages  conda-osx-arm64.lock new
    predict
      linux-64         48 packages  predict-linux-64.lock new
      linux-aarch64    48 packages  predict-linux-aarch64.lock new
      osx-64           45 packages  predict-osx-64.lock new
      osx-arm64        45 packages  predict-osx-arm64.lock new
    ");
    assert_snapshot!(context.files().join("\n"), @"
    conda-linux-64.lock
    conda-linux-aarch64.lock
    conda-osx-64.lock
    conda-osx-arm64.lock
    environment.yml
    lockit.toml
    predict-environment.yml
    predict-linux-64.lock
    predict-linux-aarch64.lock
    predict-osx-64.lock
    predict-osx-arm64.lock
    ");
    // One gateway: no index is asked for twice.
    let requests = server.take_requests();
    let mut seen = std::collections::BTreeSet::new();
    let again: Vec<String> = requests
        .iter()
        .filter(|one| !seen.insert((one.method.clone(), one.path.clone())))
        .map(ToString::to_string)
        .collect();
    assert!(again.is_empty(), "{again:#?}");

    let before = context.stamps();
    assert_snapshot!(context.show(&[]), @"
    exit: 0
    --- stdout
    --- stderr
    ok everything is up to date
    ");
    assert_snapshot!(context.show(&["check"]), @"
    exit: 0
    --- stdout
    --- stderr
    ok the locks of 2 environments are up to date
    ");
    assert_eq!(context.stamps(), before);
    assert!(server.requests().is_empty(), "{:?}", server.requests());
}

/// What was tested with `dev` is what ships in `predict`.
#[test]
fn every_package_of_predict_is_the_very_record_of_dev() {
    let (context, _server) = reference();
    // The index has something newer for predict than what dev allows.
    context.edit("environment.yml", "- pandas", "- pandas <2.3");
    context.ok(&[]);
    for platform in PLATFORMS {
        let dev = context.urls(&format!("conda-{platform}.lock"));
        let predict = context.urls(&format!("predict-{platform}.lock"));
        assert!(predict.len() > 30, "{platform}");
        assert!(predict.iter().all(|url| dev.contains(url)), "{platform}");
        assert!(predict.iter().any(|url| url.contains("/pandas-2.2.3-")), "{platform}");
        assert!(!predict.iter().any(|url| url.contains("jupyter")), "{platform}");
    }
}

#[test]
fn what_predict_asks_for_narrows_dev() {
    let (context, _server) = reference();
    context.edit("predict-environment.yml", "- scikit-learn", "- scikit-learn =1.6");
    context.ok(&[]);
    for platform in PLATFORMS {
        let dev = context.locked(&format!("conda-{platform}.lock"));
        assert!(dev.contains("scikit-learn 1.6.1"), "{platform}: {dev}");
    }
    context.ok(&["check"]);
    // ... and when it no longer asks, dev keeps what it has.
    context.edit("predict-environment.yml", "- scikit-learn =1.6", "- scikit-learn");
    context.ok(&[]);
    assert!(context.locked("conda-linux-64.lock").contains("scikit-learn 1.6.1"));
    context.ok(&["check"]);
}

#[test]
fn predict_asks_for_what_dev_does_not_have() {
    let (context, server) = small();
    context.write("environment.yml", &spec("dev", "app"));
    context.write("predict-environment.yml", &spec("predict", "app, tool"));
    let project = "[environments.dev]\nfiles = ['environment.yml']\n\
                   [environments.predict]\nfiles = ['predict-environment.yml']\nsame-versions-as = 'dev'\n";
    context.write("lockit.toml", project);
    assert_snapshot!(context.show(&[]), @"
    exit: 1
    --- stdout
    --- stderr
    locked 1 environment on 2 platforms in [TIME]
    dev
      linux-64          3 packages  conda-linux-64.lock new
      osx-arm64         2 packages  conda-osx-arm64.lock new
    predict
      linux-64       not solved
      osx-arm64      not solved
    error: `predict` takes its versions from `dev`, which does not contain `tool`
     --> predict-environment.yml:4:21
      |
    4 | dependencies: [app, tool]
      |                     ^^^^ not in `dev` on linux-64, osx-arm64
      |
      = hint: add it to the spec of `dev`, or drop `same-versions-as`
    ");
    // A wish that dev contradicts.
    context.write("environment.yml", &spec("dev", "app =3, tool"));
    context.write("predict-environment.yml", &spec("predict", "app <3"));
    assert_snapshot!(context.show(&[]), @"
    exit: 1
    --- stdout
    --- stderr
    locked nothing in [TIME]
    dev
      linux-64       not solved, what was locked is kept
      osx-arm64      not solved, what was locked is kept
    predict
      linux-64       not solved
      osx-arm64      not solved
    error: `dev` cannot be solved for linux-64, osx-arm64
     --> environment.yml:4:16
      |
    4 | dependencies: [app =3, tool]
      |                ^^^^^^ without this, 2.0 is possible
      |
     ::: predict-environment.yml:4:16
      |
    4 | dependencies: [app <3]
      |                ------ `predict` takes its versions from `dev`
      |
      = note: on linux-64:
              The following packages are incompatible
              └─ app 3.* can be installed with any of the following options:
                 └─ app 3.0
              └─ the constraint app <3 cannot be fulfilled

    error: `predict` is not locked for linux-64, osx-arm64: `dev`, whose versions it takes, is not
    ");
    drop(server);
}

#[test]
fn environments_by_flag() {
    let (context, _server) = small();
    context.write("a.yml", &spec("a", "app <3, tool"));
    context.write("b.yml", &spec("b", "app"));
    context.write("c.yml", &spec("c", "extra"));
    assert_snapshot!(
        context.show(&["--env", "dev=a.yml,c.yml", "--env", "predict=b.yml:dev", "-k", "lock", "-k", "pixi"]),
        @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 environments on 2 platforms in [TIME]
    dev
      2 platforms       9 packages  dev.conda-lock.yml new
      2 platforms       9 packages  pixi.lock new
    predict
      2 platforms       5 packages  predict.conda-lock.yml new
      2 platforms       5 packages  pixi.lock new
    "
    );
    assert_eq!(
        context.locked_for("dev.conda-lock.yml", "linux-64"),
        "app 2.0, base 1.0, extra 1.0, lib 2.0, tool 1.1"
    );
    assert_eq!(
        context.locked_for("predict.conda-lock.yml", "linux-64"),
        "app 2.0, base 1.0, lib 2.0"
    );
    assert_eq!(context.locked_for("predict.conda-lock.yml", "osx-arm64"), "app 2.0, lib 2.0");
    let head: Vec<String> =
        context.read("predict.conda-lock.yml").lines().take(6).map(str::to_owned).collect();
    assert_snapshot!(head.join("\n"), @r#"
    # Generated by lockit.
    # Install this environment as "NAME" with either of:
    #     conda-lock install -n NAME predict.conda-lock.yml
    #     micromamba create -n NAME -f predict.conda-lock.yml
    # Make this file again, after a change of its sources, with:
    #     lockit --env dev=a.yml,c.yml --env predict=b.yml:dev -k lock
    "#);

    let mut errors = String::new();
    for env in [
        &["dev"][..],
        &["dev="],
        &["=a.yml"],
        &["dev=a.yml:"],
        &["dev=a.yml", "predict=b.yml:dve"],
        &["dev=a.yml", "dev=b.yml"],
        &["dev=a.yml:predict", "predict=b.yml:dev"],
        &["dev=nowhere.yml"],
        &["dev/../..=a.yml"],
    ] {
        let args: Vec<&str> = env.iter().flat_map(|one| ["--env", one]).collect();
        errors.push_str(&context.show(&args).replace("--- stdout\n--- stderr\n", ""));
    }
    file_snapshot!("environment-flag-errors", errors);
}

#[test]
fn one_environment_of_several() {
    let (context, _server) = reference();
    // With the one that takes its versions: what that asks for narrows it.
    context.ok(&["--environment", "dev"]);
    assert_eq!(context.files().iter().filter(|name| name.contains("64.lock")).count(), 8);
    // With the one whose versions it takes.
    context.edit("environment.yml", "- pandas", "- pandas <2.3");
    context.ok(&["--environment", "predict", "-p", "linux-64"]);
    assert!(context.locked("predict-linux-64.lock").contains("pandas 2.2.3"));
    assert!(context.locked("conda-linux-64.lock").contains("pandas 2.2.3"));
    assert_snapshot!(context.show(&["--environment", "predit"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `lockit.toml` declares no environment `predit`
     = hint: did you mean `predict`?
    ");
    fs_err::remove_file(context.path("lockit.toml")).unwrap();
    assert_snapshot!(context.show(&["--environment", "predict"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `--environment` selects from lockit.toml, and there is none here
     = hint: use `-f FILE`, or `--env NAME=FILE`
    ");
}

#[test]
fn a_project_works_from_its_subfolders() {
    let (context, server) = reference();
    context.ok(&[]);
    let before = context.stamps();
    server.take_requests();
    context.write("src/deep/er.txt", "");
    let output =
        context.command(&["check"]).current_dir(context.path("src/deep")).output().unwrap();
    assert!(output.status.success(), "{}", context.render(&output));
    let output = context.command(&[]).current_dir(context.path("src/deep")).output().unwrap();
    assert!(output.status.success(), "{}", context.render(&output));
    assert!(server.requests().is_empty());
    let output =
        context.command(&["--upgrade"]).current_dir(context.path("src/deep")).output().unwrap();
    assert!(output.status.success(), "{}", context.render(&output));
    assert_eq!(context.stamps(), before);
    // The same with the folder as a flag, from outside.
    let output = context
        .command(&["check", "--directory", "project"])
        .current_dir(context.path(".."))
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", context.render(&output));
    // An error there names the file as seen from here.
    context.edit("environment.yml", "- pandas", "- pandas >>2");
    let output =
        context.command(&["check"]).current_dir(context.path("src/deep")).output().unwrap();
    assert_snapshot!(context.render(&output), @"
    exit: 2
    --- stdout
    --- stderr
    error: `>>2` is not a version constraint
      --> [TEMP]/project/environment.yml:14:12
       |
    14 |   - pandas >>2
       |            ^^^
       |
       = hint: write for example `=1.2` (1.2 and all 1.2.x), `==1.2.3`, `>=1.2,<2` or `1.2.*`
    ");
}

#[test]
fn a_project_in_pyproject_toml() {
    let (context, _server) = small();
    context.write("environment.yml", "dependencies: [app]\n");
    context.write("predict-environment.yml", "dependencies: [lib]\n");
    context.write(
        "pyproject.toml",
        "[project]\nname = 'x'\n\n[tool.lockit]\nplatforms = ['linux-64']\nchannels = ['conda-forge']\n\
         kinds = ['lock', 'explicit']\nfilename-template = 'locks/{platform}.lock'\n\n\
         [tool.lockit.environments.dev]\nfiles = ['environment.yml']\n\n\
         [tool.lockit.environments.predict]\nfiles = ['predict-environment.yml']\nsame-versions-as = 'dev'\n\
         filename-template = 'locks/predict-{platform}.lock'\n",
    );
    assert_snapshot!(context.show(&[]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 environments on 1 platform in [TIME]
    dev
      1 platform        3 packages  conda-lock.yml new
      linux-64          3 packages  locks/linux-64.lock new
    predict
      1 platform        2 packages  predict.conda-lock.yml new
      linux-64          2 packages  locks/predict-linux-64.lock new
    ");
    let header: Vec<String> = context
        .read("locks/predict-linux-64.lock")
        .lines()
        .filter(|line| line.starts_with("# source") || line.starts_with("# regenerate"))
        .map(str::to_owned)
        .collect();
    assert_snapshot!(header.join("\n"), @"
    # regenerate: lockit
    # source: ../predict-environment.yml
    ");
    context.ok(&["check"]);
}

/// Later files add; constraints on one package are intersected; neither replaces the other.
#[test]
fn several_files_are_one_environment() {
    let (context, _server) = small();
    context.write("environment.yml", &spec("base", "app <3, lib"));
    context.write("more.yml", &spec("more", "app >=1.5, tool =1.0"));
    context.ok(&["-f", "environment.yml", "-f", "more.yml"]);
    assert_eq!(context.locked("conda-linux-64.lock"), "app 2.0, base 1.0, lib 2.0, tool 1.0");
    let header: Vec<String> = context
        .read("conda-linux-64.lock")
        .lines()
        .take_while(|line| line.starts_with('#'))
        .filter(|line| !line.contains("input_hash"))
        .map(str::to_owned)
        .collect();
    assert_snapshot!(header.join("\n"), @"
    # Generated by lockit.
    # platform: linux-64
    # regenerate: lockit -f environment.yml -f more.yml
    # environment: base
    # source: environment.yml
    # source: more.yml
    # channel: conda-forge
    # requested: app
    # requested: lib
    # requested: tool
    # assumes: __archspec=1=x86_64
    # assumes: __glibc=2.28
    # assumes: __linux=4.18
    # assumes: __unix=0
    ");

    context.write("more.yml", &spec("more", "app >=3, tool"));
    assert_snapshot!(context.show(&["-f", "environment.yml", "-f", "more.yml"]), @"
    exit: 2
    --- stdout
    --- stderr
    error[LK010]: `app <3` and `app >=3` cannot both hold
     --> more.yml:4:16
      |
    4 | dependencies: [app >=3, tool]
      |                ^^^^^^^ no version fits both
      |
     ::: environment.yml:4:16
      |
    4 | dependencies: [app <3, lib]
      |                ------ contradicts this
      |
      = note: the files are merged into one environment: constraints of all files must hold
      = hint: drop or change one of the two constraints on `app`
    ");
}

#[test]
fn platforms_and_channels_by_flag_win() {
    let (context, server) = small();
    context.write(
        "environment.yml",
        "channels: [no-such-channel]\nplatforms: [osx-64]\ndependencies: [tool]\n",
    );
    context.ok(&["-p", "linux-64", "-c", "conda-forge"]);
    assert_eq!(context.files(), ["conda-linux-64.lock", "environment.yml"]);
    assert!(server.requests().iter().all(|one| one.path.starts_with("conda-forge/")));
    assert_snapshot!(context.show(&["-p", "linux-46"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: the platform `linux-46` is not known
     = hint: did you mean `linux-64` or `linux-32`?
    ");
    // No platform at all.
    context.write("environment.yml", "channels: [conda-forge]\ndependencies: [tool]\n");
    assert_snapshot!(context.show(&[]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 4 platforms in [TIME]
      linux-64          1 package   conda-linux-64.lock changed
      linux-aarch64     1 package   conda-linux-aarch64.lock new
      osx-64            1 package   conda-osx-64.lock new
      osx-arm64         1 package   conda-osx-arm64.lock new
    ");
    fs_err::remove_file(context.path("environment.yml")).unwrap();
    assert_snapshot!(context.show(&[]), @"
    exit: 2
    --- stdout
    --- stderr
    error: nothing to lock: no lockit.toml and no environment.yml here
     = hint: name a file with `-f`, or declare environments in lockit.toml
    ");
}

/// pixi.lock holds all environments: a run about one of them must not lose the others.
#[test]
fn a_pixi_lock_keeps_environments_that_a_run_is_not_about() {
    let (context, _server) = small();
    context.write("a.yml", &spec("a", "app =1"));
    context.write("b.yml", &spec("b", "app =2"));
    context.write("c.yml", &spec("c", "tool"));
    let project = "kinds = ['pixi']\n[environments.a]\nfiles = ['a.yml']\n[environments.b]\nfiles = ['b.yml']\nstrategy = 'lowest'\n";
    context.write("lockit.toml", project);
    context.ok(&[]);
    let before = context.read("pixi.lock");
    assert!(before.contains("strategy: lowest-version"), "{before}");
    context.ok(&["--environment", "a", "--upgrade"]);
    assert_eq!(context.read("pixi.lock"), before);
    // Another one is added by flag ...
    assert_snapshot!(context.show(&["check", "--env", "c=c.yml", "-k", "pixi"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: `c` is not locked: `pixi.lock` does not hold it

    run `lockit --env c=c.yml -k pixi` to bring the lock up to date
    ");
    context.ok(&["--env", "c=c.yml", "-k", "pixi"]);
    assert_eq!(
        context.locked_for("pixi.lock", "linux-64"),
        "app 1.0, app 2.0, base 1.0, lib 1.0, lib 2.0, tool 1.1"
    );
    // ... a run of the whole project knows that nobody declares it.
    let shown = context.show(&["check"]);
    assert!(shown.contains("`pixi.lock` holds `c`, which the project no longer has"), "{shown}");
    context.ok(&["--upgrade"]);
    assert_eq!(context.read("pixi.lock"), before);
    // What cannot be solved keeps what it had.
    context.write("a.yml", &spec("a", "app =9"));
    let output = context.run(&["--upgrade"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(context.read("pixi.lock"), before);
}

/// The spec names two platforms, a flag chooses one: lockfiles of all platforms keep the other.
#[test]
fn a_platform_by_flag_is_a_part_of_the_lockfile() {
    let (context, _server) = small();
    context.write("environment.yml", &spec("dev", "app"));
    context.ok(&["-k", "lock,pixi"]);
    let before = (context.read("conda-lock.yml"), context.read("pixi.lock"));
    let all = context.locked("conda-lock.yml");
    context.write("environment.yml", &spec("dev", "app, tool"));
    context.ok(&["-k", "lock,pixi", "-p", "linux-64"]);
    for file in ["conda-lock.yml", "pixi.lock"] {
        assert!(context.urls(file).iter().any(|url| url.contains("/osx-arm64/lib-")), "{file}");
    }
    context.ok(&["check", "-k", "lock,pixi", "-p", "linux-64"]);
    assert_snapshot!(context.show(&["check", "-k", "lock,pixi"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: `tool` in environment.yml:4 is not locked on osx-arm64
     --> environment.yml:4:21
      |
    4 | dependencies: [app, tool]
      |                     ^^^^ not locked

    run `lockit -f environment.yml -k lock,pixi` to bring the lock up to date
    ");
    context.write("environment.yml", &spec("dev", "app"));
    context.ok(&["-k", "lock,pixi"]);
    assert_eq!(context.locked("conda-lock.yml"), all);
    assert_eq!((context.read("conda-lock.yml"), context.read("pixi.lock")), before);
}

/// `update` moves a package in the base and, being the same record, in what follows it.
#[test]
fn an_update_reaches_what_follows() {
    let (context, _server) = small();
    context.write("environment.yml", &spec("dev", "app =2, tool =1.0"));
    context.write("predict-environment.yml", &spec("predict", "app"));
    context.write(
        "lockit.toml",
        "[environments.dev]\nfiles = ['environment.yml']\n\
         [environments.predict]\nfiles = ['predict-environment.yml']\nsame-versions-as = 'dev'\n",
    );
    context.ok(&[]);
    context.write("environment.yml", &spec("dev", "app, tool"));
    context.ok(&[]);
    assert_eq!(context.locked("predict-osx-arm64.lock"), "app 2.0, lib 2.0");
    assert_snapshot!(context.show(&["update", "app"]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 environments on 2 platforms in [TIME]
    dev
      linux-64          4 packages  conda-linux-64.lock changed
      osx-arm64         3 packages  conda-osx-arm64.lock changed
      ~ app 2.0 -> 3.0 (major)
    predict
      linux-64          3 packages  predict-linux-64.lock changed
      osx-arm64         2 packages  predict-osx-arm64.lock changed
      ~ app 2.0 -> 3.0 (major)
    ");
    assert_eq!(context.locked("conda-osx-arm64.lock"), "app 3.0, lib 2.0, tool 1.0");
    assert_eq!(context.locked("predict-osx-arm64.lock"), "app 3.0, lib 2.0");
}
