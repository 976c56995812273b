//! Commits and branches, without touching what a person has checked out more than must be. All of it is asked
//! at the top of the repository ([`Git::at_top`]).

use std::collections::BTreeSet;

use super::run::{Git, Given, names};
use crate::terminal::command_error::CommandError;

/// A file that differs between two trees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TreeChange {
    /// Relative to the top.
    pub(crate) name: String,
    /// What git says it was, `000000` when it was not there.
    pub(crate) old_mode: String,
    /// What it is, `000000` when it is gone.
    pub(crate) new_mode: String,
}

impl TreeChange {
    /// Whether there is a plain file on both sides, or none. One that could be run stays so, and none becomes it.
    pub(crate) fn stays_a_file(&self) -> bool {
        let was = matches!(&*self.old_mode, "100644" | "100755" | "000000");
        was && (matches!(&*self.new_mode, "100644" | "000000") || self.new_mode == self.old_mode)
    }
}

fn temporary() -> Result<tempfile::TempDir, CommandError> {
    tempfile::tempdir()
        .map_err(|error| CommandError::error(format!("no temporary folder: {error}")))
}

impl Git {
    /// The same repository, with names of files relative to its top.
    pub(crate) fn at_top(&self) -> Option<Self> {
        self.top().map(|folder| self.at(folder))
    }

    /// Files under version control that differ from the last commit, relative to the top.
    pub(crate) fn changed_files(&self) -> Result<Vec<String>, CommandError> {
        let args = ["status", "--porcelain=v1", "-z", "--untracked-files=no", "--no-renames"];
        Ok(names(&self.run(&args)?)
            .into_iter()
            .filter_map(|line| line.get(3..).map(str::to_owned))
            .collect())
    }

    /// Files that are neither under version control nor ignored, relative to the top.
    pub(crate) fn new_files(&self) -> Result<BTreeSet<String>, CommandError> {
        let args = ["ls-files", "-z", "--others", "--exclude-standard"];
        Ok(names(&self.run(&args)?).into_iter().collect())
    }

    /// Whether a name can be that of a branch.
    pub(crate) fn may_be_branch(&self, name: &str) -> bool {
        self.run(&["check-ref-format", "--branch", name]).is_ok()
    }

    /// Whether it is known who commits.
    ///
    /// # Errors
    /// What git misses.
    pub(crate) fn check_identity(&self) -> Result<(), CommandError> {
        for who in ["GIT_AUTHOR_IDENT", "GIT_COMMITTER_IDENT"] {
            self.run(&["var", who]).map_err(|_| {
                CommandError::error("git does not know who commits").hint(
                    "set `user.name` and `user.email`, or GIT_AUTHOR_NAME, GIT_AUTHOR_EMAIL, GIT_COMMITTER_NAME and GIT_COMMITTER_EMAIL",
                )
            })?;
        }
        Ok(())
    }

    /// The branches of a remote with the commits they are at.
    pub(crate) fn remote_branches(
        &self,
        remote: &str,
    ) -> Result<Vec<(String, String)>, CommandError> {
        let listed = self.run(&["ls-remote", "--heads", "--", remote])?;
        Ok(String::from_utf8_lossy(&listed)
            .lines()
            .filter_map(|line| {
                let (commit, name) = line.split_once('\t')?;
                Some((name.strip_prefix("refs/heads/")?.to_owned(), commit.to_owned()))
            })
            .collect())
    }

    /// Whether a remote has a commit, as far as is known here.
    pub(crate) fn is_published(
        &self,
        commit: &str,
        remote: &str,
        branches: &[(String, String)],
    ) -> bool {
        let tracked = format!("--remotes={remote}");
        branches.iter().any(|(_, tip)| tip == commit)
            || self
                .line(&["rev-list", "--max-count=1", commit, "--not", &tracked])
                .is_some_and(|left| left.is_empty())
    }

    /// Brings the commits of a remote's branch here; no branch of this repository changes.
    pub(crate) fn fetch_branch(&self, remote: &str, branch: &str) -> Result<(), CommandError> {
        let branch = format!("refs/heads/{branch}");
        self.run(&["fetch", "--quiet", "--no-tags", "--", remote, &branch]).map(drop)
    }

