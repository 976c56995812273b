//! What lands in the lockfiles and how they are called.

use std::fmt::Write as _;

use insta::assert_snapshot;
use lockit_testkit::Server;

use crate::context::{TestContext, file_snapshot};

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
license: BSD-3-Clause
packages:
  python: {versions: {3.12.4: 2024-06-07}, depends: [{linux: __glibc >=2.17}, {osx: __osx >=11.0}, pip]}
  pip: {versions: {24.0: 2024-02-04}, noarch: python, depends: [python >=3.8, setuptools]}
  setuptools: {versions: {70.1: 2024-06-20}, noarch: python, depends: python >=3.8}
  click:
    versions: {8.1.7: 2023-08-17}
    noarch: python
    depends: python >=3.8
    variants: [{depends: __unix}, {depends: [__win, colorama]}]
  old-format: {versions: {1.0: 2019-05-01}, noarch: generic, format: tar.bz2}
  only-md5: {versions: {1.0: 2025-05-01}, noarch: generic, digests: [md5]}
";

fn context() -> (TestContext, Server) {
    let (context, server) = TestContext::new().with_channel(CHANNEL);
    context.write(
        "environment.yml",
        "name: example\nchannels: [conda-forge, nodefaults]\nplatforms: [linux-64, osx-arm64]\n\
         dependencies: [click, pip >=23]\n",
    );
    (context, server)
}

