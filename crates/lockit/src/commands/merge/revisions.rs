//! Which commits git is merging, from inside of a merge driver.

use crate::terminal::command_error::CommandError;
use crate::world::git::Git;
use crate::world::variables::Variables;

/// What is merged.
#[derive(Debug)]
pub(super) struct Revisions {
    /// Stands for the common ancestors, where git does not look for them itself: a cherry-pick and a
    /// rebase apply a commit as a change of its parent.
    pub(super) base: Option<String>,
    pub(super) ours: String,
    pub(super) theirs: String,
}

impl Revisions {
    /// From the words that git would put beside conflict markers (`%S` and `%Y`, git 2.44 and later):
    /// a branch, or a commit with its subject. `None` when nobody said, so that there is no merge.
    ///
    /// # Errors
    /// When their side is no commit: a stash, or an older git.
    pub(super) fn find(
        git: &Git,
        base_label: &str,
        their_label: &str,
        variables: &Variables,
    ) -> Result<Option<Self>, CommandError> {
        if their_label.is_empty() {
            return Ok(None);
        }
        let theirs = commit(git, their_label).or_else(|| from_environment(git, variables));
        match (git.commit("HEAD"), theirs) {
            (Some(ours), Some(theirs)) => {
                Ok(Some(Self { base: picked_from(git, base_label, &theirs), ours, theirs }))
            }
            _ => Err(CommandError::error(format!(
                "git does not say which commit is merged (`{their_label}`), so the merged specs are \
                 not known yet"
            ))),
        }
    }
}

/// The commit of a label: `feature`, `1a2b3c4 (Subject)`, `parent of 1a2b3c4 (Subject)` of a revert.
fn commit(git: &Git, label: &str) -> Option<String> {
    match label.strip_prefix("parent of ") {
        Some(rest) => git.commit(&format!("{}^", first_word(rest))),
        None => git.commit(first_word(label)),
    }
}

/// The ancestor of a cherry-pick, a rebase (`parent of 1a2b3c4 (Subject)`) or a revert (`1a2b3c4
/// (Subject)`, with the parent as their side). A merge looks for its own.
fn picked_from(git: &Git, label: &str, theirs: &str) -> Option<String> {
    if label.starts_with("parent of ") {
        return commit(git, label);
    }
    let subject = label.contains(" (");
    commit(git, label).filter(|base| subject && base != theirs)
}

/// `git merge` names what it merges in variables such as `GITHEAD_<commit>`.
fn from_environment(git: &Git, variables: &Variables) -> Option<String> {
    variables.names().find_map(|name| git.commit(name.strip_prefix("GITHEAD_")?))
}

fn first_word(label: &str) -> &str {
    label.split(' ').next().unwrap_or_default()
}
