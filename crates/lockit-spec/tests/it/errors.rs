//! What people see when a file is wrong, all in one place: `snapshots/lockit-spec/errors.snap`.
//!
//! Read it as somebody who has never seen the tool.

use std::fmt::Write as _;
use std::path::Path;

use lockit_diagnostic::{Diagnostic, SourceFile, render};
use lockit_spec::{
    Environment, EnvironmentFile, EnvironmentRequest, NameMap, PipSection, Project, ReadOptions,
    VirtualPackageSpec, read_spec,
};

/// What is said about an environment file: its errors and warnings.
fn environment(text: &str) -> Vec<Diagnostic> {
    match EnvironmentFile::parse(&SourceFile::new("environment.yml", text), PipSection::Check) {
        Ok(parsed) => parsed.warnings,
        Err(diagnostics) => diagnostics,
    }
}

/// What is said about a spec of the kind that its name tells.
fn spec(name: &str, text: &str) -> Vec<Diagnostic> {
    let file = SourceFile::new(name, text);
    let (names, read) = (NameMap::default(), |_: &Path| None);
    let options =
        ReadOptions { pip: PipSection::Check, environment: None, names: &names, read: &read };
    match read_spec(&file, options) {
        Ok(parsed) => parsed.warnings,
        Err(diagnostics) => diagnostics,
    }
}

fn project(text: &str) -> Vec<Diagnostic> {
    match Project::parse(&SourceFile::new("lockit.toml", text), Path::new("")) {
        Ok(parsed) => parsed.warnings,
        Err(diagnostics) => diagnostics,
    }
}

fn virtual_packages(text: &str) -> Vec<Diagnostic> {
    match VirtualPackageSpec::parse(&SourceFile::new("virtual-packages.yml", text)) {
        Ok(parsed) => parsed.warnings,
        Err(diagnostics) => diagnostics,
    }
}

/// Merges files, given as the items of their dependencies.
fn merge(files: &[&str]) -> Vec<Diagnostic> {
    let files: Vec<EnvironmentFile> = files
        .iter()
        .enumerate()
        .map(|(index, text)| {
            let name = if index == 0 { "environment.yml" } else { "extra.yml" };
            EnvironmentFile::parse(&SourceFile::new(name, *text), PipSection::Check)
                .expect("the files of this test are well-formed")
                .value
        })
        .collect();
    let request = EnvironmentRequest { name: "dev".into(), ..EnvironmentRequest::default() };
    match Environment::merge(request, &files) {
        Ok(parsed) => parsed.warnings,
        Err(diagnostics) => diagnostics,
    }
}

/// One dependency, as the only item of a file.
fn item(text: &str) -> String {
    format!("dependencies:\n  - {text}\n")
}

