//! The part of a refresh that git sees: one commit, on a branch of its own or on the one that is
//! checked out, and one push.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use lockit_diagnostic::SourceFile;
use lockit_diff::locks::{self, EnvironmentDiff};
use lockit_lockfile::{Lock, detect};

use super::handover::{self, SUBJECT};
use crate::args::refresh::RefreshArgs;
use crate::terminal::command_error::CommandError;
use crate::terminal::printer::{BOLD, paint};
use crate::world::context::Context;
use crate::world::git::Git;
use crate::world::outputs;
use crate::world::texts::Texts;

/// A commit that is going to be made, of which everything that could stand in its way was checked.
pub(super) struct Publishing {
    git: Git,
    head: String,
    /// The branch; `None` for a detached HEAD that is to move.
    branch: Option<String>,
    /// Whether the branch is the one that is checked out.
    current: bool,
    remote: Option<String>,
    /// Where the branch is on the remote.
    remote_tip: Option<String>,
    /// The file that what changed is written to instead, as a patch.
    patch: Option<PathBuf>,
    /// The files that the run may write, relative to the top.
    files: BTreeSet<String>,
}

impl Publishing {
    /// Looks before the run whether there could be a commit. `None` when none is wanted.
    pub(super) fn prepare(
        args: &RefreshArgs,
        context: &Context,
    ) -> Result<Option<Self>, CommandError> {
        let patch = args.patch.is_some();
        if !args.commit && args.branch.is_none() && args.push.is_none() && !patch {
            return Ok(None);
        }
        let git = Git::new(context).at_top();
        let head = git.as_ref().and_then(|git| git.commit("HEAD"));
        let (Some(git), Some(head)) = (git, head) else {
            return Err(CommandError::error(
                "there is no git repository with a commit to start from",
            ));
        };
        if !patch {
            git.check_identity()?;
        }
        refuse_changes(&git.changed_files()?)?;
        let current = git.current_branch();
        if let Some(name) = args.branch.as_ref().filter(|name| !git.may_be_branch(name)) {
            return Err(CommandError::error(format!("`{name}` cannot be the name of a branch")));
        }
        let branch = args.branch.clone().or_else(|| current.clone());
        let mut publishing = Self {
            current: args.branch.is_none() || branch == current,
            remote: args.push.clone(),
            remote_tip: None,
            patch: args.patch.as_ref().map(|path| context.directory().join(path)),
            files: BTreeSet::new(),
            git,
            head,
            branch,
        };
        if !patch {
            publishing.check_branches()?;
        }
        Ok(Some(publishing))
    }

    /// Takes the files that the run may write. Whatever else appears meanwhile, such as the cache of a
    /// job, is none of its business.
    pub(super) fn expect(&mut self, files: &[PathBuf]) -> Result<(), CommandError> {
        let top = fs_err::canonicalize(self.git.folder()).unwrap_or_default();
        let below = |path: &PathBuf| {
            let folder = fs_err::canonicalize(path.parent()?).ok()?;
            let path = folder.join(path.file_name()?);
            let path = path.strip_prefix(&top).ok()?.to_string_lossy().replace('\\', "/");
            Some(path)
        };
        self.files = files.iter().filter_map(below).collect();
        // It is taken back as the last commit has it, which has no such file.
        let unknown = self.git.new_files()?;
        match self.files.intersection(&unknown).next() {
            Some(name) if !self.current => {
                Err(CommandError::error(format!("`{name}` is not under version control"))
                    .hint("commit it first"))
            }
            _ => Ok(()),
        }
    }

