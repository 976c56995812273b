//! A snapshot of each combination that people choose.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use lockit_emit::{
    App, Builder, Bytecode, Choices, Digests, Facts, Input, ProjectFolder, Trim, dockerfile,
    dockerignore, sbom,
};
use lockit_lockfile::detect::Lockfile;
use lockit_lockfile::{Format, Lock, PipRecord, PipSource, PlatformLock, Record};
use lockit_spec::Platform;

pub(crate) const TODAY: Date = Date::constant(2026, 1, 15);

/// A record of `name-version-build`, with its dependencies.
pub(crate) fn record(platform: &str, file: &str, depends: &[&str]) -> Record {
    let url = format!("https://conda.anaconda.org/conda-forge/{platform}/{file}.conda");
    Record {
        sha256: Some("d4bfe88d7cb447768e31650f06257995601f89076080e76df55e3112d4e47dc4".into()),
        depends: Some(depends.iter().map(|text| (*text).to_owned()).collect()),
        license: Some("BSD-3-Clause".into()),
        size: Some(1000),
        ..Record::from_url(&url).unwrap()
    }
}

/// A lock of a service: python, what starts it, and some more packages.
pub(crate) fn lock(platform: &str, more: &[&str]) -> Lock {
    let mut records = vec![
        record(platform, "libgcc-15.1.0-h767d61c_3", &["__glibc >=2.17,<3.0.a0"]),
        record(platform, "python-3.12.11-h9e4cc4f_0_cpython", &["libgcc >=14", "__glibc >=2.28"]),
        record(platform, "uvicorn-0.35.0-py312_0", &["python >=3.12,<3.13.0a0"]),
        record(platform, "fastapi-0.116.0-py312_0", &["python >=3.12,<3.13.0a0"]),
        record(platform, "pip-25.1.1-pyh8b19718_0", &["python"]),
        record(platform, "setuptools-80.9.0-pyhff2d567_0", &["python"]),
        record(platform, "numpy-2.3.1-py312h6cf2f7f_0", &["python >=3.12,<3.13.0a0"]),
    ];
    records.extend(more.iter().map(|file| record(platform, file, &[])));
    let chosen = PlatformLock {
        records: records.into_iter().map(Arc::new).collect(),
        requested: Some(vec!["fastapi".into(), "uvicorn".into()]),
        ..PlatformLock::default()
    };
    Lock {
        environment: "predict".into(),
        platforms: BTreeMap::from([(platform.parse::<Platform>().unwrap(), chosen)]),
        ..Lock::default()
    }
}

pub(crate) fn input(path: &str, format: Format, lock: Lock) -> Input {
    Input {
        path: path.into(),
        lockfile: Lockfile { format, locks: vec![lock], warnings: Vec::new() },
        text: format!("the text of {path}"),
    }
}

fn both(more: &[&str]) -> Vec<Input> {
    vec![
        input("predict-linux-64.lock", Format::Explicit, lock("linux-64", more)),
        input("predict-linux-aarch64.lock", Format::Explicit, lock("linux-aarch64", more)),
    ]
}

fn single(more: &[&str]) -> Vec<Input> {
    vec![input("predict-linux-64.lock", Format::Explicit, lock("linux-64", more))]
}

fn script() -> ProjectFolder {
    let text = "from fastapi import FastAPI\n\napp = FastAPI()\n";
    ProjectFolder {
        modules: BTreeMap::from([("main".into(), text.into())]),
        ..ProjectFolder::default()
    }
}

fn package() -> ProjectFolder {
    ProjectFolder {
        is_package: true,
        scripts: vec!["serve".into()],
        build_requires: vec!["setuptools".into()],
        has_src: true,
        ..ProjectFolder::default()
    }
}

fn show(name: &str, inputs: &[Input], choices: &Choices, folder: &ProjectFolder, snippet: bool) {
    let facts = Facts::of(inputs).unwrap();
    let emitted =
        dockerfile::write(&facts, choices, folder, "lockit dockerfile", snippet, TODAY).unwrap();
    let remarks: Vec<String> = emitted
        .remarks
        .iter()
        .map(|(message, hint)| format!("remark: {message}\n  hint: {hint}\n"))
        .collect();
    snapshot(name, &format!("{}{}", emitted.text, remarks.concat()));
}

fn snapshot(name: &str, text: &str) {
    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/lockit-emit"),
        prepend_module_to_snapshot => false,
    }, { insta::assert_snapshot!(name, text) });
}

#[test]
fn defaults_for_two_architectures() {
    show("two-architectures", &both(&[]), &Choices::default(), &script(), false);
}

#[test]
fn one_file_for_all_architectures() {
    let mut both = lock("linux-64", &[]);
    both.absorb(lock("linux-aarch64", &[]));
    both.absorb(lock("osx-arm64", &[]));
    let inputs = [input("locks/predict.conda-lock.yml", Format::CondaLock, both)];
    show("conda-lock", &inputs, &Choices::default(), &script(), false);
}

