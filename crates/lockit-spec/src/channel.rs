//! Channels as people write them.

use std::borrow::Cow;
use std::path::Path;

use lockit_diagnostic::{SourceFile, Span};

use crate::channel_address::channel_address;
use crate::credentials;
use crate::placeholder::placeholders;
use crate::{dotted, is_dotted, plain_path, without_platform};

/// A channel as written in a file or on the command line: a name, a URL or a path, possibly with
/// `${TOKEN}` placeholders for credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelRef {
    /// The text, for example `conda-forge`, `https://host/t/${TOKEN}/chan`, `./chan`. As written, but
    /// for a name that holds a login, a token or a variable: that has become the address that it stands for.
    pub text: String,
    /// Where it was written; `None` for the command line.
    pub origin: Option<(SourceFile, Span)>,
}

impl ChannelRef {
    /// A channel from the command line.
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: channel_address(text.into()), origin: None }
    }

    /// A channel that stands in a file.
    pub fn at(text: impl Into<String>, file: &SourceFile, span: Span) -> Self {
        Self { text: channel_address(text.into()), origin: Some((file.clone(), span)) }
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

    /// The channel as it is named from the folder of the project: a relative path starts at the file that it is written
    /// in. Without literal secrets.
    pub fn place(&self) -> Cow<'_, str> {
        self.relative().map_or_else(|| self.public(), Cow::Owned)
    }

    /// The same where it is a folder that is named by a relative path. `None` for what somebody wrote as a name, a URL or
    /// an absolute path, and in a file that is itself named by an absolute path.
    pub fn relative(&self) -> Option<String> {
        let public = self.public();
        let text = without_platform(&public).unwrap_or(&public);
        if !is_dotted(text) {
            return None;
        }
        let folder = self.origin.as_ref().and_then(|(file, _)| Path::new(file.name()).parent());
        let folder = folder.unwrap_or(Path::new(""));
        let named = || plain_path(&folder.join(text)).to_string_lossy().replace('\\', "/");
        (!folder.is_absolute()).then(|| dotted(named()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_relative_folder_starts_at_the_file_that_names_it() {
        let named = |file: &str, text: &str| {
            let file = SourceFile::new(file, text);
            ChannelRef::at(text, &file, Span::new(0, text.len())).place().into_owned()
        };
        assert_eq!(named("environment.yml", "./chan/"), "./chan");
        assert_eq!(named("envs/dev.yml", "./chan"), "./envs/chan");
        assert_eq!(named("envs/dev.yml", "../chan"), "./chan");
        assert_eq!(named("dev.yml", "../shared/chan"), "../shared/chan");
        assert_eq!(named("dev.yml", "file:chan"), "./chan");
        assert_eq!(named("dev.yml", "."), "./");
        for text in ["/srv/chan", "file:///srv/chan", "conda-forge", "https://host/c", "~/chan"] {
            assert_eq!(named("envs/dev.yml", text), text);
        }
        assert_eq!(named("/srv/dev.yml", "./chan"), "./chan");
        assert_eq!(ChannelRef::new("./chan").relative().as_deref(), Some("./chan"));
        assert_eq!(ChannelRef::new(".chan").relative(), None);
    }

    #[test]
    fn placeholders_are_found() {
        let channel = ChannelRef::new("https://${USER_1}:$PASS@host/t/${TOKEN}/c$/${1}/${PASS}");
        assert_eq!(channel.variables(), ["USER_1", "PASS", "TOKEN"]);
        assert!(!channel.holds_secret());
        assert_eq!(channel.public(), channel.text);
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
