//! What uv says on its standard error: warnings, and why it failed, in words that make sense to somebody who does not know
//! how it was asked.

use std::fmt::Write as _;

use crate::Provided;
use crate::advice::{Advice, without_options};

/// What uv said.
#[derive(Debug, Default)]
pub(crate) struct Said {
    /// Warnings.
    pub(crate) warnings: Vec<String>,
    /// Why nothing can be chosen: what is behind [`UNSATISFIABLE`].
    pub(crate) unsatisfiable: Option<String>,
    /// Why it failed, whatever the reason.
    pub(crate) failure: String,
    /// What might help.
    pub(crate) advice: Vec<Advice>,
}

impl Said {
    /// Takes uv's words apart. Secrets are out of them. `provided` is what conda has.
    pub(crate) fn of(text: &str, provided: &[Provided]) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let warnings = lines.iter().filter_map(|line| line.strip_prefix("warning: "));
        // uv's python only builds source distributions; which packages are chosen does not depend on it.
        let warnings = warnings.filter(|line| !line.starts_with("The requested Python version"));
        let warnings = warnings.map(without_options).filter(|line| !line.is_empty()).collect();
        // What is before the error is warnings and progress: `Resolved …`, `Downloading …`, `Updating …`.
        let is_error =
            |line: &&str| line.starts_with("error") || line.trim_start().starts_with('×');
        let start = lines.iter().position(is_error).unwrap_or(0);
        let mut reasons: Vec<&str> = Vec::new();
        let mut hints: Vec<String> = Vec::new();
        let mut in_hint = false;
        for line in &lines[start..] {
            if line.starts_with("warning: ") {
                continue;
            }
            let bare = unframed(line);
            if let Some(hint) = bare.strip_prefix("hint: ") {
                hints.push(hint.to_owned());
                in_hint = true;
            } else if bare.is_empty() {
                in_hint = false;
            } else if in_hint && let Some(hint) = hints.last_mut() {
                let _ = write!(hint, " {bare}");
            } else {
                reasons.push(bare);
            }
        }
        let failure = own_words(&reasons);
        let unsatisfiable = failure.split_once(UNSATISFIABLE).map(|(_, reason)| {
            let reason = reason.trim_start_matches([':', '\n']);
            provided.iter().fold(reason.to_owned(), |text, one| fixed(&text, one))
        });
        let advice = hints.iter().filter_map(|hint| Advice::told(hint)).collect();
        Self { warnings, unsatisfiable, failure, advice }
    }
}

const UNSATISFIABLE: &str = "No solution found when resolving dependencies";

/// A line of uv's without its frame (boxes before 0.10, `error:` and `cause:` since).
fn unframed(line: &str) -> &str {
    let line = line.trim().trim_start_matches(['×', '╰', '─', '▶', '│', '├', ':']).trim();
    line.strip_prefix("error: ").or_else(|| line.strip_prefix("cause: ")).unwrap_or(line)
}

/// Lines without what is about uv's options. What a build backend said is left as it is.
fn own_words(lines: &[&str]) -> String {
    let output = lines.iter().position(|line| matches!(*line, "[stdout]" | "[stderr]"));
    let (own, of_build) = lines.split_at(output.unwrap_or(lines.len()));
    let own = own.iter().map(|line| without_options(line)).filter(|line| !line.is_empty());
    own.chain(of_build.iter().map(|line| (*line).to_owned())).collect::<Vec<_>>().join("\n")
}

/// uv does not say that a version is given by its address, but that there are no others: `only numpy<2 is
/// available`, or a list of what there is on both sides of what was asked for.
fn fixed(text: &str, one: &Provided) -> String {
    let is_bound = |rest: &str| rest.starts_with(['<', '>', '=', '!']);
    let (range, list) = (
        format!("only {}", one.name),
        format!("only the following versions of {} are available:\n", one.name),
    );
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("only ") {
        let (before, from) = rest.split_at(at);
        out.push_str(before);
        let after_range = from
            .strip_prefix(&range)
            .filter(|bound| is_bound(bound))
            .and_then(|bound| Some(bound.split_once(" is available")?.1));
        let after_list = from.strip_prefix(&list).map(|mut lines| {
            while let Some((line, next)) = lines.split_once('\n')
                && line.strip_prefix(&one.name).is_some_and(is_bound)
            {
                lines = next;
            }
            // The break of the line before the list stays.
            &from[from.len() - lines.len() - 1..]
        });
        if let Some(after) = after_range.or(after_list) {
            let _ = write!(out, "conda provides {} {}", one.name, one.version);
            rest = after;
        } else {
            out.push_str("only ");
            rest = &from["only ".len()..];
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_frame_of_an_explanation_goes() {
        let new = "error: No solution found when resolving dependencies\n  cause: Because only numpy<2 is available and you require numpy>=2, we can conclude\n             that it fails.\n";
        let old = "  × No solution found when resolving dependencies:\n  ╰─▶ Because only numpy<2 is available and you require numpy>=2, we can conclude\n      that it fails.\n";
        let expected = "Because only numpy<2 is available and you require numpy>=2, we can conclude\nthat it fails.";
        for text in [new, old] {
            assert_eq!(Said::of(text, &[]).unsatisfiable.as_deref(), Some(expected));
        }
    }

    #[test]
    fn progress_is_no_explanation_and_advice_is_told_apart() {
        let text = "Using CPython 3.11\nwarning: `six==1` is yanked (reason: \"x\")\nResolved 5 packages in 3ms\n\
            Downloading numpy (15.0MiB)\nwarning: The requested Python version 3.12 is not available\n  cause: none\n\
            error: Failed to build `six==1`\n  cause: The build backend returned an error\n\n\
            [stderr]\n  setup.py: error: use --help\n\n\
            hint: This usually indicates a problem with the package or the build environment.\n\n\
            hint: Use `--link-mode copy`\n";
        let said = Said::of(text, &[]);
        assert_eq!(said.warnings, ["`six==1` is yanked (reason: \"x\")"]);
        assert_eq!(
            said.failure,
            "Failed to build `six==1`\nThe build backend returned an error\n[stderr]\nsetup.py: error: use --help"
        );
        assert_eq!(said.unsatisfiable, None);
        let usual = "This usually indicates a problem with the package or the build environment.";
        assert_eq!(said.advice, [Advice::Other(usual.to_owned())]);
    }

    #[test]
    fn a_version_that_conda_decided_is_called_so() {
        let numpy =
            Provided { name: "numpy".into(), version: "1.26.4".into(), conda: "numpy".into() };
        let said = |text: &str| fixed(text, &numpy);
        assert_eq!(
            said("Because only numpy<2 is available and you require numpy>=2, it fails."),
            "Because conda provides numpy 1.26.4 and you require numpy>=2, it fails."
        );
        assert_eq!(
            said(
                "Because only the following versions of numpy are available:\nnumpy<2.0.0\nnumpy>=3.0.0\nand thinc depends on numpy>=2.0.0,<3.0.0, it fails."
            ),
            "Because conda provides numpy 1.26.4\nand thinc depends on numpy>=2.0.0,<3.0.0, it fails."
        );
        let other = "Because only numpy-x<2 is available and only two remain.";
        assert_eq!(said(other), other);
    }
}