    /// Whether a commit was made by [`Git::commit_files`] and not touched since, for messages that
    /// begin in some way. Merges of what `base` has into such a commit count as well: forges make
    /// them on request.
    pub(crate) fn is_own_commit(&self, commit: &str, beginning: &str, base: &str) -> bool {
        let mut commit = commit.to_owned();
        loop {
            // Whoever amends or rebases a commit changes only the committer's time.
            let format = "--format=%P%n%an <%ae> %at%n%cn <%ce> %ct%n%s";
            let Some(facts) = self.line(&["log", "--max-count=1", format, &commit]) else {
                return false;
            };
            let facts: Vec<&str> = facts.splitn(4, '\n').collect();
            let [parents, author, committer, subject] = facts.as_slice() else { return false };
            match parents.split(' ').collect::<Vec<_>>().as_slice() {
                [first, second] if self.is_ancestor(second, base) => {
                    (*first).clone_into(&mut commit);
                }
                [_] => return author == committer && subject.starts_with(beginning),
                _ => return false,
            }
        }
    }

    /// Whether a commit is another one or lies before it. What is not here does not.
    pub(crate) fn is_ancestor(&self, commit: &str, of: &str) -> bool {
        self.run(&["merge-base", "--is-ancestor", commit, of]).is_ok()
    }

    /// A line that tells a person which commit is meant.
    pub(crate) fn describe(&self, commit: &str) -> String {
        self.line(&["log", "--max-count=1", "--format=%h \"%s\" by %an", commit])
            .unwrap_or_else(|| commit.to_owned())
    }

    /// The commits before a commit.
    pub(crate) fn parents(&self, commit: &str) -> Vec<String> {
        self.line(&["log", "--max-count=1", "--format=%P", commit])
            .map(|parents| parents.split_whitespace().map(str::to_owned).collect())
            .unwrap_or_default()
    }

    /// Files that differ between two trees, relative to the top.
    pub(crate) fn differing_files(
        &self,
        one: &str,
        other: &str,
    ) -> Result<Vec<String>, CommandError> {
        Ok(names(&self.run(&[
            "diff-tree",
            "-r",
            "-z",
            "--name-only",
            "--no-renames",
            one,
            other,
        ])?))
    }

    /// A tree of `parent` and the files as they lie here now. The index does not change.
    fn tree_of_files(&self, parent: &str, files: &[String]) -> Result<String, CommandError> {
        let folder = temporary()?;
        let index = folder.path().join("index");
        let own_index = Given { index: Some(&index), ..Given::default() };
        self.ask(&["read-tree", parent], own_index)?;
        let mut args = vec!["add", "--all", "--"];
        args.extend(files.iter().map(String::as_str));
        self.ask(&args, own_index)?;
        self.ask(&["write-tree"], own_index)
    }

    /// How files differ from a commit as they lie here now, as a patch.
    pub(crate) fn patch_of_files(
        &self,
        parent: &str,
        files: &[String],
    ) -> Result<String, CommandError> {
        let tree = self.tree_of_files(parent, files)?;
        let args = ["diff-tree", "-r", "-p", "--binary", "--full-index", "--no-renames"];
        let args =
            [&args[..], &["--no-ext-diff", "--no-textconv", "--no-color", parent, &tree]].concat();
        Ok(String::from_utf8_lossy(&self.run(&args)?).into_owned())
    }

    /// A tree of `parent` with a patch. Neither the index nor a file changes.
    pub(crate) fn patched_tree(&self, parent: &str, patch: &str) -> Result<String, CommandError> {
        let folder = temporary()?;
        let index = folder.path().join("index");
        let own_index = Given { index: Some(&index), ..Given::default() };
        self.ask(&["read-tree", parent], own_index)?;
        let given = Given { index: Some(&index), input: patch };
        self.ask(&["apply", "--cached", "--whitespace=nowarn", "-"], given)?;
        self.ask(&["write-tree"], own_index)
    }

