//! Text of others in Markdown, so that it stays text.
//!
//! A forge makes more of a text than CommonMark does: `@org/team` calls people, `Closes #1` closes what it names, an
//! address is a link. Only in a code span all of that is text. So whatever is not plainly a text gets one, in any place of
//! a pull request; what people usually write, such as `Apache-2.0 WITH LLVM-exception`, stays as it is.

use std::fmt::Write as _;

use lockit_diagnostic::{is_hidden, visible};

/// Where a text stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// In a paragraph or an item of a list, behind text of our own.
    Line,
    /// In a cell of a table, which a `|` would end.
    Cell,
}

/// A text of others: as it is where it is plain, else a code span.
pub(crate) fn text(text: &str, place: Place) -> String {
    if is_plain(text) && !text.contains('`') { escaped(text) } else { code(text, place) }
}

/// A code span with whatever is in the text, and nothing for no text.
pub(crate) fn code(text: &str, place: Place) -> String {
    if text.is_empty() {
        return String::new();
    }
    let text = visible(text);
    // A span ends at as many backticks as it began with.
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest + 1);
    // One blank on both sides is no part of it.
    let ends = ['`', ' '];
    let pad = if text.starts_with(ends) || text.ends_with(ends) { " " } else { "" };
    let mut inner = String::with_capacity(text.len());
    let mut before = ' ';
    for c in text.chars() {
        match (place, c) {
            // Readers differ in what a backslash before a backslash and a bar is.
            (Place::Cell, '|') if before == '\\' => inner.push_str("\\u{7c}"),
            (Place::Cell, '|') => inner.push_str("\\|"),
            _ => inner.push(c),
        }
        before = c;
    }
    format!("{fence}{pad}{inner}{pad}{fence}")
}

/// A message, in which texts of others stand between backticks, but perhaps elsewhere too.
///
/// Whatever backticks the others bring along: each part is either plain or a code span.
pub(crate) fn message(text: &str, place: Place) -> String {
    let mut out = String::new();
    for (nth, part) in text.replace(['\n', '\r'], " ").split('`').enumerate() {
        if nth % 2 == 1 || !is_plain(part) {
            // Two spans side by side would be one with another end.
            if out.ends_with('`') {
                out.push(' ');
            }
            out.push_str(&code(part, place));
        } else {
            if out.ends_with('`') && part.starts_with('`') {
                out.push(' ');
            }
            out.push_str(&escaped(part));
        }
    }
    out
}

/// The words with which forges close what a text names behind them.
const CLOSING: [&str; 17] = [
    "close",
    "closes",
    "closed",
    "closing",
    "fix",
    "fixes",
    "fixed",
    "fixing",
    "resolve",
    "resolves",
    "resolved",
    "resolving",
    "implement",
    "implements",
    "implemented",
    "implementing",
    "complete",
];

/// Whether neither Markdown nor a forge makes anything of a text but for what [`escaped`] takes care of.
pub(crate) fn is_plain(text: &str) -> bool {
    if text.contains(|c: char| is_hidden(c) || "@#!$%~^&".contains(c)) {
        return false;
    }
    let lower = text.to_lowercase();
    if ["://", "www.", "mailto:", "xmpp:"].iter().any(|address| lower.contains(address)) {
        return false;
    }
    let mut words = lower.split(|c: char| !c.is_alphanumeric() && c != '-');
    !words.any(|word| {
        CLOSING.contains(&word)
            || word
                .strip_prefix("gh-")
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_numeric()))
    })
}

/// A plain text with nothing in it that Markdown reads.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '|' | '*' | '[' | ']' => out.extend(['\\', c]),
            '<' => out.push_str("&lt;"),
            c => out.push(c),
        }
    }
    out
}

