//! A version constraint matches less than it seems to.
//!
//! ## What it does
//!
//! Reports `python==3.12` (in conda that is 3.12.0 and nothing else), and ranges that no version lies in, such as `>=3,<2`.
//!
//! ## Why is this bad?
//!
//! `==` does not stand for a series: the fixes 3.12.1, 3.12.2 and so on are excluded. An empty range cannot be solved.
//!
//! ## Example
//!
//! ```yaml
//!   - python==3.12
//! ```
//!
//! ## Instead
//!
//! ```yaml
//!   - python=3.12
//! ```
//!
//! `--fix` turns `==` into `=` for python.

use lockit_diagnostic::{Diagnostic, Span};
use lockit_spec::is_empty_range;

use crate::subject::{SpecSubject, may_show};
use crate::{Check, Edit, Finding, Fix, Rule};

/// `unmatchable-version`
pub(crate) static RULE: Rule = Rule {
    code: "LK013",
    name: "unmatchable-version",
    default: true,
    fixable: true,
    source: include_str!("unmatchable_version.rs"),
    check: Check::SpecLine(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (item, requirement) in subject.requirements() {
        if !may_show(requirement) {
            continue;
        }
        let file = &subject.survey.file;
        let name = requirement.name.as_normalized();
        if let Some(series) = exact_series(&item.text).filter(|_| name == "python") {
            let mut finding = Finding::new(
                &RULE,
                Diagnostic::warning(format!(
                    "`python=={series}` is python {series}.0 and no other"
                ))
                .label(file, item.span, "every later fix is excluded")
                .hint(format!("write `python={series}` for the whole series")),
            );
            let source = file.text().get(item.span.start..item.span.end);
            if let Some(at) =
                source.filter(|source| *source == item.text).and_then(|text| text.find("=="))
            {
                let at = item.span.start + at;
                finding = finding.fix(Fix {
                    description: "write `=` for the whole series".into(),
                    edits: vec![Edit { span: Span::new(at, at + 2), replacement: "=".into() }],
                });
            }
            found.push(finding);
        } else if let Some(version) = &requirement.spec.version
            && is_empty_range(version)
        {
            found.push(Finding::new(
                &RULE,
                Diagnostic::error(format!("no version of `{name}` can match"))
                    .label(file, item.span, "this range is empty")
                    .hint("swap or change the bounds"),
            ));
        }
    }
    found
}

/// `3.12` of `python==3.12` or `python ==3.12`.
fn exact_series(text: &str) -> Option<&str> {
    let (_, version) = text.split_once("==")?;
    let version = version.trim();
    let mut parts = version.split('.');
    let digits = |part: Option<&str>| {
        part.is_some_and(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    (digits(parts.next()) && digits(parts.next()) && parts.next().is_none()).then_some(version)
}