#[test]
fn every_message() {
    let mut out = String::new();
    let mut section = |title: &str, cases: Vec<(String, Vec<Diagnostic>)>| {
        let _ = writeln!(out, "######## {title}\n");
        for (input, diagnostics) in cases {
            assert!(!diagnostics.is_empty(), "nothing is said about:\n{input}");
            assert!(
                diagnostics.iter().all(|diagnostic| !diagnostic.message.ends_with('.')),
                "messages are fragments: {input}"
            );
            let quoted: Vec<String> =
                input.lines().map(|line| format!("> {}\n", line.replace('\t', "\\t"))).collect();
            let quoted = quoted.concat();
            let _ = writeln!(out, "{quoted}\n{}", render(&diagnostics, false));
        }
    };
    let files = |texts: &[&str]| -> Vec<(String, Vec<Diagnostic>)> {
        texts.iter().map(|text| ((*text).to_owned(), environment(text))).collect()
    };
    let items = |texts: &[&str]| -> Vec<(String, Vec<Diagnostic>)> {
        texts.iter().map(|text| (item(text), environment(&item(text)))).collect()
    };

    section(
        "YAML that is none",
        files(&[
            "",
            "# only a comment\n",
            "dependencies:\n\t- python\n",
            "dependencies:\n  - python\n - numpy\n",
            "dependencies:\n  - python\n   - numpy\n",
            "name: x\n  channels: [a]\ndependencies: []\n",
            "dependencies:\n  - \"python >=3\n  - numpy\n",
            "dependencies:\n  - 'python' >=3\n",
            "dependencies: [python, numpy\nname: x\n",
            "dependencies: [python, numpy)\n",
            "dependencies:\n  - python\n]\n",
            "dependencies:\n  - *numpy\n",
            "dependencies:\n  - * \n",
            "dependencies:\n  - @scope/x\n",
            "dependencies:\n  - pip: a: b\n",
            "dependencies:\n  - \"C:\\path\"\n",
            "dependencies\n  - python\n",
            "name: a\nname: b\ndependencies: []\n",
            "dependencies: [a]\n---\ndependencies: [b]\n",
            "x: &x [*x]\ndependencies: []\n",
        ]),
    );
    section(
        "files of another kind",
        files(&[
            "<!DOCTYPE html>\n<html></html>\n",
            "# platform: linux-64\n@EXPLICIT\nhttps://host/x.conda\n",
            "version: 1\nmetadata: {platforms: []}\npackage: []\n",
            "version: 6\nenvironments: {}\npackages: []\n",
            "package: {name: x}\nrequirements: {run: [python]}\n",
            "{% set version = \"1\" %}\ndependencies:\n  - python\n",
            "name: x\ndependencies:\n  - python {{ version }}\n",
            "{\"name\": \"x\", \"scripts\": {}}\n",
            "- python\n- numpy\n",
            "requests==2.31\nnumpy\n",
        ]),
    );
    section(
        "keys",
        files(&[
            "name: x\nchannels: [a]\n",
            "dependancies:\n  - python\n",
            "dependencies:\n",
            "dependencies: python\n",
            "dependencies:\n  python: 3.9\n",
            "chanels: [x]\nplatform: [linux-64]\nfoo: 1\ndependencies: []\n",
            "channels: conda-forge\ndependencies: []\n",
            "channels:\n  - url: x\n  -\ndependencies: []\n",
            "channels:\n  - conda-forge bioconda\ndependencies: []\n",
            "channels: ['https://joe:hunter2@host/t/tk-123/chan']\ndependencies: []\n",
            "platforms: [linux, linux-arm64, noarch, osx-46, all]\ndependencies: []\n",
            "name: /opt/my env\ndependencies: []\n",
            "name: base\ndependencies: []\n",
            "name: [a]\ncategory: {b: c}\ndependencies: []\n",
            "variables: [A=1]\ndependencies: []\n",
            "variables: {1A: x, B: [c]}\ndependencies: []\n",
            "allow-pypi-requests: maybe\ndependencies: []\n",
            "<<: {name: x}\ndependencies: []\n",
        ]),
    );
    section(
        "conda dependencies",
        items(&[
            "python>3.8<3.10",
            "python >=3.8 <3.10",
            "pandas => 2",
            "pandas =< 2",
            "numpy = = 1",
            "numpy === 1.2",
            "numpy ^1.2",
            "uvicorn[standard]",
            "uvicorn[standard] >=0.20",
            "pkg @ https://host/pkg.tar.gz",
            "tomli; python_version < '3.11'",
            "-e .",
            "-r requirements.txt",
            "git+https://host/org/repo",
            "py*",
            "conda-forge::^py.*$",
            "numpy >=1,\n      <2,,",
            "'*'",
            "numpy[verion=1.2]",
            "numpy[version=1.2",
            "numpy[md5=abc]",
            "numpy >=1.2,,<3",
            "numpy >=",
            "numpy=1.2=",
            "numpy=1.*.3",
            "numpy 1.2 h1_0 extra",
            "pack$age",
            "== 1.2",
            "https://conda.anaconda.org/conda-forge/linux-64/xz-5.2.6-h166bdaf_0.tar.bz2",
            "https://host/thing",
            "https://host/six-1.16.0-py3-none-any.whl",
            "python: 3.9",
            "python:",
            "npm: [left-pad]",
            "",
            "''",
            "[python, numpy]",
            "{name: hub, version: 4.3, repository: x}",
            "https://h/c/linux-64/a-1-0.conda\n  - https://h/c/linux-64/b-1-0.conda\n  - https://h/c/linux-64/c-1-0.conda\n  - https://h/c/linux-64/d-1-0.conda\n  - https://h/c/linux-64/e-1-0.conda",
            "\"numpy >=1  # pinned for x\"",
            "numpy=1.26=py312#[linux and",
        ]),
    );
    section(
        "pip sections",
        items(&[
            "pip: [-e ., -r requirements.txt, --extra-index-url https://host/simple]",
            "pip: [--no-deps, --extra-index https://host, -r https://host/x.txt, -c, -e six==1, --no-binary :all:]",
            "pip: ['./x ; python_version <<< 3', --index-url https://joe:hunter2@host/simple]",
            "pip: [numpy=1.2, numpy>=1<2, conda-forge::six, ./local, 'six==1 --no-deps', 'é é']",
            "pip: requests",
            "pip: [{requests: 2}]",
            "pip: ['x; python_version <<< 3']",
        ]),
    );
    section(
        "selectors",
        items(&[
            "numpy  # [windows]",
            "numpy  # [py>=38]",
            "numpy  # [linux and]",
            "numpy  # [linux && x86_64]",
            "numpy  # [not (linux]",
            "numpy  # [1] see the notes",
            "sel(mac): numpy",
            "sel(linux or): [numpy]",
            "numpy\nplatforms:\n  - win-64  # [win]",
        ]),
    );
    let specs = |name: &str, texts: &[&str]| -> Vec<(String, Vec<Diagnostic>)> {
        texts.iter().map(|text| ((*text).to_owned(), spec(name, text))).collect()
    };
    section(
        "pyproject.toml",
        specs(
            "pyproject.toml",
            &[
                "[project\n",
                "[project]\ndependencies = 'numpy'\n",
                "[project]\ndependencies = ['numpy=1.2', 3, '']\n",
                "[project]\ndynamic = ['dependencies']\n",
                "[project]\nrequires-python = 3.9\ndependencies = ['x @ https://joe:hunter2@host/x.whl']\n",
                "[project]\nname = 'x'\ndependencies = []\n[project.optional-dependencies]\nall = ['x[tset]']\ntest = ['pytest']\n",
                "[dependency-groups]\na = [{include-group = 'b'}]\nb = [{include-group = 'c'}]\nc = [{include-group = 'b'}]\n",
                "[dependency-groups]\ndev = [{include-group = 'tst'}, {include = 'x'}]\ntest = ['pytest']\n",
                "[tool.poetry.dependencies]\npython = '^x'\nnumpy = {}\nscipy = 3\n",
                "[tool.poetry.dependencies]\nx = {version = '^1 || ^2', source = 'pypi'}\ny = {version = '1', markers = 'linux'}\nz = {version = '1', source = 'own'}\n",
                "[tool.conda-lock]\nplatforms = ['linux']\ndefault-non-conda-source = 'pypi'\nallow-pypi-requests = 'no'\n[tool.conda-lock.dependencies]\nnumpy = '=>1'\nscipy = {version = '1'}\ngone = {source = 'pypi'}\n",
                "[tool.lockit]\ndependencies = ['numpy =>1']\npypi = ['requests', 'a b']\n[tool.lockit.pypi-to-conda]\nx = 1\n",
            ],
        ),
    );
    section(
        "pixi.toml",
        specs(
            "pixi.toml",
            &[
                "[dependencies]\nnumpy = {version = '1', chanel = 'x'}\nscipy = {path = '.'}\npandas = 3\n",
                "[workspace]\nchannels = [1]\nplatforms = ['mac']\n[target.mac.dependencies]\nnumpy = '*'\n",
                "[pypi-dependencies]\nnumpy = '1 2'\nscipy = [1]\n",
            ],
        ),
    );
    section(
        "recipes",
        [
            specs(
                "meta.yaml",
                &[
                    "",
                    "about: {license: MIT}\n",
                    "requirements:\n  run:\n    - numpy =>1\n",
                    "requirements:\n  run:\n    - {{ compiler('c') \n",
                    "requirements:\n  run: [\n",
                    "requirements:\n  run:\n    - a  # [py>=38]\n    - b  # [vc<14]\n",
                    "builds: {number: 1}\nrequirements:\n  run: [a]\n  runn:\n    - b\noutputs:\n  - name: x\n    requirements:\n      hots: [d]\n    test: {require: [pytest]}\n",
                    "requirements:\n  run:\n    - python\ntest:\n  requirements:\n    - pytest\n",
                ],
            ),
            specs(
                "recipe.yaml",
                &[
                    "about: {license: MIT}\n",
                    "requirements:\n  run:\n    - if: 'win and ('\n      then: a\n    - numpy =>1\n    - ${{ 1 + }}\n",
                    "requirments: {run: [a]}\nrequirements: {run: [a], run_constrained: [b]}\ntests: [{requirements: {runs: [c]}}]\noutputs: [{package: {name: x}, requirement: {run: [d]}}]\n",
                ],
            ),
        ]
        .concat(),
    );
    section(
        "requirements.txt",
        specs(
            "requirements.txt",
            &[
                "numpy=1.2  # one equal sign\n-r more.txt\n-c https://host/x.txt\n--no-deps\n--pree\n",
                "-r requirements.txt\n",
                "--index-url https://joe:hunter2@host/simple\nx @ https://joe:hunter2@host/x.zip\n--no-binary :all:\n",
                "# platform: linux-64\n@EXPLICIT\n",
                "<html>\n",
            ],
        ),
    );
    let merges: Vec<(String, Vec<Diagnostic>)> = [
        vec!["channels: [c]\ndependencies:\n  - numpy ==1.2\n", "dependencies:\n  - numpy >=2\n"],
        vec!["channels: [c]\ndependencies:\n  - python=3.11  # [linux]\n  - python=3.12  # [aarch64]\n"],
        vec!["channels: [c]\ndependencies:\n  - a::numpy\n  - b::numpy\n  - numpy=1=x\n  - numpy=1=y\n"],
        vec!["dependencies: [numpy]\n"],
    ]
    .into_iter()
    .map(|files| (files.join("+\n"), merge(&files)))
    .collect();
    section("merging", merges);
    let projects: Vec<(String, Vec<Diagnostic>)> = [
        "platforms = [\n",
        "platform = ['linux-64']\nchannels = 'conda-forge'\nplatforms = ['mac', 3]\n",
        "kinds = ['explict']\nchannel-priority = 'loose'\nstrategy = true\nexclude-newer = 'yesterday'\n",
        "exclude-newer = '3 months'\n",
        "[environments.dev]\nfile = 'environment.yml'\n",
        "[environments.dev]\nfiles = []\n[environments.'a/b']\nfiles = ['x.yml']\n",
        "[environments]\ndev = 'environment.yml'\n",
        "[environments.dev]\nfiles = ['a.yml']\nsame-versions-as = 'prod'\n[environments.prd]\nfiles = ['b.yml']\n",
        "[environments.a]\nfiles = ['a.yml']\nsame-versions-as = 'b'\n[environments.b]\nfiles = ['b.yml']\nsame-versions-as = 'a'\n",
        "[environments.a]\nfiles = ['a.yml']\nsame-versions-as = 'a'\n",
        "[virtual-packages]\nglib = '2.28'\narchspec = 'x86_64_v3'\ncuda = true\nlinux = 'new!'\n[virtual-packages.linux-86]\nglibc = '2.17'\n",
        "virtual-packages = '2.28'\n",
        "pypi-to-conda = 'x'\n",
        "[pypi-to-conda]\ntorch = 'pytorch >=2'\nx = {name = 'y'}\n",
    ]
    .into_iter()
    .map(|text| (text.to_owned(), project(text)))
    .collect();
    section("lockit.toml", projects);
    let specs: Vec<(String, Vec<Diagnostic>)> = [
        "",
        "linux-64: {__glibc: 2.17}\n",
        "subdirs: [linux-64]\n",
        "subdirs:\n  linux: {packages: {}}\n  osx-64: {package: {}}\n",
        "subdirs:\n  linux-64:\n    packages:\n      glibc: 2.17\n      __cuda:\n      __linux: new!\n      __archspec: 1 x86_64 v3\n",
    ]
    .into_iter()
    .map(|text| (text.to_owned(), virtual_packages(text)))
    .collect();
    section("virtual package specs", specs);

    insta::with_settings!({
        snapshot_path => concat!(env!("CARGO_MANIFEST_DIR"), "/../../snapshots/lockit-spec"),
        prepend_module_to_snapshot => false,
        omit_expression => true,
    }, {
        insta::assert_snapshot!("errors", out);
    });
}

