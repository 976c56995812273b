//! Channels that are folders of the project: lockfiles name them as the specs do, wherever the project lies.

use std::path::Path;

use lockit_testkit::channel_from_yaml;

use crate::context::TestContext;

const CHANNEL: &str = "
platforms: [linux-64]
packages:
  app: {versions: [1.0, 2.0], noarch: generic, depends: [lib]}
  lib: {versions: [1.0]}
";

const SHARED: &str = "
platforms: [linux-64]
packages:
  common: {versions: [1.0], noarch: generic}
";

const KINDS: [(&str, &str); 4] = [
    ("explicit", "conda-linux-64.lock"),
    ("lock", "conda-lock.yml"),
    ("pixi", "pixi.lock"),
    ("env", "conda-linux-64.lock.yml"),
];

fn copy(from: &Path, to: &Path) {
    fs_err::create_dir_all(to).unwrap();
    for entry in fs_err::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs_err::copy(&path, &target).unwrap();
        }
    }
}

/// Two checkouts beside a folder that both share.
struct Checkouts(TestContext);

impl Checkouts {
    fn new(spec: &str) -> Self {
        let context = TestContext::new();
        for (recipe, folder) in [(CHANNEL, "one/chan"), (SHARED, "shared/chan")] {
            copy(channel_from_yaml(recipe).path(), &context.path(folder));
        }
        context.write("one/environment.yml", spec);
        copy(&context.path("one"), &context.path("deep/down/two"));
        copy(&context.path("shared"), &context.path("deep/down/shared"));
        Self(context)
    }

    fn show(&self, place: &str, args: &[&str]) -> String {
        let mut command = self.0.command(args);
        let shown = self.0.render(&command.current_dir(self.0.path(place)).output().unwrap());
        shown.replace('\\', "/")
    }

    #[track_caller]
    fn ok(&self, place: &str, args: &[&str]) -> String {
        let shown = self.show(place, args);
        assert!(shown.starts_with("exit: 0\n"), "{shown}");
        shown
    }
}

const TWO: &str = "deep/down/two";

const SPEC: &str =
    "channels: [./chan, ../shared/chan]\nplatforms: [linux-64]\ndependencies: [app, common]\n";