    /// Whether nothing but our own commits would be replaced or pushed.
    fn check_branches(&mut self) -> Result<(), CommandError> {
        let Self { git, head, branch, current, remote, .. } = &*self;
        let Some(branch) = branch else {
            if remote.is_some() {
                return Err(CommandError::error("no branch is checked out that could be pushed")
                    .hint("name one with `--branch`"));
            }
            return Ok(());
        };
        if !current && let Some(tip) = git.commit(&format!("refs/heads/{branch}")) {
            self.check_own(&tip, branch)?;
        }
        let Some(remote) = remote else { return Ok(()) };
        let branches = git.remote_branches(remote)?;
        if !git.is_published(head, remote, &branches) {
            return Err(CommandError::error(format!(
                "`{remote}` does not have {}, and this run pushes only what it makes",
                git.describe(head)
            ))
            .hint("push it first"));
        }
        let tip = branches.into_iter().find(|(name, _)| name == branch).map(|(_, tip)| tip);
        match &tip {
            Some(tip) if *current && !git.is_ancestor(tip, head) => {
                let error = CommandError::error(format!(
                    "`{branch}` of `{remote}` has commits that are not here"
                ));
                return Err(error.hint("pull first"));
            }
            Some(tip) if !*current => {
                git.fetch_branch(remote, branch)?;
                self.check_own(tip, &format!("{remote}/{branch}"))?;
            }
            _ => {}
        }
        self.remote_tip = tip;
        Ok(())
    }

    fn check_own(&self, tip: &str, branch: &str) -> Result<(), CommandError> {
        if tip == self.head || self.git.is_own_commit(tip, SUBJECT, &self.head) {
            return Ok(());
        }
        Err(CommandError::error(format!(
            "`{branch}` is at {}, which no refresh made",
            self.git.describe(tip)
        ))
        .hint("merge or remove that branch, or choose another one with `--branch`"))
    }

    /// Commits what the run wrote, and pushes it.
    pub(super) fn publish(
        &self,
        title: &str,
        diffs: &[EnvironmentDiff],
        context: &Context,
    ) -> Result<(), CommandError> {
        let git = &self.git;
        let files = self.written()?;
        let say = |text: String| context.printer.status(&format!("  {text}"));
        if files.is_empty() {
            say("nothing to commit".to_owned());
            return Ok(());
        }
        let message = message(title, diffs);
        if let Some(path) = &self.patch {
            let patch = handover::text(&message, &git.patch_of_files(&self.head, &files)?);
            outputs::write(Texts::of(&[(path.clone(), patch)])?, context)?;
            say(format!("{} written", context.shown(path).display()));
            return Ok(());
        }
        let commit = git.commit_files(&self.head, &files, &message)?;
        self.put_out(commit, &files, context)
    }

    /// Commits what a patch changes, and pushes it. Nothing here changes.
    pub(super) fn take_over(&self, patch: &Path, context: &Context) -> Result<(), CommandError> {
        let patch = fs_err::read(context.directory().join(patch))?;
        let patch = String::from_utf8(patch)
            .map_err(|_| CommandError::error("the patch is not written in UTF-8"))?;
        let (message, diff) = handover::parts(&patch)?;
        let git = &self.git;
        let tree = git.patched_tree(&self.head, diff)?;
        let changes = git.tree_changes(&self.head, &tree)?;
        handover::check(&changes, &self.files)?;
        if self.current {
            return Err(CommandError::error(
                "a patch is not committed on the branch that is checked out",
            )
            .hint("name another one with `--branch`"));
        }
        if changes.is_empty() {
            context.printer.status("  nothing to commit");
            return Ok(());
        }
        let commit = git.commit_tree(&self.head, &tree, &message)?;
        self.put_out(commit, &[], context)
    }

    /// Moves the branch to a commit, takes the files back that it was made from, and pushes it.
    fn put_out(
        &self,
        mut commit: String,
        files: &[String],
        context: &Context,
    ) -> Result<(), CommandError> {
        let git = &self.git;
        let say = |text: String| context.printer.status(&format!("  {text}"));
        let shown = self.branch.as_deref().unwrap_or("HEAD");
        if self.current {
            git.advance(&self.head, &commit, files)?;
            say(format!("{} {}", paint(BOLD, shown), git.describe(&commit)));
        } else {
            // A branch that says the same stays, so that nobody has to look at it again.
            let here = git.commit(&format!("refs/heads/{shown}"));
            for tip in [&self.remote_tip, &here].into_iter().flatten() {
                if self.says_the_same(tip, &commit)? {
                    commit.clone_from(tip);
                    break;
                }
            }
            if here.as_ref() != Some(&commit) {
                git.set_branch(shown, &commit)?;
            }
            git.restore(files)?;
            say(format!("{} {}", paint(BOLD, shown), git.describe(&commit)));
        }
        let (Some(remote), Some(branch)) = (&self.remote, &self.branch) else { return Ok(()) };
        if self.remote_tip.as_ref() == Some(&commit) {
            say(format!("{remote} has it already"));
            return Ok(());
        }
        let expected = (!self.current).then(|| self.remote_tip.as_deref().unwrap_or_default());
        git.push(remote, branch, &commit, expected)
            .map_err(|error| self.overtaken(remote, branch).unwrap_or(error))?;
        say(format!("pushed to {remote}"));
        Ok(())
    }

