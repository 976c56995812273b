//! A low-level library is pinned to one version.
//!
//! ## What it does
//!
//! Reports libraries that others bring along (`openssl=1.1.1k`, `zlib=1.2.11`) when they are pinned exactly in a hand-written file.
//!
//! ## Why is this bad?
//!
//! conda-forge builds all packages against the same version of such a library at a time. Who pins it holds back everything built on
//! it, and security fixes with it.
//!
//! ## Example
//!
//! ```yaml
//!   - openssl=1.1.1k
//! ```
//!
//! ## Instead
//!
//! Leave it to the packages that need it, or give a lower bound:
//!
//! ```yaml
//!   - openssl >=3
//! ```

use lockit_diagnostic::Diagnostic;

use crate::export::{Pin, is_low_level};
use crate::subject::{SpecSubject, may_show};
use crate::{Check, Finding, Rule};

/// `low-level-pin`
pub(crate) static RULE: Rule = Rule {
    code: "LK005",
    name: "low-level-pin",
    default: true,
    fixable: false,
    source: include_str!("low_level_pin.rs"),
    check: Check::SpecLine(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    subject
        .requirements()
        .filter(|(item, requirement)| {
            is_low_level(requirement.name.as_normalized())
                && Pin::of(&item.text).version.is_some()
                && may_show(requirement)
        })
        .map(|(item, requirement)| {
            let name = requirement.name.as_normalized();
            Finding::new(
                &RULE,
                Diagnostic::warning(format!("the low-level library `{name}` is pinned to one version"))
                    .label(&subject.survey.file, item.span, "holds back all that is built on it")
                    .hint(format!(
                        "leave `{name}` to the packages that bring it along; the lockfile has the exact version"
                    )),
            )
        })
        .collect()
}
