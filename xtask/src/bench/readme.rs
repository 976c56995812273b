//! The figures in README.md. Each stands behind a comment with its name, so that a part that is measured anew replaces its
//! own and no other.

use std::error::Error;
use std::path::Path;

use super::report::{Row, millis};

/// Puts what was measured in place of what stands there.
///
/// # Errors
/// A name that README does not have.
pub(crate) fn write(path: &Path, summary: &[(String, String)]) -> Result<(), Box<dyn Error>> {
    let mut text = fs_err::read_to_string(path)?;
    for (name, told) in summary {
        text = replace(&text, name, told)
            .ok_or_else(|| format!("README.md has no place for `{name}`"))?;
    }
    fs_err::write(path, text)?;
    Ok(())
}

/// What stands between the mark of a name and the next mark or empty line is replaced.
fn replace(text: &str, name: &str, told: &str) -> Option<String> {
    let mark = format!("<!-- bench: {name} -->");
    let start = text.find(&mark)? + mark.len();
    let rest = text[start..].strip_prefix('\n')?;
    let end = ["\n\n", "\n<!-- "].iter().filter_map(|end| rest.find(end)).min()?;
    Some(format!("{}\n{told}{}", &text[..start], &rest[end..]))
}

/// How lockit and the others lock on one index.
pub(crate) fn lock(title: &str, rows: &[Row]) -> String {
    let lines = rows.iter().map(|row| {
        let own = |work: Option<_>| {
            work.map_or_else(String::new, |work| format!(", {} of it work", millis(work)))
        };
        format!(
            "* {title}, {}: warm {}{}, {} MiB; cold {}{}, {} MiB",
            row.contender.name(),
            millis(row.warm.cost.wall),
            own(row.warm.work),
            row.warm.cost.peak >> 20,
            millis(row.cold.cost.wall),
            own(row.cold.work),
            row.cold.cost.peak >> 20,
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_replaces_its_own_figures() {
        let text = "# Speed\n\n<!-- bench: a -->\nold\nlines\n<!-- bench: b -->\nof b\n\nMore\n";
        let new = replace(text, "a", "new").unwrap();
        assert_eq!(new, "# Speed\n\n<!-- bench: a -->\nnew\n<!-- bench: b -->\nof b\n\nMore\n");
        let new = replace(&new, "b", "x\ny").unwrap();
        assert_eq!(new, "# Speed\n\n<!-- bench: a -->\nnew\n<!-- bench: b -->\nx\ny\n\nMore\n");
        assert_eq!(replace(&new, "c", ""), None);
    }
}
