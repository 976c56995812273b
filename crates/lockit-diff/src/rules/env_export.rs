//! The file is the output of `conda env export`, not something a person wrote.
//!
//! (page to be written)

use crate::lint::SpecSubject;
use crate::{Check, Finding, Rule};

/// `env-export`
pub(super) static RULE: Rule = Rule {
    code: "LK001",
    name: "env-export",
    default: true,
    fixable: true,
    source: include_str!("env_export.rs"),
    check: Check::Spec(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    crate::export::finding(subject, &RULE).into_iter().collect()
}
