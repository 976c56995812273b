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
}
