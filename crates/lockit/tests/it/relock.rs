//! Re-locking keeps what still fits: what is committed moves only when it must, or when somebody
//! asks. Each kind of lockfile is enough on its own to know what was locked.

use std::fmt::Write as _;

use insta::assert_snapshot;
use lockit_testkit::{Server, TempDir, channel_from_yaml};

use crate::context::TestContext;

const OLD: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0], noarch: generic, depends: lib >=1}
  lib: {versions: [1.0]}
  tool: {versions: [1.0], noarch: generic}
  loose: {versions: [1.0], noarch: generic, depends: lib}
";

/// As `OLD`, with something newer of everything and two packages that want it.
const NEW: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app:
    - {versions: [1.0], noarch: generic, depends: lib >=1}
    - {versions: [2.0], noarch: generic, depends: lib >=2}
  lib: {versions: [1.0, 2.0, 2.1]}
  tool: {versions: [1.0, 1.1], noarch: generic}
  loose: {versions: [1.0, 1.5], noarch: generic, depends: lib}
  strict: {versions: [1.0], noarch: generic, depends: lib >=2}
";

/// A spec that was locked when `OLD` was the channel, and a mirror that has `NEW` by now.
pub(crate) struct Scene {
    pub(crate) context: TestContext,
    pub(crate) server: Server,
    new: TempDir,
}

impl Scene {
    pub(crate) fn locked_as(kinds: &str) -> Self {
        let old = channel_from_yaml(OLD);
        let server = Server::builder(old.path()).start().unwrap();
        let context = TestContext::new().with_mirror(&server);
        let scene = Self { context, server, new: channel_from_yaml(NEW) };
        scene.spec("app, tool");
        scene.context.ok(&["-k", kinds]);
        scene.server.set_channel("conda-forge", scene.new.path());
        scene.server.take_requests();
        scene
    }

    pub(crate) fn spec(&self, dependencies: &str) {
        let items: Vec<String> =
            dependencies.split(", ").map(|item| format!("  - {item}\n")).collect();
        self.context.write(
            "environment.yml",
            &format!(
                "channels:\n  - conda-forge\nplatforms:\n  - linux-64\n  - osx-arm64\ndependencies:\n{}",
                items.concat()
            ),
        );
    }
}

/// Each kind with its file for linux-64.
const KINDS: [(&str, &str); 4] = [
    ("explicit", "conda-linux-64.lock"),
    ("lock", "conda-lock.yml"),
    ("pixi", "pixi.lock"),
    ("env", "conda-linux-64.lock.yml"),
];

#[test]
fn nothing_moves_and_nothing_is_asked_while_the_lock_holds() {
    for (kind, file) in KINDS {
        let scene = Scene::locked_as(kind);
        let before = scene.context.stamps();
        let output = scene.context.ok(&["-k", kind]);
        assert!(output.contains("ok everything is up to date"), "{kind}: {output}");
        assert_eq!(scene.context.stamps(), before, "{kind}");
        assert!(scene.server.requests().is_empty(), "{kind}: {:?}", scene.server.requests());
        assert_eq!(scene.context.locked(file), "app 1.0, lib 1.0, tool 1.0", "{kind}");
    }
}

#[test]
fn one_more_dependency_changes_only_what_it_must() {
    for (kind, file) in KINDS {
        let scene = Scene::locked_as(kind);
        scene.spec("app, tool, loose");
        scene.context.ok(&["-k", kind]);
        // The new one is the newest, what was there stays.
        let expected = "app 1.0, lib 1.0, loose 1.5, tool 1.0";
        assert_eq!(scene.context.locked(file), expected, "{kind}");

        scene.spec("app, tool, loose, strict");
        scene.context.ok(&["-k", kind]);
        // `app 1.0` is happy with the `lib` that `strict` needs.
        let expected = "app 1.0, lib 2.1, loose 1.5, strict 1.0, tool 1.0";
        assert_eq!(scene.context.locked(file), expected, "{kind}");

        scene.spec("tool, strict");
        scene.context.ok(&["-k", kind]);
        assert_eq!(scene.context.locked(file), "lib 2.1, strict 1.0, tool 1.0", "{kind}");
        assert_eq!(scene.context.ok(&["check", "-k", kind]).matches("up to date").count(), 1);
    }
}

