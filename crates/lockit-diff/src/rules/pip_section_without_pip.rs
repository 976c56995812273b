//! There is a `pip:` section, but `pip` is not among the dependencies.
//!
//! ## What it does
//!
//! Reports the section when no item asks for `pip`.
//!
//! ## Why is this bad?
//!
//! conda adds pip by itself and warns about it; which one, and from which channel, is then nobody's decision. It is missing in the lockfile.
//!
//! ## Example
//!
//! ```yaml
//! dependencies:
//!   - python
//!   - pip:
//!     - my-package
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! dependencies:
//!   - python
//!   - pip
//!   - pip:
//!     - my-package
//! ```
//!
//! `--fix` adds the item.

use lockit_diagnostic::{Diagnostic, Span};
use lockit_spec::ItemKind;

use crate::export::Pin;
use crate::subject::SpecSubject;
use crate::{Check, Edit, Finding, Fix, Rule};

/// `pip-section-without-pip`
pub(crate) static RULE: Rule = Rule {
    code: "LK011",
    name: "pip-section-without-pip",
    default: true,
    fixable: true,
    source: include_str!("pip_section_without_pip.rs"),
    check: Check::Spec(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    let survey = subject.survey;
    let Some(section) = survey.pip_sections.first() else { return Vec::new() };
    let has_pip =
        survey.conda_items().any(|item| Pin::of(&item.text).name.eq_ignore_ascii_case("pip"));
    if has_pip || !survey.items.iter().any(|item| item.kind == ItemKind::Pip) {
        return Vec::new();
    }
    let mut finding = Finding::new(
        &RULE,
        Diagnostic::warning("there is a `pip:` section, but no `pip`")
            .label(&survey.file, *section, "who installs these?")
            .hint("add `- pip` above"),
    );
    // The section begins its line: `  - pip:`.
    let line = subject.whole_line(*section);
    let before = &survey.file.text()[line.start..section.start];
    if before.trim() == "-" {
        finding = finding.fix(Fix {
            description: "add `pip`".into(),
            edits: vec![Edit {
                span: Span::new(line.start, line.start),
                replacement: format!("{before}pip{}", survey.file.line_end()),
            }],
        });
    }
    vec![finding]
}
