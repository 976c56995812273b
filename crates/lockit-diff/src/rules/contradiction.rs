//! Two constraints on a package exclude each other.
//!
//! ## What it does
//!
//! Reports items of one package that no version, build or channel can fulfil together, on a platform that both apply to. Only what is
//! certain is reported.
//!
//! ## Why is this bad?
//!
//! The environment cannot be solved.
//!
//! ## Example
//!
//! ```yaml
//!   - python=3.11
//!   - python >=3.12
//! ```
//!
//! ## Instead
//!
//! Keep the one that is meant.

use lockit_spec::contradictions;

use crate::subject::SpecSubject;
use crate::{Check, Finding, Rule};

/// `contradiction`
pub(crate) static RULE: Rule = Rule {
    code: lockit_spec::code::CONTRADICTION,
    name: "contradiction",
    default: true,
    fixable: false,
    source: include_str!("contradiction.rs"),
    check: Check::Spec(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    contradictions(&subject.environment.requirements, subject.platforms)
        .into_iter()
        .map(|diagnostic| Finding::new(&RULE, diagnostic))
        .collect()
}
