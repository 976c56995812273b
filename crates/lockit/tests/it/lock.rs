//! `lockit lock`: what is wanted comes out, the same bytes each time, whatever the channel is like.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use lockit_testkit::{Builder, Credentials, Fault, Server, channel_from_yaml, test_data};

use crate::context::{TestContext, file_snapshot};

const FOUR: [&str; 8] =
    ["-p", "linux-64", "-p", "linux-aarch64", "-p", "osx-64", "-p", "osx-arm64"];

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: {1.0: 2024-01-10, 2.0: 2025-01-10, 3.0: 2025-06-10}, noarch: generic, depends: lib}
  lib: {versions: {1.0: 2024-01-10, 2.0: 2025-01-10, 3.0: 2025-06-10}}
  for-cuda: {versions: [1.0], platforms: [linux-64], depends: __cuda >=12}
  timeless: {versions: {0.9: 2024-01-01, 1.0: ~}, noarch: generic}
";

fn small() -> (TestContext, Server) {
    TestContext::new().with_channel(CHANNEL)
}

fn spec(dependencies: &str) -> String {
    format!(
        "channels: [conda-forge]\nplatforms: [linux-64, osx-arm64]\ndependencies: [{dependencies}]\n"
    )
}

/// The two lines that the article's reader types.
#[test]
fn the_reference_case_by_flags() {
    let server = Server::builder(test_data("channel")).start().unwrap();
    let context = TestContext::new().with_reference_specs().with_mirror(&server);
    assert_snapshot!(context.show(&[&FOUR[..], &["-f", "environment.yml"]].concat()), @"
    exit: 0
    --- stdout
    --- stderr
    locked 4 platforms in [TIME]
      linux-64         67 packages  conda-linux-64.lock new
      linux-aarch64    67 packages  conda-linux-aarch64.lock new
      osx-64           65 packages  conda-osx-64.lock new
      osx-arm64        65 packages  conda-osx-arm64.lock new
    ");
    assert_snapshot!(
        context.show(&["-p", "linux-64", "-p", "osx-arm64", "-f", "predict-environment.yml"]),
        @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      linux-64         48 packages  predict-linux-64.lock new
      osx-arm64        45 packages  predict-osx-arm64.lock new
    "
    );
    file_snapshot!("reference-predict-linux-64.lock", context.read("predict-linux-64.lock"));
}

/// The same index gives the same bytes, in whatever form and order it comes.
#[test]
fn the_bytes_are_the_same() {
    type Offer = fn(Builder) -> Builder;
    let offers: [(&str, Offer); 3] =
        [("plain", Builder::plain), ("zstd", Builder::zstd), ("sharded", Builder::sharded)];
    let mut first: Option<BTreeMap<String, String>> = None;
    for (form, offer) in offers {
        let server = offer(Server::builder(test_data("channel"))).start().unwrap();
        let context = TestContext::new().with_reference_specs().with_mirror(&server);
        let args = ["-k", "explicit,lock,pixi,env", "-f", "environment.yml"];
        context.ok(&[&FOUR[..], &args].concat());
        let files = locks(&context);
        assert_eq!(files.len(), 10, "{:?}", files.keys());
        if let Some(first) = &first {
            assert_eq!(*first, files, "{form}");
            continue;
        }
        // Again from nothing, the platforms the other way round and not all answers in order.
        for name in files.keys() {
            fs_err::remove_file(context.path(name)).unwrap();
        }
        server.fault("*/linux-64/*", Fault::Delay(std::time::Duration::from_millis(100)));
        let mut reversed: Vec<&str> = FOUR.into_iter().filter(|word| *word != "-p").collect();
        reversed.reverse();
        let platforms = reversed.into_iter().flat_map(|platform| ["-p", platform]);
        context.ok(&platforms.chain(args).collect::<Vec<_>>());
        assert_eq!(locks(&context), files, "platforms in another order");
        first = Some(files);
    }
}

/// A folder is a channel too.
#[test]
fn a_channel_in_a_folder() {
    let channel = channel_from_yaml(CHANNEL);
    let context = TestContext::new();
    context.write("environment.yml", &spec("app").replace("conda-forge", "./channel"));
    let status = std::process::Command::new("cp")
        .arg("-r")
        .arg(channel.path())
        .arg(context.path("channel"))
        .status()
        .unwrap();
    assert!(status.success());
    context.ok(&[]);
    let lock = context.read("conda-linux-64.lock");
    assert!(lock.contains("\n./channel/noarch/app-3.0-h94b10f0_0.conda#"), "{lock}");
    assert_snapshot!(context.show(&[]), @"
    exit: 0
    --- stdout
    --- stderr
    ok everything is up to date
    ");
    context.ok(&["check"]);
}

fn locks(context: &TestContext) -> BTreeMap<String, String> {
    let is_lock = |name: &String| name.contains("lock");
    context
        .files()
        .into_iter()
        .filter(is_lock)
        .map(|name| (name.clone(), context.read(&name)))
        .collect()
}

/// `${TOKEN}` stays what it is; a secret in clear text becomes a placeholder, and is said to be one.
#[test]
fn no_secret_is_ever_written_or_said() {
    let channel = channel_from_yaml(CHANNEL);
    let server = Server::builder(channel.path()).start().unwrap();
    let secret = "tk-1234-secret";
    server.fault("*", Fault::Unauthorized(Credentials::PathToken(secret.to_owned())));
    let address = server.address();
    for (how, url) in [
        ("variable", format!("http://{address}/t/${{TOKEN}}/conda-forge")),
        ("literal", format!("http://{address}/t/{secret}/conda-forge")),
    ] {
        let context = TestContext::new();
        context.write("environment.yml", &spec("app").replace("conda-forge", &format!("'{url}'")));
        let args = ["-k", "explicit,lock,env", "-vv"];
        let output = context.command(&args).env("TOKEN", secret).output().unwrap();
        let shown = context.render(&output);
        assert!(output.status.success(), "{how}: {shown}");
        assert!(!shown.contains(secret), "{how}: {shown}");
        let given = ["project/environment.yml"];
        context.keeps_secret(secret, if how == "literal" { &given } else { &[] });
        let output = context.command(&["check"]).env("TOKEN", secret).output().unwrap();
        assert!(output.status.success(), "{how}: {}", context.render(&output));
        if how == "variable" {
            let lock = context.read("conda-linux-64.lock");
            assert!(lock.contains("/t/${TOKEN}/conda-forge/"), "{lock}");
            // Without the variable: check needs none, locking says which one is missing.
            context.ok(&["check"]);
            assert_snapshot!(context.show(&["--upgrade"]), @"
            exit: 2
            --- stdout
            --- stderr
            locked nothing in [TIME]
              linux-64       not solved, what was locked is kept
              osx-arm64      not solved, what was locked is kept
            error: channel `http://127.0.0.1:[PORT]/t/${TOKEN}/conda-forge` cannot be used: the environment variable `TOKEN` is not set
             --> environment.yml:1:12
              |
            1 | channels: ['http://127.0.0.1:[PORT]/t/${TOKEN}/conda-forge']
              |            ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
              |
              = hint: set it to what it stands for, a token for example
            ");
            // pixi.lock has no place for a placeholder.
            let output = context.command(&["-k", "pixi"]).env("TOKEN", secret).output().unwrap();
            assert_snapshot!(context.render(&output), @"
            exit: 2
            --- stdout
            --- stderr
            error: channel `http://127.0.0.1:[PORT]/t/${TOKEN}/conda-forge` has credentials as `${VARIABLE}`, which pixi.lock cannot hold; keep them in the credential store instead
            ");
        }
        // A wrong one.
        let output =
            context.command(&["--upgrade"]).env("TOKEN", "tk-wrong-secret").output().unwrap();
        let shown = context.render(&output);
        assert!(!shown.contains("tk-wrong"), "{shown}");
        context.keeps_secret("tk-wrong", &[]);
        assert_eq!(output.status.success(), how == "literal", "{shown}");
    }
}

#[test]
fn a_lockfile_names_the_channel_and_not_its_mirror() {
    let (context, server) = small();
    context.write("environment.yml", &spec("app"));
    context.ok(&[]);
    assert!(server.count("*") > 0);
    for url in context.urls("conda-linux-64.lock") {
        assert!(url.starts_with("https://conda.anaconda.org/conda-forge/"), "{url}");
    }
}

#[test]
fn virtual_packages_are_what_is_stated() {
    let (context, _server) = small();
    context.write("environment.yml", &spec("for-cuda").replace(", osx-arm64", ""));
    let output = context.run(&[]);
    assert_eq!(output.status.code(), Some(1), "{}", context.render(&output));
    // The host's are never asked: conda's own override for them means nothing.
    let output = context.command(&[]).env("CONDA_OVERRIDE_CUDA", "12.4").output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", context.render(&output));

    context.write("lockit.toml", "[virtual-packages.linux-64]\ncuda = '12.4'\n");
    context.ok(&[]);
    let lock = context.read("conda-linux-64.lock");
    assert!(
        lock.contains("# assumes: __cuda=12.4\n") && lock.contains("# needs: __cuda >=12\n"),
        "{lock}"
    );
    context.ok(&["check"]);

    fs_err::remove_file(context.path("lockit.toml")).unwrap();
    let by_default =
        "subdirs:\n  linux-64:\n    packages:\n      __glibc: '2.17'\n      __cuda: '12.0'\n";
    context.write("machines.yml", by_default);
    context.ok(&["--virtual-package-spec", "machines.yml"]);
    let lock = context.read("conda-linux-64.lock");
    assert!(lock.contains("# assumes: __cuda=12.0\n"), "{lock}");
    assert!(
        lock.contains(
            "# regenerate: lockit -f environment.yml --virtual-package-spec machines.yml\n"
        ),
        "{lock}"
    );
    // conda-lock looks for this name by itself.
    context.write("virtual-packages.yml", by_default);
    context.ok(&["--upgrade"]);
    assert!(context.read("conda-linux-64.lock").contains("# assumes: __cuda=12.0\n"));
}

#[test]
fn exclude_newer() {
    let (context, _server) = small();
    context.write("environment.yml", &spec("app, timeless"));
    context.ok(&["--exclude-newer", "2025-03-01"]);
    // A record without a timestamp could be of any time: it is not older.
    assert_eq!(context.locked("conda-linux-64.lock"), "app 2.0, lib 2.0, timeless 0.9");
    let lock = context.read("conda-linux-64.lock");
    assert!(lock.contains("# exclude-newer: 2025-03-02T00:00:00Z\n"), "{lock}");
    context.ok(&["check", "--exclude-newer", "2025-03-01"]);

    // Nothing moves back or forth by itself, but what is too new goes.
    context.ok(&["--exclude-newer", "2024-06-01"]);
    assert_eq!(context.locked("conda-linux-64.lock"), "app 1.0, lib 1.0, timeless 0.9");

    // An age: the moment it meant is recorded, and the next run a second later changes nothing.
    context.ok(&["--upgrade", "--exclude-newer", "1 day", "-k", "explicit,lock,pixi,env"]);
    assert_eq!(context.locked("conda-linux-64.lock"), "app 3.0, lib 3.0, timeless 0.9");
    let recorded = context.read("conda-linux-64.lock");
    assert!(recorded.contains("# exclude-newer: 20"), "{recorded}");
    let before = context.stamps();
    let again = context.ok(&["--exclude-newer", "1 day", "-k", "explicit,lock,pixi,env"]);
    assert!(again.contains("up to date"), "{again}");
    assert_eq!(context.stamps(), before);
    assert_snapshot!(context.show(&["--exclude-newer", "1 month"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `1 month` has no fixed length
     = hint: write the age in weeks, days or hours, for example `30d`
    ");
}

#[test]
fn exceptions_from_exclude_newer() {
    let (context, _server) = small();
    context.write("environment.yml", &spec("app, timeless"));
    let cutoff = ["--exclude-newer", "2025-03-01", "--upgrade"];
    let lock = |exceptions: &[&str]| {
        let exceptions = exceptions.iter().flat_map(|one| ["--exclude-newer-package", one]);
        let args: Vec<&str> = cutoff.into_iter().chain(exceptions).collect();
        context.ok(&args);
        context.locked("conda-linux-64.lock")
    };
    for (exceptions, expected) in [
        (&["lib=false"][..], "app 2.0, lib 3.0, timeless 0.9"),
        (&["lib=2024-06-01"], "app 2.0, lib 1.0, timeless 0.9"),
        (&["app==3.0=false"], "app 3.0, lib 2.0, timeless 0.9"),
        (&["app==4.0=false"], "app 2.0, lib 2.0, timeless 0.9"),
        // What nobody dates is let in where its channel is.
        (&["conda-forge::*=false"], "app 3.0, lib 3.0, timeless 1.0"),
        (&["conda-forge::*=false", "app=2024-06-01"], "app 1.0, lib 3.0, timeless 1.0"),
        (&["other::*=false"], "app 2.0, lib 2.0, timeless 0.9"),
        // Of two about the same the last one counts.
        (&["lib=false", "lib=2024-06-01"], "app 2.0, lib 1.0, timeless 0.9"),
    ] {
        assert_eq!(lock(exceptions), expected, "{exceptions:?}");
        let exceptions = exceptions.iter().flat_map(|one| ["--exclude-newer-package", one]);
        let check = ["check", "--exclude-newer", "2025-03-01"].into_iter().chain(exceptions);
        context.ok(&check.collect::<Vec<_>>());
    }
    // The lockfile says it, and the command that makes it again.
    lock(&["app==3.0=false", "lib=30d"]);
    let text = context.read("conda-linux-64.lock");
    assert!(text.contains("# exclude-newer-package: app==3.0=false\n"), "{text}");
    assert!(text.contains("# exclude-newer-package: lib=20"), "{text}");
    let command = "--exclude-newer 2025-03-01 --exclude-newer-package app==3.0=false --exclude-newer-package lib=30d";
    assert!(text.contains(command), "{text}");
    // Without the exceptions it does not hold, whatever the kind.
    context.ok(&[
        "--exclude-newer",
        "2025-03-01",
        "--exclude-newer-package",
        "app==3.0=false",
        "-k",
        "explicit,lock,pixi,env",
        "--upgrade",
    ]);
    for kind in ["explicit", "lock", "pixi", "env"] {
        let without = context.show(&["check", "-k", kind, "--exclude-newer", "2025-03-01"]);
        assert!(without.starts_with("exit: 1\n"), "{kind}: {without}");
    }
    // lockit.toml says it as well.
    context.write(
        "lockit.toml",
        "exclude-newer = 2025-03-01\n[exclude-newer-package]\nlib = false\n\"app ==3.0\" = false\n",
    );
    context.ok(&["--upgrade"]);
    assert_eq!(context.locked("conda-linux-64.lock"), "app 3.0, lib 3.0, timeless 0.9");
    context.ok(&["check"]);
    assert_snapshot!(context.show(&["--exclude-newer-package", "app"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `app` has no date, no age and no `false`
     = hint: write for example `openssl=false`, `numpy=2026-01-31`, `polars==1.43.1=false` or `conda-forge::*=3d`
    ");
    context.write("lockit.toml", "[exclude-newer-package]\nlib = true\n");
    assert_snapshot!(context.show(&[]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `lib` must be `false`, a date or an age
     --> lockit.toml:2:7
      |
    2 | lib = true
      |       ^^^^ found `true` or `false`
      |
      = hint: write `lib = false` to exempt it, or for example `lib = \"7d\"`
    ");
}

#[test]
fn a_requirement_with_a_condition_counts_where_that_holds() {
    let (context, _server) = small();
    let spec = |dependencies: &[&str]| {
        let lines: Vec<String> = dependencies.iter().map(|one| format!("  - {one}\n")).collect();
        let lines = lines.concat();
        let head = "channels: [conda-forge]\nplatforms: [linux-64, osx-arm64]\ndependencies:\n";
        context.write("environment.yml", &format!("{head}{lines}"));
    };
    for (dependencies, linux, mac) in [
        (
            &["app", "timeless[when='app >=2']"][..],
            "app 3.0, lib 3.0, timeless 1.0",
            "app 3.0, lib 3.0, timeless 1.0",
        ),
        (&["app <2", "timeless[when='app >=2']"], "app 1.0, lib 3.0", "app 1.0, lib 3.0"),
        (&["app", "timeless[when='__osx']"], "app 3.0, lib 3.0", "app 3.0, lib 3.0, timeless 1.0"),
        (&["app", "lib <2[when='__osx or __win']"], "app 3.0, lib 3.0", "app 3.0, lib 1.0"),
        (
            &["app", "lib <2[when='__linux']", "lib >=2[when='__osx']"],
            "app 3.0, lib 1.0",
            "app 3.0, lib 3.0",
        ),
    ] {
        spec(dependencies);
        context.ok(&["--upgrade", "-k", "explicit,lock,pixi,env"]);
        assert_eq!(context.locked("conda-linux-64.lock"), linux, "{dependencies:?}");
        assert_eq!(context.locked("conda-osx-arm64.lock"), mac, "{dependencies:?}");
        context.ok(&["check"]);
        assert!(context.ok(&[]).contains("up to date"));
    }
    // Another condition is another input.
    spec(&["app", "timeless[when='app >=2']"]);
    assert!(context.show(&["check"]).starts_with("exit: 1"));
    spec(&["app[extras=[test]]"]);
    assert_snapshot!(context.show(&[]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `extras` of a conda package cannot be locked
     --> environment.yml:4:9
      |
    4 |   - app[extras=[test]]
      |         ^^^^^^ needs repodata of version 3, which lockit does not read
      |
      = hint: list the packages that the extra stands for
    ");
}

#[test]
fn the_channel_says_when_a_package_appeared() {
    let channel = channel_from_yaml(CHANNEL);
    let path = channel.path().join("linux-64/repodata.json");
    let mut index: serde_json::Value =
        serde_json::from_str(&fs_err::read_to_string(&path).unwrap()).unwrap();
    // Built long ago, if one believes whoever built it, and taken in last summer.
    let moment = "2025-08-01T00:00:00Z".parse::<jiff::Timestamp>().unwrap().as_millisecond();
    for records in ["packages", "packages.conda"] {
        let records = index[records].as_object_mut().unwrap().values_mut();
        for record in records.filter(|one| one["name"] == "lib" && one["version"] == "2.0") {
            record["indexed_timestamp"] = moment.into();
        }
    }
    fs_err::write(&path, index.to_string()).unwrap();
    let server = Server::builder(channel.path()).start().unwrap();
    let context = TestContext::new().with_mirror(&server);
    context.write(
        "environment.yml",
        "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [lib]\n",
    );
    context.ok(&["--exclude-newer", "2025-03-01"]);
    assert_eq!(context.locked("conda-linux-64.lock"), "lib 1.0");
    context.ok(&["--exclude-newer", "2025-09-01", "--upgrade"]);
    assert_eq!(context.locked("conda-linux-64.lock"), "lib 3.0");
}

#[test]
fn strategies() {
    let (context, _server) = small();
    context.write("environment.yml", &spec("app >=2"));
    for (strategy, expected) in [
        ("highest", "app 3.0, lib 3.0"),
        ("lowest", "app 2.0, lib 1.0"),
        ("lowest-direct", "app 2.0, lib 3.0"),
    ] {
        context.ok(&["--upgrade", "--strategy", strategy]);
        assert_eq!(context.locked("conda-linux-64.lock"), expected, "{strategy}");
        context.ok(&["check", "--strategy", strategy]);
    }
}

#[test]
fn channels_and_their_priority() {
    let inner = channel_from_yaml(
        "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [0.5], noarch: generic}
  ours: {versions: [1.0], noarch: generic, depends: app}
",
    );
    let outer = channel_from_yaml(CHANNEL);
    let server = Server::builder(outer.path()).channel("inner", inner.path()).start().unwrap();
    let context = TestContext::new().with_mirror(&server);
    let spec = |dependencies| spec(dependencies).replace("channels: [", "channels: [inner, ");
    let from = |context: &TestContext| {
        let urls = context.urls("conda-linux-64.lock");
        let short = |url: &String| {
            let parts: Vec<&str> =
                url.trim_start_matches("https://conda.anaconda.org/").split('/').collect();
            let name: Vec<&str> = parts[2].rsplitn(2, '-').collect();
            format!("{}::{}", parts[0], name[1])
        };
        urls.iter().map(short).collect::<Vec<_>>().join(" ")
    };

    context.write("environment.yml", &spec("ours, lib"));
    context.ok(&[]);
    assert_snapshot!(from(&context), @"conda-forge::lib-3.0 inner::app-0.5 inner::ours-1.0");
    context.ok(&["--upgrade", "--channel-priority", "disabled"]);
    assert_snapshot!(from(&context), @"conda-forge::lib-3.0 conda-forge::app-3.0 inner::ours-1.0");
    // Strict hides what conda-forge has of a name that the first channel has.
    context.write("environment.yml", &spec("ours, app >=2"));
    assert_snapshot!(context.show(&[]), @"
    exit: 1
    --- stdout
    --- stderr
    locked nothing in [TIME]
      linux-64       not solved, what was locked is kept
      osx-arm64      not solved, what was locked is kept
    error: `environment` cannot be solved for linux-64, osx-arm64
     --> environment.yml:3:22
      |
    3 | dependencies: [ours, app >=2]
      |                      ^^^^^^^ without this, 0.5 is possible
      |
      = note: on linux-64:
              The following packages are incompatible
              └─ app >=2 cannot be installed because there are no viable options:
                 └─ app 2.0 | 3.0 is excluded because due to strict channel priority not using this option from: 'https://conda.anaconda.org/conda-forge/'
      = note: channel `inner` has no linux-64, osx-arm64 packages, only noarch ones
    ");
    context.ok(&["--channel-priority", "flexible"]);
    assert_snapshot!(from(&context), @"conda-forge::lib-3.0 conda-forge::app-3.0 inner::ours-1.0");
    // A channel in front of a name is a choice of its own.
    context.write("environment.yml", &spec("ours, conda-forge::app"));
    context.ok(&["--upgrade"]);
    assert_snapshot!(from(&context), @"conda-forge::lib-3.0 conda-forge::app-3.0 inner::ours-1.0");
    context.ok(&["check"]);
    context.write("environment.yml", &spec("inner::lib"));
    assert_snapshot!(context.show(&[]), @r#"
    exit: 1
    --- stdout
    --- stderr
    locked nothing in [TIME]
      linux-64       not solved, what was locked is kept
      osx-arm64      not solved, what was locked is kept
    error: `environment` cannot be solved for linux-64, osx-arm64
     --> environment.yml:3:16
      |
    3 | dependencies: [inner::lib]
      |                ^^^^^^^^^^ this cannot be had
      |
      = note: on linux-64:
              The following packages are incompatible
              └─ lib [channel="inner"] cannot be installed because there are no viable options:
                 └─ lib 1.0 | 2.0 | 3.0 is excluded because candidate not in requested channel: 'inner'
      = note: channel `inner` has no linux-64, osx-arm64 packages, only noarch ones
    "#);
}

#[test]
fn selectors_choose_by_platform() {
    let (context, _server) = small();
    context.write(
        "environment.yml",
        "channels: [conda-forge]\nplatforms: [linux-64, osx-arm64]\ndependencies:\n\
         - app  # [linux and not aarch64]\n- app =1  # [osx]\n- sel(osx): timeless\n- lib  # [win]\n",
    );
    context.ok(&["-k", "explicit,lock"]);
    assert_eq!(context.locked("conda-linux-64.lock"), "app 3.0, lib 3.0");
    assert_eq!(context.locked("conda-osx-arm64.lock"), "app 1.0, lib 3.0, timeless 1.0");
    context.ok(&["check", "-k", "explicit,lock"]);
}

#[test]
fn a_pip_section_needs_uv_unless_it_is_skipped() {
    let (context, server) = small();
    context.write(
        "environment.yml",
        "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies:\n- app\n- pip:\n  - nb-black ==1.0\n  - requests[socks]\n",
    );
    let without = context.command(&[]).env("PATH", "").output().unwrap();
    assert_snapshot!(context.render(&without), @"
    exit: 2
    --- stdout
    --- stderr
    error: PyPI packages need `uv`, which is not on the PATH
     --> environment.yml:6:5
      |
    6 |   - nb-black ==1.0
      |     ^^^^^^^^^^^^^^ asks for a PyPI package
      |
      = hint: get it with `pip install uv`, from conda-forge as `uv`, or as https://docs.astral.sh/uv/getting-started/installation/ says
      = hint: `--skip-pip` locks the conda part and says so in the lockfile
    ");
    assert_eq!(context.files(), ["environment.yml"]);
    assert!(server.requests().is_empty());

    assert_snapshot!(context.show(&["--skip-pip", "-k", "explicit,lock,pixi,env"]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 1 platform in [TIME]
      linux-64          2 packages  conda-linux-64.lock new
      1 platform        2 packages  conda-lock.yml new
      linux-64          2 packages  conda-linux-64.lock.yml new
      1 platform        2 packages  pixi.lock new
    ");
    let said: Vec<String> =
        ["conda-linux-64.lock", "conda-lock.yml", "conda-linux-64.lock.yml", "pixi.lock"]
            .into_iter()
            .map(|name| {
                let text = context.read(name);
                let line =
                    text.lines().find(|line| line.contains("pip") && !line.contains("lockit"));
                format!("{name}: {}", line.unwrap_or_default().trim())
            })
            .collect();
    assert_snapshot!(said.join("\n"), @"
    conda-linux-64.lock: # pip: 2 requirements left out (--skip-pip)
    conda-lock.yml: skipped_pip: '2'
    conda-linux-64.lock.yml: # pip: 2 requirements left out (--skip-pip)
    pixi.lock:
    ");
    server.take_requests();
    context.ok(&["--skip-pip", "-k", "explicit,lock,pixi,env"]);
    assert!(server.requests().is_empty());
    context.ok(&["check", "--skip-pip"]);
    // The lockfiles that have a place for it say what was left out: check needs no flag.
    assert_snapshot!(context.ok(&["check", "-k", "explicit,lock,env"]), @"
    exit: 0
    --- stdout
    --- stderr
    note: the lock of `environment` leaves out PyPI packages (`--skip-pip`)
    ok the lock is up to date
    ");
}

#[test]
fn a_spec_of_windows_notepad() {
    let (context, _server) = small();
    let text = spec("app").replace('\n', "\r\n");
    let utf16: Vec<u8> =
        [0xFEFF].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    fs_err::write(context.path("environment.yml"), utf16).unwrap();
    context.ok(&[]);
    let first = context.read("conda-linux-64.lock");
    context.write("environment.yml", &format!("\u{feff}{}", spec("app")));
    assert!(context.ok(&[]).contains("up to date"));
    assert_eq!(context.read("conda-linux-64.lock"), first);
}

#[test]
fn a_dry_run_writes_nothing() {
    let (context, _server) = small();
    context.write("environment.yml", &spec("app"));
    assert_snapshot!(context.show(&["--dry-run"]), @"
    exit: 0
    --- stdout
    --- stderr
    would lock 2 platforms in [TIME]
      linux-64          2 packages  conda-linux-64.lock new
      osx-arm64         2 packages  conda-osx-arm64.lock new
    nothing is written (`--dry-run`)
    ");
    assert_eq!(context.files(), ["environment.yml"]);
    context.ok(&[]);
    context.write("environment.yml", &spec("app <3, timeless"));
    let before = context.stamps();
    assert_snapshot!(context.show(&["--dry-run"]), @"
    exit: 0
    --- stdout
    --- stderr
    would lock 2 platforms in [TIME]
      linux-64          3 packages  conda-linux-64.lock changed
      osx-arm64         3 packages  conda-osx-arm64.lock changed
      ! app 3.0 -> 2.0 (downgrade)
      + timeless 1.0
    nothing is written (`--dry-run`)
    ");
    assert_eq!(context.stamps(), before);
}

#[test]
fn quiet_means_errors_only() {
    let (context, _server) = small();
    context.write("environment.yml", &(spec("app") + "dependancies: []\n"));
    assert_snapshot!(context.show(&["-q"]), @"
    exit: 0
    --- stdout
    --- stderr
    ");
    context.write("environment.yml", &spec("nowhere"));
    let shown = context.show(&["-q"]);
    assert!(shown.starts_with("exit: 1") && shown.contains("error: "), "{shown}");
    assert!(!shown.contains("locked"), "{shown}");
}

#[test]
fn colours() {
    let (context, _server) = small();
    context.write("environment.yml", &spec("app"));
    let text = |args: &[&str], env: &[(&str, &str)]| {
        let output = context.command(args).envs(env.iter().copied()).output().unwrap();
        String::from_utf8(output.stderr).unwrap()
    };
    assert!(!text(&["--upgrade"], &[]).contains('\u{1b}'), "no terminal, no colour");
    assert!(text(&["--upgrade", "--color", "always"], &[]).contains('\u{1b}'));
    assert!(text(&["--upgrade"], &[("CLICOLOR_FORCE", "1")]).contains('\u{1b}'));
    let forbidden = text(&["--upgrade"], &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]);
    assert!(!forbidden.contains('\u{1b}'), "{forbidden}");
    assert!(!text(&["check", "-p", "linux-46"], &[("NO_COLOR", "1")]).contains('\u{1b}'));
}

#[test]
fn help() {
    let context = TestContext::new();
    let shown = |args: &[&str]| {
        let output = context.command(args).env_remove("LOCKIT_HTTP_RETRIES").output().unwrap();
        assert!(output.stderr.is_empty() && output.status.success());
        String::from_utf8(output.stdout).unwrap()
    };
    file_snapshot!("help", shown(&["--help"]));
    file_snapshot!("help-check", shown(&["check", "--help"]));
    file_snapshot!("help-update", shown(&["update", "-h"]));
    assert!(shown(&["--version"]).starts_with("lockit "));
}

#[test]
fn completions_and_manual_pages() {
    let context = TestContext::new();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let output = context.run(&["completions", shell]);
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{shell}");
        assert!(text.contains("upgrade-package") && text.contains("exclude-newer"), "{shell}");
        if ["bash", "zsh"].contains(&shell) {
            // Values as well.
            assert!(
                text.contains("osx-arm64") && text.contains("explicit lock pixi env"),
                "{shell}"
            );
        }
    }
    context.ok(&["man", "pages"]);
    let mut pages: Vec<String> = fs_err::read_dir(context.path("pages"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort();
    assert_snapshot!(pages.join("\n"), @"
    lockit-check.1
    lockit-completions.1
    lockit-diff.1
    lockit-dockerfile.1
    lockit-import.1
    lockit-init.1
    lockit-install.1
    lockit-lint.1
    lockit-list.1
    lockit-lock.1
    lockit-merge.1
    lockit-refresh.1
    lockit-render-lock-spec.1
    lockit-render.1
    lockit-rule.1
    lockit-sbom.1
    lockit-tree.1
    lockit-update.1
    lockit-why.1
    lockit.1
    ");
    assert!(context.read("pages/lockit-lock.1").contains("exclude\\-newer"));
}