#[test]
fn every_kind() {
    let (context, server) = context();
    assert_snapshot!(context.show(&["-k", "explicit,lock", "-k", "pixi", "-k", "env"]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      linux-64          4 packages  conda-linux-64.lock new
      osx-arm64         4 packages  conda-osx-arm64.lock new
      2 platforms       8 packages  conda-lock.yml new
      linux-64          4 packages  conda-linux-64.lock.yml new
      osx-arm64         4 packages  conda-osx-arm64.lock.yml new
      2 platforms       8 packages  pixi.lock new
    ");
    for file in ["conda-linux-64.lock", "conda-lock.yml", "pixi.lock", "conda-osx-arm64.lock.yml"] {
        file_snapshot!(file, context.read(file));
    }
    // The mirror is nobody else's business.
    for file in context.files() {
        assert!(!context.read(&file).contains("127.0.0.1"), "{file}");
    }
    server.take_requests();
    // Each alone finds that it holds.
    let before = context.stamps();
    for kind in ["explicit", "lock", "pixi", "env"] {
        context.ok(&["-k", kind]);
        context.ok(&["check", "-k", kind]);
    }
    assert_eq!(context.stamps(), before);
    assert!(server.requests().is_empty());
}

#[test]
fn how_it_was_solved_is_kept() {
    let (context, _server) = context();
    context.write("lockit.toml", "[environments.dev]\nfiles = ['environment.yml']\n[environments.other]\nfiles = ['other.yml']\n");
    context.write("other.yml", &context.read("environment.yml").replace("pip >=23", "pip"));
    context.ok(&["-k", "pixi", "--strategy", "lowest", "--channel-priority", "disabled"]);
    let locked = context.read("pixi.lock");
    let options =
        "    options:\n      strategy: lowest-version\n      channel-priority: disabled\n";
    assert_eq!(locked.matches(options).count(), 2, "{locked}");
    // pixi's own word, which lockit has no flag for.
    let locked =
        locked.replacen("disabled\n", "disabled\n      pypi-prerelease-mode: explicit\n", 1);
    context.write("pixi.lock", &locked);
    for name in ["dev", "other"] {
        let args = ["render", "pixi.lock", "--environment", name, "-k", "pixi"];
        context.ok(&[&args[..], &["--lockfile", "one/pixi.lock"]].concat());
        let one = context.read("one/pixi.lock");
        assert!(one.contains(options), "{one}");
        assert_eq!(one.contains("pypi-prerelease-mode: explicit"), name == "dev", "{one}");
        let again = context.ok(&["render", "one/pixi.lock", "-k", "pixi", "--stdout"]);
        assert!(again.contains(&one), "{again}");
        let again = context.ok(&["import", "one/pixi.lock", "-k", "pixi", "--stdout"]);
        assert!(again.contains(&one), "{again}");
    }
    // A run that is about one environment keeps those of the other.
    let args = ["--environment", "other", "-k", "pixi", "--strategy", "lowest-direct", "-U"];
    context.ok(&args);
    let renewed = context.read("pixi.lock");
    let kept = format!("{options}      pypi-prerelease-mode: explicit\n");
    assert!(renewed.contains(&kept), "{renewed}");
    assert!(renewed.contains("    options:\n      strategy: lowest-version-direct\n"), "{renewed}");
}

#[test]
fn a_kind_that_does_not_exist() {
    let (context, _server) = context();
    assert_snapshot!(context.show(&["-k", "conda-lock"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `conda-lock` is no lockfile kind; use one of `explicit`, `lock`, `pixi`, `env`
    ");
}

#[test]
fn md5_for_old_tools() {
    let (context, server) = context();
    context.ok(&["--md5"]);
    let urls: Vec<String> = context
        .read("conda-linux-64.lock")
        .lines()
        .filter(|line| line.starts_with("https://"))
        .map(str::to_owned)
        .collect();
    assert_eq!(urls.len(), 4);
    for url in &urls {
        let (_, digest) = url.split_once('#').unwrap();
        assert!(digest.len() == 32 && digest.chars().all(|c| c.is_ascii_hexdigit()), "{url}");
    }
    let again = "# regenerate: lockit -f environment.yml --md5\n";
    assert!(context.read("conda-linux-64.lock").contains(again));
    server.take_requests();
    context.ok(&["--md5"]);
    assert!(server.requests().is_empty());
    context.ok(&["check"]);
    // Back again without the flag.
    context.ok(&[]);
    assert!(context.read("conda-linux-64.lock").contains("#sha256:"));
}

#[test]
fn old_archives_and_weak_digests() {
    let (context, _server) = context();
    context.edit("environment.yml", "click, pip >=23", "old-format, only-md5");
    context.ok(&["-k", "explicit,lock,pixi"]);
    let urls: Vec<String> = context
        .read("conda-linux-64.lock")
        .lines()
        .filter(|line| line.starts_with("https://"))
        .map(str::to_owned)
        .collect();
    assert_snapshot!(urls.join("\n"), @"
    https://conda.anaconda.org/conda-forge/noarch/old-format-1.0-hc26a190_0.tar.bz2#sha256:f122fe7085066ae4aa853ad8d6b5551c13658f7adc34b38937624b1e13945c85
    https://conda.anaconda.org/conda-forge/noarch/only-md5-1.0-hb8b6b88_0.conda#0260fbccb6702b923d142d012f19aecf
    ");
    for kind in ["explicit", "lock", "pixi"] {
        context.ok(&["check", "-k", kind]);
    }
}

#[test]
fn names_follow_the_file() {
    let (context, _server) = context();
    let text = context.read("environment.yml");
    for name in ["predict-environment.yml", "ci.yaml", "sub/environment.yml"] {
        context.write(name, &text);
    }
    for file in ["predict-environment.yml", "ci.yaml", "sub/environment.yml"] {
        context.ok(&["-p", "linux-64", "-k", "explicit,lock,pixi,env", "-f", file]);
    }
    assert_snapshot!(context.files().join("\n"), @"
    ci.yaml
    conda-linux-64.lock
    conda-linux-64.lock.yml
    conda-lock.yml
    environment.yml
    example-linux-64.lock
    example-linux-64.lock.yml
    example.conda-lock.yml
    pixi.lock
    predict-environment.yml
    predict-linux-64.lock
    predict-linux-64.lock.yml
    predict.conda-lock.yml
    sub
    ");
}

#[test]
fn chosen_names() {
    let (context, _server) = context();
    context.ok(&["-k", "explicit,env", "--filename-template", "locks/{platform}/conda.lock"]);
    assert!(context.read("locks/osx-arm64/conda.lock").contains("# source: ../../environment.yml"));
    assert!(context.read("locks/osx-arm64/conda.lock.yml").contains("  - click=8.1.7="));
    context.ok(&["-k", "lock", "--lockfile", "locks/all.conda-lock.yml"]);
    assert!(context.read("locks/all.conda-lock.yml").contains("  - ../environment.yml\n"));
    context.ok(&["check", "-k", "lock", "--lockfile", "locks/all.conda-lock.yml"]);

    let mut shown = String::new();
    for args in [
        &["--filename-template", "conda.lock"][..],
        &["--filename-template", "{plattform}.lock"],
        &["--filename-template", "{platform.lock"],
        &["--filename-template", "{platform}.yml"],
        &["-k", "lock,pixi", "--lockfile", "all.lock"],
        // Has no effect on files of one platform each.
        &["--lockfile", "all.lock"],
        &["-k", "lock", "--filename-template", "{platform}.lock"],
    ] {
        write!(shown, "$ lockit {}\n{}\n", args.join(" "), context.show(args)).unwrap();
    }
    file_snapshot!("chosen-names", shown);
}
