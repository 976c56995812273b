//! What a rule is, and what it reports.

use lockit_diagnostic::Diagnostic;

use crate::edit::Fix;
use crate::subject::{LockSubject, SpecSubject};

/// One rule. Its file in `rules/` holds the check and, as the file's doc comment, the page that
/// explains it.
#[derive(Debug)]
pub struct Rule {
    /// Stable code such as `LK001`. Never used again for something else.
    pub code: &'static str,
    /// Name that reads as "allow NAME".
    pub name: &'static str,
    /// Whether it is on without being selected.
    pub default: bool,
    /// Whether `--fix` can mend what it finds, at least at times.
    pub fixable: bool,
    /// Text of the rule's own file, for [`Rule::page`].
    pub source: &'static str,
    /// Who looks.
    pub check: Check,
}

/// Who looks for what a rule reports.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// The rule looks at environment files.
    Spec(fn(&SpecSubject<'_>) -> Vec<Finding>),
    /// The rule looks at lines that somebody wrote. In what `conda env export` wrote it is silent: there
    /// all lines are like that, and one rule says so.
    SpecLine(fn(&SpecSubject<'_>) -> Vec<Finding>),
    /// The rule looks at lockfiles.
    Lockfile(fn(&LockSubject<'_>) -> Vec<Finding>),
    /// The reader of environment files finds it and gives it the rule's code.
    Reader,
    /// The linter itself finds it.
    Linter,
}

/// One thing a rule reports, with code, place and advice.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule.
    pub rule: &'static Rule,
    /// What is said. Its code is the rule's.
    pub diagnostic: Diagnostic,
    /// How to mend it without asking anybody.
    pub fix: Option<Fix>,
}

impl Rule {
    /// The page that explains the rule, Markdown. It begins with what is wrong in one line.
    pub fn page(&self) -> String {
        let mut page = String::new();
        for line in self.source.lines().map_while(|line| line.strip_prefix("//!")) {
            page.push_str(line.strip_prefix(' ').unwrap_or(line));
            page.push('\n');
        }
        page
    }

    /// The first line of the page without its period.
    pub fn summary(&self) -> String {
        let page = self.page();
        page.lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.code == other.code
    }
}

impl Eq for Rule {}

impl Finding {
    /// A finding without a fix. The diagnostic gets the rule's code.
    pub fn new(rule: &'static Rule, diagnostic: Diagnostic) -> Self {
        Self { rule, diagnostic: diagnostic.code(rule.code), fix: None }
    }

    /// Adds a fix.
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(fix);
        self
    }
}
