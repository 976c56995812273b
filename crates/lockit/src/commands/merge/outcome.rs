//! What became of both sides, for the person who merges.

use std::path::Path;

use lockit_diff::merge::{Account, Copies, Lost, State, account};
use lockit_lockfile::Lock;

use crate::terminal::printer::{DIM, GOOD, INFO, paint};
use crate::world::context::Context;
use lockit_project::plan::Entry;
use lockit_project::provenance::Provenance;

/// Prints it.
pub(super) fn tell(
    path: &Path,
    copies: &Copies,
    origin: &Provenance,
    locks: &[(&Entry, Lock)],
    context: &Context,
) {
    for entry in origin.entries() {
        let name = &entry.wanted.environment.name;
        let result = locks.iter().find(|(other, _)| other.wanted.environment.name == *name);
        let (Some(sides), Some((_, result))) = (copies.of(name), result) else { continue };
        let account = account(sides, result);
        context.printer.status(&format!(
            "{} {}: {}",
            paint(GOOD, "merged"),
            context.shown(path).display(),
            counts(&account)
        ));
        for lost in &account.lost {
            let everywhere = lost.platforms.len() == result.platforms.len();
            context.printer.status(&line(lost, everywhere));
        }
    }
}

fn counts(account: &Account) -> String {
    let mut parts = Vec::new();
    for (count, side) in
        [(account.ours, "ours"), (account.theirs, "theirs"), (account.both, "both")]
    {
        if count > 0 {
            parts.push(format!("{count} from {side}"));
        }
    }
    if parts.is_empty() { "every package is as it was".to_owned() } else { parts.join(", ") }
}

/// `~ numpy 2.1.0, not 2.0.1 (ours)`.
fn line(lost: &Lost, everywhere: bool) -> String {
    let text = |state: &State| match state {
        State::Absent => "removed".to_owned(),
        State::Present(version) => version.clone(),
    };
    let mut wished = Vec::new();
    for (wish, side) in [(&lost.ours, "ours"), (&lost.theirs, "theirs")] {
        if let Some(state) = wish.as_ref().filter(|state| **state != lost.result) {
            wished.push(format!("{} ({side})", text(state)));
        }
    }
    let is = text(&lost.result);
    let place = if everywhere {
        String::new()
    } else {
        let names: Vec<&str> = lost.platforms.iter().map(|one| one.as_str()).collect();
        format!(" {}", paint(DIM, format!("({})", names.join(", "))))
    };
    format!("  {} {} {is}, not {}{place}", paint(INFO, "~"), lost.name, wished.join(" or "))
}
