//! Revisions, conflicts and merges.

use std::path::{Path, PathBuf};

use super::run::{Git, names, refusal};
use crate::terminal::command_error::CommandError;

/// A merge as git would write it.
#[derive(Debug)]
pub(crate) struct MergedTree {
    /// The object that holds the merged files.
    pub(crate) id: String,
    /// Files that git could not merge, relative to the top.
    pub(crate) conflicts: Vec<String>,
}

/// A file that a merge has left in conflict.
#[derive(Debug, Default)]
pub(crate) struct Unmerged {
    /// Relative to the folder.
    pub(crate) path: String,
    /// Objects of the common ancestor, of our side and of theirs.
    pub(crate) stages: [Option<String>; 3],
}

impl Git {
    /// The folder of the whole working tree.
    pub(crate) fn top(&self) -> Option<PathBuf> {
        self.line(&["rev-parse", "--show-toplevel"]).map(PathBuf::from)
    }

    /// The branch that others start from: what the remote says, else what is checked out.
    pub(crate) fn default_branch(&self) -> String {
        let remote = self.line(&["symbolic-ref", "--quiet", "--short", "refs/remotes/origin/HEAD"]);
        remote
            .and_then(|name| name.strip_prefix("origin/").map(str::to_owned))
            .or_else(|| self.current_branch())
            .unwrap_or_else(|| "main".to_owned())
    }

    /// The branch that is checked out, if one is.
    pub(crate) fn current_branch(&self) -> Option<String> {
        self.line(&["symbolic-ref", "--quiet", "--short", "HEAD"])
    }

    /// A setting, such as `user.name`.
    #[cfg(feature = "solve")]
    pub(crate) fn setting(&self, name: &str) -> Option<String> {
        self.line(&["config", "--get", name]).filter(|value| !value.is_empty())
    }

    /// The newest commit that touched a file, and when that was in seconds. `None` when the file has changes
    /// that are in no commit.
    #[cfg(feature = "solve")]
    pub(crate) fn last_commit(&self, file: &Path) -> Option<(i64, String)> {
        let file = file.to_str()?;
        if !self.line(&["status", "--porcelain", "--", file])?.is_empty() {
            return None;
        }
        let line = self.line(&["log", "-1", "--format=%ct %H", "--", file])?;
        let (seconds, commit) = line.split_once(' ')?;
        Some((seconds.parse().ok()?, commit.to_owned()))
    }

    /// The commit that a word names.
    pub(crate) fn commit(&self, word: &str) -> Option<String> {
        (!word.starts_with('-'))
            .then(|| {
                self.line(&["rev-parse", "--quiet", "--verify", &format!("{word}^{{commit}}")])
            })
            .flatten()
    }

    /// Whether a word names a revision here.
    pub(crate) fn is_revision(&self, word: &str) -> bool {
        self.commit(word).is_some()
    }

    /// The newest common ancestor of two revisions.
    pub(crate) fn merge_base(&self, ours: &str, theirs: &str) -> Option<String> {
        self.line(&["merge-base", ours, theirs])
    }

    /// The files of a revision below the folder, relative to it.
    pub(crate) fn files(&self, revision: &str) -> Result<Vec<String>, CommandError> {
        let listed = self.run(&["ls-tree", "-r", "-z", "--name-only", revision, "."])?;
        Ok(names(&listed))
    }

    /// The files under version control below the folder, relative to it, with new ones.
    pub(crate) fn working_files(&self) -> Result<Vec<String>, CommandError> {
        let args = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "."];
        let mut listed = names(&self.run(&args)?);
        listed.retain(|name| self.folder().join(name).is_file());
        listed.sort_unstable();
        listed.dedup();
        Ok(listed)
    }

    /// A file of a revision; the path is relative to the folder. `None` when it is not there.
    pub(crate) fn show(&self, revision: &str, path: &str) -> Result<Option<Vec<u8>>, CommandError> {
        if !self.is_revision(revision) {
            return Err(CommandError::error(format!("there is no revision `{revision}`")));
        }
        self.file_of(revision, path)
    }

    /// A file of a tree or commit that is there; the path is relative to the folder. `None` when the
    /// file is not.
    pub(crate) fn file_of(&self, tree: &str, path: &str) -> Result<Option<Vec<u8>>, CommandError> {
        let place = format!("{tree}:./{path}");
        if self.run(&["cat-file", "-e", &place]).is_err() {
            return Ok(None);
        }
        self.blob(&place).map(Some)
    }

    /// The bytes of an object.
    pub(crate) fn blob(&self, id: &str) -> Result<Vec<u8>, CommandError> {
        self.run(&["cat-file", "blob", id])
    }

    /// What the merge of two commits would write; `base` replaces their common ancestors, as for a
    /// cherry-pick. Touches neither the index nor the working tree.
    pub(crate) fn merge_tree(
        &self,
        base: Option<&str>,
        ours: &str,
        theirs: &str,
    ) -> Result<MergedTree, CommandError> {
        let base = base.map(|base| format!("--merge-base={base}"));
        let mut args = vec!["merge-tree", "--write-tree", "--name-only", "--no-messages", "-z"];
        args.extend(base.as_deref());
        args.extend([ours, theirs]);
        let output = self.output(&args)?;
        // 1 stands for conflicts.
        if !matches!(output.status.code(), Some(0 | 1)) {
            return Err(refusal(&output, &args));
        }
        let mut printed = names(&output.stdout).into_iter();
        let id = printed.next().ok_or_else(|| refusal(&output, &args))?;
        Ok(MergedTree { id, conflicts: printed.collect() })
    }

    /// The files below the folder that a merge has left in conflict.
    pub(crate) fn unmerged(&self) -> Result<Vec<Unmerged>, CommandError> {
        let mut found: Vec<Unmerged> = Vec::new();
        // `MODE OBJECT STAGE<tab>PATH`
        for entry in names(&self.run(&["ls-files", "--unmerged", "-z", "."])?) {
            let Some((facts, path)) = entry.split_once('\t') else { continue };
            let facts: Vec<&str> = facts.split(' ').collect();
            let [_, object, stage] = facts.as_slice() else { continue };
            let Some(stage) = stage.parse::<usize>().ok().filter(|stage| (1..=3).contains(stage))
            else {
                continue;
            };
            if found.last().is_none_or(|last| last.path != path) {
                found.push(Unmerged { path: path.to_owned(), ..Unmerged::default() });
            }
            if let Some(last) = found.last_mut() {
                last.stages[stage - 1] = Some((*object).to_owned());
            }
        }
        Ok(found)
    }

    /// Merges three texts by lines, with conflict markers where that fails. The first file gets the
    /// result.
    pub(crate) fn merge_file(
        &self,
        [ours, base, theirs]: [&Path; 3],
        labels: [&str; 3],
    ) -> Result<(), CommandError> {
        let paths = [ours, base, theirs].map(|path| path.to_string_lossy().into_owned());
        let mut args = vec!["merge-file"];
        for label in labels {
            args.extend(["-L", label]);
        }
        args.extend(paths.iter().map(String::as_str));
        let output = self.output(&args)?;
        // The number of conflicts; an error is above 127.
        match output.status.code() {
            Some(0..=127) => Ok(()),
            _ => Err(refusal(&output, &args)),
        }
    }
}
