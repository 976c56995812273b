//! What one job hands to another: the job that locks may write nothing on the forge, and the job that may runs nothing of
//! the project. In between lies a patch. The second job believes nothing of it but what the project's own configuration
//! says a refresh may write.

use std::collections::BTreeSet;

use crate::terminal::command_error::CommandError;
use crate::world::git::TreeChange;

/// What a patch begins with: the message of its commit.
pub(super) const SUBJECT: &str = "Refresh locks: ";

/// What the part begins with that git applies.
const DIFF: &str = "diff --git ";

/// More is no message of ours.
const MOST_LINES: usize = 300;

/// The text of a patch, as a person reads it and `git apply` takes it.
pub(super) fn text(message: &str, diff: &str) -> String {
    format!("{message}---\n{diff}")
}

/// The message and the part for git.
///
/// # Errors
/// It is no patch of `lockit refresh --patch`.
pub(super) fn parts(patch: &str) -> Result<(String, &str), CommandError> {
    let at = if patch.starts_with(DIFF) {
        Some(0)
    } else {
        patch.find(&format!("\n{DIFF}")).map(|at| at + 1)
    };
    let Some(at) = at.filter(|_| patch.starts_with(SUBJECT)) else {
        return Err(CommandError::error("this is not a patch of `lockit refresh --patch`"));
    };
    let (message, diff) = patch.split_at(at);
    let message = message.trim_end().trim_end_matches("---");
    let plain = |line: &str| line.chars().filter(|c| !c.is_control()).collect::<String>();
    let lines: Vec<String> = message.lines().take(MOST_LINES).map(plain).collect();
    Ok((format!("{}\n", lines.join("\n").trim_end()), diff))
}

/// Whether a patch changes only what a refresh of this project writes: regular files among `files`.
///
/// # Errors
/// The first file that is another one, or becomes something else than a file.
pub(super) fn check(changes: &[TreeChange], files: &BTreeSet<String>) -> Result<(), CommandError> {
    for change in changes {
        let name = &change.name;
        let reason = if !files.contains(name) || is_of_forge(name) {
            "which no refresh of this project writes"
        } else if !change.stays_a_file() {
            "and makes it something else than a plain file"
        } else {
            continue;
        };
        return Err(CommandError::error(format!("the patch changes `{name}`, {reason}"))
            .hint("nothing was committed: look at what the job that locks has run"));
    }
    Ok(())
}

/// Files that decide what a forge and git run: no configuration makes a lockfile of them.
fn is_of_forge(name: &str) -> bool {
    name.split('/').any(|part| {
        let part = part.to_ascii_lowercase();
        part.starts_with(".git") || part == ".husky" || part.starts_with(".pre-commit")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(name: &str, old: &str, new: &str) -> TreeChange {
        TreeChange { name: name.to_owned(), old_mode: old.to_owned(), new_mode: new.to_owned() }
    }

    #[test]
    fn only_what_a_refresh_writes_is_taken() {
        let names = ["conda-linux-64.lock", ".github/workflows/x.yml", ".gitlab-ci.yml"];
        let files = names.map(str::to_owned).into();
        let taken = |one: TreeChange| check(&[one], &files).is_ok();
        assert!(taken(change(names[0], "100644", "100644")));
        assert!(taken(change(names[0], "000000", "100644")));
        assert!(taken(change(names[0], "100644", "000000")));
        for (old, new) in
            [("100644", "120000"), ("100644", "100755"), ("000000", "160000"), ("120000", "120000")]
        {
            assert!(!taken(change(names[0], old, new)), "{old} {new}");
        }
        for name in
            [names[1], names[2], "setup.py", "sub/conda-linux-64.lock", "../conda-linux-64.lock"]
        {
            assert!(!taken(change(name, "100644", "100644")), "{name}");
        }
    }

    #[test]
    fn a_patch_begins_with_its_message() {
        let diff = "diff --git a/x b/x\n";
        let whole = text("Refresh locks: 1 upgraded\n\n~ app 1 -> 2\n", diff);
        assert_eq!(
            parts(&whole).unwrap(),
            ("Refresh locks: 1 upgraded\n\n~ app 1 -> 2\n".to_owned(), diff)
        );
        let odd = text("Refresh locks: 1\u{1b}[2J upgraded\n", diff);
        assert_eq!(parts(&odd).unwrap().0, "Refresh locks: 1[2J upgraded\n");
        for other in [diff, "", "Merge everything\n---\ndiff --git a/x b/x\n", "Refresh locks: x\n"]
        {
            assert!(parts(other).is_err(), "{other}");
        }
    }
}
