//! `lockit init --ci` and `lockit check --format github`: what a forge runs, and that it runs.

use std::collections::BTreeMap;
use std::path::Path;

use lockit_testkit::TempDir;
use serde_yaml::Value;

use crate::context::{TestContext, file_snapshot};
use crate::peers::Peers;
use crate::refresh_git::{Forge, NEWER};

fn shell_steps(jobs: &Value, job: &str) -> Vec<(String, BTreeMap<String, String>)> {
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

/// Programs that a runner has and this machine need not: each writes down how it was called.
struct Runner {
    folder: TempDir,
}

impl Runner {
    fn new(programs: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("calls");
        fs_err::write(&log, "").unwrap();
        for (name, answer) in programs {
            let path = folder.path().join(name);
            let text = format!(
                "#!/bin/sh\nprintf '%s' {name} >> {log}\nfor word; do printf ' [%s]' \"$word\" >> {log}; done\n\
                 echo >> {log}\n{answer}\n",
                log = log.display()
            );
            fs_err::write(&path, text).unwrap();
            executable(&path);
        }
        Self { folder }
    }

    /// What was called since it was last asked, one line for each call.
    fn calls(&self) -> String {
        let log = self.folder.path().join("calls");
        let calls = fs_err::read_to_string(&log).unwrap();
        fs_err::write(&log, "").unwrap();
        calls.replace(self.folder.path().to_str().unwrap(), "[RUNNER]")
    }

    /// Runs a step as a forge does: bash that ends at the first failure, in a clone of its own.
    fn step(&self, forge: &Forge, folder: &Path, script: &str, env: &BTreeMap<String, String>) {
        let binary = Path::new(env!("CARGO_BIN_EXE_lockit")).parent().unwrap();
        let path = std::env::var("PATH").unwrap();
        let mut command = forge.context.shell(script);
        let output = command
            .current_dir(folder)
            .env("PATH", format!("{}:{}:{path}", self.folder.path().display(), binary.display()))
            .env("RUNNER_TEMP", self.folder.path())
            .env("GITHUB_STEP_SUMMARY", self.folder.path().join("summary.md"))
            .env("LOCKIT", "lockit==0.0.0")
            .envs(env.iter().filter(|(_, value)| !value.starts_with("${{")))
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}\n{}", forge.context.render(&output));
    }
}

#[cfg(unix)]
fn executable(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    fs_err::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(not(unix))]
fn executable(_: &Path) {}

