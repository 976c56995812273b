//! Several package indexes: which one counts, what is told of it, and what lockfiles keep.

use lockit_testkit::{PypiIndex, Server, Wheel};

use crate::pypi_scene::Scene;

/// An index of old things that is asked first, and one of new things.
struct Indexes {
    scene: Scene,
    old: (PypiIndex, Server),
    new: (PypiIndex, Server),
}

impl Indexes {
    fn find() -> Option<Self> {
        let scene = Scene::find()?;
        let old = Scene::index(&[("six", "1.0"), ("private", "1.0")]);
        let new = Scene::index(&[("six", "1.17"), ("public", "3.0")]);
        Some(Self { scene, old, new })
    }

    fn spec(&self, lines: &[&str]) {
        let extra = format!("--extra-index-url {}/simple", self.old.1.url());
        let index = format!("--index-url {}/simple/", self.new.1.url());
        self.scene.plain_spec("environment.yml", &[&[index.as_str(), &extra], lines].concat());
    }

    fn show(&self, args: &[&str]) -> String {
        let output = self.scene.command(args).output().unwrap();
        let text = self.named(&String::from_utf8_lossy(&output.stderr));
        format!("exit: {}\n{}", output.status.code().unwrap(), self.scene.context.filter(&text))
    }

    fn named(&self, text: &str) -> String {
        text.replace(&self.old.1.url(), "[OLD]").replace(&self.new.1.url(), "[NEW]")
    }
}

