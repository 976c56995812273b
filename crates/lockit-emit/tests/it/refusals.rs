//! What no image can be made of.

use lockit_diagnostic::Hint as _;
use lockit_emit::{App, Builder, Choices, EmitError, Facts, Input, ProjectFolder, dockerfile};
use lockit_lockfile::{Format, PipRecord, PipSource};

use crate::combinations::{TODAY, input, lock, record};

fn refused(error: &EmitError) -> String {
    format!("{error}\n  {}", error.hints().join(""))
}

fn facts(inputs: &[Input]) -> String {
    refused(&Facts::of(inputs).unwrap_err())
}

fn text(choices: &Choices, folder: &ProjectFolder, more: &[&str]) -> String {
    let inputs = [input("predict-linux-64.lock", Format::Explicit, lock("linux-64", more))];
    let facts = Facts::of(&inputs).unwrap();
    refused(&dockerfile::write(&facts, choices, folder, "x", false, TODAY).unwrap_err())
}

#[test]
fn locks_that_do_not_fit() {
    let linux = || input("a.lock", Format::Explicit, lock("linux-64", &[]));
    let osx = input("b.lock", Format::Explicit, lock("osx-arm64", &[]));
    let arm = || input("b.lock", Format::Explicit, lock("linux-aarch64", &[]));
    let with_pip = |source: PipSource| {
        let mut input = linux();
        let chosen = input.lockfile.locks[0].platforms.values_mut().next().unwrap();
        chosen.pip = vec![PipRecord { name: "six".into(), source, ..PipRecord::default() }];
        input
    };
    let wheel = || PipSource::Archive { url: "https://host/six-1.whl".into(), index: None };
    let mut skipped = linux();
    skipped.lockfile.locks[0].platforms.values_mut().next().unwrap().skipped_pip = 2;
    let mut pip_format = with_pip(wheel());
    pip_format.lockfile.format = Format::CondaLock;
    let mut no_pip = with_pip(wheel());
    no_pip.lockfile.locks[0]
        .platforms
        .values_mut()
        .next()
        .unwrap()
        .records
        .retain(|record| record.name != "pip");
    let folder = with_pip(PipSource::Folder { path: "./six".into(), editable: true });
    let mut other = arm();
    other.lockfile.locks[0].environment = "dev".into();
    let python = |version: &str, build: &str| {
        let mut input = arm();
        for chosen in input.lockfile.locks[0].platforms.values_mut() {
            let mut records = chosen.records_mut();
            let record = records.find(|record| record.name == "python").unwrap();
            (record.version, record.build) = (version.into(), build.into());
        }
        input
    };
    let mut format = arm();
    format.lockfile.format = Format::CondaLock;
    let all = [
        facts(&[]),
        facts(&[linux(), osx]),
        facts(&[linux(), input("b.lock", Format::Explicit, lock("linux-64", &[]))]),
        facts(&[skipped]),
        facts(&[pip_format]),
        facts(&[no_pip]),
        facts(&[folder]),
        facts(&[linux(), other]),
        facts(&[linux(), python("3.13.5", "h1_0_cp313")]),
        // The same version with its modules elsewhere.
        facts(&[linux(), python("3.12.11", "h1_0_cp312t")]),
        facts(&[linux(), format]),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
    there is no lock to build from
      lock first: `lockit -p linux-64 -f predict-environment.yml`
    `b.lock` is locked for osx-arm64, and a container runs Linux
      lock for linux-64 or linux-aarch64 with `-p`, and name that lockfile
    `a.lock` and `b.lock` are both for linux-64
      name one of them
    `a.lock` says that packages from PyPI were left out of it
      lock without `--skip-pip`
    `a.lock` holds packages from PyPI, which an image gets from explicit lockfiles only
      lock with `-k explicit`
    `a.lock` holds packages from PyPI and no `pip`
      add `pip` to the conda dependencies and lock again
    `six` of `a.lock` is a folder or file of the project
      leave it out of the spec: the image copies or installs the project itself (`--app`)
    one image holds one environment, and there are several: predict, dev
      choose one with `--environment NAME`
    python is 3.12 on linux-64 and 3.13 on linux-aarch64
      pin python in the spec: `python =3.12`
    python is 3.12 on linux-64 and 3.12t on linux-aarch64
      pin python in the spec: `python =3.12`
    `b.lock` is of another format than `a.lock`
      name lockfiles of one format
    ");
}

#[test]
fn choices_that_do_not_fit() {
    let none = ProjectFolder::default();
    let with = |change: fn(&mut Choices)| {
        let mut choices = Choices::default();
        change(&mut choices);
        choices
    };
    let package = ProjectFolder {
        is_package: true,
        build_requires: vec!["hatchling".into(), "setuptools".into()],
        ..ProjectFolder::default()
    };
    let all = [
        text(&with(|choices| choices.runtime = "gcr.io/distroless/static".into()), &none, &[]),
        text(&with(|choices| choices.runtime = "a b".into()), &none, &[]),
        text(&with(|choices| choices.prefix = "env".into()), &none, &[]),
        text(&with(|choices| choices.user = "a\nRUN b".into()), &none, &[]),
        text(&with(|choices| choices.builder = Builder::Pixi), &none, &[]),
        text(&with(|choices| choices.cmd = Some("a 'b".into())), &none, &[]),
        text(&with(|choices| choices.app = Some(App::Package)), &none, &[]),
        text(&Choices::default(), &package, &[]),
    ];
    insta::assert_snapshot!(all.join("\n"), @"
    `gcr.io/distroless/static` has no glibc, and conda packages need one
      choose an image of Debian, Ubuntu or UBI
    the image `a b` is not understood
      a reference such as `debian:trixie-slim`
    the path of the environment `env` is not understood
      an absolute path such as `/env`
    the user `a
    RUN b` is not understood
      numbers such as `65532:65532`
    pixi cannot install from a lockfile of kind `explicit`
      lock with `-k pixi`, or choose `--builder micromamba`
    the command `a 'b` is not understood
      write it as for a shell, for example `uvicorn main:app --host 0.0.0.0`
    there is no project that pip could install beside the spec
      write a `pyproject.toml` with `[build-system]`, or choose `--app copy`
    the project is installed with `hatchling`, which the lock does not have
      add it to the spec and lock again, or choose `--app copy`; the image is trimmed of pip afterwards
    ");
}

#[test]
fn a_base_that_is_too_old_for_the_lock() {
    let mut lock = lock("linux-64", &[]);
    let chosen = lock.platforms.values_mut().next().unwrap();
    chosen.records.push(record("linux-64", "new-1.0-0", &["__glibc >=2.34,<3.0.a0"]).into());
    let facts = Facts::of(&[input("a.lock", Format::Explicit, lock)]).unwrap();
    let choices =
        Choices { runtime: "gcr.io/distroless/base-debian10".into(), ..Choices::default() };
    let folder = ProjectFolder::default();
    let error = dockerfile::write(&facts, &choices, &folder, "x", false, TODAY).unwrap_err();
    insta::assert_snapshot!(refused(&error), @"
    the lock needs glibc 2.34, and `gcr.io/distroless/base-debian10` has 2.28
      `new` does; choose a newer image with `--runtime`, or lock for an older glibc
    ");
}

/// The base is one image for all architectures: the strictest decides, as a version and not as a text, wherever it stands.
#[test]
fn the_newest_glibc_of_all_architectures_counts() {
    let needed = |amd64: &str, arm64: &str| {
        let inputs = [("linux-64", amd64), ("linux-aarch64", arm64)].map(|(platform, needs)| {
            let mut lock = lock(platform, &[]);
            let chosen = lock.platforms.values_mut().next().unwrap();
            chosen
                .records
                .push(record(platform, &format!("new-{platform}-1.0-0"), &[needs]).into());
            input(&format!("{platform}.lock"), Format::Explicit, lock)
        });
        let glibc = Facts::of(&inputs).unwrap().glibc.unwrap();
        (glibc.version, glibc.package.unwrap())
    };
    let is = |version: &str, package: &str| (version.to_owned(), package.to_owned());
    let old = "__glibc >=2.9";
    assert_eq!(needed("__glibc >=2.34,<3.0.a0", old), is("2.34", "new-linux-64"));
    assert_eq!(needed(old, "__glibc >=2.34,<3.0.a0"), is("2.34", "new-linux-aarch64"));
    assert_eq!(needed("__glibc >=2.34", "__glibc >=2.100"), is("2.100", "new-linux-aarch64"));
    assert_eq!(needed(old, old), is("2.28", "python"));
    // What is no version says nothing, and hides nothing.
    assert_eq!(needed("__glibc >=x_y-z", "__glibc >=2.34"), is("2.34", "new-linux-aarch64"));
}
