//! Whether a text, such as a solver's explanation, is about a package.

/// Whether a name stands in a text as a word of its own. A period ends a sentence where nothing of a name
/// follows it.
///
/// ```
/// use lockit_spec::mentions;
///
/// let text = "Because thinc==8.3.6 depends on numpy.";
/// assert!(mentions(text, "numpy") && mentions(text, "thinc"));
/// assert!(!mentions(text, "num") && !mentions("ruamel.yaml >=1", "ruamel"));
/// ```
pub fn mentions(text: &str, name: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    text.match_indices(name).any(|(start, _)| {
        let after = &text[start + name.len()..];
        let goes_on = after.strip_prefix('.').unwrap_or(after).starts_with(is_part);
        !text[..start].ends_with(|c| is_part(c) || c == '.') && !goes_on
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_words() {
        let uv = "Because thinc==8.3.6 depends on numpy>=2.0.0, and ml-dtypes needs it.";
        let solver = "└─ scikit-learn >=1 would require\n   └─ __glibc >=2.34, for which";
        for (text, name, expected) in [
            (uv, "numpy", true),
            (uv, "thinc", true),
            (uv, "dtypes", false),
            (uv, "ml-dtypes", true),
            (uv, "num", false),
            (solver, "scikit-learn", true),
            (solver, "scikit", false),
            (solver, "learn", false),
            ("├─ ruamel.yaml 0.18", "ruamel", false),
            ("├─ ruamel.yaml 0.18", "yaml", false),
            ("it needs numpy.", "numpy", true),
        ] {
            assert_eq!(mentions(text, name), expected, "{name}");
        }
    }
}
