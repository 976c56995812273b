//! The file is the output of `conda env export`, not something a person wrote.
//!
//! ## What it does
//!
//! Looks at the file as a whole and gives one finding. An export is known by its closure: every package that was installed is in it,
//! also those that nobody types because others bring them along (`openssl`, `libffi`, `ncurses`, `libgcc-ng`). In hand-written files such
//! packages are at most one in ten, in exports they are a third or more. Exact pins and build strings lower the amount that is
//! needed; alone they are no proof, since people pin too. Exports without builds, trimmed ones, and lists of
//! package addresses are found in the same way.
//!
//! ## Why is this bad?
//!
//! `libcxx=11.0.1=habf9029_0` names a library that only macOS has, in a build that only macOS has. Nobody on Linux can
//! install that file, and on macOS it stops working when the channel drops the build. The few packages that were wanted cannot be told
//! from the two hundred that came with them, so nothing in it can be updated by hand.
//!
//! ## Example
//!
//! ```yaml
//! name: work
//! dependencies:
//!   - libcxx=11.0.1=habf9029_0
//!   - numpy=1.20.3=py39h4b4dc7a_0
//!   - openssl=1.1.1k=h9ed2024_0
//!   - python=3.9.5=h88f2d9e_3
//! prefix: /Users/ada/miniconda3/envs/work
//! ```
//!
//! ## Instead
//!
//! Write down what is wanted, and let `lockit` write the exact packages into a lockfile for every platform:
//!
//! ```yaml
//! name: work
//! channels: [conda-forge, nodefaults]
//! dependencies:
//!   - numpy
//!   - python=3.9
//! ```
//!
//! `lockit lint --fix` makes such a file out of an export. `conda export --from-history` is another way to begin.
//!
//! ## When to allow it
//!
//! When the file is kept as a record and nobody installs from it: put `# lockit: allow env-export` on its first line.

use lockit_diagnostic::{Diagnostic, Span};
use lockit_spec::ItemKind;

use crate::export::{ExportKind, Pin, Verdict, os_of};
use crate::subject::SpecSubject;
use crate::{Check, Finding, Rule};

/// `env-export`
pub(crate) static RULE: Rule = Rule {
    code: "LK001",
    name: "env-export",
    default: true,
    fixable: true,
    source: include_str!("env_export.rs"),
    check: Check::Spec(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    finding(subject, &RULE).into_iter().collect()
}

/// How many packages are named as examples.
const EXAMPLES: usize = 3;

/// The one finding of the rule `env-export`.
fn finding(subject: &SpecSubject<'_>, rule: &'static Rule) -> Option<Finding> {
    let verdict = subject.verdict;
    let kind = verdict.kind?;
    let survey = subject.survey;
    let mut diagnostic = Diagnostic::error(match kind {
        ExportKind::Builds | ExportKind::Versions => {
            "this file is the output of `conda env export`, not a spec"
        }
        ExportKind::Names => "this file lists a whole installed environment, not what is wanted",
        ExportKind::Addresses => "this file lists package archives, not what is wanted",
    });
    let conda = || survey.items.iter().filter(|item| item.kind == ItemKind::Conda);
    // The most telling line: a build of one system, else any build, else a library nobody types.
    let telling = conda()
        .find(|item| {
            let pin = Pin::of(&item.text);
            item.selector.is_none() && os_of(&pin.name.to_lowercase()).is_some() && pin.is_full()
                // Builds without an architecture say less about the machine.
                && !pin.build.is_some_and(|build| build.starts_with("pyh"))
        })
        .or_else(|| conda().find(|item| Pin::of(&item.text).is_full()))
        .or_else(|| {
            let low = verdict.evidence.low_level.first()?;
            conda().find(|item| Pin::of(&item.text).name.eq_ignore_ascii_case(low))
        })
        .or_else(|| conda().next());
    if let Some(item) = telling
        && item.text == lockit_spec_public(&item.text)
    {
        diagnostic = diagnostic.label(&survey.file, item.span, label(&Pin::of(&item.text), kind));
    }
    if let Some(prefix) = &subject.environment.prefix
        && survey.file.text().get(prefix.span.start..prefix.span.end).is_some()
    {
        let line = Span::new(prefix.span.start, prefix.span.end);
        diagnostic = diagnostic.label(&survey.file, line, "a folder of the machine it came from");
    }
    diagnostic = diagnostic.note(paragraph(verdict, kind));
    let name = survey.file.name();
    Some(Finding::new(
        rule,
        diagnostic
            .hint(format!(
                "`lockit lint --fix {name}` keeps what nothing else in it depends on; or start from `conda export --from-history`"
            ))
            .hint(format!(
                "then `lockit -f {name}` writes the exact packages into a lockfile, for every platform"
            )),
    ))
}

/// The text as it may be shown; items with a secret in a URL get no label.
fn lockit_spec_public(text: &str) -> &str {
    if text.contains("://") { "" } else { text }
}

fn label(pin: &Pin<'_>, kind: ExportKind) -> String {
    let family = os_of(&pin.name.to_lowercase());
    match (pin.build.filter(|_| pin.is_full()), family) {
        (Some(build), Some(family)) => {
            format!(
                "`{build}` is a build for one machine, and `{}` is only there on {}",
                pin.name,
                family.title()
            )
        }
        (Some(build), None) => {
            format!("`{build}` is one build, of one platform and one interpreter")
        }
        (None, Some(family)) => format!("only there on {}", family.title()),
        (None, None) if kind == ExportKind::Addresses => "one archive of one platform".into(),
        (None, None) => "comes along with others; nobody types it".into(),
    }
}

/// What was seen, and where it came from.
fn paragraph(verdict: &Verdict, kind: ExportKind) -> String {
    let evidence = &verdict.evidence;
    let items = evidence.items;
    let seen = match kind {
        ExportKind::Builds => {
            format!("{} of its {items} packages are pinned to one build", evidence.builds)
        }
        ExportKind::Versions => {
            format!("{} of its {items} packages are pinned to one version", evidence.exact)
        }
        ExportKind::Names => format!("it lists {items} packages"),
        ExportKind::Addresses => {
            return format!(
                "{} of its {items} items are addresses of archives: an explicit lockfile in the form of a spec",
                evidence.addresses
            );
        }
    };
    let low_level: Vec<&str> = evidence.low_level.iter().map(String::as_str).collect();
    let closure = format!(
        ", and {} come along with others ({}), so it holds everything that was installed",
        evidence.come_along,
        examples(&low_level)
    );
    let origin = match evidence.system() {
        Some((family, names)) if names.is_empty() => {
            format!("; it came from {}, as its `prefix:` shows", family.title())
        }
        Some((family, names)) => format!(
            "; it came from {}, where {} {} home, and cannot be installed elsewhere",
            family.title(),
            examples(&names),
            if names.len() == 1 { "has its" } else { "have their" },
        ),
        None => "; which system it came from cannot be told".into(),
    };
    seen + &closure + &origin
}

fn examples(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(EXAMPLES).map(|name| format!("`{name}`")).collect();
    match names.len().saturating_sub(EXAMPLES) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}
