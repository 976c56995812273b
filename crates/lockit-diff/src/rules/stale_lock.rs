//! A lockfile does not hold what its specs ask for.
//!
//! ## What it does
//!
//! Finds the specs that a lockfile was made from, and checks that what is locked satisfies them: every requirement, every channel, every dependency
//! of every package where the format keeps them. A lock is not stale because there is something newer.
//!
//! ## Why is this bad?
//!
//! What was tested is not what the specs say, and the next person who locks moves more than they meant to.
//!
//! ## Example
//!
//! ```yaml
//! dependencies:
//!   - pandas >=2.3   # pandas 2.2.3 is locked
//! ```
//!
//! ## Instead
//!
//! Lock again in the commit that changes a spec: `lockit`. `lockit check` tells every reason with its place.

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::satisfaction::{self, Reason};

use crate::subject::LockSubject;
use crate::{Check, Finding, Rule};

/// `stale-lock`
pub(crate) static RULE: Rule = Rule {
    code: "LK101",
    name: "stale-lock",
    default: true,
    fixable: false,
    source: include_str!("stale_lock.rs"),
    check: Check::Lockfile(check),
};

/// How many reasons are told.
const TOLD: usize = 5;

fn check(subject: &LockSubject<'_>) -> Vec<Finding> {
    let Some(standing) = subject.standing else { return Vec::new() };
    let reasons: Vec<Reason> = standing
        .reasons
        .iter()
        .filter(|reason| !standing.is_edited(reason))
        .filter(|reason| !matches!(reason, Reason::PlatformMissing { .. }))
        .cloned()
        .collect();
    if reasons.is_empty() {
        return Vec::new();
    }
    let message = format!("`{}` is not what its specs ask for", subject.file.name());
    let diagnostic = told(Diagnostic::error(message), &reasons);
    vec![Finding::new(&RULE, diagnostic.hint(format!("run `{}`", standing.command)))]
}

/// Adds reasons as notes; they name the places of what asks for them.
pub(super) fn told(diagnostic: Diagnostic, reasons: &[Reason]) -> Diagnostic {
    let all = satisfaction::diagnostics(reasons);
    let mut diagnostic = diagnostic;
    for reason in all.iter().take(TOLD) {
        diagnostic = diagnostic.note(reason.message.clone());
    }
    if all.len() > TOLD {
        diagnostic = diagnostic.note(format!("and {} more", all.len() - TOLD));
    }
    diagnostic
}
