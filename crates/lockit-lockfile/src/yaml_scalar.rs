//! Strings as PyYAML writes them by default.
//!
//! conda-lock dumps its files with PyYAML, so a file written by lockit and one written by
//! conda-lock differ in content only. The rules are those of PyYAML's `Emitter.analyze_scalar` and
//! `Resolver` (YAML 1.1): plain where possible, single quotes where a reader would see a number,
//! a boolean, a date or an indicator, double quotes for what is not printable ASCII, long text
//! folded at a blank once a line is past 80 columns.
//!
//! A few things differ on purpose. Text that only YAML 1.2 takes for a number (`0e12`, which a digest can
//! look like) is quoted, because rattler reads that version. Text in double quotes is not folded, and text with line
//! breaks is always written so.

/// Lines longer than this are folded at the next single blank.
const BEST_WIDTH: usize = 80;

/// Appends a scalar that starts at `column` of its line, with its leading blank already written.
/// Folded lines are indented by `indent`.
pub(crate) fn push(out: &mut String, text: &str, column: usize, indent: usize) {
    if needs_double_quotes(text) {
        push_double_quoted(out, text);
    } else if is_plain(text) {
        push_folded(out, text, column, indent, false);
    } else {
        out.push('\'');
        push_folded(out, text, column + 1, indent, true);
        out.push('\'');
    }
}

/// Appends a mapping key, which is never folded.
pub(crate) fn push_key(out: &mut String, text: &str) {
    push(out, text, 0, 0);
}

fn push_folded(out: &mut String, text: &str, mut column: usize, indent: usize, quoted: bool) {
    let bytes = text.as_bytes();
    // Keys come with no indent: they must stay on one line.
    let may_fold = indent > 0;
    for (index, c) in text.char_indices() {
        let single_blank = c == ' '
            && bytes.get(index + 1).is_some_and(|next| *next != b' ')
            && index.checked_sub(1).is_some_and(|at| bytes[at] != b' ');
        if single_blank && may_fold && column > BEST_WIDTH {
            out.push('\n');
            out.extend(std::iter::repeat_n(' ', indent));
            column = indent;
            continue;
        }
        if quoted && c == '\'' {
            out.push('\'');
            column += 1;
        }
        out.push(c);
        column += 1;
    }
}

fn push_double_quoted(out: &mut String, text: &str) {
    use std::fmt::Write as _;
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            ' '..='~' => out.push(c),
            // Writing to a String cannot fail.
            _ if u32::from(c) <= 0xFF => {
                let _ = write!(out, "\\x{:02X}", u32::from(c));
            }
            _ if u32::from(c) <= 0xFFFF => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            _ => {
                let _ = write!(out, "\\U{:08X}", u32::from(c));
            }
        }
    }
    out.push('"');
}

fn needs_double_quotes(text: &str) -> bool {
    !text.bytes().all(|byte| (b' '..=b'~').contains(&byte))
}

/// Whether printable ASCII text can stand without quotes and is read back as a string.
fn is_plain(text: &str) -> bool {
    let bytes = text.as_bytes();
    let (Some(first), Some(last)) = (bytes.first(), bytes.last()) else { return false };
    let blank_at = |index: usize| bytes.get(index).is_none_or(|byte| *byte == b' ');
    if *first == b' ' || *last == b' ' || text.starts_with("---") || text.starts_with("...") {
        return false;
    }
    if b"#,[]{}&*!|>'\"%@`".contains(first) || (b"?:-".contains(first) && blank_at(1)) {
        return false;
    }
    let indicator = (1..bytes.len()).any(|index| match bytes[index] {
        b':' => blank_at(index + 1),
        b'#' => bytes[index - 1] == b' ',
        _ => false,
    });
    !indicator && !is_other_type(text)
}

/// Whether YAML 1.1, as PyYAML resolves it, reads the plain text as something but a string.
fn is_other_type(text: &str) -> bool {
    is_word(text) || is_int(text) || is_float(text) || is_timestamp(text) || is_core_number(text)
}

