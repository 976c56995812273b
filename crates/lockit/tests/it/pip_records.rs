//! PyPI packages in lockfiles: told of, compared, and rendered into every kind.

use insta::assert_snapshot;

use crate::context::TestContext;

/// By hand in the form of conda-lock's, of which `test-data/foreign` has one. Its rows list what packages need anywhere,
/// so `colorama` is not there.
pub(crate) const LOCK: &str = "\
version: 1
metadata:
  content_hash:
    linux-64: 2a3f
  channels:
  - url: conda-forge
    used_env_vars: []
  platforms:
  - linux-64
  sources:
  - environment.yml
package:
- name: click
  version: 8.1.7
  manager: conda
  platform: linux-64
  dependencies:
    python: '>=3.8'
  url: https://conda.anaconda.org/conda-forge/noarch/click-8.1.7-unix_pyh707e725_0.conda
  hash:
    md5: f3ad426304898027fc619827ff428eca
    sha256: f0016cbab6ac4138a429e28dbcb904a90305b34b3fe41a9b89d697c90401caec
  category: main
  optional: false
- name: python
  version: 3.12.7
  manager: conda
  platform: linux-64
  dependencies: {}
  url: https://conda.anaconda.org/conda-forge/linux-64/python-3.12.7-hc5c86c4_0_cpython.conda
  hash:
    md5: 0515111a9cdf69f83278f7c197db9807
    sha256: 674be31ff152d9f0e0fe16959a45e3803a730fc4f54d87df6a9ac4e6a698c41d
  category: main
  optional: false
- name: flask
  version: 3.0.3
  manager: pip
  platform: linux-64
  dependencies:
    click: '>=8.1.3'
    colorama: '*'
    itsdangerous: '>=2.1.2'
  url: https://files.pythonhosted.org/packages/61/80/ffe1da13ad9300f87c93af113edd0638c75138c42a0994becfacac078c06/flask-3.0.3-py3-none-any.whl
  hash:
    sha256: 34e815dfaa43340d1d15a5c3a02b8476004037eb4840b34910c6e21679d288f3
  category: main
  optional: false
- name: itsdangerous
  version: 2.2.0
  manager: pip
  platform: linux-64
  dependencies: {}
  url: https://files.pythonhosted.org/packages/04/96/92447566d16df59b2a776c0fb82dbc4d9e07cd95062562af01e408583fc4/itsdangerous-2.2.0-py3-none-any.whl
  hash:
    sha256: c6242fc49e35958c8b15141343aa660db5fc54d4f13a1db01a3f5891b98700ef
  category: main
  optional: false
- name: tool
  version: '1.0'
  manager: pip
  platform: linux-64
  dependencies: {}
  url: git+https://git.example.org/tool@1f0c4a6de1c3a2b5d1e0f9a8b7c6d5e4f3a2b1c0
  hash:
    sha256: 1f0c4a6de1c3a2b5d1e0f9a8b7c6d5e4f3a2b1c0
  source:
    type: url
    url: git+https://git.example.org/tool@1f0c4a6de1c3a2b5d1e0f9a8b7c6d5e4f3a2b1c0
  category: dev
  optional: true
";

fn context() -> TestContext {
    let context = TestContext::new();
    context.write("conda-lock.yml", LOCK);
    context
}