#[test]
fn a_missing_file_is_named() {
    let errors = EnvironmentFile::read(Path::new("no/such.yml"), PipSection::Check).unwrap_err();
    assert_eq!(errors[0].message, "there is no file `no/such.yml`");
}

#[test]
fn a_skipped_pip_section_only_warns() {
    let file = SourceFile::new("environment.yml", item("pip: [--no-deps, requests]"));
    let parsed = EnvironmentFile::parse(&file, PipSection::Skip).unwrap();
    assert_eq!(parsed.warnings.len(), 1);
    assert_eq!(parsed.value.pip.len(), 1);
}

#[test]
fn a_secret_is_never_printed() {
    let url = "https://joe:hunter2@host/t/tk-123/chan";
    let good =
        format!("channels: ['{url}']\ndependencies:\n  - {url}::numpy=1\n  - {url}::numpy=2\n");
    let bad = format!(
        "dependencies:\n  - {url}::numpy =>1\n  - {url}/linux-64/x-1-0.conda\n  - pip: ['x[ @ {url}', 'git+{url}']\n"
    );
    let pyproject = format!(
        "[project]\ndependencies = ['x @ {url}/x.zip', 'y @ https://host/y.zip', 'numpy=1']\n[tool.conda-lock]\npip-repositories = ['{url}']\nchannels = ['a', '{url}']\nplatforms = ['b', '{url}']\n"
    );
    let requirements = format!(
        "--pre -i {url} --no-binary x\n-i {url} -r gone.txt\nx[ @ {url}/x.zip\nfoo --bar {url}\n-f {url} --bar\n"
    );
    let pixi = format!("[pypi-options]\nindex-url = '{url}'\nextra-index-urls = [3, '{url}']\n");
    let recipe = format!("requirements:\n  run: [a =>1, '{url}::b']\n");
    for said in [
        environment(&good),
        environment(&bad),
        merge(&[&good]),
        spec("environment.yml", &format!("dependencies: [{{pip: [{url}/x.zip, numpy=1]}}]\n")),
        spec("pyproject.toml", &pyproject),
        spec("requirements.txt", &requirements),
        spec("pixi.toml", &pixi),
        spec("meta.yaml", &recipe),
        spec("recipe.yaml", &recipe),
    ] {
        assert!(!said.is_empty());
        let shown = render(&said, false);
        assert!(shown.contains(" at ") || shown.contains("-->"), "{shown}");
        assert!(!shown.contains("hunter2") && !shown.contains("tk-123"), "{shown}");
    }
}
