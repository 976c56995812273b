//! `lockit init --ci` and `lockit check --format github`: what a forge runs, and that it runs.

use std::path::{Path, PathBuf};

use lockit_testkit::{Access, ForgeServer, MergeRequest, TempDir};
use serde_json::json;
use serde_yaml::Value;

use crate::context::{TestContext, file_snapshot};
use crate::peers::Peers;
use crate::refresh_git::{Forge, NEWER, NEWEST};
use crate::runner::{Runner, Variables};

fn shell_steps(jobs: &Value, job: &str) -> Vec<(String, Variables)> {
    let steps = jobs["jobs"][job]["steps"].as_sequence().unwrap();
    steps
        .iter()
        .filter_map(|step| {
            let script = step["run"].as_str()?;
            let env = step["env"].as_mapping().into_iter().flatten();
            let env = env.map(|(name, value)| {
                (name.as_str().unwrap().to_owned(), value.as_str().unwrap().to_owned())
            });
            Some((script.to_owned(), env.collect()))
        })
        .collect()
}

/// The shell steps of `lockit init --ci gitlab`, as one script: GitLab runs all lines in one shell.
fn gitlab_script(jobs: &Value, job: &str) -> String {
    let lines = |of: &Value| -> Vec<String> {
        of.as_sequence().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
    };
    [lines(&jobs[".lockit"]["before_script"]), lines(&jobs[job]["script"])].concat().join("\n")
}

/// A project on a forge with the jobs that lockit writes for it.
struct Project {
    forge: Forge,
    server: ForgeServer,
    jobs: Value,
}

const TOKEN: &str = "forge-token-of-a-bot";

impl Project {
    fn new(forge_name: &str, file: &str) -> Option<Self> {
        let forge = Forge::new();
        let server = forge.serve()?;
        server.allow(TOKEN, Access::Write);
        // What GitLab gives to every job.
        server.allow("job-token", Access::Read);
        forge.ok(&["init", "--ci", forge_name]);
        let jobs = serde_yaml::from_str(&forge.context.read(file)).unwrap();
        forge.context.commit("Refresh locks by machine");
        forge.git(&["push", "--quiet", "origin", "main"]);
        Some(Self { forge, server, jobs })
    }

    fn github() -> Option<Self> {
        Self::new("github", ".github/workflows/lockit.yml")
    }

    fn gitlab() -> Option<Self> {
        lockit_needs::has_curl().then(|| Self::new("gitlab", ".gitlab/lockit.yml"))?
    }

    /// The address of the project, which git completes with `.git`.
    fn address(&self) -> String {
        format!("{}/project", self.server.root())
    }

    /// Every job starts from a clone. GitHub's checkout leaves no token in it, as our job tells it.
    fn github_checkout(&self) -> Checkout {
        let clone = Checkout::of(&self.forge);
        clone
            .git(&self.forge, &["remote", "set-url", "origin", &format!("{}.git", self.address())]);
        clone
    }

    /// GitLab leaves one with which a job can read, and checks out a commit, no branch.
    fn gitlab_checkout(&self) -> Checkout {
        let clone = Checkout::of(&self.forge);
        let address = self.address().replace("://", "://gitlab-ci-token:job-token@");
        clone.git(&self.forge, &["remote", "set-url", "origin", &format!("{address}.git")]);
        clone.git(&self.forge, &["checkout", "--quiet", "--detach"]);
        clone
    }