#[test]
fn a_package_with_an_entry_point() {
    let choices = Choices { port: Some(8080), ..Choices::default() };
    show("package", &single(&[]), &choices, &package(), false);
}

#[test]
fn nothing_is_trimmed() {
    let choices = Choices {
        trim: Trim::Nothing,
        bytecode: Bytecode::Keep,
        app: Some(App::Nothing),
        cmd: Some("uvicorn main:app --host 0.0.0.0".into()),
        ..Choices::default()
    };
    show("untrimmed", &single(&[]), &choices, &script(), false);
}

#[test]
fn everything_is_trimmed_for_scratch() {
    let choices = Choices {
        trim: Trim::Expert,
        bytecode: Bytecode::Strip,
        runtime: "scratch".into(),
        healthcheck: Some("/health".into()),
        ..Choices::default()
    };
    show("expert-scratch", &single(&[]), &choices, &script(), false);
}

#[test]
fn packages_that_are_activated() {
    let more = [
        "proj-9.6.2-h0054346_1",
        "libgdal-core-3.11.0-h1234567_0",
        "libxml2-2.13.8-h4bc477f_0",
        "pdal-2.9.0-h1234567_0",
    ];
    let env = BTreeMap::from([("LOG".to_owned(), "a \"b\" $c".to_owned())]);
    let choices = Choices { env, ..Choices::default() };
    show("activation", &single(&more), &choices, &script(), false);
}

#[test]
fn without_python() {
    let mut lock = lock("linux-64", &["nginx-1.27.0-h1234567_0"]);
    let chosen = lock.platforms.values_mut().next().unwrap();
    chosen.records.retain(|record| ["libgcc", "nginx"].contains(&record.name.as_str()));
    let inputs = [input("conda-linux-64.lock", Format::Explicit, lock)];
    let choices = Choices {
        cmd: Some("nginx -g 'daemon off;'".into()),
        port: Some(80),
        runtime: "debian-slim".into(),
        ..Choices::default()
    };
    show("without-python", &inputs, &choices, &script(), false);
}

#[test]
fn packages_from_pypi() {
    let mut lock = lock("linux-64", &[]);
    let chosen = lock.platforms.values_mut().next().unwrap();
    let url = "https://host.example/tomli_w-1.2.0-py3-none-any.whl".into();
    chosen.pip = vec![PipRecord {
        name: "tomli-w".into(),
        version: "1.2.0".into(),
        source: PipSource::Archive { url, index: None },
        ..PipRecord::default()
    }];
    let inputs = [input("predict-linux-64.lock", Format::Explicit, lock)];
    show("pypi", &inputs, &Choices::default(), &script(), false);
}

#[test]
fn other_builders() {
    let choices = Choices { builder: Builder::Miniforge, ..Choices::default() };
    show("miniforge", &single(&[]), &choices, &script(), false);
    let choices = Choices { builder: Builder::Pixi, ..Choices::default() };
    let inputs = [input("pixi.lock", Format::Pixi, lock("linux-64", &[]))];
    let folder = ProjectFolder { has_pixi_manifest: true, ..script() };
    show("pixi", &inputs, &choices, &folder, false);
}

#[test]
fn pinned_bases_and_labels() {
    let digests = format!(
        "# bases\nmambaorg/micromamba:2.6.1@sha256:{}\ngcr.io/distroless/base-nossl-debian13:nonroot@sha256:{}\n",
        "1".repeat(64),
        "2".repeat(64)
    );
    let choices = Choices {
        digests: Digests::parse(&digests).unwrap(),
        labels: BTreeMap::from([("org.opencontainers.image.title".into(), "A service".into())]),
        ..Choices::default()
    };
    show("pinned", &single(&[]), &choices, &script(), false);
}

#[test]
fn an_old_base_and_no_command() {
    let choices =
        Choices { runtime: "gcr.io/distroless/base-debian11:nonroot".into(), ..Choices::default() };
    show("old-base", &single(&[]), &choices, &ProjectFolder::default(), false);
}

#[test]
fn a_snippet() {
    let more = ["proj-9.6.2-h0054346_1"];
    show("snippet", &single(&more), &Choices::default(), &script(), true);
}

#[test]
fn what_is_sent_to_the_builder() {
    let facts = Facts::of(&both(&[])).unwrap();
    let script = dockerignore(&facts, &script());
    let package = dockerignore(&facts, &package());
    snapshot("dockerignore", &format!("{script}\n---\n{package}"));
}

#[test]
fn bills_of_materials() {
    let lock = lock("linux-64", &["proj-9.6.2-h0054346_1"]);
    snapshot("cyclonedx.json", &sbom::cyclonedx(&lock, Platform::Linux64, None));
    snapshot("spdx.json", &sbom::spdx(&lock, Platform::Linux64, None));
}
