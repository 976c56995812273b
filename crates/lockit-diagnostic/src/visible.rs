//! Text of others, shown as what it is.
//!
//! A terminal obeys control characters, a forge's log obeys lines of a certain form, and readers are misled by what they
//! cannot see. So whatever comes from a file, a channel or a server passes here before somebody sees it. What is
//! hidden is written out (`\n`, `\u{1b}`), so that nothing is lost; all other text stays as it is, in any language.

use std::borrow::Cow;

/// Whether a character is obeyed or not seen at all: control characters of both sets, marks that turn the direction of
/// writing, separators of lines, and what has no width.
///
/// Selectors of variants stay, since emoji have them and they change nothing else.
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{61c}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

/// A text as one line in which every character can be seen.
///
/// ```
/// assert_eq!(lockit_diagnostic::visible("MIT\u{1b}]0;x\u{7}\n::error"), r"MIT\u{1b}]0;x\u{7}\n::error");
/// assert_eq!(lockit_diagnostic::visible("Jörg 张伟"), "Jörg 张伟");
/// ```
pub fn visible(text: &str) -> Cow<'_, str> {
    written_out(text, |_| false)
}

/// The same for a text of several lines, which stay lines; tabs stay as well.
pub fn visible_lines(text: &str) -> Cow<'_, str> {
    written_out(text, |c| matches!(c, '\n' | '\t'))
}

fn written_out(text: &str, stays: impl Fn(char) -> bool) -> Cow<'_, str> {
    let is_hidden = |c: char| is_hidden(c) && !stays(c);
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            _ if !is_hidden(c) => out.push(c),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            _ => out.extend(c.escape_unicode()),
        }
    }
    Cow::Owned(out)
}

/// A text of a file as it can be shown with places in it marked: as many bytes, a sign in the place of what cannot be seen.
///
/// Control characters of ASCII stay, the renderer of snippets has signs for them.
pub(crate) fn same_length(text: &str) -> Cow<'_, str> {
    let is_hidden = |c: char| !c.is_ascii() && is_hidden(c);
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c.len_utf8() {
            _ if !is_hidden(c) => out.push(c),
            2 => out.push('¿'),
            3 => out.push('\u{fffd}'),
            _ => out.push_str("¿¿"),
        }
    }
    Cow::Owned(out)
}

/// What goes to a terminal or into the log of a job: our own colours stay, every other character can be seen, and no
/// line is an order to the system that runs the job.
///
/// GitHub obeys lines that begin with `::`, GitHub and Azure obey `##[` and `##vso[` wherever they stand, `TeamCity`
/// `##teamcity[`, GitLab `section_start:`. One character of such a mark is written out.
pub fn harmless(text: &str) -> Cow<'_, str> {
    if !text.contains(|c: char| is_hidden(c) && c != '\n' && c != '\t')
        && !["::", "##", "section_"].iter().any(|mark| text.contains(mark))
    {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for (nth, line) in text.split('\n').enumerate() {
        if nth > 0 {
            out.push('\n');
        }
        push_line(&mut out, line);
    }
    Cow::Owned(out)
}

