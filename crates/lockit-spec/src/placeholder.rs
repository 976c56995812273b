//! Placeholders for environment variables: `${NAME}` and, as in conda-lock, `$NAME`.

use std::ops::Range;

/// One placeholder of a text.
pub(crate) struct Placeholder<'a> {
    /// The variable.
    pub(crate) name: &'a str,
    /// Where it stands, `$` and brackets included.
    pub(crate) range: Range<usize>,
}

fn is_name_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

/// Whether a text is the name of a variable that a placeholder can have.
pub(crate) fn is_name(text: &str) -> bool {
    !text.is_empty() && name_length(text) == text.len()
}

fn name_length(text: &str) -> usize {
    if text.starts_with(is_name_start) {
        text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len())
    } else {
        0
    }
}

/// The placeholders of a text, in order.
pub(crate) fn placeholders(text: &str) -> impl Iterator<Item = Placeholder<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        loop {
            let start = from + text[from..].find('$')?;
            let after = &text[start + 1..];
            from = start + 1;
            let (name, length) = if let Some(inner) = after.strip_prefix('{') {
                let length = name_length(inner);
                if length == 0 || !inner[length..].starts_with('}') {
                    continue;
                }
                (&inner[..length], length + 3)
            } else {
                let length = name_length(after);
                if length == 0 {
                    continue;
                }
                (&after[..length], length + 1)
            };
            from = start + length;
            return Some(Placeholder { name, range: start..from });
        }
    })
}

/// The variable of a text that is one placeholder and nothing else.
pub(crate) fn variable(text: &str) -> Option<&str> {
    let placeholder = placeholders(text).next()?;
    (placeholder.range == (0..text.len())).then_some(placeholder.name)
}
