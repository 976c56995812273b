//! `lockit merge`, called by git and by hand.

use lockit_testkit::Server;

use crate::context::TestContext;

const CHANNEL: &str = "
platforms: [linux-64, osx-arm64]
packages:
  app: {versions: [1.0, 1.1, 2.0], noarch: generic}
  tool: {versions: [1.0, 1.1, 2.0], noarch: generic}
  lib: {versions: [1.0, 1.1, 1.2]}
  needy: {versions: [1.0], depends: [lib <1.2]}
  other: {versions: [1.0], depends: [tool]}
";

/// A repository with a spec of `app =1.0` and `tool =1.0`, its lockfiles, and git set up to call us.
fn repository(kinds: &str) -> (TestContext, Server) {
    let (context, server) = TestContext::new().with_channel(CHANNEL);
    context.git(&["init", "--quiet"]);
    let driver = format!("{} merge %O %A %B %P %S %Y", env!("CARGO_BIN_EXE_lockit"));
    context.git(&["config", "merge.lockit.driver", &driver]);
    context.write(".gitattributes", "*.lock merge=lockit\nconda-lock.yml merge=lockit\n");
    context.write(
        "lockit.toml",
        &format!(
            "channels = [\"conda-forge\"]\nplatforms = [\"linux-64\", \"osx-arm64\"]\nkinds = [{kinds}]\n\n\
             [environments.dev]\nfiles = [\"environment.yml\"]\n"
        ),
    );
    context.write(
        "environment.yml",
        "dependencies:\n  - app =1.0\n  # one\n  # two\n  - tool =1.0\n  # three\n  # four\n  - lib\n",
    );
    context.ok(&["lock"]);
    context.commit("base");
    (context, server)
}

/// Makes a branch from `main` on which one text of the spec is another, and locks.
fn branch(context: &TestContext, name: &str, from: &str, to: &str) {
    context.git(&["checkout", "--quiet", "-b", name, "main"]);
    context.edit("environment.yml", from, to);
    context.ok(&["lock"]);
    context.commit(name);
}

/// What our program says while git merges, without git's own lines.
fn said(context: &TestContext, args: &[&str]) -> String {
    let output = context.try_git(args);
    let text = context.filter(&String::from_utf8_lossy(&output.stderr));
    let code = output.status.code().unwrap_or(-1);
    format!("git: {code}\n{text}")
}