#[test]
fn what_is_locked_and_why() {
    let context = context();
    assert_snapshot!(context.ok(&["list", "conda-lock.yml", "-p", "linux-64"]), @"
    exit: 0
    --- stdout
    click         8.1.7   unix_pyh707e725_0
    flask         3.0.3   pip
    itsdangerous  2.2.0   pip
    python        3.12.7  hc5c86c4_0_cpython
    tool          1.0     pip, commit 1f0c4a6de1c3
    --- stderr
    ");
    let json = context.run(&["list", "conda-lock.yml", "-p", "linux-64", "--format", "json"]);
    let list: serde_json::Value = serde_json::from_slice(&json.stdout).unwrap();
    let managers: Vec<&str> = list["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| package["manager"].as_str().unwrap())
        .collect();
    assert_eq!(managers, ["conda", "pip", "pip", "conda", "pip"]);
    assert_snapshot!(context.ok(&["tree", "conda-lock.yml", "-p", "linux-64"]), @"
    exit: 0
    --- stdout
    flask 3.0.3 pip
    ├── click 8.1.7
    │   └── python 3.12.7
    └── itsdangerous 2.2.0 pip
    tool 1.0 pip
    --- stderr
    ");
    assert_snapshot!(context.ok(&["why", "Click", "conda-lock.yml"]), @"
    exit: 0
    --- stdout
    click 8.1.7
      comes in by
        flask → click
      asked for
        >=8.1.3  by flask
    --- stderr
    ");
    assert_snapshot!(context.ok(&["why", "itsdangerous", "conda-lock.yml"]), @"
    exit: 0
    --- stdout
    itsdangerous 2.2.0
      from PyPI
      comes in by
        flask → itsdangerous
      asked for
        >=2.1.2  by flask
    --- stderr
    ");
}

#[test]
fn changes_are_marked() {
    let context = context();
    let after = LOCK
        .replace("itsdangerous-2.2.0", "itsdangerous-2.3.0")
        .replace("version: 2.2.0", "version: 2.3.0")
        .replace(
            "1f0c4a6de1c3a2b5d1e0f9a8b7c6d5e4f3a2b1c0",
            "2a0c4a6de1c3a2b5d1e0f9a8b7c6d5e4f3a2b1c0",
        );
    let at = after.find("- name: flask").unwrap();
    let end = after.find("- name: itsdangerous").unwrap();
    let flask = "- name: flask
  version: 3.1.0
  manager: conda
  platform: linux-64
  dependencies:
    python: '>=3.9'
  url: https://conda.anaconda.org/conda-forge/noarch/flask-3.1.0-pyhd8ed1ab_0.conda
  hash:
    md5: 0515111a9cdf69f83278f7c197db9807
  category: main
  optional: false
";
    context.write("after.conda-lock.yml", &format!("{}{flask}{}", &after[..at], &after[end..]));
    let args = ["diff", "conda-lock.yml", "after.conda-lock.yml"];
    assert_snapshot!(context.show(&args), @"
    exit: 0
    --- stdout
      named in specs
        ~ flask       3.0.3 (pip) -> 3.1.0 (conda)
        ~ tool (pip)  1.0 build 1f0c4a6de1c3 -> 2a0c4a6de1c3
      brought along
        ~ itsdangerous (pip)  2.2.0 -> 2.3.0 (minor)
    1 upgraded, 1 rebuilt, 1 moved between conda and pip
    --- stderr
    ");
    let table = context.show(&[&args[..], &["--format", "markdown"]].concat());
    assert_snapshot!(table, @"
    exit: 0
    --- stdout
    ### 1 upgraded, 1 rebuilt, 1 moved between conda and pip

    | package | before | after | kind | platforms |
    | --- | --- | --- | --- | --- |
    | [flask](https://anaconda.org/conda-forge/flask) | 3.0.3 (pip) | 3.1.0 (conda) | moved | all |
    | tool (pip) | 1.0 1f0c4a6de1c3 | 1.0 2a0c4a6de1c3 | build | all |

    <details><summary>1 package that others bring along</summary>

    | package | before | after | kind | platforms |
    | --- | --- | --- | --- | --- |
    | [itsdangerous (pip)](https://pypi.org/project/itsdangerous/) | 2.2.0 | 2.3.0 | minor | all |

    </details>
    --- stderr
    ");
}

#[test]
fn every_kind_keeps_them() {
    let context = context();
    let kinds = ["-k", "explicit,env,pixi,requirements,pylock", "-p", "linux-64"];
    assert_snapshot!(context.show(&[&["render", "conda-lock.yml"], &kinds[..]].concat()), @"
    exit: 0
    --- stdout
    --- stderr
      conda-linux-64.lock new
      conda-linux-64.lock.yml new
      pixi.lock new
      requirements-linux-64.txt new
      pylock.linux-64.toml new
    ");
    for (file, key) in [
        ("conda-linux-64.lock", "# pip "),
        ("conda-linux-64.lock.yml", "      - "),
        ("requirements-linux-64.txt", ""),
    ] {
        let text = context.read(file);
        let commit = format!("{key}tool @ git+https://git.example.org/tool@1f0c");
        assert!(text.lines().any(|line| line.starts_with(&commit)), "{text}");
    }
    for file in ["conda-linux-64.lock", "pixi.lock"] {
        let listed = context.ok(&["list", file, "-p", "linux-64"]);
        assert!(listed.contains("pip, commit 1f0c4a6de1c3"), "{file}: {listed}");
        let back = ["render", file, "-k", "requirements", "-p", "linux-64", "--stdout"];
        let back = String::from_utf8(context.run(&back).stdout).unwrap();
        assert_eq!(back, context.read("requirements-linux-64.txt"), "{file}");
    }
    // Without its developers' part there is no commit, so that pip can be asked for digests.
    let args = ["render", "conda-lock.yml", "-k", "requirements", "--no-dev", "--stdout"];
    assert_snapshot!(context.show(&args), @r"
    exit: 0
    --- stdout
    # Generated by lockit.
    # platform: linux-64
    # These are the PyPI packages only. Install them into the conda environment, after its packages:
    #     pip install --no-deps --require-hashes -r FILE
    flask==3.0.3 \
        --hash=sha256:34e815dfaa43340d1d15a5c3a02b8476004037eb4840b34910c6e21679d288f3
    itsdangerous==2.2.0 \
        --hash=sha256:c6242fc49e35958c8b15141343aa660db5fc54d4f13a1db01a3f5891b98700ef
    --- stderr
    ");
    context.ok(&["render", "pixi.lock", "-k", "lock", "--lockfile", "again.conda-lock.yml"]);
    assert_snapshot!(context.show(&["diff", "conda-lock.yml", "again.conda-lock.yml"]), @"
    exit: 0
    --- stdout
      named in specs
        ~ tool (pip)  1.0 category dev -> main
    1 in other categories
    --- stderr
    ");
}

#[test]
fn what_cannot_be_rendered() {
    let context = context();
    assert_snapshot!(context.show(&["render", "conda-lock.yml", "-k", "poetry"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `poetry` is nothing that can be rendered
     = hint: use one of `explicit`, `lock`, `pixi`, `env`, `requirements`, `pylock`
    ");
    let one_name = ["render", "conda-lock.yml", "-k", "lock,pixi", "--lockfile", "one"];
    assert_snapshot!(context.show(&one_name), @"
    exit: 2
    --- stdout
    --- stderr
    error: several kinds would be written to `one`
     = hint: render them one after the other, or leave the name out
    ");
    let at = LOCK.find("- name: flask").unwrap();
    context.write("conda-lock.yml", &LOCK[..at]);
    assert_snapshot!(context.show(&["render", "conda-lock.yml", "-k", "pylock"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `conda-lock.yml` has no PyPI packages for linux-64
     = hint: pylock.toml holds those alone; `-k explicit` has the conda packages
    ");
    context.write("conda-linux-64.lock", "# platform: linux-64\n@EXPLICIT\n# pip install six\n");
    assert_snapshot!(context.show(&["list", "conda-linux-64.lock"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: this line is no PyPI package
     --> conda-linux-64.lock:3:1
      |
    3 | # pip install six
      | ^^^^^^^^^^^^^^^^^ expected `# pip name @ address#sha256=…`
      |
      = hint: lines that begin with `# pip ` are packages for conda-lock and lockit; start a comment otherwise
    ");
}
