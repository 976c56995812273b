//! What conda-lock writes about the making of a lockfile, when it is asked to (`--md`, `--mdy`).

use std::collections::BTreeMap;

use jiff::Timestamp;
use lockit_diagnostic::{Diagnostic, SourceFile, Span};
use lockit_spec::check_yaml_bounds;
use rattler_digest::{Md5, compute_bytes_digest};

use crate::digest::hex;
use crate::{conda_lock, hex_sha256};

/// When, by whom and from what a lock was made. All of it is optional, and none of it changes what is locked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata {
    /// When it was locked, in whole seconds.
    pub created_at: Option<Timestamp>,
    /// `user.name` of git.
    pub git_user_name: Option<String>,
    /// `user.email` of git.
    pub git_user_email: Option<String>,
    /// The newest commit that touches a source; that of the branch with `-dirty` behind it when a source has
    /// changes that are in no commit.
    pub git_sha: Option<String>,
    /// Digests of the sources, in order of sources.
    pub inputs: BTreeMap<String, InputDigests>,
    /// What the user adds.
    pub custom: BTreeMap<String, String>,
}

/// Digests of a source, hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InputDigests {
    /// md5
    pub md5: Option<String>,
    /// sha256
    pub sha256: Option<String>,
}

impl InputDigests {
    /// The digests of a source's text that are wanted.
    pub fn of(text: &str, md5: bool, sha256: bool) -> Self {
        Self {
            md5: md5.then(|| hex(&compute_bytes_digest::<Md5>(text.as_bytes()))),
            sha256: sha256.then(|| hex_sha256(text.as_bytes())),
        }
    }
}

/// Reads a file of additions: a mapping of texts to texts, in YAML or JSON.
///
/// # Errors
/// Text that is neither, a value that is no text, a key under which lockit keeps facts of its own.
pub fn read_custom(file: &SourceFile) -> Result<BTreeMap<String, String>, Box<Diagnostic>> {
    check_yaml_bounds(file)?;
    let custom: BTreeMap<String, String> = serde_yaml::from_str(file.text()).map_err(|error| {
        let text = error.to_string();
        // The place is shown with the line itself.
        let message = text.split(" at line ").next().unwrap_or(&text);
        let wrong = Diagnostic::error(format!("`{}` holds no texts by their names", file.name()));
        let line = error.location().and_then(|place| file.line_span(place.line()));
        let wrong = match line {
            Some(line) => wrong.label(file, line, message),
            None => wrong.note(message),
        };
        Box::new(wrong.hint("write `name: text` on each line, numbers in quotes"))
    })?;
    if let Some(key) = custom.keys().find(|key| conda_lock::is_reserved(key)) {
        let start = file.text().find(key.as_str()).unwrap_or_default();
        let wrong = Diagnostic::error(format!("`{key}` is a name that lockit uses itself"));
        let wrong = wrong.label(file, Span::new(start, start + key.len()), "");
        return Err(Box::new(wrong.hint("choose another name")));
    }
    Ok(custom)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_those_of_the_text() {
        let digests = InputDigests::of("abc", true, false);
        assert_eq!(digests.md5.as_deref(), Some("900150983cd24fb0d6963f7d28e17f72"));
        assert_eq!(digests.sha256, None);
    }

    #[test]
    fn additions_are_texts_in_yaml_or_json() {
        let read = |text: &str| read_custom(&SourceFile::new("more.yml", text));
        assert_eq!(read("a: '1'\nb: two\n").unwrap()["a"], "1");
        assert_eq!(read("{\"a\": \"1\"}").unwrap()["a"], "1");
        let wrong = |text: &str| lockit_diagnostic::render(&[*read(text).unwrap_err()], false);
        insta::assert_snapshot!(wrong("a: b\nc: [1]\n"), @"
        error: `more.yml` holds no texts by their names
         --> more.yml:2:1
          |
        2 | c: [1]
          | ^^^^^^ c: invalid type: sequence, expected a string
          |
          = hint: write `name: text` on each line, numbers in quotes
        ");
        insta::assert_snapshot!(wrong("requested/linux-64: numpy\n"), @"
        error: `requested/linux-64` is a name that lockit uses itself
         --> more.yml:1:1
          |
        1 | requested/linux-64: numpy
          | ^^^^^^^^^^^^^^^^^^
          |
          = hint: choose another name
        ");
    }
}