#[test]
fn two_checkouts_have_the_same_lockfiles() {
    for spec in [SPEC.to_owned(), SPEC.replace("./chan,", "file:chan,")] {
        let both = Checkouts::new(&spec);
        let context = &both.0;
        for (kind, name) in KINDS {
            both.ok("one", &["-k", kind]);
            let (one, two) = (format!("one/{name}"), format!("{TWO}/{name}"));
            let lock = context.read(&one);
            let temp = context.path("").canonicalize().unwrap();
            let has_address = lock.replace("read this file: ", "").contains("file:");
            assert!(!has_address && !lock.contains(&*temp.to_string_lossy()), "{lock}");
            both.ok(TWO, &["-k", kind]);
            assert_eq!(context.read(&two), lock, "locked there");
            // What came with the checkout holds, and is not written again.
            both.ok(TWO, &["check", "-k", kind]);
            assert!(both.ok(TWO, &["-k", kind]).contains("up to date"), "{kind}");
            both.ok(TWO, &["-k", kind, "--upgrade"]);
            assert_eq!(context.read(&two), lock, "locked again");
            if kind != "env" {
                assert!(lock.contains("./chan/noarch/app-2.0-"), "{lock}");
                assert!(lock.contains("../shared/chan/noarch/common-1.0-"), "{lock}");
                both.ok(
                    TWO,
                    &[
                        "install",
                        name,
                        "--prefix",
                        &format!("{kind}-there"),
                        "--platform",
                        "linux-64",
                    ],
                );
                assert!(context.path(&format!("{TWO}/{kind}-there/conda-meta/history")).exists());
            }
            let shown = both.ok("one", &["diff", name, &format!("../{TWO}/{name}")]);
            assert!(!shown.contains("app"), "{shown}");
            for checkout in ["one", TWO] {
                fs_err::remove_file(context.path(&format!("{checkout}/{name}"))).unwrap();
            }
        }
    }
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let both = Checkouts::new(SPEC);
    both.ok(TWO, &["-k", "pixi"]);
    fs_err::rename(both.0.path("deep/down/shared"), both.0.path("deep/down/gone")).unwrap();
    insta::assert_snapshot!(both.show(TWO, &["install", "pixi.lock", "--prefix", "there", "--platform", "linux-64"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `common 1.0 hf78bc26_0` cannot be installed: there is no folder `[TEMP]/project/deep/down/shared/chan`
     = hint: the channel is a folder: put it there, or lock again with the channel where it is
     = hint: nothing of the prefix was changed
    ");
}

/// The lockfile lies elsewhere than the spec, and is rendered to another place.
#[test]
fn folders_are_named_from_the_lockfile() {
    let both = Checkouts::new("dependencies: []\n");
    let context = &both.0;
    fs_err::remove_file(context.path("one/environment.yml")).unwrap();
    context.write(
        "one/envs/dev.yml",
        &SPEC.replace("./chan,", "../chan,").replace("../shared", "../../shared"),
    );
    both.ok("one", &["-f", "envs/dev.yml", "-k", "lock", "--lockfile", "locks/dev.conda-lock.yml"]);
    let lock = context.read("one/locks/dev.conda-lock.yml");
    assert!(lock.contains("url: ../chan/noarch/app-2.0-"), "{lock}");
    assert!(lock.contains("url: ../../shared/chan/noarch/common-1.0-"), "{lock}");
    let again = ["-f", "envs/dev.yml", "-k", "lock", "--lockfile", "locks/dev.conda-lock.yml"];
    both.ok("one", &[&["check"], &again[..]].concat());
    assert!(both.ok("one", &again).contains("up to date"));
    both.ok(
        "one",
        &["install", "locks/dev.conda-lock.yml", "--prefix", "there", "--platform", "linux-64"],
    );
    // A prefix knows where its packages are from.
    let records = fs_err::read_dir(context.path("one/there/conda-meta")).unwrap();
    let mut records = records.map(|entry| entry.unwrap().path());
    let record =
        records.find(|path| path.file_name().unwrap().to_string_lossy().starts_with("app-"));
    let record = fs_err::read_to_string(record.expect("it is installed")).unwrap();
    assert!(record.contains("\"file://") && !record.contains("\"../chan"), "{record}");
    both.ok(
        "one",
        &["render", "locks/dev.conda-lock.yml", "-k", "pixi", "--lockfile", "pixi.lock"],
    );
    let rendered = context.read("one/pixi.lock");
    assert!(rendered.contains("conda: ./chan/noarch/app-2.0-"), "{rendered}");
    assert!(rendered.contains("url: ../shared/chan/\n"), "{rendered}");
}

/// A channel that only a requirement names, and those that somebody gave as a place of this machine.
#[test]
fn what_is_absolute_stays_so() {
    let both = Checkouts::new(
        &SPEC.replace("./chan, ", "").replace("[app,", "['./chan::app', './chan::lib',"),
    );
    let context = &both.0;
    both.ok("one", &["-k", "lock,pixi"]);
    both.ok("one", &["check"]);
    assert!(context.read("one/pixi.lock").contains("conda: ./chan/noarch/app-2.0-"));
    let here = context.path("one/chan").canonicalize().unwrap().display().to_string();
    for absolute in [here.clone(), format!("file://{here}")] {
        context.write("one/environment.yml", &SPEC.replace("./chan,", &format!("{absolute},")));
        both.ok("one", &["-k", "lock,pixi", "--upgrade"]);
        let lock = context.read("one/conda-lock.yml");
        assert!(lock.contains(&format!("url: file://{here}/noarch/app-2.0-")), "{lock}");
        both.ok("one", &["check"]);
    }
}
