//! The service needs a package that the development environment does not have.
//!
//! ## What it does
//!
//! Compares a file with the environment whose versions it shares: `same-versions-as` in lockit.toml, else `environment.yml` beside
//! `predict-environment.yml`. Reports packages that only the smaller one asks for.
//!
//! ## Why is this bad?
//!
//! What ships was then not tested: nobody who develops has the package. Another package may bring it along today; nothing says that it
//! will tomorrow.
//!
//! ## Example
//!
//! `predict-environment.yml` asks for `gunicorn`, `environment.yml` does not.
//!
//! ## Instead
//!
//! Add it to both.

use lockit_diagnostic::Diagnostic;
use lockit_spec::Platform;

use crate::subject::{SpecSubject, may_show};
use crate::{Check, Finding, Rule};

/// `not-in-base`
pub(crate) static RULE: Rule = Rule {
    code: "LK016",
    name: "not-in-base",
    default: true,
    fixable: false,
    source: include_str!("not_in_base.rs"),
    check: Check::Spec(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    let Some(base) = subject.base else { return Vec::new() };
    let has = |name: &str, platform: Platform| {
        base.files.iter().flat_map(|file| &file.requirements).any(|requirement| {
            requirement.name.as_normalized() == name && requirement.applies_to(platform)
        })
    };
    let mut found = Vec::new();
    for (item, requirement) in subject.requirements() {
        let name = requirement.name.as_normalized();
        let missing: Vec<&str> = subject
            .platforms
            .iter()
            .filter(|platform| requirement.applies_to(**platform) && !has(name, **platform))
            .map(|platform| platform.as_str())
            .collect();
        if missing.is_empty() || !may_show(requirement) {
            continue;
        }
        let mut diagnostic = Diagnostic::warning(format!(
            "`{name}` is not asked for in `{}`",
            base.name
        ))
        .label(&subject.survey.file, item.span, "what ships would not be what was tested");
        if missing.len() < subject.platforms.len() {
            diagnostic = diagnostic.note(format!("on {}", missing.join(", ")));
        }
        found.push(Finding::new(
            &RULE,
            diagnostic.hint(format!("add `{}` to `{}` as well", item.text, base.name)),
        ));
    }
    found
}
