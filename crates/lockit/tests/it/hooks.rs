//! The hooks of `.pre-commit-hooks.yaml` under the real pre-commit, on a real repository: it clones
//! this checkout's last commit, builds the wheel without the solver, and runs what the hook says.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use lockit_testkit::Server;

use crate::context::{TestContext, test_data};
use crate::peers::Peers;

const EXPORT: &str = "name: work
channels:
  - conda-forge
dependencies:
  - bzip2=1.0.8=h0d85af4_4
  - ca-certificates=2022.12.7=h033912b_0
  - libcxx=14.0.6=hccf4f1f_0
  - libffi=3.4.2=h0d85af4_5
  - libsqlite=3.40.0=ha978bb4_0
  - libzlib=1.2.13=hfd90126_4
  - ncurses=6.3=h96cf925_1
  - numpy=1.24.1=py311h62c7003_0
  - openssl=3.0.7=hfd90126_1
  - python=3.11.0=he7542f4_1_cpython
  - readline=8.1.2=h3899abd_0
  - tk=8.6.12=h5dbffcc_0
  - tzdata=2022g=h191b570_0
  - xz=5.2.6=h775f41a_0
prefix: /Users/ada/miniforge3/envs/work
";

/// A repository whose commits pass through pre-commit.
struct Repository {
    context: TestContext,
    python: PathBuf,
}

impl Repository {
    /// `hooks` are the items of the list `hooks:`, indented by six blanks.
    fn new(context: TestContext, python: PathBuf, hooks: &str) -> Self {
        let repository = Self { context, python };
        let checkout = test_data().join("..").canonicalize().unwrap();
        let head = Command::new("git")
            .args(["rev-parse", "HEAD"])
            .current_dir(&checkout)
            .output()
            .unwrap();
        assert!(head.status.success(), "the hooks are tested from a git checkout");
        let rev = String::from_utf8(head.stdout).unwrap();
        repository.context.write(
            ".pre-commit-config.yaml",
            &format!(
                "repos:\n  - repo: '{}'\n    rev: {}\n    hooks:\n{hooks}",
                checkout.display(),
                rev.trim()
            ),
        );
        for args in [["init", "--quiet"], ["add", "--all"]] {
            assert!(repository.run("git", &args).status.success());
        }
        let installed = repository.pre_commit(&["install"]);
        assert!(installed.status.success(), "{}", shown(&installed));
        repository
    }

    /// The machine's toolchain stays, its configuration of git does not.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(self.context.path(""))
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            // pre-commit clones this checkout, which may belong to somebody else.
            .env("GIT_CONFIG_COUNT", "1")
            .env("GIT_CONFIG_KEY_0", "safe.directory")
            .env("GIT_CONFIG_VALUE_0", "*")
            .env("GIT_AUTHOR_NAME", "Ada")
            .env("GIT_AUTHOR_EMAIL", "ada@example.com")
            .env("GIT_COMMITTER_NAME", "Ada")
            .env("GIT_COMMITTER_EMAIL", "ada@example.com")
            .env("PRE_COMMIT_HOME", self.context.path("../cache/pre-commit"))
            .env("PRE_COMMIT_COLOR", "never")
            .env("XDG_CONFIG_HOME", self.context.path("../config"))
            .env("RATTLER_CACHE_DIR", self.context.path("../cache/rattler"))
            // Compiled once for all tests and all their runs, and without the optimisations that take most of the time.
            .env("CARGO_TARGET_DIR", test_data().join("../target/hooks"))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "off");
        command
    }

    fn run(&self, program: &str, args: &[&str]) -> Output {
        self.command(Path::new(program)).args(args).output().unwrap()
    }

    fn pre_commit(&self, args: &[&str]) -> Output {
        let mut command = self.command(&self.python);
        command.args(["-m", "pre_commit"]).args(args).output().unwrap()
    }

    /// Commits everything: whether it passed, and what was said.
    fn commit(&self) -> (bool, String) {
        assert!(self.run("git", &["add", "--all"]).status.success());
        let output = self.run("git", &["commit", "--message", "change"]);
        (output.status.success(), shown(&output))
    }
}

