//! A package of one operating system has no selector, and the file is meant for others too.
//!
//! ## What it does
//!
//! Reports packages that exist for one family of systems only (`libcxx`, `gcc_linux-64`, `pywin32`), if the platforms of the file, of its
//! project, or the default ones go beyond that family.
//!
//! ## Why is this bad?
//!
//! The environment cannot be solved on the other platforms, although nobody needs the package there.
//!
//! ## Example
//!
//! ```yaml
//!   - pyobjc-core
//! ```
//!
//! ## Instead
//!
//! ```yaml
//!   - pyobjc-core  # [osx]
//! ```
//!
//! `--fix` adds the selector.

use lockit_diagnostic::{Diagnostic, Span};
use lockit_spec::Item;

use crate::export::os_of;
use crate::subject::{SpecSubject, may_show};
use crate::{Check, Edit, Finding, Fix, Rule};

/// `os-specific-package`
pub(crate) static RULE: Rule = Rule {
    code: "LK003",
    name: "os-specific-package",
    default: true,
    fixable: true,
    source: include_str!("os_specific_package.rs"),
    check: Check::SpecLine(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (item, requirement) in subject.requirements() {
        let name = requirement.name.as_normalized();
        let Some(family) = os_of(name) else { continue };
        let elsewhere = subject
            .platforms
            .iter()
            .any(|platform| requirement.applies_to(*platform) && !family.contains(*platform));
        if !elsewhere || item.selector.is_some() || !may_show(requirement) {
            continue;
        }
        let file = &subject.survey.file;
        let selector = family.selector();
        let mut finding = Finding::new(
            &RULE,
            Diagnostic::warning(format!("`{name}` exists for {} only", family.title()))
                .label(file, item.span, "the other platforms of this file cannot have it")
                .hint(format!("write `{}  # [{selector}]`", item.text)),
        );
        if let Some(fix) = guard(subject, item, selector) {
            finding = finding.fix(fix);
        }
        found.push(finding);
    }
    found
}

/// Puts a selector comment behind an item; `None` for items that share their line with others.
fn guard(subject: &SpecSubject<'_>, item: &Item, selector: &str) -> Option<Fix> {
    let text = subject.survey.file.text();
    let end = subject.line_end(item.whole);
    let rest = text[item.whole.end..end].trim_start();
    let alone = text[..item.whole.start].trim_end_matches([' ', '\t']).ends_with('-');
    let edit = if !alone {
        return None;
    } else if rest.is_empty() {
        Edit { span: Span::new(end, end), replacement: format!("  # [{selector}]") }
    } else if let Some(comment) = rest.strip_prefix('#') {
        // A remark stays behind the selector, where conda expects the bracket first.
        let at = end - comment.len();
        Edit { span: Span::new(at, at), replacement: format!(" [{selector}]") }
    } else {
        return None;
    };
    Some(Fix { description: format!("add the selector `[{selector}]`"), edits: vec![edit] })
}
