//! `nodefaults` is missing, so conda adds Anaconda's default channels.
//!
//! ## What it does
//!
//! Reports lists of channels without `nodefaults` and without `defaults`. Off unless selected: lockit never adds channels, and not everybody
//! installs with conda.
//!
//! ## Why is this bad?
//!
//! Who runs `conda env create` with this file gets packages of channels that it does not name, depending on the machine's configuration.
//!
//! ## Example
//!
//! ```yaml
//! channels: [conda-forge]
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! channels: [conda-forge, nodefaults]
//! ```

use lockit_diagnostic::Diagnostic;

use crate::subject::SpecSubject;
use crate::{Check, Finding, Rule};

/// `missing-nodefaults`
pub(crate) static RULE: Rule = Rule {
    code: "LK020",
    name: "missing-nodefaults",
    default: false,
    fixable: false,
    source: include_str!("missing_nodefaults.rs"),
    check: Check::Spec(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    let environment = subject.environment;
    let Some(last) = environment.channels.last() else { return Vec::new() };
    let named = environment.channels.iter().any(|channel| channel.text == "defaults");
    if environment.nodefaults.is_some() || named || last.holds_secret() {
        return Vec::new();
    }
    let Some((file, span)) = &last.origin else { return Vec::new() };
    vec![Finding::new(
        &RULE,
        Diagnostic::warning("`nodefaults` is missing from the channels")
            .label(file, *span, "conda may add its default channels behind this")
            .hint("add `nodefaults` as the last channel"),
    )]
}