/// The job as it stands, again and again while the channel moves.
#[test]
#[cfg(unix)]
fn the_loop_of_github_closes() {
    let mut forge = Forge::new();
    forge.ok(&["init", "--ci", "github"]);
    let text = forge.context.read(".github/workflows/lockit.yml");
    file_snapshot!("ci__github", &text);
    let jobs: Value = serde_yaml::from_str(&text).unwrap();
    forge.context.commit("Refresh locks by machine");
    forge.git(&["push", "--quiet", "origin", "main"]);
    // `gh` knows of a pull request once it has made one.
    let runner = Runner::new(&[
        ("pipx", ":"),
        (
            "gh",
            "case \"$1 $2\" in\n'pr list') cat \"$0.open\" 2>/dev/null || :;;\n'pr create') echo 7 > \"$0.open\";;\nesac",
        ),
    ]);
    let refresh = |forge: &Forge| {
        // Every job starts from a clone, as a checkout makes it.
        let clone = tempfile::tempdir().unwrap();
        let folder = clone.path().join("work");
        let origin = forge.origin_path();
        forge.git(&["clone", "--quiet", origin.to_str().unwrap(), folder.to_str().unwrap()]);
        for (script, env) in shell_steps(&jobs, "refresh") {
            runner.step(forge, &folder, &script, &env);
        }
    };
    refresh(&forge);
    let body = "[--body-file] [[RUNNER]/refresh.md]";
    let title = "[--title] [Refresh locks: 1 upgraded]";
    let install = "pipx [install] [--pip-args=--config-settings=build-args=--features=solve] [lockit==0.0.0]\ngh [auth] [setup-git]\n";
    let list = "gh [pr] [list] [--head] [lockit/refresh] [--base] [main] [--state] [open] [--json] [number] [--jq] [.[].number]\n";
    assert_eq!(
        runner.calls(),
        format!(
            "{install}{list}gh [pr] [create] [--head] [lockit/refresh] [--base] [main] {title} {body}\n"
        )
    );
    let report = fs_err::read_to_string(runner.folder.path().join("refresh.md")).unwrap();
    assert!(report.starts_with("### 1 upgraded\n"), "{report}");
    assert!(
        fs_err::read_to_string(runner.folder.path().join("summary.md")).unwrap().contains("app")
    );
    let first = forge.origin(&["rev-parse", "lockit/refresh"]);
    assert_eq!(
        forge.origin(&["log", "-1", "--format=%an <%ae>", "lockit/refresh"]),
        "github-actions[bot] <41898282+github-actions[bot]@users.noreply.github.com>\n"
    );
    // Nothing new: the branch stays, the pull request is as it was.
    refresh(&forge);
    assert_eq!(forge.origin(&["rev-parse", "lockit/refresh"]), first);
    assert_eq!(runner.calls(), format!("{install}{list}gh [pr] [edit] [7] {title} {body}\n"));
    forge.moves_to(NEWER);
    refresh(&forge);
    assert_ne!(forge.origin(&["rev-parse", "lockit/refresh"]), first);
    assert!(runner.calls().contains("[pr] [edit] [7]"));
    // Merged: nothing to do, and no pull request.
    forge.git(&["fetch", "--quiet"]);
    forge.git(&["merge", "--quiet", "origin/lockit/refresh"]);
    forge.git(&["push", "--quiet", "origin", "main"]);
    forge.git(&["push", "--quiet", "origin", "--delete", "lockit/refresh"]);
    refresh(&forge);
    assert_eq!(runner.calls(), install);
    // A platform that cannot be solved is no dead job.
    forge.context.edit("environment.yml", "[linux-64]", "[linux-64, osx-arm64]");
    forge.context.commit("One platform more");
    forge.git(&["push", "--quiet", "origin", "main"]);
    refresh(&forge);
    let report = fs_err::read_to_string(runner.folder.path().join("refresh.md")).unwrap();
    assert!(report.contains("#### Not refreshed, the old lock stays"), "{report}");
}

