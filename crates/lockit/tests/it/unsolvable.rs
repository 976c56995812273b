//! What cannot be solved, told so that a person can act on it.

use std::process::Output;

use insta::assert_snapshot;
use lockit_testkit::Server;

use crate::context::{TestContext, test_data};

/// The checked-in channel, and one spec.
struct Case {
    context: TestContext,
    _server: Server,
}

impl Case {
    fn new(dependencies: &[&str]) -> Self {
        let server = Server::builder(test_data().join("channel")).start().unwrap();
        let case = Self { context: TestContext::new().with_mirror(&server), _server: server };
        case.spec(dependencies);
        case
    }

    fn channel(recipe: &str, dependencies: &[&str]) -> Self {
        let (context, server) = TestContext::new().with_channel(recipe);
        let case = Self { context, _server: server };
        case.spec(dependencies);
        case
    }

    fn spec(&self, dependencies: &[&str]) {
        let mut text = "channels:\n  - conda-forge\ndependencies:\n".to_owned();
        for dependency in dependencies {
            text.push_str("  - ");
            text.push_str(dependency);
            text.push('\n');
        }
        self.context.write("environment.yml", &text);
    }

    /// The errors of a run on platforms; twice, because a report must not depend on chance.
    #[track_caller]
    fn errors(&self, platforms: &str, args: &[&str]) -> String {
        let first = self.run(platforms, args);
        let shown = errors(&self.context, &first);
        assert_eq!(first.status.code(), Some(1), "{}", self.context.render(&first));
        let again = errors(&self.context, &self.run(platforms, args));
        assert_eq!(shown, again);
        shown
    }

    fn run(&self, platforms: &str, args: &[&str]) -> Output {
        let platforms = platforms.split_whitespace().flat_map(|platform| ["-p", platform]);
        let args: Vec<&str> = args.iter().copied().chain(platforms).collect();
        self.context.run(&args)
    }
}

fn errors(context: &TestContext, output: &Output) -> String {
    let shown = context.render(output);
    let start = shown.find("error: ").unwrap_or_else(|| panic!("no error:\n{shown}"));
    shown[start..].trim_end().to_owned()
}

const ALL: &str = "linux-64 linux-aarch64 osx-64 osx-arm64";

