//! Files of other revisions, by the `git` program: it knows every way in which a repository may be
//! stored.

use std::path::Path;
use std::process::Command;

use lockit_diagnostic::Diagnostic;

use crate::command_error::CommandError;

/// The repository that a folder belongs to.
pub(super) struct Git<'a> {
    folder: &'a Path,
}

impl<'a> Git<'a> {
    pub(super) fn new(folder: &'a Path) -> Self {
        Self { folder }
    }

    /// What git prints, or the reason it gives.
    fn run(&self, args: &[&str]) -> Result<Vec<u8>, CommandError> {
        let output = Command::new("git")
            .current_dir(self.folder)
            .args(args)
            .output()
            .map_err(|error| CommandError::error(format!("cannot run `git`: {error}")))?;
        if output.status.success() {
            return Ok(output.stdout);
        }
        let said = String::from_utf8_lossy(&output.stderr);
        let reason = said.lines().next().unwrap_or("no reason given").trim_start_matches("fatal: ");
        Err(CommandError::from(
            Diagnostic::error(format!("git cannot do this: {reason}"))
                .note(format!("it was asked for `git {}`", args.join(" "))),
        ))
    }

    /// Whether a word names a revision here.
    pub(super) fn is_revision(&self, word: &str) -> bool {
        !word.starts_with('-')
            && self
                .run(&["rev-parse", "--quiet", "--verify", &format!("{word}^{{commit}}")])
                .is_ok()
    }

    /// The files of a revision below the folder, relative to it.
    pub(super) fn files(&self, revision: &str) -> Result<Vec<String>, CommandError> {
        let listed = self.run(&["ls-tree", "-r", "-z", "--name-only", revision, "."])?;
        Ok(names(&listed))
    }

    /// The files under version control below the folder, relative to it, with new ones.
    pub(super) fn working_files(&self) -> Result<Vec<String>, CommandError> {
        let args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "."];
        let mut listed = names(&self.run(&args)?);
        listed.retain(|name| self.folder.join(name).is_file());
        listed.sort_unstable();
        listed.dedup();
        Ok(listed)
    }

    /// A file of a revision; the path is relative to the folder. `None` when it is not there.
    pub(super) fn show(&self, revision: &str, path: &str) -> Result<Option<Vec<u8>>, CommandError> {
        if self
            .run(&["rev-parse", "--quiet", "--verify", &format!("{revision}^{{commit}}")])
            .is_err()
        {
            return Err(CommandError::error(format!("there is no revision `{revision}`")));
        }
        let place = format!("{revision}:./{path}");
        if self.run(&["cat-file", "-e", &place]).is_err() {
            return Ok(None);
        }
        self.run(&["cat-file", "blob", &place]).map(Some)
    }
}

fn names(listed: &[u8]) -> Vec<String> {
    listed
        .split(|byte| *byte == 0)
        .filter(|name| !name.is_empty())
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}
