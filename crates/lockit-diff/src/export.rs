//! Is this file the output of `conda env export`?

use lockit_spec::Survey;

use crate::lint::SpecSubject;
use crate::{Finding, Rule};

/// The answer, with what it rests on.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Whether the file is an export.
    pub export: bool,
}

/// Judges a file.
pub fn judge(survey: &Survey) -> Verdict {
    let _ = survey;
    Verdict::default()
}

/// The one finding of the rule `env-export`.
pub(crate) fn finding(subject: &SpecSubject<'_>, rule: &'static Rule) -> Option<Finding> {
    let _ = (subject, rule);
    None
}
