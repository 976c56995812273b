//! A lockfile lacks a platform that its specs are meant for.
//!
//! ## What it does
//!
//! Compares the platforms of a lockfile with those that its specs and `lockit.toml` name.
//!
//! ## Why is this bad?
//!
//! The environment cannot be made on that platform, and nobody notices before somebody needs it there.
//!
//! ## Example
//!
//! ```toml
//! platforms = ["linux-64", "osx-arm64"]   # and conda-lock.yml holds linux-64 only
//! ```
//!
//! ## Instead
//!
//! Lock for every platform with `lockit`, or take the platform out of `lockit.toml`.

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::satisfaction::Reason;

use crate::subject::LockSubject;
use crate::{Check, Finding, Rule};

/// `missing-platform`
pub(crate) static RULE: Rule = Rule {
    code: "LK104",
    name: "missing-platform",
    default: true,
    fixable: false,
    source: include_str!("missing_platform.rs"),
    check: Check::Lockfile(check),
};

fn check(subject: &LockSubject<'_>) -> Vec<Finding> {
    let Some(standing) = subject.standing else { return Vec::new() };
    let missing: Vec<String> = standing
        .reasons
        .iter()
        .filter_map(|reason| match reason {
            Reason::PlatformMissing { platform, .. } => Some(platform.to_string()),
            _ => None,
        })
        .collect();
    if missing.is_empty() {
        return Vec::new();
    }
    let message = format!("`{}` lacks {}", subject.file.name(), missing.join(", "));
    let diagnostic = Diagnostic::error(message)
        .hint(format!("run `{}`, or do not ask for the platform", standing.command));
    vec![Finding::new(&RULE, diagnostic)]
}
