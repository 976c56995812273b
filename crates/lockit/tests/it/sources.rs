//! Specs of other kinds than `environment.yml`, from the command line to the lockfile.

use crate::context::TestContext;

const CHANNEL: &str = "
platforms: [linux-64, win-64]
packages:
  python: {versions: [3.11.9, 3.12.4]}
  numpy: {versions: [1.26.4, 2.0.1]}
  pytorch: {versions: [2.3.1, 2.4.0]}
  pytest: {versions: [8.2.0]}
  sphinx: {versions: [7.4.0]}
  pywin32: {versions: [306]}
  odd-name: {versions: [1.0]}
";

const PYPROJECT: &str = "[project]
name = 'weather'
requires-python = '<3.12'
dependencies = ['torch~=2.3.0', 'pywin32; sys_platform == \"win32\"']

[project.optional-dependencies]
test = ['pytest']
docs = ['sphinx>=7']

[tool.conda-lock]
channels = ['conda-forge']
platforms = ['linux-64', 'win-64']

[tool.conda-lock.dependencies]
numpy = '1.26.*'
";

#[test]
fn a_pyproject_is_locked_without_being_named() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write("pyproject.toml", PYPROJECT);
    context.ok(&[]);
    assert_eq!(
        context.locked("conda-linux-64.lock"),
        "numpy 1.26.4, pytest 8.2.0, python 3.11.9, pytorch 2.3.1, sphinx 7.4.0"
    );
    assert!(context.locked("conda-win-64.lock").contains("pywin32 306"));
    context.ok(&["check"]);
    context.edit("pyproject.toml", "torch~=2.3.0", "torch>=2.4");
    insta::assert_snapshot!(context.show(&["check", "-p", "linux-64"]), @r#"
    exit: 1
    --- stdout
    --- stderr
    error: `pytorch >=2.4` in pyproject.toml:4 is not satisfied by pytorch 2.3.1 on linux-64
     --> pyproject.toml:4:18
      |
    4 | dependencies = ['torch>=2.4', 'pywin32; sys_platform == "win32"']
      |                  ^^^^^^^^^^ pytorch 2.3.1 is locked

    run `lockit -f pyproject.toml -p linux-64` to bring the lock up to date
    "#);
}

