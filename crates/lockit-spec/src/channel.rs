//! Channels as people write them.

use std::borrow::Cow;
use std::ops::Range;

use lockit_diagnostic::{SourceFile, Span};

/// A channel as written in a file or on the command line: a name, a URL or a path, possibly with
/// `${TOKEN}` placeholders for credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelRef {
    /// The text as written, for example `conda-forge`, `https://host/t/${TOKEN}/chan`, `./chan`.
    pub text: String,
    /// Where it was written; `None` for the command line.
    pub origin: Option<(SourceFile, Span)>,
}

/// A placeholder has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the environment variable `{name}` that the channel `{channel}` needs is not set")]
pub struct MissingVariable {
    /// The variable.
    pub name: String,
    /// The channel without secrets.
    pub channel: String,
}

impl ChannelRef {
    /// A channel from the command line.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), origin: None }
    }

    /// The names of the environment variables it uses, each once, in order of appearance.
    ///
    /// As in conda-lock, both `${NAME}` and `$NAME` are placeholders.
    pub fn variables(&self) -> Vec<&str> {
        let mut names = Vec::new();
        for placeholder in placeholders(&self.text) {
            if !names.contains(&placeholder.name) {
                names.push(placeholder.name);
            }
        }
        names
    }

    /// The text with every placeholder replaced. The result may hold secrets: it is for requests
    /// only, never for lockfiles, logs or messages.
    ///
    /// # Errors
    /// [`MissingVariable`] when `lookup` has no value for a name.
    pub fn expand(
        &self,
        lookup: &dyn Fn(&str) -> Option<String>,
    ) -> Result<String, MissingVariable> {
        let mut expanded = String::with_capacity(self.text.len());
        let mut end = 0;
        for placeholder in placeholders(&self.text) {
            expanded.push_str(&self.text[end..placeholder.range.start]);
            let value = lookup(placeholder.name).ok_or_else(|| MissingVariable {
                name: placeholder.name.to_owned(),
                channel: self.public().into_owned(),
            })?;
            expanded.push_str(&value);
            end = placeholder.range.end;
        }
        expanded.push_str(&self.text[end..]);
        Ok(expanded)
    }

    /// Whether a password or token is written out instead of being a placeholder.
    pub fn holds_secret(&self) -> bool {
        matches!(self.public(), Cow::Owned(_))
    }

    /// The text without literal secrets; placeholders stay. Fit for lockfiles and messages.
    ///
    /// `https://user:secret@host/c` becomes `https://host/c`, `https://host/t/tk-123/c` becomes
    /// `https://host/c`.
    pub fn public(&self) -> Cow<'_, str> {
        without_secrets(&self.text)
    }
}

/// A text that may hold a URL, without a login or token that is written out in it. Borrowed when
/// there is none.
pub(crate) fn without_secrets(text: &str) -> Cow<'_, str> {
    let mut public = Cow::Borrowed(text);
    if let Some(range) = literal_token(text) {
        public.to_mut().replace_range(range, "");
    }
    if let Some(range) = literal_login(&public) {
        public.to_mut().replace_range(range, "");
    }
    public
}

/// Whether a text holds a login or token that is written out in a URL.
pub(crate) fn holds_secret(text: &str) -> bool {
    matches!(without_secrets(text), Cow::Owned(_))
}

struct Placeholder<'a> {
    name: &'a str,
    range: Range<usize>,
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

fn placeholders(text: &str) -> impl Iterator<Item = Placeholder<'_>> {
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

/// Whether a text is one placeholder and nothing else.
fn is_placeholder(text: &str) -> bool {
    placeholders(text).next().is_some_and(|placeholder| placeholder.range == (0..text.len()))
}

/// The range of `t/<token>/` in a URL when the token is written out.
pub(crate) fn literal_token(text: &str) -> Option<Range<usize>> {
    let path = text.find("://")? + 3;
    let start = path + text[path..].find("/t/")? + 1;
    let token = text[start + 2..].split('/').next()?;
    let end = start + 2 + token.len();
    // The slash after the token goes too, the one before `t` stays.
    let end = if text[end..].starts_with('/') { end + 1 } else { end };
    (!token.is_empty() && !is_placeholder(token)).then_some(start..end)
}

/// The range of `user:password@` in a URL when the password, or a user standing alone, is written
/// out. A user name with a placeholder for the password is no secret.
pub(crate) fn literal_login(text: &str) -> Option<Range<usize>> {
    let start = text.find("://")? + 3;
    let authority = text[start..].split(['/', '?', '#']).next()?;
    let end = authority.rfind('@')?;
    let login = &authority[..end];
    let secret = match login.split_once(':') {
        Some((_, password)) => password,
        // `git@host` logs in with a key; elsewhere a lone user name is a token.
        None if text[..start].ends_with("ssh://") => return None,
        None => login,
    };
    (!secret.is_empty() && !is_placeholder(secret)).then_some(start..start + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_found_and_replaced() {
        let channel = ChannelRef::new("https://${USER_1}:$PASS@host/t/${TOKEN}/c$/${1}/${PASS}");
        assert_eq!(channel.variables(), ["USER_1", "PASS", "TOKEN"]);
        let expanded = channel.expand(&|name| Some(name.to_lowercase())).unwrap();
        assert_eq!(expanded, "https://user_1:pass@host/t/token/c$/${1}/pass");
        assert!(!channel.holds_secret());
        assert_eq!(channel.public(), channel.text);
    }

    #[test]
    fn a_missing_variable_is_named_without_secrets() {
        let error =
            ChannelRef::new("https://joe:pw@host/t/${TOKEN}/c").expand(&|_| None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the environment variable `TOKEN` that the channel `https://host/t/${TOKEN}/c` needs is not set"
        );
    }

    #[test]
    fn literal_secrets_are_taken_out() {
        let public = |text: &str| {
            let channel = ChannelRef::new(text);
            assert_eq!(channel.holds_secret(), channel.public() != text, "{text}");
            channel.public().into_owned()
        };
        assert_eq!(public("https://joe:s3cret@host/chan"), "https://host/chan");
        assert_eq!(public("https://host/t/tk-12/chan"), "https://host/chan");
        assert_eq!(public("https://joe:p@host/t/tk/chan"), "https://host/chan");
        assert_eq!(public("https://joe:${PW}x@host/chan"), "https://host/chan");
        assert_eq!(public("https://tk-12@host/chan"), "https://host/chan");
        assert_eq!(public("https://joe:${PW}@host/chan"), "https://joe:${PW}@host/chan");
        assert_eq!(public("https://host/t/$TOKEN/chan"), "https://host/t/$TOKEN/chan");
        assert_eq!(public("https://host/a@b/chan"), "https://host/a@b/chan");
        assert_eq!(public("git+ssh://git@host/repo"), "git+ssh://git@host/repo");
        assert_eq!(public("./t/x/chan"), "./t/x/chan");
        assert_eq!(public("conda-forge"), "conda-forge");
    }
}