/// A number of YAML 1.2's core schema that YAML 1.1 does not know: an exponent without a point or
/// sign, octal with `0o`, digits behind zeros.
fn is_core_number(text: &str) -> bool {
    let body = unsigned(text);
    if let Some(octal) = body.strip_prefix("0o") {
        return all_in(octal, |b| matches!(b, b'0'..=b'7'));
    }
    let (mantissa, exponent) = match body.find(['e', 'E']) {
        Some(at) => (&body[..at], Some(unsigned(&body[at + 1..]))),
        None => (body, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent.is_none_or(|exponent| all_in(exponent, |b| b.is_ascii_digit()))
}

fn is_word(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    let cased = text == lower
        || text == text.to_ascii_uppercase()
        || (text.starts_with(|c: char| c.is_ascii_uppercase()) && text[1..] == lower[1..]);
    matches!(text, "~" | "<<" | "=")
        || (cased
            && matches!(lower.as_str(), "yes" | "no" | "true" | "false" | "on" | "off" | "null"))
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

fn all_in(text: &str, allowed: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(allowed)
}

fn digits_or_underscore(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'_'
}

/// `:59` groups of a base 60 number, one or more.
fn is_sexagesimal_tail<'a>(mut groups: impl Iterator<Item = &'a str>) -> bool {
    groups.all(|group| match group.as_bytes() {
        [one] => one.is_ascii_digit(),
        [ten, one] => (b'0'..=b'5').contains(ten) && one.is_ascii_digit(),
        _ => false,
    })
}

fn is_int(text: &str) -> bool {
    let body = unsigned(text);
    if body == "0" {
        return true;
    }
    if let Some(rest) = body.strip_prefix('0') {
        return match rest.as_bytes()[0] {
            b'b' => all_in(&rest[1..], |b| matches!(b, b'0' | b'1' | b'_')),
            b'x' => all_in(&rest[1..], |b| b.is_ascii_hexdigit() || b == b'_'),
            _ => all_in(rest, |b| matches!(b, b'0'..=b'7' | b'_')),
        };
    }
    if !body.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    let mut groups = body.split(':');
    let head = groups.next().unwrap_or_default();
    all_in(head, digits_or_underscore) && is_sexagesimal_tail(groups)
}

fn is_float(text: &str) -> bool {
    if matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let body = unsigned(text);
    if matches!(body, ".inf" | ".Inf" | ".INF") {
        return true;
    }
    let Some((whole, rest)) = body.split_once('.') else { return false };
    let (fraction, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let exponent_ok = exponent.is_none_or(|exponent| {
        exponent
            .strip_prefix(['-', '+'])
            .is_some_and(|digits| all_in(digits, |b| b.is_ascii_digit()))
    });
    let fraction_ok = fraction.bytes().all(digits_or_underscore);
    if whole.is_empty() {
        let starts = fraction.starts_with(|c: char| c.is_ascii_digit());
        return body == text && starts && fraction_ok && exponent_ok;
    }
    if !whole.starts_with(|c: char| c.is_ascii_digit()) {
        return false;
    }
    if whole.contains(':') {
        let mut groups = whole.split(':');
        let head = groups.next().unwrap_or_default();
        return all_in(head, digits_or_underscore)
            && is_sexagesimal_tail(groups)
            && fraction_ok
            && exponent.is_none();
    }
    all_in(whole, digits_or_underscore) && fraction_ok && exponent_ok
}

/// `2024-01-31`, or a date and a time.
fn is_timestamp(text: &str) -> bool {
    let digits = |text: &str, range: std::ops::RangeInclusive<usize>| {
        range.contains(&text.len()) && all_in(text, |b| b.is_ascii_digit())
    };
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    if !digits(year, 4..=4) {
        return false;
    }
    if digits(month, 2..=2) && digits(rest, 2..=2) {
        return true;
    }
    if !digits(month, 1..=2) {
        return false;
    }
    let Some(at) = rest.find(['T', 't', ' ']) else { return false };
    let (day, time) = rest.split_at(at);
    let time = time.strip_prefix(['T', 't']).unwrap_or_else(|| time.trim_start_matches(' '));
    let clock_end = time.find(|c: char| !(c.is_ascii_digit() || c == ':')).unwrap_or(time.len());
    let (clock, tail) = time.split_at(clock_end);
    let mut clock = clock.split(':');
    let (Some(hour), Some(minute), Some(second), None) =
        (clock.next(), clock.next(), clock.next(), clock.next())
    else {
        return false;
    };
    let tail = match tail.strip_prefix('.') {
        Some(fraction) => fraction.trim_start_matches(|c: char| c.is_ascii_digit()),
        None => tail,
    };
    let zone = tail.trim_start_matches(' ');
    let zone_ok = zone == "Z"
        || tail.is_empty()
        || zone.strip_prefix(['-', '+']).is_some_and(|zone| {
            let (hours, minutes) = zone.split_once(':').unwrap_or((zone, "00"));
            digits(hours, 1..=2) && digits(minutes, 2..=2)
        });
    digits(day, 1..=2)
        && digits(hour, 1..=2)
        && digits(minute, 2..=2)
        && digits(second, 2..=2)
        && zone_ok
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut out = String::new();
        push(&mut out, text, 0, 2);
        out
    }

    /// The file is made by `test-data/pyyaml/dump.py`.
    #[test]
    fn texts_are_written_as_pyyaml_writes_them() {
        let dumped = include_str!("../../../test-data/pyyaml/scalars.jsonl");
        for line in dumped.lines() {
            let (text, dumped): (String, String) = serde_json::from_str(line).unwrap();
            let mut out = String::new();
            push(&mut out, &text, "  command: ".len(), 4);
            let expected = if is_core_number(&text) { format!("'{text}'") } else { dumped };
            assert_eq!(out, expected, "{text:?}");
        }
    }

    #[test]
    fn what_only_yaml_1_2_takes_for_a_number_is_quoted() {
        for text in
            ["1e5", "1.5e3", "000000000000e123", "08", "019", "0o17", "-1E+5", ".5e3", "1.e5"]
        {
            assert_eq!(written(text), format!("'{text}'"));
        }
        for text in ["1e5a", "0o18", "e5", "1e", ".", "1.2.3e4"] {
            assert_eq!(written(text), text);
        }
    }
}
