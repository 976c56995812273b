//! A package is taken from the folder of one platform.
//!
//! ## What it does
//!
//! Reports items such as `conda-forge/linux-64::xz` or `xz[subdir=linux-64]`.
//!
//! ## Why is this bad?
//!
//! The spec can only be solved for that platform, though nothing else in it says so.
//!
//! ## Example
//!
//! ```yaml
//!   - conda-forge/linux-64::xz
//! ```
//!
//! ## Instead
//!
//! ```yaml
//!   - conda-forge::xz
//! ```

use lockit_diagnostic::Diagnostic;

use crate::subject::{SpecSubject, may_show};
use crate::{Check, Finding, Rule};

/// `subdir-channel`
pub(crate) static RULE: Rule = Rule {
    code: "LK015",
    name: "subdir-channel",
    default: true,
    fixable: false,
    source: include_str!("subdir_channel.rs"),
    check: Check::Spec(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (item, requirement) in subject.requirements() {
        let Some(subdir) = &requirement.spec.subdir else { continue };
        let fits = subject
            .platforms
            .iter()
            .filter(|platform| requirement.applies_to(**platform))
            .all(|platform| platform.as_str() == subdir || subdir == "noarch");
        if fits || !may_show(requirement) {
            continue;
        }
        found.push(Finding::new(
            &RULE,
            Diagnostic::warning(format!(
                "`{}` is taken from the folder of {subdir}",
                requirement.name.as_normalized()
            ))
            .label(&subject.survey.file, item.span, "the other platforms cannot have it")
            .hint("leave the platform out of the channel, or add a selector"),
        ));
    }
    found
}