#[test]
fn both_sides_add_a_package() {
    for (kinds, lockfiles) in [
        (r#""lock""#, vec!["conda-lock.yml"]),
        (r#""pixi""#, vec!["pixi.lock"]),
        (r#""explicit""#, vec!["conda-linux-64.lock", "conda-osx-arm64.lock"]),
    ] {
        let (context, _server) = repository(kinds);
        branch(&context, "theirs", "  # one\n", "  # one\n  - other\n");
        branch(&context, "ours", "  # four\n", "  # four\n  - needy\n");
        let said = said(&context, &["merge", "theirs"]);
        assert!(said.starts_with("git: 0\n"), "{said}");
        for lockfile in lockfiles {
            let line = format!("merged {lockfile}: 2 from ours, 1 from theirs\n");
            assert!(said.contains(&line), "{said}");
            let locked = context.locked(lockfile);
            assert_eq!(locked, "app 1.0, lib 1.1, needy 1.0, other 1.0, tool 1.0", "{lockfile}");
        }
        assert!(context.ok(&["check"]).contains("the lock is up to date"));
        assert!(context.ok(&["lock"]).contains("everything is up to date"), "as if just locked");
        assert!(context.git(&["status", "--porcelain"]).is_empty());
    }
}

#[test]
fn both_sides_upgrade_the_same_package() {
    let (context, _server) = repository(r#""lock""#);
    context.edit("environment.yml", "app =1.0", "app");
    context.ok(&["lock"]);
    context.commit("any app");
    branch(&context, "theirs", "tool =1.0", "tool");
    context.ok(&["update", "app"]);
    context.commit("newest app");
    context.git(&["checkout", "--quiet", "-b", "ours", "main"]);
    context.edit("environment.yml", "  - app\n", "  - app =1.1\n");
    context.ok(&["lock"]);
    context.edit("environment.yml", "  - app =1.1\n", "  - app\n");
    context.ok(&["lock"]);
    context.commit("newer app");
    insta::assert_snapshot!(said(&context, &["merge", "theirs"]), @"
    git: 0
    merged conda-lock.yml: 1 from theirs
      ~ app 2.0, not 1.1 (ours)
    ");
    assert_eq!(context.locked("conda-lock.yml"), "app 2.0, lib 1.2, tool 1.0");
    context.ok(&["check"]);
}

#[test]
fn what_does_not_fit_together_is_told() {
    let (context, _server) = repository(r#""lock""#);
    context.edit("environment.yml", "  - lib\n", "  - lib <1.2\n");
    context.ok(&["lock"]);
    context.commit("older lib");
    branch(&context, "theirs", "  - lib <1.2\n", "  - lib\n");
    context.ok(&["update", "lib"]);
    context.commit("newest lib");
    branch(&context, "ours", "  # one\n", "  # one\n  - needy\n");
    insta::assert_snapshot!(said(&context, &["merge", "theirs"]), @"
    git: 0
    merged conda-lock.yml: 1 from ours
      ~ lib 1.1, not 1.2 (theirs)
    ");
    assert_eq!(context.locked("conda-lock.yml"), "app 1.0, lib 1.1, needy 1.0, tool 1.0");
    context.ok(&["check"]);
}

#[test]
fn a_conflict_in_the_spec_is_resolved_first() {
    let (context, _server) = repository(r#""lock""#);
    branch(&context, "theirs", "app =1.0", "app =1.1");
    branch(&context, "ours", "app =1.0", "app =2.0");
    insta::assert_snapshot!(said(&context, &["merge", "theirs"]), @"
    git: 1
    error: `environment.yml` has merge conflicts

    `conda-lock.yml` has conflict markers now: once what is said above is settled in the specs, run `lockit merge`
    ");
    assert!(context.read("conda-lock.yml").contains("<<<<<<< ours"));
    insta::assert_snapshot!(context.show(&["check"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `environment.yml` has merge conflicts
     --> environment.yml:2:1
      |
    2 | <<<<<<< HEAD
      | ^^^^^^^ the first one
      |
      = hint: choose what is right
    ");
    insta::assert_snapshot!(context.show(&["merge"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `environment.yml` has merge conflicts
     --> environment.yml:2:1
      |
    2 | <<<<<<< HEAD
      | ^^^^^^^ the first one
      |
      = hint: choose what is right
    ");
    context.git(&["checkout", "--quiet", "--theirs", "environment.yml"]);
    insta::assert_snapshot!(context.show(&["merge"]), @"
    exit: 0
    --- stdout
    --- stderr
    merged conda-lock.yml: 1 from theirs
      ~ app 1.1, not 2.0 (ours)
    look at it, then git add conda-lock.yml
    ");
    assert_eq!(context.locked("conda-lock.yml"), "app 1.1, lib 1.2, tool 1.0");
    context.commit("merged");
    context.ok(&["check"]);
    insta::assert_snapshot!(context.show(&["merge"]), @"
    exit: 0
    --- stdout
    --- stderr
    no lockfile is in conflict
    ");
}

#[test]
fn picked_rebased_and_reverted_commits_bring_their_change_alone() {
    let (context, _server) = repository(r#""lock""#);
    branch(&context, "theirs", "  # one\n", "  # one\n  - needy\n");
    context.edit("environment.yml", "  # four\n", "  # four\n  - other\n");
    context.ok(&["lock"]);
    context.commit("other (and its tool)");
    branch(&context, "ours", "app =1.0", "app =1.1");
    context.git(&["cherry-pick", "theirs"]);
    assert_eq!(context.locked("conda-lock.yml"), "app 1.1, lib 1.2, other 1.0, tool 1.0");
    context.ok(&["check"]);
    context.git(&["revert", "--no-edit", "HEAD~1"]);
    assert_eq!(context.locked("conda-lock.yml"), "app 1.0, lib 1.2, other 1.0, tool 1.0");
    context.ok(&["check"]);
    context.git(&["checkout", "--quiet", "theirs"]);
    context.git(&["rebase", "ours~1"]);
    let all = "app 1.1, lib 1.1, needy 1.0, other 1.0, tool 1.0";
    assert_eq!(context.locked("conda-lock.yml"), all);
    context.ok(&["check"]);
}

#[test]
fn environments_that_share_versions_are_merged_alike() {
    let (context, _server) = repository(r#""explicit""#);
    context.write("predict-environment.yml", "dependencies:\n  - app\n");
    let project = context.read("lockit.toml");
    context.write(
        "lockit.toml",
        &format!(
            "{project}\n[environments.predict]\nfiles = [\"predict-environment.yml\"]\nsame-versions-as = \"dev\"\n"
        ),
    );
    context.ok(&["lock"]);
    context.commit("predict");
    branch(&context, "theirs", "app =1.0", "app =1.1");
    context.git(&["checkout", "--quiet", "-b", "ours", "main"]);
    context.write("predict-environment.yml", "dependencies:\n  - app\n  - tool\n");
    context.edit("environment.yml", "  # four\n", "  # four\n  - other\n");
    context.ok(&["lock"]);
    context.commit("ours");
    context.git(&["merge", "theirs"]);
    for platform in ["linux-64", "osx-arm64"] {
        assert_eq!(context.locked(&format!("predict-{platform}.lock")), "app 1.1, tool 1.0");
        let dev = context.locked(&format!("conda-{platform}.lock"));
        assert_eq!(dev, "app 1.1, lib 1.2, other 1.0, tool 1.0");
    }
    assert!(context.ok(&["lock"]).contains("everything is up to date"));
}

#[test]
fn what_cannot_be_merged_is_left_to_people_with_markers() {
    let (context, server) = repository(r#""lock""#);
    branch(&context, "theirs", "  # one\n", "  # one\n  - needy\n");
    branch(&context, "ours", "  - lib\n", "  - lib =1.2\n  - other\n");
    insta::assert_snapshot!(said(&context, &["merge", "theirs"]), @"
    git: 1
    error: `dev` cannot be solved for linux-64, osx-arm64
     --> environment.yml:4:5
      |
    4 |   - needy
      |     ^^^^^ asked for here
    ...
    9 |   - lib =1.2
      |     -------- without this, 1.1 is possible
      |
      = note: on linux-64:
              The following packages are incompatible
              ├─ needy cannot be installed because there are no viable options:
              │  └─ needy 1.0 would require
              │     └─ lib <1.2, which cannot be installed because there are no viable options:
              │        └─ lib 1.1 … 1.0 (2 versions), which conflict with the versions reported above.
              └─ lib 1.2.* cannot be installed because there are no viable options:
                 └─ lib 1.2, which conflicts with the versions reported above.

    `conda-lock.yml` has conflict markers now: once what is said above is settled in the specs, run `lockit merge`
    ");
    assert!(context.read("conda-lock.yml").contains("<<<<<<< ours"));
    context.git(&["merge", "--abort"]);

    // A stash names no commit, so the specs are known only afterwards.
    context.git(&["checkout", "--quiet", "theirs"]);
    context.edit("environment.yml", "tool =1.0", "tool =1.1");
    context.ok(&["lock"]);
    context.git(&["stash", "--quiet"]);
    context.git(&["checkout", "--quiet", "ours"]);
    insta::assert_snapshot!(said(&context, &["stash", "pop", "--quiet"]), @"
    git: 1
    error: git does not say which commit is merged (`Stashed changes`), so the merged specs are not known yet

    `conda-lock.yml` has conflict markers now: once what is said above is settled in the specs, run `lockit merge`
    ");
    insta::assert_snapshot!(context.show(&["merge"]), @"
    exit: 0
    --- stdout
    --- stderr
    merged conda-lock.yml: 3 from ours, 1 from theirs
    look at it, then git add conda-lock.yml
    ");
    assert_eq!(context.locked("conda-lock.yml"), "app 1.0, lib 1.2, other 1.0, tool 1.1");
    drop(server);
}

#[test]
fn three_files_are_merged_without_git() {
    let (context, _server) = TestContext::new().with_channel(CHANNEL);
    context.write(
        "environment.yml",
        "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [app]\n",
    );
    let kinds = ["lock", "-k", "lock"];
    context.ok(&kinds);
    let base = context.read("conda-lock.yml");
    context.write("base.yml", &base);
    context.edit("environment.yml", "[app]", "[app, tool]");
    context.ok(&kinds);
    context.write("theirs.yml", &context.read("conda-lock.yml"));
    context.write("conda-lock.yml", &base);
    context.edit("environment.yml", "[app, tool]", "[app, lib]");
    context.ok(&kinds);
    context.edit("environment.yml", "[app, lib]", "[app, lib, tool]");
    insta::assert_snapshot!(context.show(&["merge", "base.yml", "conda-lock.yml", "theirs.yml"]), @"
    exit: 0
    --- stdout
    --- stderr
    merged conda-lock.yml: 1 from ours, 1 from theirs
    ");
    assert_eq!(context.locked("conda-lock.yml"), "app 2.0, lib 1.2, tool 2.0");
    context.ok(&["check", "-k", "lock"]);
    insta::assert_snapshot!(context.show(&["merge"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: this folder is in no git repository
     = hint: `lockit merge BASE OURS THEIRS` merges three files
    ");
    insta::assert_snapshot!(context.show(&["merge", "base.yml"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: the following required arguments were not provided:
      <OURS>
      <THEIRS>

    Usage: lockit merge [OPTIONS]
           lockit merge [OPTIONS] <BASE> <OURS> <THEIRS> [PATH] [BASE_LABEL] [THEIR_LABEL]

    For more information, try '--help'.
    ");
    // Not a lockfile at all: the text is merged by lines.
    context.write("ours.txt", "a\n");
    context.write("empty.txt", "");
    insta::assert_snapshot!(context.show(&["merge", "empty.txt", "ours.txt", "theirs.yml"]), @"
    exit: 1
    --- stdout
    --- stderr
    error: `ours.txt (ours)` is no lockfile, it is text of an unknown kind
     = hint: lockit reads explicit files, conda-lock.yml, pixi.lock and rendered environments

    `ours.txt` has conflict markers now: resolve them by hand, or merge the three files again
    ");
}
