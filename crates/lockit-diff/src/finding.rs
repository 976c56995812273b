//! One thing a rule reports, and how it could be mended.

use lockit_diagnostic::{Diagnostic, Span};

use crate::Rule;

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

/// A change to one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What it does, in the imperative: "remove the build string".
    pub description: String,
    /// The edits, which do not overlap.
    pub edits: Vec<Edit>,
}

/// Replaces a part of a file. Both are of the decoded text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// What is replaced; empty to insert.
    pub span: Span,
    /// What stands there instead.
    pub replacement: String,
}

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