    /// The files that differ between a commit and a tree, with what they are on both sides.
    pub(crate) fn tree_changes(
        &self,
        one: &str,
        other: &str,
    ) -> Result<Vec<TreeChange>, CommandError> {
        let listed = self.run(&["diff-tree", "-r", "-z", "--raw", "--no-renames", one, other])?;
        let words = names(&listed);
        let changes = words.chunks_exact(2).map(|pair| {
            let mut modes = pair[0].trim_start_matches(':').split(' ');
            let mut mode = || modes.next().unwrap_or_default().to_owned();
            TreeChange { old_mode: mode(), new_mode: mode(), name: pair[1].clone() }
        });
        Ok(changes.collect())
    }

    /// Makes a commit of `parent` and the files as they lie here now. Neither the index nor a branch
    /// changes; hooks do not run.
    pub(crate) fn commit_files(
        &self,
        parent: &str,
        files: &[String],
        message: &str,
    ) -> Result<String, CommandError> {
        let tree = self.tree_of_files(parent, files)?;
        self.commit_tree(parent, &tree, message)
    }

    /// Makes a commit of `parent` that is a tree. No branch changes; hooks do not run.
    pub(crate) fn commit_tree(
        &self,
        parent: &str,
        tree: &str,
        message: &str,
    ) -> Result<String, CommandError> {
        let mut args = vec!["commit-tree", tree, "-p", parent, "-F", "-"];
        if self.line(&["config", "--type=bool", "commit.gpgsign"]).as_deref() == Some("true") {
            args.push("-S");
        }
        self.ask(&args, Given { input: message, ..Given::default() })
    }

    /// Moves what is checked out to a commit that was made from the files here.
    pub(crate) fn advance(
        &self,
        from: &str,
        to: &str,
        files: &[String],
    ) -> Result<(), CommandError> {
        self.run(&["update-ref", "-m", "lockit refresh", "HEAD", to, from])?;
        let mut args = vec!["add", "--all", "--"];
        args.extend(files.iter().map(String::as_str));
        self.run(&args).map(drop)
    }

    /// Makes a branch that is not checked out point to a commit.
    pub(crate) fn set_branch(&self, branch: &str, commit: &str) -> Result<(), CommandError> {
        self.run(&["branch", "--quiet", "--no-track", "--force", branch, commit]).map(drop)
    }

    /// Takes files back as the last commit has them.
    pub(crate) fn restore(&self, files: &[String]) -> Result<(), CommandError> {
        let (known, new): (Vec<&String>, Vec<&String>) =
            files.iter().partition(|name| self.is_known(name));
        for name in new {
            let _ = fs_err::remove_file(self.folder().join(name));
        }
        if known.is_empty() {
            return Ok(());
        }
        let mut args = vec!["restore", "--source=HEAD", "--worktree", "--"];
        args.extend(known.into_iter().map(String::as_str));
        self.run(&args).map(drop)
    }

    fn is_known(&self, name: &str) -> bool {
        self.run(&["cat-file", "-e", &format!("HEAD:{name}")]).is_ok()
    }

    /// Pushes a commit to a branch of a remote: one reference, all or nothing. `expected` is where the
    /// branch must be now for it to be replaced (empty when it must not exist); without it, the
    /// branch only moves forward.
    pub(crate) fn push(
        &self,
        remote: &str,
        branch: &str,
        commit: &str,
        expected: Option<&str>,
    ) -> Result<(), CommandError> {
        let lease =
            expected.map(|expected| format!("--force-with-lease=refs/heads/{branch}:{expected}"));
        let target = format!("{commit}:refs/heads/{branch}");
        let mut args = vec!["push", "--quiet"];
        args.extend(lease.as_deref());
        args.extend(["--", remote, &target]);
        self.run(&args).map(drop)
    }

    /// Runs git and gives the line it prints.
    fn ask(&self, args: &[&str], given: Given<'_>) -> Result<String, CommandError> {
        let printed = self.run_given(args, given)?;
        Ok(String::from_utf8_lossy(&printed).trim_end().to_owned())
    }
}