/// A text of others in the message of a commit, where nothing can be quoted: what a forge could make something of is
/// written out.
pub(crate) fn in_commit(text: &str) -> String {
    // The addresses of channels are read by nobody but people.
    let is_address =
        ["https://", "http://", "file://"].iter().any(|scheme| text.starts_with(scheme))
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~/:+%${}".contains(c));
    let is_marked = |c: char| "[]*`\\|".contains(c);
    if is_address || (is_plain(text) && !text.contains(is_marked)) {
        return text.to_owned();
    }
    // A constraint such as `>=2.17,<3.0` or `1!2.0`.
    let is_constraint =
        !text.contains(' ') && text.chars().all(|c| c.is_ascii_digit() || "<>=!.,*".contains(c));
    if is_constraint {
        return text.to_owned();
    }
    let mut out = String::new();
    for c in text.chars() {
        if c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | '_' | '(' | ')') {
            out.push(c);
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "{}", c.escape_unicode());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write_stays_as_it_is() {
        for plain in [
            "Apache-2.0 WITH LLVM-exception",
            "BSD-3-Clause AND (MIT OR GPL-3.0)",
            "LGPL (>= 2)",
            "GPL3+, partial:GCCRLE, partial:LGPL2+",
            "h5eee18b_0",
            "Jörg Müller, 张伟",
            "1.0.post1+cu12",
            "locks/a b.lock",
        ] {
            assert_eq!(text(plain, Place::Cell), plain);
            assert_eq!(text(plain, Place::Line), plain);
            assert_eq!(in_commit(plain), plain);
        }
        assert_eq!(message("`a` is not, see `b|c`", Place::Cell), r"`a` is not, see `b\|c`");
    }

    #[test]
    fn what_a_forge_would_obey_is_code() {
        for hostile in [
            "MIT @org/team",
            "Closes #1",
            "fixes GH-12",
            "Resolves: ENG-123",
            "https://evil.example",
            "www.evil.example",
            "a\nb",
            "!12",
            "$x$",
            "a\u{202e}b",
        ] {
            let shown = text(hostile, Place::Line);
            assert!(shown.starts_with('`') && shown.ends_with('`'), "{shown}");
        }
        assert_eq!(text("[x](y) <b> | *a*", Place::Cell), r"\[x\](y) &lt;b> \| \*a\*");
        assert_eq!(code("a`b``c", Place::Line), "```a`b``c```");
        assert_eq!(code("`", Place::Line), "`` ` ``");
        assert_eq!(code(r"a|b\|c", Place::Cell), r"`a\|b\\u{7c}c`");
        assert_eq!(code("a|b", Place::Line), "`a|b`");
    }

    #[test]
    fn in_a_commit_nothing_is_called_or_closed() {
        assert_eq!(in_commit("MIT @org/team"), r"MIT \u{40}org\u{2f}team");
        assert_eq!(in_commit("Closes GH-1"), r"Closes GH\u{2d}1");
        assert_eq!(in_commit("[skip ci]"), r"\u{5b}skip ci\u{5d}");
        assert_eq!(
            in_commit("a\n\nCo-authored-by: x <y@z>"),
            r"a\u{a}\u{a}Co\u{2d}authored\u{2d}by\u{3a} x \u{3c}y\u{40}z\u{3e}"
        );
        for same in ["https://conda.anaconda.org/conda-forge", ">=2.17,<3.0", "1!2.0"] {
            assert_eq!(in_commit(same), same);
        }
    }

    /// The parts of a line outside of its code spans, as CommonMark finds them.
    fn outside(line: &str) -> String {
        let mut out = String::new();
        let mut rest = line;
        while let Some(start) = rest.find('`') {
            out.push_str(&rest[..start]);
            let fence: String = rest[start..].chars().take_while(|c| *c == '`').collect();
            let body = &rest[start + fence.len()..];
            let mut at = 0;
            let end = loop {
                let Some(found) = body[at..].find('`') else { break None };
                let run = body[at + found..].chars().take_while(|c| *c == '`').count();
                if run == fence.len() {
                    break Some(at + found + run);
                }
                at += found + run;
            };
            let end = end.unwrap_or_else(|| panic!("a span without an end: {line}"));
            rest = &body[end..];
        }
        out + rest
    }

    proptest! {
        #[test]
        fn no_text_gets_out(
            hostile in "(`{1,3}|@a|#1|\\||\\\\|\n|\r|<!--|\\[x\\]\\(y\\)|\u{202e}| closes | gh-1 | |[a-z.]|://){0,14}",
            in_cell: bool,
        ) {
            let place = if in_cell { Place::Cell } else { Place::Line };
            for shown in [text(&hostile, place), code(&hostile, place), message(&hostile, place)] {
                prop_assert!(!shown.contains(is_hidden), "{shown:?}");
                let outside = outside(&shown);
                prop_assert!(!outside.contains(['@', '#', '`']), "{shown}");
                for mark in ["://", "<!--", "](", " closes ", " gh-1 "] {
                    let bare = outside.replace("\\]", "");
                    prop_assert!(!bare.contains(mark), "{mark}: {shown}");
                }
                if in_cell {
                    // A bar that ends the cell has an even number of backslashes before it.
                    let bytes = shown.as_bytes();
                    for (at, _) in shown.match_indices('|') {
                        let slashes = bytes[..at].iter().rev().take_while(|b| **b == b'\\').count();
                        prop_assert!(slashes % 2 == 1, "{shown}");
                    }
                }
            }
            let commit = in_commit(&hostile);
            prop_assert!(!commit.contains(is_hidden) && !commit.contains(['@', '#', '[', '`']), "{commit}");
        }
    }
}