fn shown(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

#[test]
fn a_bad_commit_is_blocked_and_a_good_one_passes() {
    let Some(peers) = Peers::find() else { return };
    let server = Server::builder(test_data().join("channel")).start().unwrap();
    let repository = Repository::new(
        TestContext::new().with_mirror(&server),
        peers.python,
        "      - id: lockit-lint\n      - id: lockit-check\n",
    );
    let context = &repository.context;

    context.write("envs/work.yml", EXPORT);
    // Neither is any of lockit's business.
    context.write("compose.yml", "services:\n  web:\n    image: scratch\n");
    context.write("Cargo.lock", "version = 4\n\n[[package]]\nname = \"a\"\n");
    let (passed, said) = repository.commit();
    assert!(!passed, "{said}");
    assert!(said.contains("lockit lint") && said.contains("LK001"), "{said}");
    assert!(said.contains("envs/work.yml:"), "the place is named:\n{said}");
    assert!(!said.contains("compose.yml") && !said.contains("Cargo.lock"), "{said}");
    fs_err::remove_file(context.path("envs/work.yml")).unwrap();

    // A spec without its lock does not pass either.
    for name in ["environment.yml", "predict-environment.yml", "lockit.toml"] {
        fs_err::copy(test_data().join(name), context.path(name)).unwrap();
    }
    let (passed, said) = repository.commit();
    assert!(!passed, "{said}");
    let verdict = |hook: &str, said: &str| {
        let line = said.lines().find(|line| line.starts_with(hook)).unwrap_or_default();
        line.rsplit('.').next().unwrap_or_default().to_owned()
    };
    assert_eq!(verdict("lockit lint", &said), "Passed", "{said}");
    assert_eq!(verdict("lockit check", &said), "Failed", "{said}");

    context.ok(&[]);
    let (passed, said) = repository.commit();
    assert!(passed, "{said}");
    assert_eq!(verdict("lockit lint", &said), "Passed", "{said}");
    assert_eq!(verdict("lockit check", &said), "Passed", "{said}");
}

#[test]
fn the_manual_hook_locks_again() {
    let Some(peers) = Peers::find() else { return };
    // The solver is the one under test: compiling another takes ten minutes.
    let lockit = env!("CARGO_BIN_EXE_lockit");
    let server = Server::builder(test_data().join("channel")).start().unwrap();
    let repository = Repository::new(
        TestContext::new().with_reference_project().with_mirror(&server),
        peers.python,
        &format!(
            "      - id: lockit-lock\n        language: system\n        entry: '{lockit} lock'\n        additional_dependencies: []\n"
        ),
    );
    let (passed, said) = repository.commit();
    assert!(passed, "a manual hook does not run at a commit:\n{said}");
    assert!(!repository.context.path("conda-linux-64.lock").exists());

    let lock = || repository.pre_commit(&["run", "--hook-stage", "manual", "lockit-lock"]);
    let run = lock();
    assert!(run.status.success(), "{}", shown(&run));
    assert!(repository.context.path("conda-linux-64.lock").exists());
    assert!(repository.run("git", &["add", "--all"]).status.success());

    // What is committed and changes is for a person to look at.
    repository.context.edit("environment.yml", "  - lightgbm\n", "  - lightgbm <4.6\n");
    // pre-commit puts away what is not staged.
    assert!(repository.run("git", &["add", "--all"]).status.success());
    let run = lock();
    let said = shown(&run);
    assert!(!run.status.success() && said.contains("files were modified by this hook"), "{said}");
    assert!(repository.run("git", &["add", "--all"]).status.success());
    let run = lock();
    assert!(run.status.success(), "{}", shown(&run));
}
