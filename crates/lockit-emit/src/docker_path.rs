//! Names of files as Docker takes them.
//!
//! `COPY` and `.dockerignore` take patterns, fill in variables and end with the line. A name that could be more than a
//! name is written in the JSON form with its patterns escaped, and one that cannot be written so is refused.

use crate::EmitError;

/// Whether a name means nothing but itself wherever it stands, also in a shell.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && !name.starts_with(['-', '~'])
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_./+@,=:~".contains(c))
}

/// Whether a name can be written at all. A backslash goes on in the next line, a `$` is a variable in every form, a `<`
/// begins a text, and blanks at the ends are dropped.
pub(crate) fn can_be_written(name: &str) -> bool {
    !name.is_empty()
        && name.trim() == name
        && !name.contains(|c: char| lockit_diagnostic::is_hidden(c) || "\\$<\u{fffd}".contains(c))
}

/// The words of `COPY`: sources, and where they go.
///
/// # Errors
/// A name that cannot be written.
pub(crate) fn copy(sources: &[&str], to: &str) -> Result<String, EmitError> {
    let all = || sources.iter().copied().chain([to]);
    if let Some(name) = all().find(|name| !can_be_written(name)) {
        return Err(EmitError::Value {
            what: "the file name",
            value: name.to_owned(),
            hint: "rename it: a Dockerfile cannot name it without meaning something else".into(),
        });
    }
    if all().all(is_plain) {
        return Ok(all().collect::<Vec<_>>().join(" "));
    }
    let words: Vec<String> =
        sources.iter().map(|name| pattern(name)).chain([to.to_owned()]).collect();
    Ok(json(&words))
}

/// A list of words in JSON, as Dockerfiles are usually written.
pub(crate) fn json(words: &[String]) -> String {
    serde_json::to_string(words).unwrap_or_default().replace("\",\"", "\", \"")
}

/// A name as the pattern that matches it alone.
fn pattern(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c {
            '*' | '?' | '[' => out.extend(['[', c, ']']),
            c => out.push(c),
        }
    }
    out
}

/// A name as a line of `.dockerignore` has it. `None` when it cannot be written.
pub(crate) fn ignore_line(name: &str) -> Option<String> {
    let escaped =
        |c: char| matches!(c, '*' | '?' | '[' | ']').then_some('\\').into_iter().chain([c]);
    can_be_written(name).then(|| name.chars().flat_map(escaped).collect())
}

/// Whether a text is one word of a shell, and of a path.
pub(crate) fn is_word(text: &str) -> bool {
    !text.starts_with(['-', '.'])
        && !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.+".contains(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn plain_names_stay_words_and_others_become_json() {
        let copied = |from: &str| copy(&[from], "/app/").map_err(|_| ());
        assert_eq!(copied("main.py"), Ok("main.py /app/".to_owned()));
        assert_eq!(
            copied("locks/predict-linux-64.lock"),
            Ok("locks/predict-linux-64.lock /app/".to_owned())
        );
        assert_eq!(copied("my app.py"), Ok(r#"["my app.py", "/app/"]"#.to_owned()));
        assert_eq!(copied("größe.py"), Ok(r#"["größe.py", "/app/"]"#.to_owned()));
        assert_eq!(copied("a[0]*.py"), Ok(r#"["a[[]0][*].py", "/app/"]"#.to_owned()));
        assert_eq!(copied("--from=x"), Ok(r#"["--from=x", "/app/"]"#.to_owned()));
        assert_eq!(copied("a\", \"b"), Ok(r#"["a\", \"b", "/app/"]"#.to_owned()));
        for name in ["a\nRUN evil", "a\\", "$HOME", "<<EOF", " a", "", "a\u{2028}b", "a\rb"] {
            assert_eq!(copied(name), Err(()), "{name:?}");
        }
        assert_eq!(ignore_line("a[0]*.py").as_deref(), Some(r"a\[0\]\*.py"));
        assert_eq!(ignore_line("a\n!secrets"), None);
    }

    proptest! {
        #[test]
        fn a_name_is_one_word_on_one_line(name in "(\\PC|[\n\r\u{85}\u{2028}\"',\\[\\]\\\\$]){1,12}") {
            if let Ok(words) = copy(&[&name], "/app/") {
                prop_assert!(!words.contains(lockit_diagnostic::is_hidden));
                if words.starts_with('[') {
                    let list: Vec<String> = serde_json::from_str(&words).unwrap();
                    prop_assert_eq!(list.len(), 2);
                } else {
                    prop_assert_eq!(words.split(' ').count(), 2);
                }
            }
        }
    }
}
