//! Starting git. Nobody is asked for anything: in a job nobody answers, and whoever waits for a lock does not know
//! that there is a question.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::{Arc, OnceLock};

use lockit_diagnostic::Diagnostic;

use crate::terminal::command_error::CommandError;
use crate::world::context::Context;

/// Set for git, so that a merge driver which it starts knows that it is one too many.
pub(crate) const NESTED: &str = "LOCKIT_MERGING";

/// What git takes instead of `ssh`.
const SSH: &str = "GIT_SSH_COMMAND";

/// The repository that a folder belongs to.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    folder: PathBuf,
    /// Whether somebody says what is to be started in the place of `ssh`.
    has_ssh: Arc<OnceLock<bool>>,
}

/// What a call of git is given besides its words.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Given<'a> {
    /// An index other than that of the repository.
    pub(super) index: Option<&'a Path>,
    /// What it reads.
    pub(super) input: &'a str,
}

impl Git {
    /// The repository of the folder that a command works in.
    pub(crate) fn new(context: &Context) -> Self {
        let has_ssh = OnceLock::new();
        if context.variables.has(SSH) || context.variables.has("GIT_SSH") {
            let _ = has_ssh.set(true);
        }
        Self { folder: context.directory().to_path_buf(), has_ssh: Arc::new(has_ssh) }
    }

    /// The same repository, with names of files relative to another folder of it.
    #[must_use]
    pub(crate) fn at(&self, folder: PathBuf) -> Self {
        Self { folder, has_ssh: Arc::clone(&self.has_ssh) }
    }

    /// Where it is asked.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// What became of a call.
    pub(super) fn output(&self, args: &[&str]) -> Result<Output, CommandError> {
        self.output_given(args, Given::default())
    }

    /// The same of one that is given more.
    pub(super) fn output_given(
        &self,
        args: &[&str],
        given: Given<'_>,
    ) -> Result<Output, CommandError> {
        let has_ssh = *self.has_ssh.get_or_init(|| {
            let asked = start(&mut self.command(&["config", "--get", "core.sshCommand"]), "");
            asked.is_ok_and(|output| output.status.success())
        });
        let mut command = self.command(args);
        if !has_ssh {
            command.env(SSH, "ssh -o BatchMode=yes");
        }
        if let Some(index) = given.index {
            command.env("GIT_INDEX_FILE", index);
        }
        start(&mut command, given.input)
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .current_dir(&self.folder)
            .args(args)
            // A merge driver that is started by a merge which this one looks at would look at it again.
            .env(NESTED, "1")
            // Names of files mean themselves.
            .env("GIT_LITERAL_PATHSPECS", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GCM_INTERACTIVE", "never")
            // A window of the desktop. A program that is named for git alone (GIT_ASKPASS) is how jobs answer.
            .env_remove("SSH_ASKPASS");
        command
    }

    /// What git prints, or the reason it gives.
    pub(super) fn run(&self, args: &[&str]) -> Result<Vec<u8>, CommandError> {
        self.run_given(args, Given::default())
    }

    /// The same of a call that is given more.
    pub(super) fn run_given(
        &self,
        args: &[&str],
        given: Given<'_>,
    ) -> Result<Vec<u8>, CommandError> {
        let output = self.output_given(args, given)?;
        if output.status.success() { Ok(output.stdout) } else { Err(refusal(&output, args)) }
    }

    /// What git prints on one line, if it succeeds.
    pub(super) fn line(&self, args: &[&str]) -> Option<String> {
        let printed = String::from_utf8(self.run(args).ok()?).ok()?;
        Some(printed.trim_end().to_owned())
    }
}

fn start(command: &mut Command, input: &str) -> Result<Output, CommandError> {
    let failed = |error| CommandError::error(format!("cannot run `git`: {error}"));
    let stdin = if input.is_empty() { Stdio::null() } else { Stdio::piped() };
    command.stdin(stdin).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed)?;
    if let Some(mut stdin) = child.stdin.take() {
        // It ends early when git does not like its arguments, and says so.
        let _ = stdin.write_all(input.as_bytes());
    }
    child.wait_with_output().map_err(failed)
}

/// The reason that git gives.
pub(super) fn refusal(output: &Output, args: &[&str]) -> CommandError {
    let said = String::from_utf8_lossy(&output.stderr);
    let reason = reason(&said);
    let refusal = Diagnostic::error(format!("git cannot do this: {reason}"))
        .note(format!("it was asked for `git {}`", args.join(" ")));
    let hint = if reason.ends_with("terminal prompts disabled") {
        "lockit lets git ask nobody: let a credential helper answer, or GIT_ASKPASS"
    } else if reason.starts_with("Authentication failed") {
        "check the token or password that git has: it is unknown there, or has expired"
    } else if reason.ends_with("returned error: 403") {
        "check what the token may do: a push needs one that may write"
    } else {
        return refusal.into();
    };
    refusal.hint(hint).into()
}

/// The first line that says why. A push says before that where it goes.
fn reason(said: &str) -> &str {
    let line = said.lines().find(|line| !line.starts_with("To ")).unwrap_or("no reason given");
    ["remote: ", "fatal: ", "error: ", " ! "]
        .iter()
        .fold(line, |line, start| line.strip_prefix(start).unwrap_or(line))
}

/// What git lists with a NUL behind each.
pub(super) fn names(listed: &[u8]) -> Vec<String> {
    listed
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::reason;

    #[test]
    fn of_what_git_prints_the_line_with_the_reason_is_shown() {
        let rejected = "To ssh://host/repo.git\n ! [rejected]        1234567 -> main (fetch first)\n\
                        error: failed to push some refs to 'ssh://host/repo.git'\n";
        assert_eq!(reason(rejected), "[rejected]        1234567 -> main (fetch first)");
        let declined = "remote: error: hook declined to update refs/heads/x\nTo /repo.git\n \
                        ! [remote rejected] 1234567 -> x (hook declined)\n";
        assert_eq!(reason(declined), "hook declined to update refs/heads/x");
        let unknown = "fatal: 'up' does not appear to be a git repository\nfatal: Could not read\n";
        assert_eq!(reason(unknown), "'up' does not appear to be a git repository");
        assert_eq!(reason(""), "no reason given");
    }
}
