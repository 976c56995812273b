//! PyPI packages in lockfiles: told of, compared, and rendered into every kind.

use insta::assert_snapshot;

use crate::context::TestContext;

/// A file of conda-lock's: its rows list what packages need anywhere, so `colorama` is not there.
const LOCK: &str = "\
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
    assert_snapshot!(context.ok(&["list", "conda-lock.yml", "-p", "linux-64"]), @"");
    let json = context.ok(&["list", "conda-lock.yml", "-p", "linux-64", "--format", "json"]);
    let list: serde_json::Value = serde_json::from_str(&json).unwrap();
    let managers: Vec<&str> = list["packages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|package| package["manager"].as_str().unwrap())
        .collect();
    assert_eq!(managers, ["conda", "pip", "pip", "conda", "pip"]);
    assert_snapshot!(context.ok(&["tree", "conda-lock.yml", "-p", "linux-64"]), @"");
    assert_snapshot!(context.ok(&["why", "Click", "conda-lock.yml"]), @"");
    assert_snapshot!(context.ok(&["why", "itsdangerous", "conda-lock.yml"]), @"");
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
    assert_snapshot!(context.show(&args), @"");
    let table = context.show(&[&args[..], &["--format", "markdown"]].concat());
    assert_snapshot!(table, @"");
}

#[test]
fn every_kind_keeps_them() {
    let context = context();
    let kinds = ["-k", "explicit,env,pixi,requirements,pylock", "-p", "linux-64"];
    assert_snapshot!(context.show(&[&["render", "conda-lock.yml"], &kinds[..]].concat()), @"");
    for (file, key) in [
        ("conda-linux-64.lock", "# pip"),
        ("conda-linux-64.lock.yml", "      - "),
        ("requirements-linux-64.txt", ""),
    ] {
        let text = context.read(file);
        let lines: Vec<&str> = text.lines().filter(|line| line.starts_with(key)).collect();
        insta::allow_duplicates! {
            assert!(lines.iter().any(|line| line.contains("tool @ git+https://git.example.org/tool@1f0c")), "{text}");
        }
    }
    for file in ["conda-linux-64.lock", "pixi.lock"] {
        let context_list = context.ok(&["list", file, "-p", "linux-64"]);
        assert!(context_list.contains("pip, commit 1f0c4a6de1c3"), "{file}: {context_list}");
        let back =
            context.ok(&["render", file, "-k", "requirements", "-p", "linux-64", "--stdout"]);
        assert_eq!(back.trim_end(), context.read("requirements-linux-64.txt").trim_end(), "{file}");
    }
    // Without its developers' part there is no commit, so that pip can be asked for digests.
    let only_main = context.ok(&[
        "render",
        "conda-lock.yml",
        "-k",
        "requirements",
        "--no-dev-dependencies",
        "--stdout",
    ]);
    assert_snapshot!(only_main, @"");
    context.ok(&["render", "pixi.lock", "-k", "lock", "--lockfile", "again.conda-lock.yml"]);
    let diff = context.show(&["diff", "conda-lock.yml", "again.conda-lock.yml"]);
    assert!(diff.contains("nothing") || !diff.contains("->"), "{diff}");
}

#[test]
fn what_cannot_be_rendered() {
    let context = context();
    assert_snapshot!(context.show(&["render", "conda-lock.yml", "-k", "poetry"]), @"");
    let at = LOCK.find("- name: flask").unwrap();
    context.write("conda-lock.yml", &LOCK[..at]);
    assert_snapshot!(context.show(&["render", "conda-lock.yml", "-k", "pylock"]), @"");
    context.write("conda-linux-64.lock", "# platform: linux-64\n@EXPLICIT\n# pip install six\n");
    assert_snapshot!(context.show(&["list", "conda-linux-64.lock"]), @"");
}