#[test]
fn requirements_of_unwanted_categories_are_dropped_before_solving() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write("pyproject.toml", PYPROJECT);
    let lock = |flags: &[&str]| {
        let args =
            [&["-p", "linux-64", "--filename-template", "x.lock", "-f", "pyproject.toml"], flags];
        context.ok(&args.concat());
        context.locked("x.lock")
    };
    let main = "numpy 1.26.4, python 3.11.9, pytorch 2.3.1";
    assert_eq!(lock(&["--filter-categories", "--no-dev-dependencies"]), main);
    assert_eq!(
        lock(&["--filter-extras"]),
        "numpy 1.26.4, pytest 8.2.0, python 3.11.9, pytorch 2.3.1"
    );
    assert_eq!(
        lock(&["--no-dev-dependencies", "--filter-categories", "-e", "docs"]),
        "numpy 1.26.4, python 3.11.9, pytorch 2.3.1, sphinx 7.4.0"
    );
    assert!(
        context.read("x.lock").contains("--filter-categories --no-dev-dependencies --extras docs"),
        "{}",
        context.read("x.lock")
    );
    insta::assert_snapshot!(context.show(&["-f", "pyproject.toml", "--category", "doc"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: no spec has the category `doc`
     = hint: did you mean `docs`?
    ");
}

#[test]
fn names_are_mapped_by_the_project_and_by_a_file() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write(
        "lockit.toml",
        "channels = ['conda-forge']\nplatforms = ['linux-64']\n[environments.dev]\nfiles = ['package/pyproject.toml']\n[pypi-to-conda]\nOdd_Thing = 'odd-name'\n",
    );
    context
        .write("package/pyproject.toml", "[project]\nname = 'x'\ndependencies = ['odd.thing']\n");
    context.ok(&[]);
    assert_eq!(context.locked("conda-linux-64.lock"), "odd-name 1.0");
    context.write("names.yml", "odd-thing: {conda_name: pytest, pypi_name: odd-thing}\n");
    context.ok(&["--pypi_to_conda_lookup_file", "names.yml"]);
    assert_eq!(context.locked("conda-linux-64.lock"), "pytest 8.2.0");
    insta::assert_snapshot!(
        context.show(&["--pypi_to_conda_lookup_file", "https://host/names.json"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: names are not fetched from `https://host/names.json`
     = hint: download the file and name it: `--pypi_to_conda_lookup_file FILE`
     = hint: for a few names write `[pypi-to-conda]` into lockit.toml; many are known anyway
    ");
}

#[test]
fn pixi_and_recipes_are_locked() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write(
        "pixi.toml",
        "[workspace]\nchannels = ['conda-forge']\nplatforms = ['linux-64', 'win-64']\n[dependencies]\npython = '3.12.*'\n[target.win.dependencies]\npywin32 = '*'\n[feature.test.dependencies]\npytest = '*'\n",
    );
    context.ok(&["-f", "pixi.toml"]);
    assert_eq!(context.locked("conda-win-64.lock"), "pytest 8.2.0, python 3.12.4, pywin32 306");
    context.write(
        "recipe/meta.yaml",
        "{% set version = '1' %}\npackage: {name: x, version: {{ version }}}\nrequirements:\n  run:\n    - python <3.12\n    - pywin32  # [win]\ntest:\n  requires: [pytest]\nextra:\n  channels: [conda-forge]\n",
    );
    context.ok(&[
        "-f",
        "recipe/meta.yaml",
        "-p",
        "linux-64",
        "--filename-template",
        "x-{platform}.lock",
    ]);
    assert_eq!(context.locked("x-linux-64.lock"), "pytest 8.2.0, python 3.11.9");
}

#[test]
fn a_wrong_line_is_shown_whatever_kind_of_file_it_stands_in() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write("requirements.txt", "numpy\n-r base/more.txt\n");
    context.write("base/more.txt", "# more\nnumpy=1.26\n-r ../requirements.txt\n");
    insta::assert_snapshot!(context.show(&["-f", "requirements.txt"]), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: `numpy=1.26` is not a pip requirement
     --> base/more.txt:2:6
      |
    2 | numpy=1.26
      |      ^^^^^ no such comparison operator "=", must be one of ~= == != <= >= < > ===
      |
      = hint: pip wants two equal signs: `numpy==1.26`

    error: `requirements.txt` includes itself
     --> base/more.txt:3:1
      |
    3 | -r ../requirements.txt
      | ^^^^^^^^^^^^^^^^^^^^^^ this leads back to a file that is being read
      |
      = hint: remove one of the includes
    "#);
    insta::assert_snapshot!(context.show(&["lint", "requirements.txt"]), @r#"
    exit: 2
    --- stdout
    error[LK000]: `numpy=1.26` is not a pip requirement
     --> base/more.txt:2:6
      |
    2 | numpy=1.26
      |      ^^^^^ no such comparison operator "=", must be one of ~= == != <= >= < > ===
      |
      = hint: pip wants two equal signs: `numpy==1.26`

    error[LK000]: `requirements.txt` includes itself
     --> base/more.txt:3:1
      |
    3 | -r ../requirements.txt
      | ^^^^^^^^^^^^^^^^^^^^^^ this leads back to a file that is being read
      |
      = hint: remove one of the includes
    --- stderr
    found 2 problems in 1 of 1 file
    "#);
    context
        .write("pixi.toml", "[dependencies]\nnumpy = '=>1'\n[target.mac.dependencies]\nx = '*'\n");
    insta::assert_snapshot!(context.show(&["lint", "pixi.toml"]), @"
    exit: 2
    --- stdout
    error[LK000]: `=>` is not an operator
     --> pixi.toml:2:10
      |
    2 | numpy = '=>1'
      |          ^^^ expected `>=`
      |
      = hint: write `numpy >=1`

    error[LK000]: the selector variable `mac` is not known
     --> pixi.toml:3:9
      |
    3 | [target.mac.dependencies]
      |         ^^^
      |
      = hint: did you mean `osx`?
    --- stderr
    found 2 problems in 1 of 1 file
    ");
}