#[test]
fn the_first_index_counts_and_what_it_hides_is_told() {
    let Some(indexes) = Indexes::find() else { return };
    indexes.spec(&["six", "private", "public"]);
    insta::assert_snapshot!(indexes.show(&[]), @"
    exit: 0
    warning: `six` 1.0 is from [OLD]/simple, which is asked before [NEW]/simple with 1.17; `--index-strategy unsafe-best-match` compares both

    locked 1 platform in [TIME]
      linux-64          5 packages  conda-linux-64.lock new
    ");
    assert_eq!(indexes.scene.pip("conda-linux-64.lock"), ["private-1.0", "public-3.0", "six-1.0"]);
    insta::assert_snapshot!(indexes.show(&["--upgrade", "--index-strategy", "unsafe-best-match"]), @"
    exit: 0
    locked 1 platform in [TIME]
      linux-64          5 packages  conda-linux-64.lock changed
      ~ six (pip) 1.0 -> 1.17 (minor)
    ");
    // The lockfile remembers the flag, and lockit.toml says it for everybody.
    let with_flag = ["check", "--index-strategy", "unsafe-best-match"];
    assert!(indexes.show(&with_flag).contains("ok the lock is up to date"));
    let shown = indexes.show(&["check"]);
    assert!(shown.contains("error: the settings of PyPI packages"), "{shown}");
    assert!(
        shown
            .contains("it is `lockit check -f environment.yml --index-strategy unsafe-best-match`"),
        "{shown}"
    );
    indexes.scene.context.write("lockit.toml", "index-strategy = \"unsafe-best-match\"\n");
    assert!(indexes.show(&["check"]).contains("ok the lock is up to date"));
    indexes.scene.context.write("lockit.toml", "index-strategy = \"best\"\n");
    let shown = indexes.show(&["check"]);
    assert!(shown.contains("`best` is not a value of `index-strategy`"), "{shown}");
}

/// uv's own advice is about uv's options.
#[test]
fn advice_is_about_options_of_lockit() {
    let Some(indexes) = Indexes::find() else { return };
    indexes.spec(&["six >=1.5"]);
    insta::assert_snapshot!(indexes.show(&[]), @"
    exit: 1
    locked nothing in [TIME]
      linux-64       not solved
    error: the PyPI packages of `environment` cannot be resolved for linux-64
     --> environment.yml:9:10
      |
    9 |       - 'six >=1.5'
      |          ^^^^^^^^^ asked for here
      |
      = note: Because only six==1.0 is available and you require six>=1.5, we can conclude that your
              requirements are unsatisfiable.
      = hint: `six` is taken from [OLD]/simple, which is asked before [NEW]/simple/: if both are trusted alike, `--index-strategy unsafe-best-match` compares their versions
    ");
    indexes.scene.ok(&["--index-strategy", "unsafe-first-match"]);
    assert_eq!(indexes.scene.pip("conda-linux-64.lock"), ["six-1.17"]);
}

#[test]
fn a_wheel_for_a_newer_system_names_the_virtual_package() {
    let Some(indexes) = Indexes::find() else { return };
    let wheel = Wheel::new("glib", "1.0").unwrap();
    let digest = format!("sha256={}", wheel.sha256());
    let name = "glib-1.0-cp312-cp312-manylinux_2_34_x86_64.whl";
    indexes.new.0.publish_file(name, &wheel.bytes, &digest).unwrap();
    indexes.spec(&["glib"]);
    insta::assert_snapshot!(indexes.show(&[]), @r#"
    exit: 1
    locked nothing in [TIME]
      linux-64       not solved
    error: the PyPI packages of `environment` cannot be resolved for linux-64
     --> environment.yml:9:10
      |
    9 |       - 'glib'
      |          ^^^^ asked for here
      |
      = note: Because glib==1.0 has no wheels with a matching platform tag (e.g.,
              `manylinux_2_28_x86_64`) and only glib==1.0 is available, we can conclude that all versions
              of glib cannot be used.
              And because you require glib, we can conclude that your requirements are unsatisfiable.
      = hint: `glib` has wheels for manylinux_2_34_x86_64: if every machine has that, write `glibc = "2.34"` below `[virtual-packages]` in lockit.toml
    "#);
    indexes.scene.context.write("lockit.toml", "[virtual-packages]\nglibc = \"2.34\"\n");
    indexes.scene.ok(&[]);
    assert_eq!(
        indexes.scene.pip("conda-linux-64.lock"),
        ["glib-1.0-cp312-cp312-manylinux_2_34_x86_64.whl"]
    );
}

/// pixi asks the index of a package, so the lockfile must keep it.
#[test]
fn a_pixi_lock_keeps_the_index() {
    let Some(indexes) = Indexes::find() else { return };
    indexes.spec(&["private", "public"]);
    indexes.scene.ok(&["-k", "pixi,lock,explicit"]);
    let text = indexes.named(&indexes.scene.context.read("pixi.lock"));
    assert!(!text.contains("direct+"), "{text}");
    assert!(
        text.contains("    indexes:\n    - [NEW]/simple/\n    - [OLD]/simple\n    packages:"),
        "{text}"
    );
    // Each spelled as in the spec.
    for (name, index) in [("private", "[OLD]/simple"), ("public", "[NEW]/simple/")] {
        let row = text.split("\n- ").find(|row| row.contains(&format!("name: {name}\n"))).unwrap();
        assert!(
            row.contains(&format!("index: {index}\n")) || row.ends_with(&format!("index: {index}")),
            "{text}"
        );
    }
    assert!(indexes.scene.ok(&["check"]).contains("ok the lock is up to date"));
    assert!(indexes.scene.ok(&["-k", "pixi,lock,explicit"]).contains("everything is up to date"));
    // `--no-index` goes before every index.
    indexes.spec(&["--no-index", "private"]);
    let shown = indexes.show(&["--upgrade"]);
    assert!(shown.contains("exit: 1") && shown.contains("drop `--no-index`"), "{shown}");
}

/// Those of `pip-repositories` are asked in their order.
#[test]
fn the_first_of_several_repositories_is_asked_first() {
    let Some(indexes) = Indexes::find() else { return };
    let both = format!("['{}/simple', '{}/simple']", indexes.new.1.url(), indexes.old.1.url());
    indexes.scene.context.write(
        "environment.yml",
        &format!(
            "channels: [conda-forge]\nplatforms: [linux-64]\nallow-pypi-requests: false\npip-repositories: {both}\n\
             dependencies:\n  - python\n  - pip:\n    - six\n"
        ),
    );
    indexes.scene.ok(&[]);
    assert_eq!(indexes.scene.pip("conda-linux-64.lock"), ["six-1.17"]);
}

/// Options of pixi's are followed, or named.
#[test]
fn options_of_pixi_are_followed_or_named() {
    let Some(indexes) = Indexes::find() else { return };
    let write = |options: &str, more: &str| {
        indexes.scene.context.write(
            "pixi.toml",
            &format!(
                "[workspace]\nname = \"x\"\nchannels = [\"conda-forge\"]\nplatforms = [\"linux-64\"]\n{more}\n\
                 [dependencies]\npython = \"*\"\n[pypi-dependencies]\nsix = \"*\"\n[pypi-options]\n\
                 index-url = \"{}/simple\"\nextra-index-urls = [\"{}/simple\"]\n{options}\n",
                indexes.new.1.url(),
                indexes.old.1.url()
            ),
        );
    };
    let named = ["-f", "pixi.toml", "-k", "lock", "--lockfile", "x.conda-lock.yml"];
    let lock = [&named[..], &["--upgrade"]].concat();
    let version = || {
        indexes.scene.ok(&lock);
        let text = indexes.scene.context.read("x.conda-lock.yml");
        let row = text.split("- name: ").find(|row| row.starts_with("six\n")).unwrap().to_owned();
        row.lines().nth(1).unwrap().trim().to_owned()
    };
    write("", "");
    assert_eq!(version(), "version: '1.0'");
    write("index-strategy = \"unsafe-best-match\"", "");
    assert_eq!(version(), "version: '1.17'");
    let overridden = "index-strategy = \"unsafe-best-match\"\n[pypi-options.dependency-overrides]\nsix = \"==1.0\"";
    write(overridden, "");
    assert_eq!(version(), "version: '1.0'");
    write("no-index = true", "");
    assert!(indexes.show(&lock).contains("no index is asked"), "{}", indexes.show(&lock));
    write("no-binary = [\"six\"]", "");
    let shown = indexes.show(&lock);
    assert!(shown.contains("`six` has no source distribution here"), "{shown}");
    write(
        "no-build-isolation = true\nindex-stratgy = \"first-index\"",
        "conda-pypi-map = {}\nauthors = []",
    );
    let shown = indexes.show(&lock);
    for expected in [
        "`no-build-isolation` is not followed",
        "the key `index-stratgy` is not known and has no effect",
        "did you mean `index-strategy`?",
        "`conda-pypi-map` is not followed",
    ] {
        assert!(shown.contains(expected), "{expected}\n{shown}");
    }
    assert!(!shown.contains("authors"), "{shown}");
}

#[test]
fn lines_are_read_as_pip_reads_them() {
    let Some(indexes) = Indexes::find() else { return };
    indexes.scene.context.write(
        "submodules/simple-knn/pyproject.toml",
        "[project]\nname = \"simple-knn\"\nversion = \"1\"\n[build-system]\nrequires = []\nbuild-backend = \"none\"\n",
    );
    indexes.scene.context.write("reqs/base.txt", "private --config-settings \"--x=y z\"\n");
    indexes.spec(&["submodules/simple-knn  # a folder", "-r reqs\\base.txt", "--use-pep517"]);
    let shown = indexes.show(&[]);
    assert!(shown.starts_with("exit: 0"), "{shown}");
    for expected in [
        "`--config-settings` has no effect",
        "write `reqs/base.txt`",
        "`--use-pep517` has no effect",
    ] {
        assert!(shown.contains(expected), "{shown}");
    }
    let text = indexes.scene.context.read("conda-linux-64.lock");
    assert!(text.contains("./submodules/simple-knn") && text.contains("private-1.0"), "{text}");
    let shown = indexes.show(&["check"]);
    assert!(shown.contains("ok the lock is up to date"), "{shown}");
}
