//! Selectors are written in two notations.
//!
//! ## What it does
//!
//! Reports files that have both `name  # [linux]` and `sel(linux): name`.
//!
//! ## Why is this bad?
//!
//! CEP 24 asks for one of them. Tools that know only one drop the selectors of the other, or the packages.
//!
//! ## Example
//!
//! ```yaml
//!   - gcc  # [linux]
//!   - sel(osx): clang
//! ```
//!
//! ## Instead
//!
//! ```yaml
//!   - gcc    # [linux]
//!   - clang  # [osx]
//! ```

use lockit_diagnostic::Diagnostic;

use crate::subject::SpecSubject;
use crate::{Check, Finding, Rule};

/// `mixed-selectors`
pub(crate) static RULE: Rule = Rule {
    code: "LK008",
    name: "mixed-selectors",
    default: true,
    fixable: false,
    source: include_str!("mixed_selectors.rs"),
    check: Check::Spec(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    let mut places = subject.survey.items.iter().flat_map(|item| &item.notations);
    let Some((first, first_place)) = places.next() else { return Vec::new() };
    let Some((_, other)) = places.find(|(notation, _)| notation != first) else {
        return Vec::new();
    };
    vec![Finding::new(
        &RULE,
        Diagnostic::warning("selectors are written in two notations")
            .label(&subject.survey.file, *other, "one notation here")
            .label(&subject.survey.file, *first_place, "the other one here")
            .hint("choose one: comments are read by more tools, `sel(...)` survives tools that drop comments"),
    )]
}
