//! A package is pinned to one build.
//!
//! ## What it does
//!
//! Reports items such as `numpy=1.26.4=py312hc5e2394_0`. Globs (`*cuda*`) and names of variants (`openblas`, `mpich`) are fine: they
//! choose between builds that differ in kind.
//!
//! ## Why is this bad?
//!
//! A build string belongs to one platform, one interpreter and one day. The spec cannot be installed anywhere else, and stops working when the
//! channel rebuilds the package. The exact build is what the lockfile is for.
//!
//! ## Example
//!
//! ```yaml
//!   - numpy=1.26.4=py312hc5e2394_0
//! ```
//!
//! ## Instead
//!
//! ```yaml
//!   - numpy=1.26.4
//! ```
//!
//! `--fix` removes the build and leaves the version.

use lockit_diagnostic::{Diagnostic, Span};

use crate::export::Pin;
use crate::subject::{SpecSubject, may_show};
use crate::{Check, Edit, Finding, Fix, Rule};

/// `build-string`
pub(crate) static RULE: Rule = Rule {
    code: "LK002",
    name: "build-string",
    default: true,
    fixable: true,
    source: include_str!("build_string.rs"),
    check: Check::SpecLine(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (item, requirement) in subject.requirements() {
        let pin = Pin::of(&item.text);
        let Some(build) = pin.build.filter(|_| pin.is_full()) else { continue };
        if !may_show(requirement) {
            continue;
        }
        // The text may be escaped in the file; then its parts have no place of their own.
        let file = &subject.survey.file;
        let verbatim = file.text().get(item.span.start..item.span.end) == Some(&item.text);
        let start = item.span.end - build.len() - 1;
        let span = if verbatim { Span::new(start + 1, item.span.end) } else { item.span };
        let mut finding = Finding::new(
            &RULE,
            Diagnostic::warning(format!("`{}` is pinned to one build", pin.name))
                .label(file, span, "of one platform, one interpreter and one day")
                .hint("leave the build to the lockfile; to choose a variant write a glob such as `=*=*cuda*`"),
        );
        if verbatim {
            finding = finding.fix(Fix {
                description: format!("remove the build string of `{}`", pin.name),
                edits: vec![Edit {
                    span: Span::new(start, item.span.end),
                    replacement: String::new(),
                }],
            });
        }
        found.push(finding);
    }
    found
}
