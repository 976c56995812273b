//! A conda dependency has the name of a module or of a PyPI package, and conda calls the package otherwise.
//!
//! ## What it does
//!
//! Reports conda dependencies such as `torch`, `opencv-python` and `sklearn`, if all channels of the file are public ones: none of them
//! has a package of that name. Other names are left to `lockit`, which asks the channels.
//!
//! ## Why is this bad?
//!
//! The environment cannot be solved.
//!
//! ## Example
//!
//! ```yaml
//!   - torch >=2
//! ```
//!
//! ## Instead
//!
//! ```yaml
//!   - pytorch >=2
//! ```

use lockit_diagnostic::Diagnostic;
use lockit_spec::{NameMap, misnomer};

use crate::subject::{SpecSubject, may_show};
use crate::{Check, Finding, Rule};

/// `pypi-name`
pub(crate) static RULE: Rule = Rule {
    code: "LK022",
    name: "pypi-name",
    default: true,
    fixable: false,
    source: include_str!("pypi_name.rs"),
    check: Check::SpecLine(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    let names = NameMap::default();
    let channels = &subject.environment.channels;
    let mut found = Vec::new();
    for (item, requirement) in subject.requirements() {
        let name = requirement.name.as_normalized();
        let own = requirement.spec.channel.is_some();
        let listed = channels.iter().map(|channel| channel.text.as_str());
        let Some(meant) = misnomer(name, listed, &names).filter(|_| !own) else { continue };
        if !may_show(requirement) {
            continue;
        }
        found.push(Finding::new(
            &RULE,
            Diagnostic::warning(format!("no public channel has a package `{name}`"))
                .label(&subject.survey.file, item.span, format!("conda calls it `{meant}`"))
                .hint(format!("write `{meant}` in place of `{name}`")),
        ));
    }
    found
}
