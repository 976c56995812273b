//! Selectors in comments: which comment belongs to what, and whether it is a selector at all.

use lockit_diagnostic::{Diagnostic, SourceFile, Span};

use crate::selector::{is_name, variable};
use crate::yaml::Comment;
use crate::{Selector, SelectorError, code};

/// The comments of a file, and which of them have been read.
pub(crate) struct SelectorComments<'a> {
    file: &'a SourceFile,
    comments: &'a [Comment<'a>],
    used: Vec<bool>,
}

impl<'a> SelectorComments<'a> {
    pub(crate) fn new(file: &'a SourceFile, comments: &'a [Comment<'a>]) -> Self {
        Self { file, comments, used: vec![false; comments.len()] }
    }

    /// Index of the comment that follows an offset on the same line.
    pub(crate) fn after(&self, end: usize) -> Option<usize> {
        let index = self.comments.partition_point(|comment| comment.span.start < end);
        let comment = self.comments.get(index)?;
        let between = self.file.text().get(end..comment.span.start)?;
        (!between.contains('\n')).then_some(index)
    }

    /// As [`Self::after`], for `key:  # comment` with the value on the following lines.
    pub(crate) fn after_key(&self, end: usize) -> Option<usize> {
        let index = self.after(end)?;
        let between = self.file.text().get(end..self.comments[index].span.start)?;
        (between.trim() == ":").then_some(index)
    }

    /// A comment, and whether this is the first time it is asked for.
    pub(crate) fn take(&mut self, index: usize) -> (&'a Comment<'a>, bool) {
        (&self.comments[index], !std::mem::replace(&mut self.used[index], true))
    }

    /// Where a comment stands.
    pub(crate) fn place(&self, index: usize) -> Span {
        self.comments[index].span
    }

    /// A warning for each selector that stands where none has an effect.
    pub(crate) fn unused(&self) -> Vec<Diagnostic> {
        self.comments
            .iter()
            .zip(&self.used)
            // A comment on a line of its own belongs to no item; often it is an item put to sleep.
            .filter(|(comment, used)| !**used && !self.alone(comment.span))
            .filter_map(|(comment, _)| match from_comment(&comment.text) {
                CommentSelector::Selector(selector) => Some((comment, selector)),
                _ => None,
            })
            .map(|(comment, selector)| {
                Diagnostic::warning(format!("the selector `[{selector}]` has no effect here"))
                    .code(code::IGNORED_TEXT)
                    .label(
                        self.file,
                        comment.span,
                        "only items of `dependencies` can have a selector",
                    )
                    .hint("channels, platforms and other keys are the same for every platform")
            })
            .collect()
    }

    fn alone(&self, comment: Span) -> bool {
        let line = self.file.line_column(comment.start).line;
        let start = self.file.line_span(line).map_or(comment.start, |span| span.start);
        self.file.text()[start..comment.start].trim().is_empty()
    }
}

/// What a `#` comment says about the line it stands on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum CommentSelector {
    /// No selector.
    None,
    /// A selector.
    Selector(Selector),
    /// `[…]` comes first in the comment, but what it holds cannot be an expression. Offset and
    /// length of it in the comment.
    NotAnExpression { offset: usize, length: usize },
    /// An expression that is wrong. The offset counts from the start of the comment text.
    Wrong { error: SelectorError, offset: usize },
}

/// Reads the selector of a comment, given without its `#`.
///
/// CEP 24 wants the bracket right after `#`. conda-lock and conda-build also take `# text [linux]`;
/// this is followed only when the bracket holds nothing but known variables, so that prose with a
/// bracket stays prose.
pub(crate) fn from_comment(text: &str) -> CommentSelector {
    let Some(open) = text.find('[') else { return CommentSelector::None };
    let first = text[..open].trim().is_empty();
    if !first {
        let Some(open) = text.rfind('[') else { return CommentSelector::None };
        let inner = text[open + 1..].split(']').next().unwrap_or("");
        let closed = text[open..].contains(']');
        return match Selector::parse(inner) {
            Ok(selector) if closed => CommentSelector::Selector(selector),
            _ => CommentSelector::None,
        };
    }
    let Some(length) = text[open..].find(']') else {
        return CommentSelector::NotAnExpression {
            offset: open,
            length: text.trim_end().len() - open,
        };
    };
    let inner = &text[open + 1..open + length];
    match Selector::parse(inner) {
        Ok(selector) => CommentSelector::Selector(selector),
        Err(error) => {
            // `[1]`, `[TODO: …]`, `[see #12]`: prose. `[not windows]`, `[py>=38]`: meant as a selector.
            let prose = match &error {
                SelectorError::Syntax { .. } => !inner.split(|c| !is_name(c)).any(|word| {
                    matches!(word, "and" | "or" | "not") || variable(word, "linux-64").is_some()
                }),
                SelectorError::UnknownVariable { name, .. } => {
                    name.chars().all(|c| c.is_ascii_digit())
                }
                SelectorError::Undecidable { .. } => false,
            };
            if prose {
                CommentSelector::NotAnExpression { offset: open, length: length + 1 }
            } else {
                CommentSelector::Wrong { error, offset: open + 1 }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_are_selectors_only_if_they_look_like_one() {
        let is = |text: &str| match from_comment(text) {
            CommentSelector::Selector(selector) => selector.text,
            other => format!("{other:?}").split([' ', '{']).next().unwrap_or_default().to_owned(),
        };
        assert_eq!(is(" [linux]"), "linux");
        assert_eq!(is("[ linux ]"), "linux");
        assert_eq!(is(" [not win] for the compiler"), "not win");
        assert_eq!(is(" a compiler [linux]"), "linux");
        assert_eq!(is(" see [1]"), "None");
        assert_eq!(is(" see [pandas]"), "None");
        assert_eq!(is(" no bracket"), "None");
        assert_eq!(is(" [1] a footnote"), "NotAnExpression");
        assert_eq!(is(" [link](https://example.com)"), "Wrong");
        assert_eq!(is(" [not windows]"), "Wrong");
        assert_eq!(is(" [py>=38]"), "Wrong");
    }
}