#[test]
fn what_changed_is_said() {
    let scene = Scene::locked_as("explicit");
    scene.spec("tool >=1.1, loose, strict");
    assert_snapshot!(scene.context.show(&[]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 2 platforms in [TIME]
      linux-64          4 packages  conda-linux-64.lock changed
      osx-arm64         4 packages  conda-osx-arm64.lock changed
      ~ lib 1.0 -> 2.1 (major)
      ~ tool 1.0 -> 1.1 (minor)
      + loose 1.5
      + strict 1.0
      - app 1.0
    ");
}

#[test]
fn upgrade_moves_everything() {
    for (kind, file) in KINDS {
        let scene = Scene::locked_as(kind);
        scene.context.ok(&["--upgrade", "-k", kind]);
        assert_eq!(scene.context.locked(file), "app 2.0, lib 2.1, tool 1.1", "{kind}");
    }
}

/// Somebody goes from conda-lock to explicit files, or adds pixi.lock beside them.
#[test]
fn another_kind_of_lockfile_starts_with_what_is_locked() {
    for (kind, _) in KINDS {
        for (other, file) in KINDS.into_iter().filter(|(other, _)| *other != kind) {
            let scene = Scene::locked_as(kind);
            scene.context.ok(&["-k", other]);
            let expected = "app 1.0, lib 1.0, tool 1.0";
            assert_eq!(scene.context.locked(file), expected, "{kind} to {other}");
        }
    }
}

#[test]
fn a_removed_platform_leaves_every_kind_of_lockfile() {
    let scene = Scene::locked_as("explicit,lock,pixi,env");
    scene.context.edit("environment.yml", "  - osx-arm64\n", "");
    // Of another origin: not ours to remove.
    scene.context.write("conda-osx-64.lock", "@EXPLICIT\n");
    assert_snapshot!(scene.context.show(&["-k", "explicit,lock,pixi,env"]), @"
    exit: 0
    --- stdout
    --- stderr
    locked 1 platform in [TIME]
      linux-64          3 packages  conda-linux-64.lock unchanged
      1 platform        3 packages  conda-lock.yml changed
      linux-64          3 packages  conda-linux-64.lock.yml unchanged
      1 platform        3 packages  pixi.lock changed
    removed `conda-osx-arm64.lock`: its platform is no longer wanted
    removed `conda-osx-arm64.lock.yml`: its platform is no longer wanted
    ");
    assert_snapshot!(scene.context.files().join("\n"), @"
    conda-linux-64.lock
    conda-linux-64.lock.yml
    conda-lock.yml
    conda-osx-64.lock
    environment.yml
    pixi.lock
    ");
    for file in ["conda-lock.yml", "pixi.lock"] {
        assert!(!scene.context.read(file).contains("osx-arm64"), "{file}");
    }
}

/// A flag is about this run only: the lockfiles of other platforms are not touched.
#[test]
fn a_platform_given_by_flag_leaves_the_others_alone() {
    let scene = Scene::locked_as("explicit");
    let other = scene.context.read("conda-osx-arm64.lock");
    scene.context.ok(&["--upgrade", "-p", "linux-64"]);
    assert_eq!(scene.context.locked("conda-linux-64.lock"), "app 2.0, lib 2.1, tool 1.1");
    assert_eq!(scene.context.read("conda-osx-arm64.lock"), other);
}

#[test]
fn another_channel_list_needs_nothing_deleted() {
    let other = channel_from_yaml(&NEW.replace("linux-64, ", "linux-64, linux-aarch64, "));
    for (kind, file) in KINDS {
        let scene = Scene::locked_as(kind);
        scene.server.set_channel("other", other.path());
        let context = &scene.context;
        context.edit(
            "environment.yml",
            "- conda-forge",
            &format!("- {}", scene.server.channel_url("other")),
        );
        let check = context.run(&["check", "-k", kind]);
        assert_eq!(check.status.code(), Some(1), "{kind}: {}", context.render(&check));
        context.ok(&["-k", kind]);
        assert!(context.read(file).contains("/other"), "{kind}: {}", context.read(file));
        assert!(!context.read(file).contains("conda-forge"), "{kind}: {}", context.read(file));
        // Versions that the new channel has too are kept.
        assert_eq!(context.locked(file), "app 1.0, lib 1.0, tool 1.0", "{kind}");
        context.ok(&["check", "-k", kind]);
    }
}

#[test]
fn a_broken_lockfile_is_an_error_and_stays() {
    let scene = Scene::locked_as("explicit,lock,pixi,env");
    let context = &scene.context;
    scene.spec("app, tool, loose");
    let mut shown = String::new();
    for (kind, file) in KINDS {
        let good = context.read(file);
        let lines: Vec<&str> = good.lines().collect();
        let middle = lines.len() / 2;
        let conflict = format!(
            "{}\n<<<<<<< ours\n{}\n=======\n{}\n>>>>>>> theirs\n",
            lines[..middle].join("\n"),
            lines[middle..].join("\n"),
            lines[middle..].join("\n"),
        );
        context.write(file, &conflict);
        write!(shown, "== {kind}\n{}", context.show(&["-k", kind])).unwrap();
        assert_eq!(context.read(file), conflict, "{kind}");
        assert_eq!(context.run(&["check", "-k", kind]).status.code(), Some(2), "{kind}");
        context.ok(&["--upgrade", "-k", kind]);
        assert_eq!(context.locked(file), "app 2.0, lib 2.1, loose 1.5, tool 1.1", "{kind}");
        context.write(file, &good);
    }
    assert_snapshot!(shown, @"
    == explicit
    exit: 2
    --- stdout
    --- stderr
    error: `conda-linux-64.lock` has merge conflicts
      --> conda-linux-64.lock:11:1
       |
    11 | <<<<<<< ours
       | ^^^^^^^ the first one
       |
       = hint: `lockit merge` resolves it as soon as the specs are resolved
       = hint: mend it or take it back from version control; `lockit --upgrade` makes a new one without looking at it

    == lock
    exit: 2
    --- stdout
    --- stderr
    error: `conda-lock.yml` has merge conflicts
      --> conda-lock.yml:49:1
       |
    49 | <<<<<<< ours
       | ^^^^^^^ the first one
       |
       = hint: `lockit merge` resolves it as soon as the specs are resolved
       = hint: mend it or take it back from version control; `lockit --upgrade` makes a new one without looking at it

    == pixi
    exit: 2
    --- stdout
    --- stderr
    error: `pixi.lock` has merge conflicts
      --> pixi.lock:23:1
       |
    23 | <<<<<<< ours
       | ^^^^^^^ the first one
       |
       = hint: `lockit merge` resolves it as soon as the specs are resolved
       = hint: mend it or take it back from version control; `lockit --upgrade` makes a new one without looking at it

    == env
    exit: 2
    --- stdout
    --- stderr
    error: `conda-linux-64.lock.yml` has merge conflicts
      --> conda-linux-64.lock.yml:11:1
       |
    11 | <<<<<<< ours
       | ^^^^^^^ the first one
       |
       = hint: `lockit merge` resolves it as soon as the specs are resolved
       = hint: mend it or take it back from version control; `lockit --upgrade` makes a new one without looking at it
    ");
}

/// Cut short in the middle, as by a full disk of another tool.
#[test]
fn a_truncated_lockfile_is_never_taken_for_a_whole_one() {
    for (kind, file) in KINDS {
        let scene = Scene::locked_as(kind);
        let good = scene.context.read(file);
        for eighths in 1..8 {
            let cut = &good[..good.len() * eighths / 8];
            scene.context.write(file, cut);
            let check = scene.context.run(&["check", "-k", kind]);
            assert_ne!(check.status.code(), Some(0), "{kind}, {eighths}/8:\n{cut}");
            assert_eq!(scene.context.read(file), cut, "{kind}");
        }
        for eighths in [0, 1, 4, 7] {
            scene.context.write(file, &good[..good.len() * eighths / 8]);
            scene.context.ok(&["--upgrade", "-k", kind]);
            assert_eq!(scene.context.locked(file), "app 2.0, lib 2.1, tool 1.1", "{kind}");
        }
    }
}

#[test]
fn a_file_that_is_no_lockfile_is_not_overwritten() {
    let scene = Scene::locked_as("explicit");
    let context = &scene.context;
    for (kind, file) in KINDS {
        for precious in ["my notes: do not lose them\n", "[project]\nname = 'x'\n", "pip==25.1\n"] {
            context.write(file, precious);
            for args in
                [&["-k", kind][..], &["-k", kind, "--upgrade"], &["update", "app", "-k", kind]]
            {
                let output = context.run(args);
                assert_eq!(output.status.code(), Some(2), "{kind}: {}", context.render(&output));
                assert_eq!(context.read(file), precious, "{kind}");
            }
        }
        fs_err::remove_file(context.path(file)).unwrap();
    }
    // `--lockfile` with the name of the spec is the mistake that would hurt most.
    let spec = context.read("environment.yml");
    assert_snapshot!(context.show(&["-k", "lock", "--lockfile", "environment.yml"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `environment.yml` is no lockfile, it is an environment file
     = hint: move it away, or choose another name with `--lockfile` or `--filename-template`
    ");
    assert_eq!(context.read("environment.yml"), spec);
    assert_snapshot!(context.show(&["-k", "lock", "--lockfile", "environment.yml", "--upgrade"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `environment.yml` is no lockfile, it is an environment file
     = hint: move it away, or choose another name with `--lockfile` or `--filename-template`
    ");
    assert_eq!(context.read("environment.yml"), spec);
}
