//! `lockit refresh --commit --branch --push`, with a real git and a bare repository as origin.

use std::path::PathBuf;
use std::process::Stdio;

use lockit_testkit::{Credentials, Fault, ForgeServer, Server, TempDir, channel_from_yaml};

use crate::context::TestContext;

const OLD: &str = "
platforms: [linux-64]
packages:
  app: {versions: [1.0]}
";

const NEW: &str = "
platforms: [linux-64]
packages:
  app: {versions: [1.0, 1.1]}
";

pub(crate) const NEWER: &str = "
platforms: [linux-64]
packages:
  app: {versions: [1.0, 1.1, 1.2]}
";

pub(crate) const NEWEST: &str = "
platforms: [linux-64]
packages:
  app: {versions: [1.0, 1.1, 1.2, 1.3]}
";

const BOT: [&str; 4] = ["refresh", "--branch", "lockit/refresh", "--push"];

/// A project that is locked, committed and pushed, and a channel that has moved since.
pub(crate) struct Forge {
    pub(crate) context: TestContext,
    /// The folder with the bare repository.
    origin: TempDir,
    channel: Option<(Server, TempDir)>,
}

impl Forge {
    pub(crate) fn new() -> Self {
        let (context, _old) = TestContext::new().with_channel(OLD);
        context.write(
            "environment.yml",
            "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [app]\n",
        );
        context.ok(&[]);
        let origin = tempfile::tempdir().unwrap();
        let path = origin.path().join("project.git");
        let path = path.to_str().unwrap();
        context.git(&["init", "--quiet"]);
        context.git(&["init", "--quiet", "--bare", path]);
        context.git(&["config", "user.name", "Bot"]);
        context.git(&["config", "user.email", "bot@example.com"]);
        context.git(&["remote", "add", "origin", path]);
        context.commit("Lock");
        context.git(&["push", "--quiet", "--set-upstream", "origin", "main"]);
        let mut forge = Self { context, origin, channel: None };
        forge.moves_to(NEW);
        forge
    }

    /// The channel has something else from now on.
    pub(crate) fn moves_to(&mut self, recipe: &str) {
        let channel = channel_from_yaml(recipe);
        let server = Server::builder(channel.path()).start().unwrap();
        self.context.mirror(&server);
        self.channel = Some((server, channel));
    }

    /// What git prints on stdout, here or, for `origin`, there.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = self.context.try_git(args);
        assert!(output.status.success(), "git {args:?}\n{}", self.context.render(&output));
        self.context.filter(&String::from_utf8_lossy(&output.stdout))
    }

    /// The bare repository.
    pub(crate) fn origin_path(&self) -> PathBuf {
        self.origin.path().join("project.git")
    }

    /// The same repository over HTTP, for those who have a token.
    pub(crate) fn serve(&self) -> Option<ForgeServer> {
        lockit_needs::git_serves().then(|| ForgeServer::start(self.origin.path()).unwrap())
    }

    pub(crate) fn origin(&self, args: &[&str]) -> String {
        let folder = format!("--git-dir={}", self.origin_path().display());
        self.git(&[&[folder.as_str()], args].concat())
    }

    pub(crate) fn ok(&self, args: &[&str]) -> String {
        self.context.ok(args)
    }

    /// Output without the names of commits.
    fn show(&self, args: &[&str]) -> String {
        self.filter(&self.context.show(args))
    }

    pub(crate) fn filter(&self, text: &str) -> String {
        let words: Vec<String> = text
            .replace(self.origin_path().to_str().unwrap(), "[ORIGIN]")
            .split(' ')
            .map(|word| {
                let (start, _) = word.split_once(':').unwrap_or((word, ""));
                let hash =
                    [7, 40].contains(&start.len()) && start.chars().all(|c| c.is_ascii_hexdigit());
                if hash { word.replacen(start, "[COMMIT]", 1) } else { word.to_owned() }
            })
            .collect();
        words.join(" ")
    }
}