fn push_line(out: &mut String, line: &str) {
    let mut rest = line;
    let mut at_start = true;
    while let Some(c) = rest.chars().next() {
        if let Some(length) = colour(rest) {
            out.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        // What `:::` begins is no command, but the second place of a message.
        let is_command_line = rest.starts_with("::") && !rest.starts_with("::: ");
        let order = (at_start && is_command_line) || is_section(rest);
        if order {
            // Of `section_start:` only the colon is changed.
            let colon = rest.find(':').unwrap_or_default();
            out.push_str(&rest[..colon]);
            out.push_str("\\u{3a}");
            rest = &rest[colon + 1..];
        } else if is_command(rest) {
            out.push_str("#\\u{23}");
            rest = &rest[2..];
        } else {
            out.push_str(&written_out(&rest[..c.len_utf8()], |c| c == '\t'));
            rest = &rest[c.len_utf8()..];
        }
        // A runner does not mind blanks before a command. What is written out is none.
        at_start &= c.is_whitespace() && !is_hidden(c) || c == '\t';
    }
}

/// `##[…`, `##vso[…`
fn is_command(text: &str) -> bool {
    text.strip_prefix("##").is_some_and(|rest| {
        rest.trim_start_matches(|c: char| c.is_ascii_alphanumeric()).starts_with('[')
    })
}

/// `section_start:1700000000:…`
fn is_section(text: &str) -> bool {
    ["section_start:", "section_end:"].iter().any(|mark| {
        text.strip_prefix(mark).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    })
}

/// How long a sequence for a colour or a weight is, if the text begins with one that lockit itself uses. Those that hide
/// text are not among them.
fn colour(text: &str) -> Option<usize> {
    let rest = text.strip_prefix("\u{1b}[")?;
    let end = rest.find('m')?;
    let ours = matches!(rest[..end].parse::<u8>().ok()?, 0..=3 | 31..=36 | 91..=96);
    (ours && end <= 2).then_some(end + 3)
}

/// A JSON document with everything hidden in its strings escaped, so that it can be shown: the same data.
///
/// Also what a job's system obeys wherever it stands is escaped.
pub fn visible_json(text: &str) -> Cow<'_, str> {
    let is_hidden = |c: char| is_hidden(c) && c != '\n';
    if !text.contains(is_hidden) && !text.contains("##") && !text.contains("section_") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    let escape = |out: &mut String, c: char| {
        for unit in c.encode_utf16(&mut [0; 2]) {
            use std::fmt::Write as _;
            // Writing to a String cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    };
    for (at, c) in text.char_indices() {
        // `#` and the `s` of the latter occur in strings alone.
        let order = is_command(&text[at..]) || is_section(&text[at..]);
        if order || is_hidden(c) {
            escape(&mut out, c);
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_people_write_stays_as_it_is() {
        for text in [
            "Apache-2.0 WITH LLVM-exception",
            "BSD-3-Clause AND (MIT OR GPL-3.0)",
            "Jörg Müller, 张伟, Ольга, ❤️",
            "std::vec # a comment ## two [3]",
            "a: b: c",
        ] {
            assert_eq!(visible(text), text);
            assert_eq!(harmless(text), text);
            assert_eq!(visible_json(text), text);
        }
        let painted = "\u{1b}[1m\u{1b}[32mok\u{1b}[0m done\n  next";
        assert_eq!(harmless(painted), painted);
    }

    #[test]
    fn what_is_hidden_is_written_out() {
        for (text, shown) in [
            ("a\u{1b}]0;title\u{7}", r"a\u{1b}]0;title\u{7}"),
            ("a\u{9b}31mb\u{85}", r"a\u{9b}31mb\u{85}"),
            ("a\r\nb\tc", r"a\r\nb\tc"),
            ("user\u{202e}cod\u{2066}.exe", r"user\u{202e}cod\u{2066}.exe"),
            ("a\u{200b}b\u{feff}\u{2028}\u{2029}c", r"a\u{200b}b\u{feff}\u{2028}\u{2029}c"),
            ("\u{e0041}", r"\u{e0041}"),
        ] {
            assert_eq!(visible(text), shown);
        }
        assert_eq!(visible_lines("a\n\tb\rc"), "a\n\tb\\rc");
    }

    #[test]
    fn no_line_is_an_order_to_a_runner() {
        for (text, shown) in [
            ("::error file=x::y", r"\u{3a}:error file=x::y"),
            ("a\n \t::set-output::y", "a\n \t\\u{3a}:set-output::y"),
            ("\u{1b}[1m::add-mask::x", "\u{1b}[1m\\u{3a}:add-mask::x"),
            ("\u{a0}::x", "\u{a0}\\u{3a}:x"),
            (" ::: x.yml:1:2", " ::: x.yml:1:2"),
            (":::error::x", r"\u{3a}::error::x"),
            ("a ##[error]b", r"a #\u{23}[error]b"),
            ("12 | # ##vso[task.setvariable]x", r"12 | # #\u{23}vso[task.setvariable]x"),
            ("###[x]", r"##\u{23}[x]"),
            ("##teamcity[x]", r"#\u{23}teamcity[x]"),
            ("section_start:1:a\r\u{1b}[0Kx", r"section_start\u{3a}1:a\r\u{1b}[0Kx"),
            ("\u{1b}[8mx\u{1b}[38;5;1m", r"\u{1b}[8mx\u{1b}[38;5;1m"),
        ] {
            assert_eq!(harmless(text), shown);
        }
    }

    proptest! {
        #[test]
        fn nothing_hidden_is_left(text in "(\\PC|[\u{0}-\u{a0}\u{200b}-\u{206f}\u{feff}]|::|##|vso\\[|\n){0,40}") {
            prop_assert!(!visible(&text).contains(is_hidden));
            let shown = harmless(&text);
            for line in shown.split('\n') {
                let bare = line.replace(['\u{1b}'], "");
                prop_assert!(!bare.contains(|c| is_hidden(c) && c != '\t'), "{line:?}");
                let start = line.trim_start();
                prop_assert!(!start.starts_with("::") || start.starts_with("::: "), "{line:?}");
                prop_assert!(!line.contains("##vso[") && !line.contains("##["), "{line:?}");
            }
            // Showing it twice changes nothing.
            prop_assert_eq!(harmless(&shown), shown.clone());
            prop_assert_eq!(same_length(&text).len(), text.len());
        }
    }
}
