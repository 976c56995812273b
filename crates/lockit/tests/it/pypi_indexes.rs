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
        self.named(&self.scene.show(args))
    }

    fn named(&self, text: &str) -> String {
        // Ports are hidden in what is shown.
        let old = self.scene.context.filter(&self.old.1.url());
        assert_eq!(old, "http://127.0.0.1:[PORT]/conda-forge");
        text.replace(&self.old.1.url(), "[OLD]").replace(&self.new.1.url(), "[NEW]")
    }
}

#[test]
fn the_first_index_counts_and_what_it_hides_is_told() {
    let Some(indexes) = Indexes::find() else { return };
    indexes.spec(&["six", "private", "public"]);
    insta::assert_snapshot!(indexes.show(&[]), @"");
    assert_eq!(indexes.scene.pip("conda-linux-64.lock"), ["private-1.0", "public-3.0", "six-1.0"]);
    insta::assert_snapshot!(indexes.show(&["--upgrade", "--index-strategy", "unsafe-best-match"]), @"");
    // It is remembered by what changed, and lockit.toml says it for everybody.
    assert!(indexes.show(&["check"]).contains("exit: 1"));
    indexes.scene.context.write("lockit.toml", "index-strategy = \"unsafe-best-match\"\n");
    assert!(indexes.show(&["check"]).contains("ok the lock is up to date"));
    indexes.scene.context.write("lockit.toml", "index-strategy = \"best\"\n");
    let shown = indexes.show(&["check"]);
    assert!(shown.contains("`best` is not a index strategy"), "{shown}");
}

/// uv's own advice is about uv's options.
#[test]
fn advice_is_about_options_of_lockit() {
    let Some(indexes) = Indexes::find() else { return };
    indexes.spec(&["six >=1.5"]);
    insta::assert_snapshot!(indexes.show(&[]), @"");
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
    insta::assert_snapshot!(indexes.show(&[]), @"");
    indexes.scene.context.write("lockit.toml", "[virtual-packages]\nglibc = \"2.34\"\n");
    indexes.scene.ok(&[]);
    assert_eq!(
        indexes.scene.pip("conda-linux-64.lock"),
        ["glib-1.0-cp312-cp312-manylinux_2_34_x86_64.whl"]
    );
}

#[test]
fn a_version_before_the_final_one_is_told_how_to_get() {
    let Some(indexes) = Indexes::find() else { return };
    indexes.new.0.publish(&Wheel::new("early", "2.0rc1").unwrap()).unwrap();
    indexes.new.0.publish(&Wheel::new("early", "1.0").unwrap()).unwrap();
    indexes.spec(&["early >1.0"]);
    let shown = indexes.show(&[]);
    assert!(
        shown.contains("add `--pre` to the `pip:` section") && !shown.contains("--prerelease"),
        "{shown}"
    );
    indexes.spec(&["--pre", "early >1.0"]);
    indexes.scene.ok(&[]);
    indexes.spec(&["six"]);
    let shown = indexes.show(&["--offline", "-k", "lock"]);
    assert!(!shown.contains("hint: Packages were"), "{shown}");
}

/// pixi asks the index of a package, so the lockfile must keep it.
#[test]
fn a_pixi_lock_keeps_the_index() {
    let Some(indexes) = Indexes::find() else { return };
    indexes.spec(&["private", "public"]);
    indexes.scene.ok(&["-k", "pixi,lock,explicit"]);
    let text = indexes.named(&indexes.scene.context.read("pixi.lock"));
    assert!(!text.contains("direct+"), "{text}");
    assert!(text.contains("\n    - [OLD]/simple\n    - [NEW]/simple"), "{text}");
    let rows: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("index:") || line.contains("index_url:"))
        .collect();
    assert_eq!(rows, ["  index_url: [OLD]/simple", "  index_url: [NEW]/simple"], "{text}");
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
