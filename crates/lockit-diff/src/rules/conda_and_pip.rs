//! A package is listed for conda and for pip.
//!
//! ## What it does
//!
//! Reports items of a `pip:` section whose package is also a conda dependency of the file. Names are compared as PyPI does; a few
//! packages that have another name there (`torch` and `pytorch`) are known.
//!
//! ## Why is this bad?
//!
//! pip writes over files that conda installed. Which version is there in the end depends on the order, and conda does not know of it.
//!
//! ## Example
//!
//! ```yaml
//!   - numpy
//!   - pip:
//!     - numpy==2.0.1
//! ```
//!
//! ## Instead
//!
//! List it once, for conda where a channel has it.

use std::collections::HashMap;

use lockit_diagnostic::Diagnostic;
use lockit_spec::{Item, ItemKind, NameMap, normalise_pypi_name, split_pypi_name};

use crate::export::Pin;
use crate::subject::SpecSubject;
use crate::{Check, Finding, Rule};

/// `conda-and-pip`
pub(crate) static RULE: Rule = Rule {
    code: "LK012",
    name: "conda-and-pip",
    default: true,
    fixable: false,
    source: include_str!("conda_and_pip.rs"),
    check: Check::Spec(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    let survey = subject.survey;
    let names = NameMap::default();
    let mut found = Vec::new();
    // The first item of each name.
    let mut listed: HashMap<String, &Item> = HashMap::new();
    if survey.items.iter().any(|item| item.kind == ItemKind::Pip) {
        for conda in survey.conda_items() {
            for name in names.pypi_names(Pin::of(&conda.text).name) {
                listed.entry(name).or_insert(conda);
            }
        }
    }
    for item in survey.items.iter().filter(|item| item.kind == ItemKind::Pip) {
        let Some(name) = distribution(&item.text) else { continue };
        if let Some(conda) = listed.get(&name)
            && !item.text.contains("://")
            && !conda.text.contains("://")
        {
            found.push(Finding::new(
                &RULE,
                Diagnostic::warning(format!("`{name}` is listed for conda and for pip"))
                    .label(&survey.file, item.span, "pip would write over it")
                    .label(&survey.file, conda.span, "conda installs it")
                    .hint("list it once"),
            ));
        }
    }
    found
}

/// The distribution that a requirement names, normalised (PEP 503). `None` for options, paths and addresses.
fn distribution(text: &str) -> Option<String> {
    let (name, rest) = split_pypi_name(text.trim());
    let rest = rest.trim_start();
    let plain = rest.is_empty() || rest.starts_with(['=', '<', '>', '!', '~', '[', ';', '@']);
    (!name.is_empty() && !name.starts_with(['-', '.']) && plain).then(|| normalise_pypi_name(name))
}