#[test]
fn a_branch_is_made_and_pushed_and_nothing_else_moves() {
    let forge = Forge::new();
    forge.context.write("mine.txt", "not under version control\n");
    insta::assert_snapshot!(forge.show(&[&BOT[..], &["--report", "pr.md"]].concat()), @r#"
    exit: 0
    --- stdout
    --- stderr
    locked 1 platform in [TIME]
      linux-64          1 package   conda-linux-64.lock changed
      ~ app 1.0 -> 1.1 (minor)
      pr.md written
      lockit/refresh [COMMIT] "Refresh locks: 1 upgraded" by Bot
      pushed to origin
    "#);
    // What is checked out is as it was.
    assert_eq!(forge.git(&["status", "--porcelain"]), "?? mine.txt\n?? pr.md\n");
    assert_eq!(forge.git(&["branch", "--show-current"]), "main\n");
    assert_eq!(forge.context.locked("conda-linux-64.lock"), "app 1.0");
    insta::assert_snapshot!(
        forge.origin(&["show", "--stat=60", "--format=%an%n%B", "lockit/refresh"]), @"
    Bot
    Refresh locks: 1 upgraded

      named in specs
        ~ app  1.0 -> 1.1 (minor)


     conda-linux-64.lock | 4 ++--
     1 file changed, 2 insertions(+), 2 deletions(-)
    "
    );
    assert_eq!(
        forge.origin(&["rev-parse", "lockit/refresh~1"]),
        forge.origin(&["rev-parse", "main"])
    );
    assert!(forge.origin(&["show", "lockit/refresh:conda-linux-64.lock"]).contains("app-1.1"));
}

#[test]
fn a_second_run_changes_nothing_and_a_third_moves_the_branch() {
    let mut forge = Forge::new();
    forge.context.write(
        "lockit.toml",
        "platforms = [\"linux-64\"]\n\n[environments.app]\nfiles = [\"environment.yml\"]\n\n\
         [dockerfile]\noutput = \"Dockerfile\"\ncmd = \"app\"\n",
    );
    forge.ok(&["dockerfile"]);
    forge.context.commit("Build an image");
    forge.git(&["push", "--quiet", "origin", "main"]);
    forge.ok(&[&BOT[..], &["--exclude-newer", "1d"]].concat());
    let first = forge.origin(&["rev-parse", "lockit/refresh"]);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    // The cooldown ends at another moment, which is no news.
    insta::assert_snapshot!(forge.show(&[&BOT[..], &["--exclude-newer", "1d"]].concat()), @r#"
    exit: 0
    --- stdout
    --- stderr
    locked 1 platform in [TIME]
      linux-64          1 package   conda-linux-64.lock changed
      ~ app 1.0 -> 1.1 (minor)
      Dockerfile changed
      .dockerignore unchanged
      lockit/refresh [COMMIT] "Refresh locks: 1 upgraded" by Bot
      origin has it already
    "#);
    assert_eq!(forge.origin(&["rev-parse", "lockit/refresh"]), first);
    // A job starts from a clone that has no such branch.
    forge.git(&["branch", "--quiet", "-D", "lockit/refresh"]);
    forge.ok(&[&BOT[..], &["--exclude-newer", "1d"]].concat());
    assert_eq!(forge.origin(&["rev-parse", "lockit/refresh"]), first);
    forge.moves_to(NEWER);
    forge.ok(&BOT);
    assert!(forge.origin(&["show", "lockit/refresh:conda-linux-64.lock"]).contains("app-1.2"));
    assert_eq!(forge.origin(&["rev-list", "--count", "main..lockit/refresh"]), "1\n");
    // Once it is merged there is nothing left to do.
    forge.git(&["merge", "--quiet", "lockit/refresh"]);
    forge.git(&["push", "--quiet"]);
    assert!(forge.ok(&BOT).contains("everything is as new as it may be"));
}

#[test]
fn what_others_made_is_neither_replaced_nor_pushed() {
    let forge = Forge::new();
    forge.ok(&BOT);
    // Somebody mends the branch.
    forge.git(&["switch", "--quiet", "lockit/refresh"]);
    forge.context.write("fix.py", "pass\n");
    forge.context.commit("Follow app 1.1");
    forge.git(&["push", "--quiet", "origin", "lockit/refresh"]);
    forge.git(&["switch", "--quiet", "main"]);
    let theirs = forge.origin(&["rev-parse", "lockit/refresh"]);
    insta::assert_snapshot!(forge.show(&BOT), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: `lockit/refresh` is at [COMMIT] "Follow app 1.1" by Ada, which no refresh made
     = hint: merge or remove that branch, or choose another one with `--branch`
    "#);
    forge.git(&["branch", "--quiet", "-D", "lockit/refresh"]);
    insta::assert_snapshot!(forge.show(&BOT), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: `origin/lockit/refresh` is at [COMMIT] "Follow app 1.1" by Ada, which no refresh made
     = hint: merge or remove that branch, or choose another one with `--branch`
    "#);
    // The same commit, amended: the subject alone does not make it ours.
    forge.git(&[
        "switch",
        "--quiet",
        "--create",
        "lockit/refresh",
        &format!("{}~1", theirs.trim()),
    ]);
    std::thread::sleep(std::time::Duration::from_millis(1100));
    forge.context.write("fix.py", "pass\n");
    forge.git(&["add", "--all"]);
    forge.git(&["commit", "--quiet", "--amend", "--no-edit"]);
    forge.git(&["push", "--quiet", "--force", "origin", "lockit/refresh"]);
    forge.git(&["switch", "--quiet", "main"]);
    assert!(forge.show(&BOT).contains("which no refresh made"));
    // A forge merged main into the branch: nothing of anybody is lost.
    forge.git(&[
        "switch",
        "--quiet",
        "--force-create",
        "lockit/refresh",
        &format!("{}~1", theirs.trim()),
    ]);
    forge.git(&["switch", "--quiet", "main"]);
    forge.context.write("README.md", "news\n");
    forge.context.commit("News");
    forge.git(&["push", "--quiet", "origin", "main"]);
    forge.git(&["switch", "--quiet", "lockit/refresh"]);
    forge.git(&["merge", "--quiet", "--no-edit", "main"]);
    forge.git(&["push", "--quiet", "--force", "origin", "lockit/refresh"]);
    forge.git(&["switch", "--quiet", "main"]);
    forge.ok(&BOT);
    // Commits that the remote does not have are not ours to push.
    forge.context.write("README.md", "secret\n");
    forge.context.commit("Not for everybody");
    insta::assert_snapshot!(forge.show(&BOT), @r#"
    exit: 2
    --- stdout
    --- stderr
    error: `origin` does not have [COMMIT] "Not for everybody" by Ada, and this run pushes only what it makes
     = hint: push it first
    "#);
    assert!(!forge.origin(&["log", "--all", "--format=%s"]).contains("Not for everybody"));
}

#[test]
fn a_commit_can_go_where_we_are() {
    let forge = Forge::new();
    insta::assert_snapshot!(forge.show(&["refresh", "--commit"]), @r#"
    exit: 0
    --- stdout
    --- stderr
    locked 1 platform in [TIME]
      linux-64          1 package   conda-linux-64.lock changed
      ~ app 1.0 -> 1.1 (minor)
      main [COMMIT] "Refresh locks: 1 upgraded" by Bot
    "#);
    assert_eq!(forge.git(&["status", "--porcelain"]), "");
    assert_eq!(forge.context.locked("conda-linux-64.lock"), "app 1.1");
    assert_eq!(forge.origin(&["rev-list", "--count", "main"]), "1\n");
    // Somebody else was faster.
    forge.git(&["push", "--quiet"]);
    forge.git(&["reset", "--quiet", "--hard", "HEAD~1"]);
    insta::assert_snapshot!(forge.show(&["refresh", "--push"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `main` of `origin` has commits that are not here
     = hint: pull first
    ");
    forge.git(&["pull", "--quiet", "--ff-only"]);
    forge.context.edit("environment.yml", "[app]", "[app <1.1]");
    forge.context.commit("Go back");
    forge.git(&["push", "--quiet"]);
    insta::assert_snapshot!(forge.show(&["refresh", "--push"]), @r#"
    exit: 0
    --- stdout
    --- stderr
    locked 1 platform in [TIME]
      linux-64          1 package   conda-linux-64.lock changed
      ! app 1.1 -> 1.0 (downgrade)
      main [COMMIT] "Refresh locks: 1 downgraded" by Bot
      pushed to origin
    "#);
    assert_eq!(forge.origin(&["rev-parse", "main"]), forge.git(&["rev-parse", "HEAD"]));
}

#[test]
fn what_is_not_committed_stops_the_run_before_it_starts() {
    let forge = Forge::new();
    forge.context.edit("environment.yml", "[app]", "[app >=1]");
    let stamps = forge.context.stamps();
    insta::assert_snapshot!(forge.show(&BOT), @"
    exit: 2
    --- stdout
    --- stderr
    error: `environment.yml` changed since the last commit
     = hint: commit, stash or restore that first: the commit is to hold what this run writes and nothing else
    ");
    forge.git(&["stash", "--quiet"]);
    insta::assert_snapshot!(forge.show(&["refresh", "--branch", "a..b"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `a..b` cannot be the name of a branch
    ");
    insta::assert_snapshot!(forge.show(&["refresh", "--commit", "--push=upstream"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: git cannot do this: 'upstream' does not appear to be a git repository
     = note: it was asked for `git ls-remote --heads -- upstream`
    ");
    forge.git(&["config", "user.useConfigOnly", "true"]);
    forge.git(&["config", "--unset", "user.email"]);
    insta::assert_snapshot!(forge.show(&BOT), @"
    exit: 2
    --- stdout
    --- stderr
    error: git does not know who commits
     = hint: set `user.name` and `user.email`, or GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_NAME and GIT_COMMITTER_EMAIL
    ");
    forge.git(&["stash", "pop", "--quiet"]);
    assert_eq!(forge.context.stamps().len(), stamps.len());
    let outside = TestContext::new();
    insta::assert_snapshot!(outside.show(&["refresh", "--commit"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is no git repository with a commit to start from
    ");
}

/// A lockfile that nobody committed would be gone with the branch.
#[test]
fn a_lockfile_without_version_control_is_not_lost() {
    let forge = Forge::new();
    forge.git(&["rm", "--quiet", "--cached", "conda-linux-64.lock"]);
    forge.git(&["commit", "--quiet", "--message", "Forget the lock"]);
    forge.git(&["push", "--quiet"]);
    insta::assert_snapshot!(forge.show(&BOT), @"
    exit: 2
    --- stdout
    --- stderr
    error: `conda-linux-64.lock` is not under version control
     = hint: commit it first
    ");
    assert_eq!(forge.context.locked("conda-linux-64.lock"), "app 1.0");
    forge.ok(&["refresh", "--push"]);
    assert!(forge.origin(&["show", "main:conda-linux-64.lock"]).contains("app-1.1"));
}

/// What cannot be solved stays, the rest is on the branch, and the exit code tells.
#[test]
fn a_part_is_better_than_nothing() {
    let mut forge = Forge::new();
    forge.context.write(
        "environment.yml",
        "channels: [conda-forge]\nplatforms: [linux-64, osx-arm64]\ndependencies: [app]\n",
    );
    forge.context.commit("One platform more");
    forge.git(&["push", "--quiet", "origin", "main"]);
    forge.moves_to(
        "{platforms: [linux-64, osx-arm64], packages: {app: {versions: [1.0, 1.1], platforms: [linux-64]}}}",
    );
    let shown = forge.show(&[&BOT[..], &["--report", "pr.md"]].concat());
    assert!(shown.starts_with("exit: 1\n"), "{shown}");
    assert!(forge.origin(&["show", "lockit/refresh:conda-linux-64.lock"]).contains("app-1.1"));
    let report = forge.context.read("pr.md");
    assert!(
        report.contains("- `app` is not in `conda-forge` for osx-arm64 (environment.yml:3)\n"),
        "{report}"
    );
}

/// Writes a program of the shell.
#[cfg(unix)]
fn write_program(forge: &Forge, name: &str, script: &str) -> std::path::PathBuf {
    use std::os::unix::fs::PermissionsExt as _;
    forge.context.write(name, &format!("#!/bin/sh\n{script}\n"));
    let program = forge.context.path(name);
    fs_err::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    program
}

/// A value of `PATH` with which git does something else before it is git.
#[cfg(unix)]
fn path_with_git_that(forge: &Forge, does: &str) -> String {
    let path = std::env::var("PATH").unwrap();
    let git = format!("PATH='{path}'\n{does}\nexec git \"$@\"");
    let program = write_program(forge, "../bin/git", &git);
    format!("{}:{path}", program.parent().unwrap().display())
}

/// Wherever it is killed: lockfiles are whole, the remote has the branch or has it not, and the next run
/// in a clean checkout does the rest. It is killed after each of the git commands that it runs, one after the other.
#[cfg(unix)]
#[test]
fn killed_at_any_step_nothing_is_half_done() {
    let forge = Forge::new();
    let old = forge.context.read("conda-linux-64.lock");
    forge.ok(&BOT);
    let new = forge.origin(&["show", "lockit/refresh:conda-linux-64.lock"]);
    let (mut before_push, mut after_push) = (0, 0);
    for step in 1..100 {
        forge.git(&["branch", "--quiet", "-D", "lockit/refresh"]);
        let folder = format!("--git-dir={}", forge.origin_path().display());
        forge.context.try_git(&[&folder, "update-ref", "-d", "refs/heads/lockit/refresh"]);
        let calls = forge.context.path("../calls");
        fs_err::write(&calls, "").unwrap();
        let calls = calls.display();
        let does = format!(
            "git \"$@\"\ncode=$?\necho >> '{calls}'\n\
             [ $(wc -l < '{calls}') = {step} ] && kill -9 $PPID\nexit $code"
        );
        let path = path_with_git_that(&forge, &does);
        let output = forge.context.command(&BOT).env("PATH", path).output().unwrap();
        let killed = output.status.code().is_none();
        let lock = forge.context.read("conda-linux-64.lock");
        assert!(lock == old || lock == new, "step {step}: {lock}");
        let pushed = forge.origin(&["for-each-ref", "--format=%(refname)", "refs/heads/lockit"]);
        if !pushed.is_empty() {
            assert_eq!(forge.origin(&["show", "lockit/refresh:conda-linux-64.lock"]), new);
            assert_eq!(forge.origin(&["rev-list", "--count", "main..lockit/refresh"]), "1\n");
        }
        forge.origin(&["fsck", "--strict"]);
        forge.git(&["restore", "."]);
        forge.ok(&BOT);
        assert_eq!(forge.context.read("conda-linux-64.lock"), old);
        assert_eq!(forge.origin(&["show", "lockit/refresh:conda-linux-64.lock"]), new);
        if !killed {
            assert!(output.status.success(), "{}", forge.context.render(&output));
            break;
        }
        *(if pushed.is_empty() { &mut before_push } else { &mut after_push }) += 1;
    }
    assert!(before_push > 3 && after_push > 0, "{before_push} before, {after_push} after the push");
}

/// A commit that a person makes on top of main, which no branch of the remote has yet.
#[cfg(unix)]
fn commit_of_another(forge: &Forge) -> String {
    forge.origin(&["commit-tree", "main^{tree}", "-p", "main", "-m", "Theirs"]).trim().to_owned()
}

/// A run in which somebody else moves a branch of the remote: before git asks where it is, or right after.
#[cfg(unix)]
fn overtaken(forge: &Forge, args: &[&str], branch: &str, before: bool) -> (String, String) {
    let theirs = commit_of_another(forge);
    let moves = format!(
        "git --git-dir='{}' update-ref 'refs/heads/{branch}' {theirs}",
        forge.origin_path().display()
    );
    let mut command = forge.context.command(args);
    let mut hook = None;
    if before {
        let does = format!("[ \"$1\" = push ] && {moves}");
        command.env("PATH", path_with_git_that(forge, &does));
    } else {
        // Git runs it when it knows where the branches of the remote are.
        hook = Some(write_program(forge, ".git/hooks/pre-push", &format!("exec {moves}")));
    }
    let output = command.output().unwrap();
    if let Some(hook) = hook {
        fs_err::remove_file(hook).unwrap();
    }
    (theirs, forge.filter(&forge.context.render(&output)))
}

#[cfg(unix)]
#[test]
fn what_somebody_pushes_meanwhile_stays() {
    for before in [true, false] {
        // The branch is new, then it is ours from an earlier run.
        for earlier in [false, true] {
            let mut forge = Forge::new();
            if earlier {
                forge.ok(&BOT);
                forge.moves_to(NEWER);
            }
            let (theirs, shown) = overtaken(&forge, &BOT, "lockit/refresh", before);
            assert_eq!(forge.origin(&["rev-parse", "lockit/refresh"]).trim(), theirs, "{shown}");
            let (_, error) = shown.split_once("\nerror: ").unwrap();
            insta::allow_duplicates! {
                insta::assert_snapshot!(error, @"
                `lockit/refresh` of `origin` changed during this run and was not pushed
                 = hint: run the refresh again
                ");
            }
            assert!(shown.starts_with("exit: 2\n") && !shown.contains("pushed to"), "{shown}");
            assert_eq!(forge.git(&["status", "--porcelain"]), "");
        }
        let forge = Forge::new();
        let (theirs, shown) = overtaken(&forge, &["refresh", "--push"], "main", before);
        assert_eq!(forge.origin(&["rev-parse", "main"]).trim(), theirs, "{shown}");
        let (_, error) = shown.split_once("\nerror: ").unwrap();
        insta::allow_duplicates! {
            insta::assert_snapshot!(error, @"
            `main` of `origin` changed during this run and was not pushed
             = hint: the commit is here: pull with `--rebase`, then push
            ");
        }
        // The commit is kept for the person who has to look.
        assert_eq!(forge.git(&["rev-list", "--count", "origin/main..main"]), "1\n");
    }
}

/// A forge that does not want the branch says why, and not only where it is.
#[cfg(unix)]
#[test]
fn a_forge_that_refuses_is_quoted() {
    use std::os::unix::fs::PermissionsExt as _;
    let forge = Forge::new();
    let hook = forge.origin_path().join("hooks/update");
    fs_err::write(&hook, "#!/bin/sh\nexit 1\n").unwrap();
    fs_err::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    let shown = forge.show(&BOT);
    let (_, error) = shown.split_once("\nerror: ").unwrap();
    insta::assert_snapshot!(error, @"
    git cannot do this: hook declined to update refs/heads/lockit/refresh
     = note: it was asked for `git push --quiet --force-with-lease=refs/heads/lockit/refresh: -- origin [COMMIT]:refs/heads/lockit/refresh`
    ");
}

#[test]
fn a_remote_that_wants_a_login_is_an_error_and_no_question() {
    let forge = Forge::new();
    let folder = tempfile::tempdir().unwrap();
    let server = Server::builder(folder.path()).start().unwrap();
    let login = Credentials::Basic { user: "bot".into(), password: "secret".into() };
    server.fault("*", Fault::Unauthorized(login));
    forge.context.git(&["remote", "set-url", "origin", &format!("{}/repo.git", server.root())]);
    // Neither the window of a desktop nor standard input is asked.
    let asked = forge.context.path("../asked");
    let program = forge.context.path("../ask");
    fs_err::write(&program, format!("#!/bin/sh\ntouch '{}'\nsleep 600\n", asked.display()))
        .unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs_err::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let mut command = forge.context.command(&BOT);
    command.env("SSH_ASKPASS", &program).env("DISPLAY", ":0").stdin(Stdio::piped());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let output = child.wait_with_output().unwrap();
    insta::assert_snapshot!(forge.context.render(&output), @"
    exit: 2
    --- stdout
    --- stderr
    error: git cannot do this: could not read Username for 'http://127.0.0.1:[PORT]': terminal prompts disabled
     = note: it was asked for `git ls-remote --heads -- origin`
     = hint: lockit lets git ask nobody: let a credential helper answer, or GIT_ASKPASS
    ");
    assert!(!asked.exists());
}

/// A program that takes the place of another one, and the file into which it writes its words.
#[cfg(unix)]
fn recording(forge: &Forge, name: &str) -> (std::path::PathBuf, std::path::PathBuf) {
    use std::os::unix::fs::PermissionsExt as _;
    let (program, words) = (forge.context.path(name), forge.context.path(&format!("{name}.words")));
    fs_err::create_dir_all(program.parent().unwrap()).unwrap();
    let text = format!("#!/bin/sh\necho \"$@\" >> '{}'\nexit 255\n", words.display());
    fs_err::write(&program, text).unwrap();
    fs_err::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    (program, words)
}

#[cfg(unix)]
#[test]
fn ssh_asks_nobody_unless_somebody_says_how_it_is_started() {
    let forge = Forge::new();
    forge.context.git(&["remote", "set-url", "origin", "ssh://git@example.invalid/repo.git"]);
    let (ssh, words) = recording(&forge, "../bin/ssh");
    let path = std::env::var("PATH").unwrap();
    let path = format!("{}:{path}", ssh.parent().unwrap().display());
    let words_of = |configure: &dyn Fn(&mut std::process::Command)| {
        let mut command = forge.context.command(&BOT);
        configure(command.env("PATH", &path));
        assert_eq!(command.output().unwrap().status.code(), Some(2));
        let said = fs_err::read_to_string(&words).unwrap();
        fs_err::remove_file(&words).unwrap();
        said
    };
    assert!(words_of(&|_| {}).starts_with("-o BatchMode=yes "), "ours");
    let own = |command: &mut std::process::Command| {
        command.env("GIT_SSH_COMMAND", "ssh -i key");
    };
    assert!(words_of(&own).starts_with("-i key "), "of a variable");
    forge.context.git(&["config", "core.sshCommand", "ssh -i other"]);
    assert!(words_of(&|_| {}).starts_with("-i other "), "of a setting");
}
