//! A package is listed twice.
//!
//! ## What it does
//!
//! Reports a second item of the same package for the same platform. Items whose selectors never meet are fine.
//!
//! ## Why is this bad?
//!
//! All constraints hold together, which is hard to see when they stand apart; and who changes one forgets the other.
//!
//! ## Example
//!
//! ```yaml
//!   - numpy >=1.26
//!   - numpy <3
//! ```
//!
//! ## Instead
//!
//! ```yaml
//!   - numpy >=1.26,<3
//! ```

use std::collections::HashMap;

use lockit_diagnostic::Diagnostic;
use lockit_spec::{Item, Requirement, contradictions};

use crate::subject::{SpecSubject, may_show};
use crate::{Check, Finding, Rule};

/// `repeated-package`
pub(crate) static RULE: Rule = Rule {
    code: "LK009",
    name: "repeated-package",
    default: true,
    fixable: false,
    source: include_str!("repeated_package.rs"),
    check: Check::SpecLine(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    let mut seen: HashMap<&str, Vec<(&Item, &Requirement)>> = HashMap::new();
    let mut found = Vec::new();
    for (item, requirement) in subject.requirements() {
        let name = requirement.name.as_normalized();
        let before = seen.entry(name).or_default();
        let meets = |other: &Requirement| {
            subject
                .platforms
                .iter()
                .any(|platform| other.applies_to(*platform) && requirement.applies_to(*platform))
        };
        let first = before.iter().find(|(_, other)| {
            // That they exclude each other is the worse news, and told by another rule.
            meets(other)
                && may_show(other)
                && may_show(requirement)
                && contradictions(&[(*other).clone(), requirement.clone()], subject.platforms)
                    .is_empty()
        });
        if let Some((first, _)) = first {
            let same = first.text == item.text;
            let hint = if same {
                "remove one of them"
            } else {
                "write one item with all constraints, separated by commas"
            };
            found.push(Finding::new(
                &RULE,
                Diagnostic::warning(format!("`{name}` is listed twice"))
                    .label(&subject.survey.file, item.span, "again here")
                    .label(&subject.survey.file, first.span, "first here")
                    .hint(hint),
            ));
        }
        before.push((item, requirement));
    }
    found
}
