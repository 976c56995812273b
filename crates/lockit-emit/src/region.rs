//! The generated part of a file that people may add to.
//!
//! It stands between `# lockit:begin` and `# lockit:end`. The first marker carries a digest of what was
//! written, so that a later run knows whether somebody has changed it since.

use lockit_diagnostic::line_end;
use lockit_lockfile::hex_sha256;

const BEGIN: &str = "# lockit:begin";
const END: &str = "# lockit:end";

/// What a file becomes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refreshed {
    /// The whole new text.
    pub text: String,
    /// The old generated part, if somebody has changed it.
    pub changed_by_hand: Option<String>,
}

/// A file that holds only the generated part. Lines that begin with `# syntax=` go first, because
/// Docker reads them only there.
pub fn wrap(generated: &str) -> String {
    let (first, rest) = match generated.split_once('\n') {
        Some((first, rest)) if first.starts_with("# syntax=") => (format!("{first}\n"), rest),
        _ => (String::new(), generated),
    };
    format!("{first}{BEGIN} {}\n{rest}{END}\n", digest(rest))
}

/// Puts a newly generated part into the place of the old one, with line ends as the file has them. `None` when the
/// file has no such part.
pub fn refresh(old: &str, generated: &str) -> Option<Refreshed> {
    let begin = line_start(old, BEGIN)?;
    let body = begin + old[begin..].find('\n')? + 1;
    let end = body + line_start(&old[body..], END)?;
    let behind = end + old[end..].find('\n').map_or(old.len() - end, |at| at + 1);
    let recorded = old[begin..body].trim_end().rsplit(' ').next().unwrap_or_default();
    let region = &old[body..end];
    let new = wrap(generated);
    let new_region = new[line_start(&new, BEGIN)?..].replace('\n', line_end(old));
    Some(Refreshed {
        text: format!("{}{new_region}{}", &old[..begin], &old[behind..]),
        changed_by_hand: (recorded != digest(region)).then(|| region.to_owned()),
    })
}

fn line_start(text: &str, marker: &str) -> Option<usize> {
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        if line.starts_with(marker) {
            return Some(start);
        }
        start += line.len();
    }
    None
}

fn digest(text: &str) -> String {
    // Line ends that an editor or git has changed are no edit.
    hex_sha256(text.replace('\r', "").as_bytes())[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_around_stays_and_edits_are_known() {
        let first = wrap("# syntax=docker/dockerfile:1\nFROM a\n");
        assert!(first.starts_with("# syntax=docker/dockerfile:1\n# lockit:begin "), "{first}");
        let mine = format!("{first}RUN mine\n");
        let refreshed = refresh(&mine, "# syntax=docker/dockerfile:1\nFROM b\n").unwrap();
        assert_eq!(refreshed.changed_by_hand, None);
        assert!(refreshed.text.contains("FROM b\n# lockit:end\nRUN mine\n"), "{}", refreshed.text);
        assert_eq!(refreshed.text.matches("# syntax=").count(), 1);
        let edited = mine.replace("FROM a", "FROM c");
        let refreshed = refresh(&edited, "FROM b\n").unwrap();
        assert_eq!(refreshed.changed_by_hand.as_deref(), Some("FROM c\n"));
        assert_eq!(refresh("FROM a\n", "FROM b\n"), None);
        let windows = first.replace('\n', "\r\n");
        let refreshed = refresh(&windows, "FROM b\n").unwrap();
        assert_eq!(refreshed.changed_by_hand, None);
        assert_eq!(refreshed.text.replace("\r\n", "").matches('\n').count(), 0, "{refreshed:?}");
    }

    #[test]
    fn what_is_before_and_behind_stays_to_the_byte() {
        let (old, new) = (wrap("FROM a\n"), wrap("FROM b\nRUN b\n"));
        for (before, behind) in
            [("", ""), ("# mine\n\n", ""), ("", "RUN mine"), ("ARG X\n", "\nRUN mine\n")]
        {
            let file = format!("{before}{old}{behind}");
            let refreshed = refresh(&file, "FROM b\nRUN b\n").unwrap();
            assert_eq!(refreshed.text, format!("{before}{new}{behind}"));
            assert_eq!(refreshed.changed_by_hand, None);
        }
        // An editor that leaves out the last line end.
        let cut = format!("# mine\n{}", old.trim_end());
        assert_eq!(refresh(&cut, "FROM b\nRUN b\n").unwrap().text, format!("# mine\n{new}"));
    }

    #[test]
    fn a_file_without_both_markers_in_their_order_has_no_part_of_ours() {
        for text in [
            "",
            "# lockit:begin 00",
            "# lockit:begin 00\nFROM a\n",
            "FROM a\n# lockit:end\n",
            "# lockit:end\n# lockit:begin 00\nFROM a\n",
            "RUN x # lockit:begin 00\n# lockit:end\n",
        ] {
            assert_eq!(refresh(text, "FROM b\n"), None, "{text}");
        }
    }

    #[test]
    fn only_a_first_line_with_the_syntax_stands_before_the_part() {
        assert!(wrap("FROM a\n# syntax=x\n").starts_with(BEGIN));
        assert!(wrap("# comment\nFROM a\n").starts_with(BEGIN));
        // The digest is of what is between the markers, so that the part is whole wherever it is put.
        let region = |text: &str| text[line_start(text, BEGIN).unwrap()..].to_owned();
        assert_eq!(region(&wrap("# syntax=x\nFROM a\n")), wrap("FROM a\n"));
    }
}
