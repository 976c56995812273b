//! The file names the folder it was installed in.
//!
//! ## What it does
//!
//! Reports the key `prefix:`.
//!
//! ## Why is this bad?
//!
//! The path belongs to one machine, shows who worked there, and is ignored or in the way everywhere else.
//!
//! ## Example
//!
//! ```yaml
//! prefix: /home/ada/miniforge3/envs/work
//! ```
//!
//! ## Instead
//!
//! Leave it out; `conda env create -p PATH` says where. `--fix` removes the line.

use lockit_diagnostic::{Diagnostic, Span};

use crate::subject::SpecSubject;
use crate::{Check, Edit, Finding, Fix, Rule};

/// `prefix-key`
pub(crate) static RULE: Rule = Rule {
    code: "LK004",
    name: "prefix-key",
    default: true,
    fixable: true,
    source: include_str!("prefix_key.rs"),
    check: Check::SpecLine(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    let key = subject.survey.keys.iter().find(|(key, _)| key.value == "prefix");
    let Some((key, value)) = key else { return Vec::new() };
    let finding = Finding::new(
        &RULE,
        Diagnostic::warning("`prefix:` names a folder of one machine")
            .label(&subject.survey.file, key.span, "means nothing anywhere else")
            .hint("remove the line"),
    );
    vec![finding.fix(Fix {
        description: "remove `prefix:`".into(),
        edits: vec![Edit {
            span: subject.whole_line(Span::new(key.span.start, value.end.max(key.span.end))),
            replacement: String::new(),
        }],
    })]
}
