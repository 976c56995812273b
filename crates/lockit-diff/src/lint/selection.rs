//! Which rules are applied.

use lockit_diagnostic::Diagnostic;
use lockit_spec::{Platform, Project, did_you_mean};

use crate::{Rule, rules};

/// What to look for.
#[derive(Debug, Clone, Default)]
pub struct LintOptions {
    /// Codes or names of the only rules to apply; they replace those of the project. Empty for the
    /// project's choice, else the default ones.
    pub select: Vec<String>,
    /// Codes or names of rules to leave out, besides those of the project.
    pub ignore: Vec<String>,
    /// Platforms from the command line; they replace those of files and project.
    pub platforms: Vec<Platform>,
}

/// The rules of a run.
#[derive(Debug)]
pub(super) struct RuleSelection(Vec<&'static Rule>);

impl RuleSelection {
    /// The command line's `select` replaces the project's; what either ignores is left out.
    pub(super) fn new(
        options: &LintOptions,
        project: Option<&Project>,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut errors = Vec::new();
        let mut resolve = |text: &str, place: Option<(&Project, lockit_diagnostic::Span)>| {
            let found = named(text);
            if found.is_empty() {
                errors.push(unknown(text, place));
            }
            found
        };
        let mut selected: Vec<&'static Rule> = Vec::new();
        let mut ignored: Vec<&'static Rule> = Vec::new();
        for text in &options.select {
            selected.extend(resolve(text, None));
        }
        for text in &options.ignore {
            ignored.extend(resolve(text, None));
        }
        if let Some(project) = project {
            let from_project = options.select.is_empty();
            for text in project.lint.select.iter().filter(|_| from_project) {
                selected.extend(resolve(&text.value, Some((project, text.span))));
            }
            for text in &project.lint.ignore {
                // What is selected on the command line is wanted, whatever the project ignores.
                let rules = resolve(&text.value, Some((project, text.span)));
                ignored
                    .extend(rules.iter().filter(|rule| from_project || !selected.contains(rule)));
            }
            if from_project && project.lint.select.is_empty() {
                selected.extend(defaults());
            }
        } else if options.select.is_empty() {
            selected.extend(defaults());
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        selected.retain(|rule| !ignored.contains(rule));
        Ok(Self(selected))
    }

    /// Whether a rule is applied.
    pub(super) fn has(&self, rule: &'static Rule) -> bool {
        self.0.contains(&rule)
    }

    /// The rules, in no order.
    pub(super) fn rules(&self) -> impl Iterator<Item = &'static Rule> {
        self.0.iter().copied()
    }
}

fn defaults() -> impl Iterator<Item = &'static Rule> {
    rules::RULES.iter().copied().filter(|rule| rule.default)
}

/// The rules that a code, the beginning of one, a name or `all` means.
fn named(text: &str) -> Vec<&'static Rule> {
    if text.eq_ignore_ascii_case("all") {
        return rules::RULES.to_vec();
    }
    if let Some(rule) = rules::find(text) {
        return vec![rule];
    }
    let prefix = text.to_ascii_uppercase();
    if prefix.len() < 2 || !prefix.starts_with("LK") {
        return Vec::new();
    }
    rules::RULES.iter().copied().filter(|rule| rule.code.starts_with(&prefix)).collect()
}

fn unknown(text: &str, place: Option<(&Project, lockit_diagnostic::Span)>) -> Diagnostic {
    let mut error = Diagnostic::error(format!("there is no rule `{text}`"));
    if let Some((project, span)) = place {
        error = error.label(&project.file, span, "");
    }
    match did_you_mean(text, rules::RULES.iter().flat_map(|rule| [rule.name, rule.code])) {
        Some(hint) => error.hint(hint),
        None => error.hint("`lockit rule` lists all rules"),
    }
}