#[test]
#[cfg(unix)]
fn the_loop_of_gitlab_closes() {
    let mut forge = Forge::new();
    forge.ok(&["init", "--ci", "gitlab"]);
    let text = forge.context.read(".gitlab/lockit.yml");
    file_snapshot!("ci__gitlab", &text);
    assert_eq!(forge.context.read(".gitlab-ci.yml"), "include:\n  - local: .gitlab/lockit.yml\n");
    let jobs: Value = serde_yaml::from_str(&text).unwrap();
    forge.context.commit("Refresh locks by machine");
    forge.git(&["push", "--quiet", "origin", "main"]);
    let script = |of: &Value| -> Vec<String> {
        of.as_sequence().unwrap().iter().map(|line| line.as_str().unwrap().to_owned()).collect()
    };
    let lines = [
        script(&jobs[".lockit"]["before_script"]),
        script(&jobs["lockit-refresh"]["script"])
            .into_iter()
            // The folder of the test stands in for the address of the project.
            .filter(|line| !line.starts_with("git remote set-url"))
            .collect(),
    ];
    let runner = Runner::new(&[
        ("pip", ":"),
        (
            "curl",
            "case \"$*\" in\n*--request*) echo > \"$0.open\";;\n*) [ -e \"$0.open\" ] && echo '[{\"iid\": 4}]' || echo '[]';;\nesac",
        ),
    ]);
    let env: BTreeMap<String, String> = [
        // In the clone, as GitLab keeps nothing else between runs.
        ("RATTLER_CACHE_DIR", ".cache/rattler"),
        ("CI_BUILDS_DIR", runner.folder.path().to_str().unwrap()),
        ("CI_API_V4_URL", "https://gitlab.example.com/api/v4"),
        ("CI_PROJECT_ID", "12"),
        ("CI_DEFAULT_BRANCH", "main"),
        ("LOCKIT_TOKEN", "glpat-secret"),
        ("GIT_AUTHOR_NAME", "lockit"),
        ("GIT_AUTHOR_EMAIL", "lockit@noreply.gitlab.example.com"),
        ("GIT_COMMITTER_NAME", "lockit"),
        ("GIT_COMMITTER_EMAIL", "lockit@noreply.gitlab.example.com"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into();
    let refresh = |forge: &Forge| {
        let clone = tempfile::tempdir().unwrap();
        let folder = clone.path().join("work");
        let origin = forge.origin_path();
        forge.git(&["clone", "--quiet", origin.to_str().unwrap(), folder.to_str().unwrap()]);
        // GitLab checks out a commit, no branch, and runs all lines in one shell.
        forge.git(&["-C", folder.to_str().unwrap(), "checkout", "--quiet", "--detach"]);
        runner.step(forge, &folder, &lines.concat().join("\n"), &env);
    };
    refresh(&forge);
    insta::assert_snapshot!(runner.calls(), @"
    pip [install] [--quiet] [--config-settings=build-args=--features=solve] [lockit==0.0.0]
    curl [--fail] [--silent] [--show-error] [--header] [PRIVATE-TOKEN: glpat-secret] [https://gitlab.example.com/api/v4/projects/12/merge_requests?state=opened&source_branch=lockit%2Frefresh]
    curl [--fail] [--silent] [--show-error] [--header] [PRIVATE-TOKEN: glpat-secret] [--request] [POST] [https://gitlab.example.com/api/v4/projects/12/merge_requests] [--data-urlencode] [source_branch=lockit/refresh] [--data-urlencode] [target_branch=main] [--data-urlencode] [remove_source_branch=true] [--data-urlencode] [title=Refresh locks: 1 upgraded] [--data-urlencode] [description@[RUNNER]/refresh.md]
    ");
    let first = forge.origin(&["rev-parse", "lockit/refresh"]);
    refresh(&forge);
    assert_eq!(forge.origin(&["rev-parse", "lockit/refresh"]), first);
    assert!(runner.calls().contains("[--request] [PUT]"));
    forge.moves_to(NEWER);
    refresh(&forge);
    assert_ne!(forge.origin(&["rev-parse", "lockit/refresh"]), first);
    forge.git(&["fetch", "--quiet"]);
    forge.git(&["merge", "--quiet", "origin/lockit/refresh"]);
    forge.git(&["push", "--quiet", "origin", "main"]);
    forge.git(&["push", "--quiet", "origin", "--delete", "lockit/refresh"]);
    runner.calls();
    refresh(&forge);
    assert!(!runner.calls().contains("curl"), "nothing changed");
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
    let runner = Runner::new(&[("cargo", ":")]);
    let output = runner.folder.path().join("output");
    let env: BTreeMap<String, String> = [
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
    let (_, text) = documented().remove(0);
    assert!(text.contains(concat!("lockit==", env!("CARGO_PKG_VERSION"))));
    let jobs: Value = serde_yaml::from_str(&text).unwrap();
    forge.git(&["switch", "--quiet", "--create", "dependabot/app"]);
    forge.context.edit("environment.yml", "[app]", "[app >=1.1]");
    forge.context.commit("Raise app");
    forge.git(&["push", "--quiet", "origin", "dependabot/app"]);
    let runner = Runner::new(&[("pipx", ":"), ("gh", ":")]);
    let follow = || {
        let clone = tempfile::tempdir().unwrap();
        let folder = clone.path().join("work");
        let (origin, folder) = (forge.origin_path().to_str().unwrap(), folder.to_str().unwrap());
        forge.git(&["clone", "--quiet", "--branch", "dependabot/app", origin, folder]);
        for (script, env) in shell_steps(&jobs, "lock") {
            runner.step(&forge, Path::new(folder), &script, &env);
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
    context.edit(name, "github.event_name != 'pull_request'", "github.evnt != 'pull_request'");
    context.edit(name, "permissions: {}\n", "permissions: write-all\n");
    let found = |checker: &str| {
        let lines = check(&[name]);
        lines.iter().any(|line| line.starts_with(checker) && !line.ends_with(" 0"))
    };
    assert!(found("actionlint") && found("zizmor"));
    context.edit(name, "  schedule:", "  scheduled:");
    assert!(found("schema"));
}
