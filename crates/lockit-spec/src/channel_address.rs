//! Channels that are written without a scheme and hold a login, a token or a variable.
//!
//! `t/${TOKEN}/chan` is a channel of the server that names without a scheme stand for. What a secret is in an address is
//! known of addresses, so such a name becomes one as soon as it is read; then it is looked at, filled in and written as
//! every other channel.

use std::borrow::Cow;
use std::ops::Range;

use crate::placeholder::placeholders;

/// What a name without a scheme stands for, as rattler has it.
pub(crate) const ALIAS: &str = "https://conda.anaconda.org/";

/// The channel as an address, where it is a name that holds a login, a token or a variable; else as it is.
pub(crate) fn channel_address(text: String) -> String {
    let name = text.trim_start();
    if let Some(path) = name.strip_prefix("file:").filter(|path| !path.starts_with("//")) {
        return folder(path);
    }
    if !needs_address(name) {
        return text;
    }
    let first = name.split('/').next().unwrap_or_default();
    if first.contains('@') {
        // conda takes what stands behind a login for a host.
        return format!("https://{name}");
    }
    format!("{ALIAS}{name}")
}

/// The folder behind `file:`, which URLs allow without slashes: relative unless it begins with one.
fn folder(path: &str) -> String {
    if is_path(path) { path.to_owned() } else { format!("./{path}") }
}

/// Whether a text is a name, and not a harmless one.
fn needs_address(text: &str) -> bool {
    if text.contains("://") || is_path(text) {
        return false;
    }
    let segments: Vec<&str> = text.split('/').collect();
    let has_token = segments
        .windows(2)
        .any(|two| two[0].eq_ignore_ascii_case("t") || two[0].eq_ignore_ascii_case("%74"))
        && segments.len() > 1;
    has_token || text.contains('@') || placeholders(text).next().is_some()
}

/// Whether a channel is a folder of this machine, as rattler tells it.
pub(crate) fn is_path(text: &str) -> bool {
    let bytes = text.as_bytes();
    text.starts_with("./")
        || text.starts_with("..")
        || text.starts_with("~/")
        || text.starts_with('/')
        || text.starts_with("\\\\")
        || (bytes.len() > 2
            && bytes[0].is_ascii_alphabetic()
            && bytes[1] == b':'
            && matches!(bytes[2], b'/' | b'\\'))
        || text == "."
}

/// A conda spec with the channel that it names as an address, where it needs one: `t/${TOKEN}/chan::six`,
/// `six[channel=t/${TOKEN}/chan]`.
pub(crate) fn spec_with_address(text: &str) -> Cow<'_, str> {
    let Some(range) = channel_of(text) else { return Cow::Borrowed(text) };
    let channel = &text[range.clone()];
    let address = channel_address(channel.to_owned());
    if address == channel {
        return Cow::Borrowed(text);
    }
    let mut spec = text.to_owned();
    spec.replace_range(range, &address);
    Cow::Owned(spec)
}

/// Where a conda spec names a channel.
pub(crate) fn channel_of(text: &str) -> Option<Range<usize>> {
    let bracket = text.find('[').unwrap_or(text.len());
    if let Some(end) = text[..bracket].rfind("::") {
        let blanks = text.len() - text.trim_start().len();
        return Some(blanks..end.max(blanks));
    }
    let inside = &text[bracket..];
    let key = inside.match_indices("channel").map(|(at, key)| (at, at + key.len())).find(
        |(at, end)| {
            inside[..*at].trim_end().ends_with(['[', ','])
                && inside[*end..].trim_start().starts_with('=')
        },
    )?;
    let value = key.1 + inside[key.1..].find('=')? + 1;
    let value = value + (inside[value..].len() - inside[value..].trim_start().len());
    let (start, ends): (usize, &[char]) = match inside[value..].chars().next()? {
        '"' => (value + 1, &['"']),
        '\'' => (value + 1, &['\'']),
        _ => (value, &[',', ']']),
    };
    let end = start + inside[start..].find(ends)?;
    Some(bracket + start..bracket + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_a_secret_becomes_an_address() {
        for (text, address) in [
            ("t/${TOKEN}/chan", "https://conda.anaconda.org/t/${TOKEN}/chan"),
            ("t/tk-0123456789/chan", "https://conda.anaconda.org/t/tk-0123456789/chan"),
            ("t/$TOKEN/chan/label/x", "https://conda.anaconda.org/t/$TOKEN/chan/label/x"),
            ("joe:pw@host/chan", "https://joe:pw@host/chan"),
            ("${CHANNEL}", "https://conda.anaconda.org/${CHANNEL}"),
            ("team/t/${TOKEN}", "https://conda.anaconda.org/team/t/${TOKEN}"),
            ("file:chan", "./chan"),
            ("file:../chan/x", "../chan/x"),
            ("file:/srv/chan", "/srv/chan"),
        ] {
            assert_eq!(channel_address(text.to_owned()), address);
        }
        for text in [
            "conda-forge",
            "conda-forge/label/broken",
            "t",
            "./t/x/chan",
            "../t/x/chan",
            "/t/x/chan",
            "~/t/x",
            "C:/t/x",
            "./chan",
            "https://host/t/${TOKEN}/chan",
            "file:///t/x",
            "nodefaults",
        ] {
            assert_eq!(channel_address(text.to_owned()), text);
        }
    }

    #[test]
    fn a_spec_names_the_address() {
        for (text, spec) in [
            ("t/${T}/chan::six >=1", "https://conda.anaconda.org/t/${T}/chan::six >=1"),
            ("six[channel=t/tk-1/chan]", "six[channel=https://conda.anaconda.org/t/tk-1/chan]"),
            (
                "six[version='>=1', channel = \"t/$T/chan\", build=x]",
                "six[version='>=1', channel = \"https://conda.anaconda.org/t/$T/chan\", build=x]",
            ),
            (
                "t/${T}/chan::six[version='>=1']",
                "https://conda.anaconda.org/t/${T}/chan::six[version='>=1']",
            ),
        ] {
            assert_eq!(spec_with_address(text), spec);
        }
        for text in [
            "six >=1",
            "conda-forge::six",
            "six[channel=conda-forge]",
            "six[build=t/x]",
            "six[channel",
            "::six",
        ] {
            assert_eq!(spec_with_address(text), text);
        }
    }
}
