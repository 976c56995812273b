//! The working folder as a git repository that knows nothing of the machine.

use std::process::{Command, Output};

use crate::context::TestContext;

impl TestContext {
    /// `git` with arguments, not started yet; programs that it starts see what the binary sees.
    pub(crate) fn git_command(&self, args: &[&str]) -> Command {
        let mut git = self.command(&[]);
        let mut command = Command::new("git");
        command.current_dir(self.path("")).env_clear().envs(
            git.env("GIT_CONFIG_GLOBAL", "/dev/null")
                .env("GIT_CONFIG_NOSYSTEM", "1")
                .env("GIT_EDITOR", "true")
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
        command
            .args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com"])
            .args(["-c", "init.defaultBranch=main"])
            .args(args);
        command
    }

    /// A script for bash that ends at the first failure, with git as tests know it.
    pub(crate) fn shell(&self, script: &str) -> Command {
        let git = self.git_command(&[]);
        let mut command = Command::new("bash");
        command.env_clear().args(["-eo", "pipefail", "-c", script]);
        command.envs(git.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command
    }

    /// Runs git and panics with what it says unless it ends well.
    pub(crate) fn git(&self, args: &[&str]) -> String {
        let output = self.try_git(args);
        assert!(output.status.success(), "git {args:?}\n{}", self.render(&output));
        self.filter(&String::from_utf8_lossy(&output.stderr))
    }

    /// Runs git.
    pub(crate) fn try_git(&self, args: &[&str]) -> Output {
        self.git_command(args).output().unwrap()
    }

    /// Commits all there is.
    pub(crate) fn commit(&self, message: &str) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--message", message]);
    }
}