    /// Why a push was refused, if the branch is no longer where it was before the run. That is asked and not read
    /// from what git says, which depends on the language and on the forge.
    fn overtaken(&self, remote: &str, branch: &str) -> Option<CommandError> {
        let branches = self.git.remote_branches(remote).ok()?;
        let tip = branches.into_iter().find(|(name, _)| name == branch).map(|(_, tip)| tip);
        let message =
            format!("`{branch}` of `{remote}` changed during this run and was not pushed");
        let hint = if self.current {
            "the commit is here: pull with `--rebase`, then push"
        } else {
            "run the refresh again"
        };
        (tip != self.remote_tip).then(|| CommandError::error(message).hint(hint))
    }

    /// The files that the run wrote: those that differ from the last commit, as none did before, and
    /// those that are new.
    fn written(&self) -> Result<Vec<String>, CommandError> {
        let mut files = self.git.changed_files()?;
        files.extend(self.git.new_files()?.intersection(&self.files).cloned());
        Ok(files)
    }

    /// Whether a commit on the same base holds the same locks. Two runs with a cooldown write different
    /// moments, and a Dockerfile names the digest of its lock.
    fn says_the_same(&self, tip: &str, commit: &str) -> Result<bool, CommandError> {
        let git = &self.git;
        if git.parents(tip) != git.parents(commit) {
            return Ok(false);
        }
        let mut others = false;
        let mut only_the_moment = false;
        for name in git.differing_files(tip, commit)? {
            let locks = |commit: &str| -> Option<Vec<Lock>> {
                let bytes = git.blob(&format!("{commit}:{name}")).ok()?;
                let file = SourceFile::decode(name.as_str(), &bytes).ok()?;
                let mut read = detect::read_source(&file).ok()?.locks;
                let platforms = read.iter_mut().flat_map(|lock| lock.platforms.values_mut());
                platforms.for_each(|locked| {
                    locked.exclude_newer = None;
                    locked.exclude_newer_package.clear();
                });
                Some(read)
            };
            match (locks(tip), locks(commit)) {
                (None, None) => others = true,
                (one, other) if one == other => only_the_moment = true,
                _ => return Ok(false),
            }
        }
        Ok(!others || only_the_moment)
    }
}

fn refuse_changes(changed: &[String]) -> Result<(), CommandError> {
    if changed.is_empty() {
        return Ok(());
    }
    let shown: Vec<String> = changed.iter().take(3).map(|name| format!("`{name}`")).collect();
    let more = match changed.len() {
        0..=3 => String::new(),
        many => format!(" and {} more", many - 3),
    };
    Err(CommandError::error(format!("{}{more} changed since the last commit", shown.join(", ")))
        .hint("commit, stash or restore that first: the commit is to hold what this run writes and nothing else"))
}

/// How many lines of it may be changes.
const LINES: usize = 200;

fn message(title: &str, diffs: &[EnvironmentDiff]) -> String {
    let text = locks::commit_text(diffs);
    // The last line counts, as the subject does.
    let lines: Vec<&str> = text.lines().collect();
    let lines = lines.split_last().map_or(&[][..], |(_, lines)| lines);
    // Specs may change in a way that no package minds.
    let title = if diffs.iter().all(EnvironmentDiff::is_empty) { "same packages" } else { title };
    let mut message = format!("{SUBJECT}{title}\n\n{}", lines[..lines.len().min(LINES)].join("\n"));
    if lines.len() > LINES {
        let _ = write!(message, "\n  and {} more", lines.len() - LINES);
    }
    message.push('\n');
    message
}
