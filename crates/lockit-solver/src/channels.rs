//! Channels as rattler wants them, and back to the public text that a lockfile may hold.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockit_spec::{ChannelRef, Environment, MissingVariable, credentials};
use rattler_conda_types::{Channel, ChannelConfig};
use url::Url;

use crate::secrets::{conceal, learn, learn_url};
use crate::stand_in::stand_in;

/// A channel as the network layer knows it, and as people do. The secrets in its address are in neither.
#[derive(Debug, Clone)]
pub(crate) struct ResolvedChannel {
    /// What the gateway asks: the channel, or what stands for it where its address has a secret.
    pub(crate) channel: Channel,
    /// Base URL of that, with a slash at its end. Every record URL starts with it.
    asked_base: String,
    /// The channel's own base URL, with credentials only as `${VAR}` placeholders.
    public_base: String,
    /// As written in the spec, without literal secrets.
    pub(crate) label: String,
}

/// A channel that cannot be used.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("channel `{channel}` cannot be used: {reason}")]
pub(crate) struct ChannelError {
    pub(crate) channel: String,
    pub(crate) reason: String,
    pub(crate) origin: Option<ChannelRef>,
}

/// An address of a lockfile with its `${VAR}` placeholders filled in. What they stand for is concealed
/// from now on.
///
/// # Errors
/// A variable that is not set.
pub fn reveal(
    address: &str,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<String, MissingVariable> {
    let reference = ChannelRef::new(address);
    learn_variables(&reference, variable);
    let revealed = reference.expand(variable)?;
    if let Ok(url) = Url::parse(&revealed) {
        learn_url(&url);
    }
    Ok(revealed)
}

/// Puts what stands for them in the place of channels with a secret that requirements name (`channel::name`), so that
/// they are what records say.
pub(crate) fn hide_channels(environment: &mut Environment) {
    for requirement in &mut environment.requirements {
        let Some(channel) = requirement.spec.channel.as_deref() else { continue };
        let base = with_slash(channel.base_url.as_str());
        if let Cow::Owned(public) = credentials::without_secrets(&base) {
            let label = credentials::without_secrets(channel.name()).into_owned();
            let hidden = ResolvedChannel::new(channel.clone(), public, label);
            requirement.spec.channel = Some(Arc::new(hidden.channel));
        }
    }
}

/// Resolves the channels of an environment, and those that only a `channel::name` spec mentions:
/// conda looks there too, after all others.
pub(crate) fn resolve_channels(
    environment: &Environment,
    root: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<ResolvedChannel>, ChannelError> {
    let mut resolved = resolve_listed(&environment.channels, root, variable)?;
    for requirement in &environment.requirements {
        let Some(channel) = requirement.spec.channel.as_deref() else { continue };
        let asked_base = with_slash(channel.base_url.as_str());
        if resolved.iter().all(|known| known.asked_base != asked_base) {
            resolved.push(ResolvedChannel {
                channel: channel.clone(),
                public_base: conceal(&asked_base).into_owned(),
                label: conceal(channel.name()).into_owned(),
                asked_base,
            });
        }
    }
    Ok(resolved)
}

/// Resolves channels, each once.
pub(crate) fn resolve_listed(
    channels: &[ChannelRef],
    root: &Path,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<ResolvedChannel>, ChannelError> {
    let mut resolved: Vec<ResolvedChannel> = Vec::new();
    for reference in channels {
        let config = ChannelConfig::default_with_root_dir(folder_of(reference, root));
        let next = resolve_one(reference, &config, variable)?;
        if resolved.iter().all(|known| known.asked_base != next.asked_base) {
            resolved.push(next);
        }
    }
    Ok(resolved)
}

/// Where a relative path in a channel starts: at the file that names it, so that it means the same
/// wherever lockit is started; for flags at the working folder.
fn folder_of(reference: &ChannelRef, root: &Path) -> PathBuf {
    match &reference.origin {
        Some((file, _)) => root.join(Path::new(file.name()).parent().unwrap_or(Path::new(""))),
        None => root.to_path_buf(),
    }
}

/// Remembers what the placeholders of a channel stand for.
fn learn_variables(reference: &ChannelRef, variable: &dyn Fn(&str) -> Option<String>) {
    for name in reference.variables() {
        if let Some(value) = variable(name) {
            learn(&value, &format!("${{{name}}}"));
        }
    }
}

fn resolve_one(
    reference: &ChannelRef,
    config: &ChannelConfig,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<ResolvedChannel, ChannelError> {
    let label = reference.public().into_owned();
    let fail = |reason: String| ChannelError {
        channel: label.clone(),
        reason,
        origin: Some(reference.clone()),
    };
    learn_variables(reference, variable);
    let expanded = reference.expand(variable).map_err(|missing| {
        fail(format!("the environment variable `{}` is not set", missing.name))
    })?;
    let parse = |text: &str| {
        Channel::from_str(text, config).map_err(|error| {
            // The error may quote the text; with secrets filled in it must not be shown.
            if reference.variables().is_empty() {
                fail(error.to_string())
            } else {
                fail("it is no URL once its variables are filled in".to_owned())
            }
        })
    };
    let channel = parse(&expanded)?;
    if channel.base_url.url().scheme() == "file" {
        let path = channel.base_url.url().to_file_path().unwrap_or_default();
        if !path.is_dir() {
            return Err(fail(format!("there is no folder `{}`", path.display())));
        }
    }
    let public_base = if label == expanded { channel.base_url.as_str() } else { &label };
    let public_base = with_slash(public_base);
    Ok(ResolvedChannel::new(channel, public_base, label))
}

impl ResolvedChannel {
    /// `public_base` is the address of the channel without its secrets, `label` how it is written.
    fn new(mut channel: Channel, public_base: String, label: String) -> Self {
        let secret_base = with_slash(channel.base_url.as_str());
        let has_secret = secret_base != public_base && channel.base_url.url().scheme() != "file";
        if has_secret {
            // What errors quote: the URL as it is requested, without the login that became a header.
            let mut without_login: Url = channel.base_url.as_ref().clone();
            let _ = without_login.set_password(None);
            let _ = without_login.set_username("");
            learn(&secret_base, &public_base);
            learn(&with_slash(without_login.as_str()), &public_base);
            if let Some(token) = learn_url(channel.base_url.url()) {
                // As rattler masks it.
                learn(&secret_base.replace(&token, "********"), &public_base);
                learn(
                    &with_slash(without_login.as_str()).replace(&token, "********"),
                    &public_base,
                );
            }
            channel.base_url = stand_in(channel.base_url.url(), &public_base).into();
        }
        let asked_base = with_slash(channel.base_url.as_str());
        Self { channel, asked_base, public_base, label }
    }

    /// The URL with credentials only as placeholders, with a slash at its end.
    pub(crate) fn public_base(&self) -> &str {
        &self.public_base
    }

    /// The same as lockfiles name it, without that slash.
    pub(crate) fn public_url(&self) -> &str {
        self.public_base.trim_end_matches('/')
    }
}

pub(crate) fn with_slash(url: &str) -> String {
    format!("{}/", url.trim_end_matches('/'))
}

/// A URL below one of the channels with its secrets replaced by their placeholders, and that
/// channel's public base without trailing slash.
pub(crate) fn publish(channels: &[ResolvedChannel], url: &str) -> (String, Option<String>) {
    let owner = channels
        .iter()
        .filter(|channel| url.starts_with(&channel.asked_base))
        .max_by_key(|channel| channel.asked_base.len());
    match owner {
        Some(channel) => (
            format!("{}{}", channel.public_base, &url[channel.asked_base.len()..]),
            Some(channel.public_url().to_owned()),
        ),
        None => (url.to_owned(), None),
    }
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::{SourceFile, Span};

    use super::*;

    const TOKEN: &str = "tk-0123456789";

    fn resolved(text: &str) -> Result<ResolvedChannel, ChannelError> {
        let config = ChannelConfig::default_with_root_dir("/nowhere".into());
        resolve_one(&ChannelRef::new(text), &config, &|name| {
            (name == "TOKEN").then(|| TOKEN.to_owned())
        })
    }

    #[test]
    fn locks_have_the_placeholder_and_the_gateway_neither() {
        for text in [
            "https://host/t/${TOKEN}/chan",
            "https://joe:$TOKEN@host/chan",
            "https://host/${TOKEN}/chan/",
        ] {
            let channel = resolved(text).unwrap();
            let asked = format!("{}noarch/a.conda", channel.channel.base_url);
            assert!(!asked.contains(TOKEN) && asked.starts_with("https://host/"), "{asked}");
            let base = text.trim_end_matches('/');
            assert_eq!(
                publish(&[channel], &asked),
                (format!("{base}/noarch/a.conda"), Some(base.to_owned()))
            );
        }
    }

    #[test]
    fn paths_start_at_the_file_that_names_them() {
        let root = Path::new("/here");
        assert_eq!(folder_of(&ChannelRef::new("./c"), root), Path::new("/here"));
        for (name, folder) in [("lockit.toml", "/here"), ("a/b.yml", "/here/a"), ("/x/b.yml", "/x")]
        {
            let origin = Some((SourceFile::new(name, ""), Span::default()));
            let reference = ChannelRef { text: "./c".to_owned(), origin };
            assert_eq!(folder_of(&reference, root), Path::new(folder).join(""), "{name}");
        }
    }

    #[test]
    fn a_secret_that_is_written_out_is_left_out() {
        let channel = resolved("https://joe:written-out@host/t/also-written/chan").unwrap();
        let url = format!("{}noarch/a.conda", channel.channel.base_url);
        assert!(!url.contains("written"), "{url}");
        assert_eq!(publish(&[channel], &url).0, "https://host/chan/noarch/a.conda");
    }

    #[test]
    fn the_longest_base_wins() {
        let channels = [resolved("https://host/a").unwrap(), resolved("https://host/a/b").unwrap()];
        let (_, owner) = publish(&channels, "https://host/a/b/noarch/x.conda");
        assert_eq!(owner.as_deref(), Some("https://host/a/b"));
        let (_, owner) = publish(&channels, "https://host/ab/noarch/x.conda");
        assert_eq!(owner, None);
    }

    #[test]
    fn errors_have_no_secrets() {
        let error = resolved("https://host/t/${NOT_SET}/chan").unwrap_err();
        assert_eq!(
            error.to_string(),
            "channel `https://host/t/${NOT_SET}/chan` cannot be used: the environment variable `NOT_SET` is not set"
        );
        let error = resolved("https://[${TOKEN}/chan").unwrap_err().to_string();
        assert!(!error.contains(TOKEN), "{error}");
        let error = resolved("./no-such-folder").unwrap_err().to_string();
        assert!(error.contains("there is no folder `/nowhere/no-such-folder"), "{error}");
    }
}