#[test]
fn a_typo() {
    let case = Case::new(&["python", "scikitlearn", "pandsa"]);
    assert_snapshot!(case.errors(ALL, &[]), @"
    error: `scikitlearn` is not in `conda-forge` for linux-64, linux-aarch64, osx-64, osx-arm64
     --> environment.yml:5:5
      |
    5 |   - scikitlearn
      |     ^^^^^^^^^^^ no package has this name
      |
      = hint: did you mean `scikit-learn`?

    error: `pandsa` is not in `conda-forge` for linux-64, linux-aarch64, osx-64, osx-arm64
     --> environment.yml:6:5
      |
    6 |   - pandsa
      |     ^^^^^^ no package has this name
      |
      = hint: did you mean `pandas`?
    ");
}

const RENAMED: &str = "
platforms: [linux-64]
packages:
  pytorch: {versions: [2.7.1]}
  opencv: {versions: [4.11.0]}
  py-opencv: {versions: [4.11.0]}
  scikit-learn: {versions: [1.7.0]}
  torchx: {versions: [0.1]}
";

#[test]
fn the_name_of_pypi_or_of_a_module() {
    let case = Case::channel(RENAMED, &["torch >=2", "opencv-python", "sklearn", "cupy"]);
    assert_snapshot!(case.errors("linux-64", &[]), @"
    error: `torch` is not in `conda-forge` for linux-64
     --> environment.yml:4:5
      |
    4 |   - torch >=2
      |     ^^^^^^^^^ no package has this name
      |
      = hint: did you mean `pytorch`? `torch` is its name in Python or on PyPI

    error: `opencv-python` is not in `conda-forge` for linux-64
     --> environment.yml:5:5
      |
    5 |   - opencv-python
      |     ^^^^^^^^^^^^^ no package has this name
      |
      = hint: did you mean `opencv` or `py-opencv`? `opencv-python` is its name in Python or on PyPI

    error: `sklearn` is not in `conda-forge` for linux-64
     --> environment.yml:6:5
      |
    6 |   - sklearn
      |     ^^^^^^^ no package has this name
      |
      = hint: did you mean `scikit-learn`? `sklearn` is its name in Python or on PyPI

    error: `cupy` is not in `conda-forge` for linux-64
     --> environment.yml:7:5
      |
    7 |   - cupy
      |     ^^^^ no package has this name
      |
      = hint: check the spelling, or add the channel that has it; if it is only on PyPI, list it under `pip:`
    ");
    // What the channel does not have is not suggested.
    let alone = RENAMED.replace("  opencv:", "  other:").replace("  py-opencv:", "  others:");
    let case = Case::channel(&alone, &["opencv-python"]);
    assert_snapshot!(case.errors("linux-64", &[]), @"
    error: `opencv-python` is not in `conda-forge` for linux-64
     --> environment.yml:4:5
      |
    4 |   - opencv-python
      |     ^^^^^^^^^^^^^ no package has this name
      |
      = hint: check the spelling, or add the channel that has it; if it is only on PyPI, list it under `pip:`
    ");
}

#[test]
fn missing_everywhere() {
    let case = Case::new(&["python", "zzz-in-house-tool"]);
    assert_snapshot!(case.errors("linux-64 osx-arm64", &[]), @"
    error: `zzz-in-house-tool` is not in `conda-forge` for linux-64, osx-arm64
     --> environment.yml:5:5
      |
    5 |   - zzz-in-house-tool
      |     ^^^^^^^^^^^^^^^^^ no package has this name
      |
      = hint: check the spelling, or add the channel that has it; if it is only on PyPI, list it under `pip:`
    ");
}

#[test]
fn missing_on_one_platform() {
    let case = Case::new(&["python", "not-on-aarch64 >=1"]);
    assert_snapshot!(case.errors(ALL, &[]), @"
    error: `not-on-aarch64` is not in `conda-forge` for linux-aarch64
     --> environment.yml:5:5
      |
    5 |   - not-on-aarch64 >=1
      |     ^^^^^^^^^^^^^^^^^^ only other platforms have it
      |
      = note: it exists for linux-64, osx-64, osx-arm64
      = hint: if only those platforms need it, guard it with a selector: `- not-on-aarch64 >=1  # [not aarch64]`
    ");
}

#[test]
fn missing_on_two_platforms() {
    let case = Case::new(&["only-on-linux"]);
    assert_snapshot!(case.errors(ALL, &[]), @"
    error: `only-on-linux` is not in `conda-forge` for osx-64, osx-arm64
     --> environment.yml:4:5
      |
    4 |   - only-on-linux
      |     ^^^^^^^^^^^^^ only other platforms have it
      |
      = note: it exists for linux-64, linux-aarch64
      = hint: if only those platforms need it, guard it with a selector: `- only-on-linux  # [linux]`
    ");
}

#[test]
fn a_version_that_does_not_exist() {
    let case = Case::new(&["numpy >=3", "pyarrow =21"]);
    assert_snapshot!(case.errors(ALL, &[]), @"
    error: nothing matches `numpy >=3` on linux-64, linux-aarch64, osx-64, osx-arm64
     --> environment.yml:4:5
      |
    4 |   - numpy >=3
      |     ^^^^^^^^^ the package exists, but not like this
      |
      = note: available: 2.3.1, 2.2.6, 1.26.4
      = hint: ask for what is available, or add the channel that has it

    error: nothing matches `pyarrow =21` on linux-aarch64
     --> environment.yml:5:5
      |
    5 |   - pyarrow =21
      |     ^^^^^^^^^^^ the package exists, but not like this
      |
      = note: available: 20.0.0
      = hint: if only other platforms need it, guard it with a selector: `- pyarrow =21  # [not aarch64]`
      = hint: ask for what is available, or add the channel that has it
    ");
}

#[test]
fn a_build_that_does_not_exist() {
    let case = Case::new(&["libblas=3.9.0=*_accelerate", "python"]);
    assert_snapshot!(case.errors("linux-64 osx-arm64", &[]), @"
    error: nothing matches `libblas=3.9.0=*_accelerate` on linux-64
     --> environment.yml:4:5
      |
    4 |   - libblas=3.9.0=*_accelerate
      |     ^^^^^^^^^^^^^^^^^^^^^^^^^^ the package exists, but not like this
      |
      = note: available: builds 32_h463e4b9_openblas, 32_h8fb221c_mkl
      = hint: if only other platforms need it, guard it with a selector: `- libblas=3.9.0=*_accelerate  # [arm64]`
      = hint: ask for what is available, or add the channel that has it
    ");
}

#[test]
fn two_files_that_clash_only_in_the_index() {
    let case = Case::new(&["numpy >=2"]);
    case.context.write("more-environment.yml", "dependencies:\n  - numpy <2.2\n");
    let args = ["-f", "environment.yml", "-f", "more-environment.yml"];
    assert_snapshot!(case.errors("linux-64", &args), @"
    error: no version of `numpy` satisfies all of its constraints on linux-64
     --> environment.yml:4:5
      |
    4 |   - numpy >=2
      |     ^^^^^^^^^ each of these can be satisfied alone
      |
     ::: more-environment.yml:2:5
      |
    2 |   - numpy <2.2
      |     ---------- each of these can be satisfied alone
      |
      = hint: loosen one of them, or guard them with selectors
    ");
}

#[test]
fn a_python_that_a_package_is_not_built_for() {
    let case = Case::new(&["python =3.11", "pandas", "click"]);
    assert_snapshot!(case.errors("linux-64 osx-arm64", &[]), @"
    error: `environment` cannot be solved for linux-64, osx-arm64
     --> environment.yml:4:5
      |
    4 |   - python =3.11
      |     ^^^^^^^^^^^^ without this, 3.13.5 is possible
    5 |   - pandas
      |     ------ asked for here
      |
      = note: on linux-64:
              The following packages are incompatible
              ├─ python 3.11.* can be installed with any of the following options:
              │  └─ python 3.11.13
              └─ pandas cannot be installed because there are no viable options:
                 ├─ pandas 2.2.3 | 2.3.1 would require
                 │  └─ python_abi 3.13.* *_cp313, which cannot be installed because there are no viable options:
                 │     └─ python_abi 3.13 would constrain
                 │        └─ python 3.13.* *_cp313, which conflicts with any installable versions previously reported
                 └─ pandas 2.2.3 | 2.3.1 would require
                    └─ python_abi 3.12.* *_cp312, which cannot be installed because there are no viable options:
                       └─ python_abi 3.12 would constrain
                          └─ python 3.12.* *_cpython, which conflicts with any installable versions previously reported
    ");
}

#[test]
fn two_packages_that_cannot_be_together() {
    let case = Case::new(&["pip", "click", "wants-numpy-1", "wants-numpy-2", "pandas"]);
    assert_snapshot!(case.errors(ALL, &[]), @"
    error: `environment` cannot be solved for linux-64, linux-aarch64, osx-64, osx-arm64
     --> environment.yml:6:5
      |
    6 |   - wants-numpy-1
      |     ^^^^^^^^^^^^^ asked for here
    7 |   - wants-numpy-2
      |     ------------- asked for here
      |
      = note: on linux-64:
              The following packages are incompatible
              ├─ wants-numpy-2 can be installed with any of the following options:
              │  └─ wants-numpy-2 1.0 would require
              │     └─ numpy >=2.3, which can be installed with any of the following options:
              │        └─ numpy 2.3.1 would require
              │           └─ python >=3.13,<3.14.0a0, which can be installed with any of the following options:
              │              └─ python 3.13.5
              └─ wants-numpy-1 cannot be installed because there are no viable options:
                 └─ wants-numpy-1 1.0 would require
                    └─ numpy <2, which cannot be installed because there are no viable options:
                       └─ numpy 1.26.4, which conflicts with the versions reported above.
    ");
}

#[test]
fn a_conflict_deep_below() {
    let case = Case::channel(
        "
platforms: [linux-64]
packages:
  app: {versions: [1.0, 1.1], depends: [web >=2]}
  web: {versions: [2.0, 2.1], depends: [parser >=3]}
  parser: {versions: [3.0], depends: [grammar =1]}
  other: {versions: [5.0], depends: [plugin]}
  plugin: {versions: [0.1, 0.2], depends: [grammar =2]}
  grammar: {versions: [1.0, 2.0]}
",
        &["app", "other"],
    );
    assert_snapshot!(case.errors("linux-64", &[]), @"
    error: `environment` cannot be solved for linux-64
     --> environment.yml:4:5
      |
    4 |   - app
      |     ^^^ asked for here
    5 |   - other
      |     ----- asked for here
      |
      = note: The following packages are incompatible
              ├─ other can be installed with any of the following options:
              │  └─ other 5.0 would require
              │     └─ plugin, which can be installed with any of the following options:
              │        └─ plugin 0.1 | 0.2 would require
              │           └─ grammar 2.*, which can be installed with any of the following options:
              │              └─ grammar 2.0
              └─ app cannot be installed because there are no viable options:
                 └─ app 1.0 | 1.1 would require
                    └─ web >=2, which cannot be installed because there are no viable options:
                       └─ web 2.0 | 2.1 would require
                          └─ parser >=3, which cannot be installed because there are no viable options:
                             └─ parser 3.0 would require
                                └─ grammar 1.*, which cannot be installed because there are no viable options:
                                   └─ grammar 1.0, which conflicts with the versions reported above.
    ");
}

#[test]
fn a_dependency_that_is_nowhere() {
    let case = Case::new(&["wants-nothing-there"]);
    assert_snapshot!(case.errors("linux-64", &[]), @"
    error: `environment` cannot be solved for linux-64
     --> environment.yml:4:5
      |
    4 |   - wants-nothing-there
      |     ^^^^^^^^^^^^^^^^^^^ this cannot be had
      |
      = note: wants-nothing-there cannot be installed because there are no viable options:
              └─ wants-nothing-there 1.0 would require
                 └─ no-such-package >=1, for which no candidates were found.
    ");
}

#[test]
fn a_glibc_that_is_not_assumed() {
    let case = Case::new(&["wants-new-glibc"]);
    assert_snapshot!(case.errors("linux-64 linux-aarch64", &[]), @r#"
    error: `environment` cannot be solved for linux-64, linux-aarch64
     --> environment.yml:4:5
      |
    4 |   - wants-new-glibc
      |     ^^^^^^^^^^^^^^^ this cannot be had
      |
      = note: on linux-64:
              wants-new-glibc cannot be installed because there are no viable options:
              └─ wants-new-glibc 1.0 would require
                 └─ __glibc >=2.34,<3.0.a0, for which no candidates were found.
      = note: solving with `__glibc=2.28`
      = hint: if the machines that run this have it, say so in lockit.toml: `[virtual-packages]` `glibc = "2.36"`
    "#);
    // What the hint says works.
    case.context.write(
        "lockit.toml",
        "[environments.environment]\nfiles = [\"environment.yml\"]\n[virtual-packages]\nglibc = \"2.36\"\n",
    );
    let output = case.run("linux-64", &[]);
    assert!(output.status.success(), "{}", case.context.render(&output));
}

#[test]
fn no_gpu_is_assumed() {
    let case = Case::new(&["wants-cuda"]);
    assert_snapshot!(case.errors("linux-64", &[]), @r#"
    error: `environment` cannot be solved for linux-64
     --> environment.yml:4:5
      |
    4 |   - wants-cuda
      |     ^^^^^^^^^^ this cannot be had
      |
      = note: wants-cuda cannot be installed because there are no viable options:
              └─ wants-cuda 1.0 would require
                 └─ __cuda >=12, for which no candidates were found.
      = note: no `__cuda` is assumed on linux-64
      = hint: if the machines that run this have it, say so in lockit.toml: `[virtual-packages]` `cuda = "12.4"`
    "#);
}

#[test]
fn an_old_macos_is_assumed() {
    let case = Case::new(&["wants-new-macos  # [osx]", "click"]);
    assert_snapshot!(case.errors("linux-64 osx-arm64", &[]), @r#"
    error: `environment` cannot be solved for osx-arm64
     --> environment.yml:4:5
      |
    4 |   - wants-new-macos  # [osx]
      |     ^^^^^^^^^^^^^^^ this cannot be had
      |
      = note: wants-new-macos cannot be installed because there are no viable options:
              └─ wants-new-macos 1.0 would require
                 └─ __osx >=14.0, for which no candidates were found.
      = note: solving with `__osx=13.0`
      = hint: if the machines that run this have it, say so in lockit.toml: `[virtual-packages]` `osx = "14.0"`
    "#);
}

#[test]
fn a_channel_without_a_platform() {
    let case = Case::new(&["python", "click"]);
    assert_snapshot!(case.errors("linux-64 win-64", &[]), @"
    error: `python` is not in `conda-forge` for win-64
     --> environment.yml:4:5
      |
    4 |   - python
      |     ^^^^^^ only other platforms have it
      |
      = note: it exists for linux-64
      = note: channel `conda-forge` has no win-64 packages, only noarch ones
      = hint: leave win-64 out, or add a channel that has it
    ");
}

#[test]
fn no_channels() {
    let case = Case::new(&[]);
    case.context.write("environment.yml", "dependencies:\n  - python\n");
    let output = case.run("linux-64", &[]);
    assert_eq!(output.status.code(), Some(2));
    assert_snapshot!(errors(&case.context, &output), @"
    error: the environment `environment` names no channel
     --> environment.yml:2:5
      |
    2 |   - python
      |     ^^^^^^ where should this come from?
      |
      = hint: add `channels: [conda-forge]` to the file, or pass `-c conda-forge`
    ");
}

#[test]
fn everything_is_too_new() {
    let case = Case::new(&["click", "no-timestamp"]);
    assert_snapshot!(case.errors("linux-64", &["--exclude-newer", "2020-01-01"]), @"
    error: `environment` cannot be solved for linux-64
     --> environment.yml:5:5
      |
    5 |   - no-timestamp
      |     ^^^^^^^^^^^^ this cannot be had
      |
      = note: The following packages are incompatible
              └─ no-timestamp cannot be installed because there are no viable options:
                 ├─ no-timestamp 1.0 is excluded because the package has no timestamp
                 └─ no-timestamp 0.9 is excluded because the package is uploaded after 2020-01-01
      = note: `exclude-newer` hides candidates: 1 newer than 2020-01-01, 1 whose age the channel does not tell
      = hint: move `exclude-newer` forward, or exempt a package: `--exclude-newer-package NAME=false`
    ");
}

#[test]
fn a_package_without_a_date() {
    let case = Case::new(&["no-timestamp =1"]);
    assert_snapshot!(case.errors("linux-64", &["--exclude-newer", "2026-01-01"]), @"
    error: `environment` cannot be solved for linux-64
     --> environment.yml:4:5
      |
    4 |   - no-timestamp =1
      |     ^^^^^^^^^^^^^^^ without this, 0.9 is possible
      |
      = note: The following packages are incompatible
              └─ no-timestamp 1.* cannot be installed because there are no viable options:
                 └─ no-timestamp 1.0 is excluded because the package has no timestamp
      = note: `exclude-newer` hides candidates: 1 whose age the channel does not tell
      = hint: exempt the package (`--exclude-newer-package NAME=false`) or its channel (`CHANNEL::*=false`), or ask for a version that has a date
    ");
}

#[test]
fn an_environment_that_wants_more_than_its_base() {
    let case = Case::new(&["python", "pandas"]);
    case.context.write(
        "predict-environment.yml",
        "channels: [conda-forge]\ndependencies:\n  - pandas\n  - fastapi\n",
    );
    let args = ["--env", "dev=environment.yml", "--env", "predict=predict-environment.yml:dev"];
    assert_snapshot!(case.errors("linux-64 osx-arm64", &args), @"
    error: `predict` takes its versions from `dev`, which does not contain `fastapi`
     --> predict-environment.yml:4:5
      |
    4 |   - fastapi
      |     ^^^^^^^ not in `dev` on linux-64, osx-arm64
      |
      = hint: add it to the spec of `dev`, or drop `same-versions-as`
    ");
}

#[test]
fn an_environment_that_excludes_its_base() {
    let case = Case::new(&["wants-numpy-2"]);
    case.context
        .write("predict-environment.yml", "channels: [conda-forge]\ndependencies:\n  - numpy <2\n");
    let args = ["--env", "dev=environment.yml", "--env", "predict=predict-environment.yml:dev"];
    assert_snapshot!(case.errors("linux-64 osx-arm64", &args), @"
    error: `dev` cannot be solved for linux-64, osx-arm64
     --> environment.yml:4:5
      |
    4 |   - wants-numpy-2
      |     ^^^^^^^^^^^^^ asked for here
      |
     ::: predict-environment.yml:3:5
      |
    3 |   - numpy <2
      |     -------- `predict` takes its versions from `dev`
      |
      = note: on linux-64:
              The following packages are incompatible
              └─ wants-numpy-2 can be installed with any of the following options:
                 └─ wants-numpy-2 1.0 would require
                    └─ numpy >=2.3, which can be installed with any of the following options:
                       └─ numpy 2.3.1
              └─ the constraint numpy <2 cannot be fulfilled

    error: `predict` is not locked for linux-64, osx-arm64: `dev`, whose versions it takes, is not
    ");
}

/// Different trouble in several places: each is told once, in the order of specs and platforms,
/// and what could be solved is written.
#[test]
fn several_troubles_in_one_report() {
    let case = Case::new(&["python", "not-on-aarch64", "wants-new-macos  # [osx]"]);
    case.context.write(
        "service-environment.yml",
        "channels: [conda-forge]\ndependencies:\n  - click\n  - wants-new-glibc  # [linux]\n",
    );
    let args = ["--env", "dev=environment.yml", "--env", "service=service-environment.yml"];
    let strict = [args.as_slice(), &["--all-or-nothing"]].concat();
    let told = case.errors(ALL, &strict);
    assert_eq!(case.context.files(), ["environment.yml", "service-environment.yml"]);
    let output = case.run(ALL, &args);
    assert_eq!(output.status.code(), Some(1));
    let shown = case.context.render(&output);
    assert!(shown.contains(&told), "{shown}");
    assert_snapshot!(shown, @r#"
    exit: 1
    --- stdout
    --- stderr
    locked 2 environments on 3 platforms in [TIME]
    dev
      linux-64         18 packages  conda-linux-64.lock new
      linux-aarch64  not solved
      osx-64         not solved
      osx-arm64      not solved
    service
      osx-64           14 packages  service-osx-64.lock new
      osx-arm64        14 packages  service-osx-arm64.lock new
      linux-64       not solved
      linux-aarch64  not solved
    error: `not-on-aarch64` is not in `conda-forge` for linux-aarch64
     --> environment.yml:5:5
      |
    5 |   - not-on-aarch64
      |     ^^^^^^^^^^^^^^ only other platforms have it
      |
      = note: it exists for linux-64, osx-64, osx-arm64
      = hint: if only those platforms need it, guard it with a selector: `- not-on-aarch64  # [not aarch64]`

    error: `dev` cannot be solved for osx-64, osx-arm64
     --> environment.yml:6:5
      |
    6 |   - wants-new-macos  # [osx]
      |     ^^^^^^^^^^^^^^^ this cannot be had
      |
      = note: on osx-64:
              wants-new-macos cannot be installed because there are no viable options:
              └─ wants-new-macos 1.0 would require
                 └─ __osx >=14.0, for which no candidates were found.
      = note: solving with `__osx=13.0`
      = hint: if the machines that run this have it, say so in lockit.toml: `[virtual-packages]` `osx = "14.0"`

    error: `service` cannot be solved for linux-64, linux-aarch64
     --> service-environment.yml:4:5
      |
    4 |   - wants-new-glibc  # [linux]
      |     ^^^^^^^^^^^^^^^ this cannot be had
      |
      = note: on linux-64:
              wants-new-glibc cannot be installed because there are no viable options:
              └─ wants-new-glibc 1.0 would require
                 └─ __glibc >=2.34,<3.0.a0, for which no candidates were found.
      = note: solving with `__glibc=2.28`
      = hint: if the machines that run this have it, say so in lockit.toml: `[virtual-packages]` `glibc = "2.36"`
    "#);
    assert_eq!(case.context.files().len(), 2 + 3, "{:?}", case.context.files());
}
