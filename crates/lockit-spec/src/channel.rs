//! Channels as people write them.

use std::borrow::Cow;

use lockit_diagnostic::{SourceFile, Span};

use crate::credentials;
use crate::placeholder::placeholders;

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
        credentials::has_secret(&self.text)
    }

    /// The text without literal secrets; placeholders stay. Fit for lockfiles and messages.
    ///
    /// `https://user:secret@host/c` becomes `https://host/c`, `https://host/t/tk-123/c` becomes
    /// `https://host/c`.
    pub fn public(&self) -> Cow<'_, str> {
        credentials::without_secrets(&self.text)
    }
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
        for (text, public) in [
            ("https://joe:s3cret@host/t/tk-12/chan", "https://host/chan"),
            (
                "https://joe:${PW}@host/sub/t/$TOKEN/chan",
                "https://joe:${PW}@host/sub/t/$TOKEN/chan",
            ),
            ("./t/x/chan", "./t/x/chan"),
            ("conda-forge", "conda-forge"),
        ] {
            let channel = ChannelRef::new(text);
            assert_eq!(channel.public(), public);
            assert_eq!(channel.holds_secret(), public != text, "{text}");
        }
    }
}