    /// What GitLab tells a job, and what the job has in its `variables`.
    fn gitlab_variables(&self, runner: &Runner, clone: &Checkout, token: &str) -> Variables {
        [
            ("CI_PROJECT_DIR", clone.path().to_str().unwrap()),
            // In the clone, as GitLab keeps nothing else between runs.
            ("RATTLER_CACHE_DIR", ".cache/rattler"),
            ("CI_BUILDS_DIR", runner.folder().to_str().unwrap()),
            ("CI_API_V4_URL", &format!("{}/api/v4", self.server.root())),
            ("CI_PROJECT_URL", &self.address()),
            ("CI_PROJECT_ID", "12"),
            ("CI_DEFAULT_BRANCH", "main"),
            ("LOCKIT_TOKEN", token),
            ("GIT_AUTHOR_NAME", "lockit"),
            ("GIT_AUTHOR_EMAIL", "lockit@noreply.gitlab.example.com"),
            ("GIT_COMMITTER_NAME", "lockit"),
            ("GIT_COMMITTER_EMAIL", "lockit@noreply.gitlab.example.com"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
    }
}

/// The folder that a job works in.
struct Checkout {
    folder: TempDir,
}

impl Checkout {
    fn of(forge: &Forge) -> Self {
        let clone = Self { folder: tempfile::tempdir().unwrap() };
        let origin = forge.origin_path();
        let path = clone.path();
        forge.git(&["clone", "--quiet", origin.to_str().unwrap(), path.to_str().unwrap()]);
        clone
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("work")
    }

    /// What a job leaves for a later one: the folder among its artifacts.
    fn hand_over(&self, other: &Self) {
        let (from, to) = (self.path().join(HANDED_OVER), other.path().join(HANDED_OVER));
        fs_err::create_dir_all(&to).unwrap();
        for entry in fs_err::read_dir(from).unwrap() {
            let entry = entry.unwrap();
            fs_err::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }

    fn git(&self, forge: &Forge, args: &[&str]) -> String {
        forge.git(&[&["-C", self.path().to_str().unwrap()], args].concat())
    }
}

/// What the job of GitLab that locks leaves.
const HANDED_OVER: &str = ".lockit-refresh";
const REPORT: &str = ".lockit-refresh/report.md";

/// A report without its last line, which names the moment of the run.
fn lasting(report: &str) -> &str {
    report.split_once("\n\nMade by `lockit refresh ").unwrap().0
}

/// The branch of the refresh is merged and removed, by a person.
fn merge(forge: &Forge) {
    forge.git(&["fetch", "--quiet"]);
    forge.git(&["merge", "--quiet", "origin/lockit/refresh"]);
    forge.git(&["push", "--quiet", "origin", "main"]);
    forge.git(&["push", "--quiet", "origin", "--delete", "lockit/refresh"]);
}

#[test]
fn jobs_are_written_as_they_were_reviewed() {
    let forge = Forge::new();
    forge.ok(&["init", "--ci", "github"]);
    file_snapshot!("ci__github", forge.context.read(".github/workflows/lockit.yml"));
    forge.ok(&["init", "--ci", "gitlab"]);
    file_snapshot!("ci__gitlab", forge.context.read(".gitlab/lockit.yml"));
    let included = "include:\n  - local: .gitlab/lockit.yml\n";
    assert_eq!(forge.context.read(".gitlab-ci.yml"), included);
}

/// The job as it stands, again and again while the channel moves.
#[test]
#[cfg(unix)]
fn the_loop_of_github_closes() {
    let Some(mut project) = Project::github() else { return };
    let Some(runner) = Runner::new(&["pipx", "gh"]) else { return };
    let runner = runner.for_project(&project.server, TOKEN);
    let theirs = runner.pull_requests();
    let refresh = |project: &Project| {
        let clone = project.github_checkout();
        runner.forget("refresh");
        for (script, env) in shell_steps(&project.jobs, "lock") {
            // Nothing there has a token, nor does git.
            assert!(env.is_empty(), "{script}");
            runner.step(&project.forge, &clone.path(), &script, &env);
        }
        // Another machine: it has what was handed over, and nothing else.
        let clone = project.github_checkout();
        for (script, env) in shell_steps(&project.jobs, "push") {
            runner.step(&project.forge, &clone.path(), &script, &env);
        }
        let all = runner.pull_requests();
        assert_eq!(all[..theirs.len()], theirs, "pull requests of others");
        let mut ours = all[theirs.len()..].to_vec();
        for one in &mut ours {
            one["body"] = lasting(one["body"].as_str().unwrap()).into();
        }
        ours
    };
    let made = refresh(&project);
    let report = fs_err::read_to_string(runner.path("refresh/report.md")).unwrap();
    assert!(report.starts_with("### 1 upgraded\n"), "{report}");
    assert_eq!(
        made,
        [json!({
            "state": "OPEN", "headRefName": "lockit/refresh", "baseRefName": "main", "number": 5,
            "title": "Refresh locks: 1 upgraded", "body": lasting(&report),
        })]
    );
    let install = "pipx [install] [--pip-args=--config-settings=build-args=--features=solve] [conda-lockit==0.0.0]\n";
    assert!(runner.calls().starts_with(&format!("{install}{install}gh [auth] [setup-git]\n")));
    assert!(fs_err::read_to_string(runner.path("summary.md")).unwrap().contains("app"));
    let forge = &project.forge;
    let first = forge.origin(&["rev-parse", "lockit/refresh"]);
    assert_eq!(
        forge.origin(&["log", "-1", "--format=%an <%ae>", "lockit/refresh"]),
        "github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>\n"
    );
    // Nothing new: the branch stays, the pull request is as it was.
    assert_eq!(refresh(&project), made);
    assert_eq!(project.forge.origin(&["rev-parse", "lockit/refresh"]), first);
    project.forge.moves_to(NEWER);
    let moved = refresh(&project);
    assert_ne!(project.forge.origin(&["rev-parse", "lockit/refresh"]), first);
    assert_eq!((moved.len(), &moved[0]["number"]), (1, &json!(5)));
    assert!(moved[0]["body"].as_str().unwrap().contains("| 1.2 |"), "{moved:?}");
    // Merged: nothing to do, and no pull request.
    merge(&project.forge);
    runner.calls();
    assert_eq!(refresh(&project), moved);
    assert!(!runner.calls().contains("[pr]"));
    // A platform that cannot be solved is no dead job.
    let forge = &project.forge;
    forge.context.edit("environment.yml", "[linux-64]", "[linux-64, osx-arm64]");
    forge.context.commit("One platform more");
    forge.git(&["push", "--quiet", "origin", "main"]);
    refresh(&project);
    let report = fs_err::read_to_string(runner.path("refresh/report.md")).unwrap();
    assert!(report.contains("#### Not refreshed, the old lock stays"), "{report}");
    assert_eq!(project.server.refused(), [""; 0]);
}

#[test]
#[cfg(unix)]
fn the_loop_of_gitlab_closes() {
    let Some(mut project) = Project::gitlab() else { return };
    let Some(runner) = Runner::new(&["pip"]) else { return };
    let runner = runner.for_project(&project.server, TOKEN);
    project.server.open_merge_request("feature", "main", "theirs");
    let lock = gitlab_script(&project.jobs, "lockit-lock");
    let push = gitlab_script(&project.jobs, "lockit-push");
    let refresh = |project: &Project| {
        let clone = project.gitlab_checkout();
        let mut env = project.gitlab_variables(&runner, &clone, TOKEN);
        // The environment scope of the token.
        let token = env.remove("LOCKIT_TOKEN").unwrap();
        runner.step(&project.forge, &clone.path(), &lock, &env);
        env.insert("LOCKIT_TOKEN".to_owned(), token);
        let other = project.gitlab_checkout();
        clone.hand_over(&other);
        let path = other.path().to_str().unwrap().to_owned();
        env.insert("CI_PROJECT_DIR".to_owned(), path);
        runner.step(&project.forge, &other.path(), &push, &env);
        if clone.path().join(REPORT).is_file() {
            fs_err::copy(clone.path().join(REPORT), runner.path("report.md")).unwrap();
        }
        let (theirs, mut ours): (Vec<_>, Vec<_>) = project
            .server
            .merge_requests()
            .into_iter()
            .partition(|one| one.source_branch != "lockit/refresh");
        assert!(theirs.len() == 1 && theirs[0].title == "theirs", "{theirs:?}");
        for one in &mut ours {
            one.description = lasting(&one.description).to_owned();
        }
        ours
    };
    let made = refresh(&project);
    let description = fs_err::read_to_string(runner.path("report.md")).unwrap();
    assert_eq!(
        made,
        [MergeRequest {
            iid: 2,
            state: "opened".to_owned(),
            source_branch: "lockit/refresh".to_owned(),
            target_branch: "main".to_owned(),
            title: "Refresh locks: 1 upgraded".to_owned(),
            description: lasting(&description).to_owned(),
            should_remove_source_branch: true,
        }]
    );
    let install = "pip [install] [--quiet] [--config-settings=build-args=--features=solve] [conda-lockit==0.0.0]\n";
    assert_eq!(runner.calls(), install.repeat(2));
    let first = project.forge.origin(&["rev-parse", "lockit/refresh"]);
    assert_eq!(refresh(&project), made);
    assert_eq!(project.forge.origin(&["rev-parse", "lockit/refresh"]), first);
    project.forge.moves_to(NEWER);
    let moved = refresh(&project);
    assert_ne!(project.forge.origin(&["rev-parse", "lockit/refresh"]), first);
    assert!(moved.len() == 1 && moved[0].description.contains("| 1.2 |"), "{moved:?}");
    merge(&project.forge);
    project.server.close_merge_requests("lockit/refresh");
    assert_eq!(refresh(&project)[0].title, moved[0].title, "nothing changed");
    // What was merged is not opened again: the next one is another.
    project.forge.moves_to(NEWEST);
    let next = refresh(&project);
    assert_eq!(next.iter().map(|one| &*one.state).collect::<Vec<_>>(), ["merged", "opened"]);
    assert_eq!(project.server.refused(), [""; 0]);
}

/// The token is refused or may only read: the job says so, tells nobody the token, and can be run again.
#[test]
#[cfg(unix)]
fn a_wrong_token_loses_nothing() {
    let Some(github) = Project::github() else { return };
    let Some(runner) = Runner::new(&["pipx", "gh"]) else { return };
    let clone = github.github_checkout();
    for (script, env) in shell_steps(&github.jobs, "lock") {
        runner.step(&github.forge, &clone.path(), &script, &env);
    }
    let (setup, env) = shell_steps(&github.jobs, "push").remove(1);
    let clone = github.github_checkout();
    let refresh = |runner: &Runner| {
        let output = runner.command(&github.forge, &clone.path(), &setup, &env).output().unwrap();
        runner.render(&github.forge, &output)
    };
    let runner = runner.for_project(&github.server, "forge-token-that-is-wrong");
    insta::assert_snapshot!(refresh(&runner), @"
    exit: 2
    --- stdout
    --- stderr
    error: git cannot do this: Authentication failed for 'http://127.0.0.1:[PORT]/project.git/'
     = note: it was asked for `git ls-remote --heads -- origin`
     = hint: check the token or password that git has: it is unknown there, or has expired
    ");
    let runner = runner.for_project(&github.server, "forge-token-that-reads");
    github.server.allow("forge-token-that-reads", Access::Read);
    insta::assert_snapshot!(refresh(&runner), @r#"
    exit: 2
    --- stdout
    --- stderr
      lockit/refresh [COMMIT] "Refresh locks: 1 upgraded" by github-actions[bot]
    error: git cannot do this: unable to access 'http://127.0.0.1:[PORT]/project.git/': The requested URL returned error: 403
     = note: it was asked for `git push --quiet --force-with-lease=refs/heads/lockit/refresh: -- origin [COMMIT]:refs/heads/lockit/refresh`
     = hint: check what the token may do: a push needs one that may write
    "#);
    assert_eq!(clone.git(&github.forge, &["status", "--porcelain"]), "");
    let runner = runner.for_project(&github.server, TOKEN);
    assert!(refresh(&runner).starts_with("exit: 0\n"));
    assert_eq!(github.forge.origin(&["rev-list", "--count", "main..lockit/refresh"]), "1\n");
}

/// GitLab lets every job read, so only the push is refused.
#[test]
#[cfg(unix)]
fn a_wrong_token_of_gitlab_loses_nothing() {
    let Some(gitlab) = Project::gitlab() else { return };
    let Some(runner) = Runner::new(&["pip"]) else { return };
    let clone = gitlab.gitlab_checkout();
    let script = gitlab_script(&gitlab.jobs, "lockit-lock");
    let mut env = gitlab.gitlab_variables(&runner, &clone, "");
    env.remove("LOCKIT_TOKEN");
    runner.step(&gitlab.forge, &clone.path(), &script, &env);
    let locked = clone;
    let clone = gitlab.gitlab_checkout();
    locked.hand_over(&clone);
    let script = gitlab_script(&gitlab.jobs, "lockit-push");
    let refresh = |runner: &Runner, token: &str| {
        let env = gitlab.gitlab_variables(runner, &clone, token);
        let output = runner.command(&gitlab.forge, &clone.path(), &script, &env).output().unwrap();
        runner.render(&gitlab.forge, &output)
    };
    let runner = runner.for_project(&gitlab.server, "forge-token-that-is-wrong");
    insta::assert_snapshot!(refresh(&runner, "forge-token-that-is-wrong"), @r#"
    exit: 2
    --- stdout
    --- stderr
      lockit/refresh [COMMIT] "Refresh locks: 1 upgraded" by lockit
    error: git cannot do this: Authentication failed for 'http://127.0.0.1:[PORT]/project.git/'
     = note: it was asked for `git push --quiet --force-with-lease=refs/heads/lockit/refresh: -- origin [COMMIT]:refs/heads/lockit/refresh`
     = hint: check the token or password that git has: it is unknown there, or has expired
    "#);
    assert_eq!(clone.git(&gitlab.forge, &["status", "--porcelain", "--untracked-files=no"]), "");
    assert_eq!(gitlab.server.merge_requests(), []);
    // What was made is not lost: the branch is there, and goes out with the right token.
    let made = clone.git(&gitlab.forge, &["rev-parse", "lockit/refresh"]);
    let runner = runner.for_project(&gitlab.server, TOKEN);
    let shown = refresh(&runner, TOKEN);
    assert!(shown.starts_with("exit: 0\n"), "{shown}");
    assert_eq!(gitlab.forge.origin(&["rev-parse", "lockit/refresh"]), made);
    assert_eq!(gitlab.server.merge_requests().len(), 1);
}

/// The files of `docs/bots.md`, by name.
fn documented() -> Vec<(String, String)> {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/bots.md");
    let page = fs_err::read_to_string(page).unwrap();
    let blocks = page.split("\n```").skip(1).step_by(2);
    blocks
        .map(|block| {
            let (kind, text) = block.split_once('\n').unwrap();
            let name = text.lines().next().unwrap().trim_start_matches("# ");
            let name = if kind == "json" { "renovate.json" } else { name };
            (name.to_owned(), format!("{text}\n"))
        })
        .collect()
}

/// The action's own steps, with a cargo that only says what it was asked for.
#[test]
#[cfg(unix)]
fn the_action_runs_a_verb() {
    let forge = Forge::new();
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap();
    let action: Value =
        serde_yaml::from_str(&fs_err::read_to_string(ours.join("action.yml")).unwrap()).unwrap();
    let Some(runner) = Runner::new(&["cargo"]) else { return };
    let output = runner.path("output");
    let env: Variables = [
        ("GITHUB_ACTION_PATH", ours.to_str().unwrap()),
        ("GITHUB_OUTPUT", output.to_str().unwrap()),
        ("ARGS", action["inputs"]["args"]["default"].as_str().unwrap()),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let folder = forge.context.path("");
    for step in action["runs"]["steps"].as_sequence().unwrap() {
        if let Some(script) = step["run"].as_str() {
            runner.step(&forge, &folder, script, &env);
        }
    }
    assert_eq!(
        runner.calls(),
        format!("cargo [install] [--locked] [--path] [{}/crates/lockit]\n", ours.display())
    );
    let digest = fs_err::read_to_string(&output).unwrap();
    assert!(
        digest.starts_with("digest=") && digest.trim().len() == "digest=".len() + 40,
        "{digest}"
    );
}

/// A bot raises a spec, the documented job locks on its branch.
#[test]
#[cfg(unix)]
fn a_bot_is_followed() {
    let forge = Forge::new();
    let Some(server) = forge.serve() else { return };
    server.allow(TOKEN, Access::Write);
    let Some(runner) = Runner::new(&["pipx", "gh"]) else { return };
    let runner = runner.for_project(&server, TOKEN);
    let (_, text) = documented().remove(0);
    assert!(text.contains(concat!("conda-lockit==", env!("CARGO_PKG_VERSION"))));
    let jobs: Value = serde_yaml::from_str(&text).unwrap();
    forge.git(&["switch", "--quiet", "--create", "dependabot/app"]);
    forge.context.edit("environment.yml", "[app]", "[app >=1.1]");
    forge.context.commit("Raise app");
    forge.git(&["push", "--quiet", "origin", "dependabot/app"]);
    let follow = || {
        let clone = Checkout::of(&forge);
        let address = format!("{}/project.git", server.root());
        clone.git(&forge, &["remote", "set-url", "origin", &address]);
        clone.git(&forge, &["switch", "--quiet", "dependabot/app"]);
        runner.forget("lock");
        for (script, env) in shell_steps(&jobs, "lock") {
            assert!(!env.contains_key("GH_TOKEN"), "{script}");
            runner.step(&forge, &clone.path(), &script, &env);
        }
        clone.git(&forge, &["checkout", "--quiet", "--force", "dependabot/app"]);
        for (script, env) in shell_steps(&jobs, "push") {
            runner.step(&forge, &clone.path(), &script, &env);
        }
    };
    follow();
    let log = || forge.origin(&["log", "--format=%an: %s", "main..dependabot/app"]);
    assert_eq!(log(), "github-actions[bot]: Lock\nAda: Raise app\n");
    assert!(forge.origin(&["show", "dependabot/app:conda-linux-64.lock"]).contains("app-1.1"));
    // The commit starts the job once more, which has nothing to do then.
    follow();
    assert_eq!(log().lines().count(), 2);
}

#[test]
fn init_looks_before_it_writes() {
    let context = TestContext::new();
    insta::assert_snapshot!(context.show(&["init", "--ci", "github"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is no git repository here
     = hint: `git init` makes one
    ");
    context.git(&["init", "--quiet"]);
    insta::assert_snapshot!(context.show(&["init", "--ci", "github"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: there is no spec whose lock could be kept fresh
     = hint: `lockit init` writes one
    ");
    context.write("service/environment.yml", "dependencies: [app]\n");
    context.write("service/predict-environment.yml", "dependencies: [app]\n");
    context.write(
        "service/lockit.toml",
        "[environments.dev]\nfiles = [\"environment.yml\"]\n\n[environments.predict]\nfiles = [\"predict-environment.yml\"]\n",
    );
    context.write(".gitlab-ci.yml", "test: {script: [pytest]}\n");
    context.ok(&["--directory", "service", "init", "--ci", "github"]);
    let text = context.read(".github/workflows/lockit.yml");
    assert!(text.contains("    working-directory: service\n"), "{text}");
    assert!(
        text.contains("      - service/environment.yml\n      - service/lockit.toml\n      - service/predict-environment.yml\n"),
        "{text}"
    );
    insta::assert_snapshot!(context.show(&["--directory", "service", "init", "--ci", "github"]), @"
    exit: 2
    --- stdout
    --- stderr
    error: `[TEMP]/project/.github/workflows/lockit.yml` is there already
     = hint: move it away to see what lockit would write now
    ");
    insta::assert_snapshot!(context.show(&["--directory", "service", "init", "--ci", "gitlab"]), @"
    exit: 0
    --- stdout
    --- stderr
      [TEMP]/project/.gitlab/lockit.yml new
    next: add this to .gitlab-ci.yml:
    include:
      - local: .gitlab/lockit.yml
    ");
    assert!(context.read(".gitlab/lockit.yml").contains("    - cd service\n"));
}

/// The annotations of a pull request whose spec was changed and whose lock was not.
#[test]
fn a_stale_lock_is_annotated_where_the_spec_says_so() {
    let forge = Forge::new();
    forge.context.write(
        "environment.yml",
        "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies:\n  - app =1.1\n  - tool\n",
    );
    insta::assert_snapshot!(forge.context.show(&["check", "--format", "github"]), @"
    exit: 1
    --- stdout
    ::error file=environment.yml,line=4,endLine=4,col=5,endColumn=13,title=stale lock::`app =1.1` in environment.yml:4 is not satisfied by app 1.0 on linux-64%0Ahint: run `lockit -f environment.yml` to bring the lock up to date
    ::error file=environment.yml,line=5,endLine=5,col=5,endColumn=9,title=stale lock::`tool` in environment.yml:5 is not locked on linux-64%0Ahint: run `lockit -f environment.yml` to bring the lock up to date
    --- stderr
    run `lockit -f environment.yml` to bring the lock up to date
    ");
    forge.context.write(
        "environment.yml",
        "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [app]\n",
    );
    insta::assert_snapshot!(forge.context.show(&["check", "--format", "github"]), @"
    exit: 0
    --- stdout
    --- stderr
    ok the lock is up to date
    ");
    // A job names files as the checkout does.
    forge
        .context
        .write("service/environment.yml", "channels: [conda-forge]\ndependencies: [app]\n");
    let output = forge
        .context
        .command(&["--directory", "service", "check", "-p", "linux-64", "--format", "github"])
        .env("GITHUB_WORKSPACE", forge.context.path(""))
        .output()
        .unwrap();
    let shown = forge.context.render(&output);
    assert!(shown.contains("::error title=stale lock::`environment` is not locked"), "{shown}");
    forge.context.write("service/environment.yml", "dependencies: [app]\nprefix: /opt\n");
    let output = forge
        .context
        .command(&["--directory", "service", "lint", "--format", "github", "environment.yml"])
        .env("GITHUB_WORKSPACE", forge.context.path(""))
        .output()
        .unwrap();
    let shown = forge.context.render(&output);
    assert!(shown.contains("::warning file=service/environment.yml,line=2"), "{shown}");
}

/// Linters of forges find nothing to say about what we write, nor about what this repository runs.
#[test]
fn linters_of_forges_are_content() {
    let Some(peers) = Peers::find() else { return };
    let context = TestContext::new();
    context.git(&["init", "--quiet"]);
    let mut names: Vec<String> = Vec::new();
    for folder in ["top", "with space"] {
        let below = if folder == "top" { String::new() } else { format!("{folder}/") };
        context.write(&format!("{below}environment.yml"), "dependencies: [app]\n");
        let inside = if below.is_empty() { "." } else { folder };
        for (forge, file) in
            [("github", ".github/workflows/lockit.yml"), ("gitlab", ".gitlab/lockit.yml")]
        {
            context.ok(&["--directory", inside, "init", "--ci", forge]);
            let name = format!("{}/{file}", folder.replace(' ', "-"));
            context.write(&name, &context.read(file));
            fs_err::remove_file(context.path(file)).unwrap();
            names.push(name);
        }
    }
    let ours = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for name in ["action.yml", ".github/workflows/ci.yml"] {
        let copy = format!("ours/{name}");
        context.write(&copy, &fs_err::read_to_string(ours.join(name)).unwrap());
        names.push(copy);
    }
    for (name, text) in documented() {
        context.write(&format!("docs/{name}"), &text);
        names.push(format!("docs/{name}"));
    }
    let check = |names: &[&str]| peers.lines(&context, "workflows.py", names);
    let lines = check(&names.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(lines.len(), 4 * 3 + 2 + 2 + 2, "{lines:?}");
    assert!(lines.iter().all(|line| line.ends_with(" 0")), "{lines:?}");
    // They do look.
    let name = "top/.github/workflows/lockit.yml";
    context.edit(
        name,
        "github.event_name != 'pull_request' &&",
        "github.evnt != 'pull_request' &&",
    );
    context.edit(name, "permissions: {}\n", "permissions: write-all\n");
    let found = |checker: &str| {
        let lines = check(&[name]);
        lines.iter().any(|line| line.starts_with(checker) && !line.ends_with(" 0"))
    };
    assert!(found("actionlint") && found("zizmor"));
    context.edit(name, "  schedule:", "  scheduled:");
    assert!(found("schema"));
}
