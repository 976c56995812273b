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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_named_by_code_beginning_of_a_code_and_name() {
        let codes =
            |text: &str| -> Vec<&str> { named(text).into_iter().map(|rule| rule.code).collect() };
        assert_eq!(codes("LK103"), ["LK103"]);
        assert_eq!(codes("weak-hash"), ["LK103"]);
        assert_eq!(codes("lk10"), ["LK101", "LK102", "LK103", "LK104"]);
        assert_eq!(codes("LK").len(), rules::RULES.len());
        assert_eq!(codes("ALL").len(), rules::RULES.len());
        for nothing in ["", "L", "K1", "LK9", "weak"] {
            assert!(codes(nothing).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn what_is_selected_and_ignored_is_ignored() {
        let has = |select: &[&str], ignore: &[&str]| {
            let options = LintOptions {
                select: select.iter().map(|&one| one.to_owned()).collect(),
                ignore: ignore.iter().map(|&one| one.to_owned()).collect(),
                ..LintOptions::default()
            };
            let selection = RuleSelection::new(&options, None).unwrap();
            ["LK101", "LK103"].map(|code| selection.has(rules::find(code).unwrap()))
        };
        assert_eq!(has(&[], &[]), [true, true]);
        assert_eq!(has(&["LK103"], &[]), [false, true]);
        assert_eq!(has(&[], &["LK103"]), [true, false]);
        assert_eq!(has(&["LK10"], &["weak-hash"]), [true, false]);
    }
}
