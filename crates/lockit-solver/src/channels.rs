//! Channels as rattler wants them, and back to the public text that a lockfile may hold.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockit_diagnostic::Hint as _;
use lockit_spec::{
    ChannelRef, Environment, Filled, NotFilled, NotFilledReason, VariableValues, fill,
};
use rattler_conda_types::{Channel, ChannelConfig};
use url::Url;

use crate::secrets::{learn, learn_url};
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

/// No address that a server answers to is longer, in bytes; libraries take eight times as much.
const LONGEST: usize = 8192;

/// A channel that cannot be used.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error("channel `{channel}` cannot be used: {reason}")]
pub(crate) struct ChannelError {
    pub(crate) channel: String,
    pub(crate) reason: String,
    /// What to do about it.
    pub(crate) hints: Vec<String>,
    pub(crate) origin: Option<ChannelRef>,
}

/// An address of a lockfile, or a line with some, with its `${VAR}` placeholders filled in. What they stand for is
/// concealed from now on.
///
/// # Errors
/// A variable that is not filled in.
pub fn reveal(address: &str, variables: &dyn VariableValues) -> Result<String, NotFilled> {
    let filled = fill(address, variables)?;
    learn_filled(&filled);
    if let Ok(url) = Url::parse(&filled.text) {
        learn_url(&url);
    }
    Ok(filled.text)
}

/// Resolves the channels that only a `channel::name` spec mentions. Those with a secret get what stands for them in the
/// requirements as well, so that they are what records say.
pub(crate) fn resolve_mentioned(
    environment: &mut Environment,
    root: &Path,
    variables: &dyn VariableValues,
) -> Result<Vec<ResolvedChannel>, ChannelError> {
    let mut mentioned: Vec<ResolvedChannel> = Vec::new();
    for requirement in &mut environment.requirements {
        let (Some(reference), Some(channel)) = (requirement.channel(), &requirement.spec.channel)
        else {
            continue;
        };
        let next = if reference.variables().is_empty() && !reference.holds_secret() {
            let base = with_slash(channel.base_url.as_str());
            let label = channel.name().to_owned();
            ResolvedChannel::new(channel.as_ref().clone(), base, label)
        } else {
            let config = ChannelConfig::default_with_root_dir(root.to_path_buf());
            let next = resolve_one(&reference, &config, variables)?;
            requirement.spec.channel = Some(Arc::new(next.channel.clone()));
            next
        };
        if mentioned.iter().all(|known| known.asked_base != next.asked_base) {
            mentioned.push(next);
        }
    }
    Ok(mentioned)
}

/// Resolves the channels of an environment. Those that only requirements mention come behind them: conda looks there
/// too, after all others.
pub(crate) fn resolve_channels(
    environment: &Environment,
    mentioned: Vec<ResolvedChannel>,
    root: &Path,
    variables: &dyn VariableValues,
) -> Result<Vec<ResolvedChannel>, ChannelError> {
    let mut resolved = resolve_listed(&environment.channels, root, variables)?;
    for next in mentioned {
        if resolved.iter().all(|known| known.asked_base != next.asked_base) {
            resolved.push(next);
        }
    }
    Ok(resolved)
}

/// Resolves channels, each once.
pub(crate) fn resolve_listed(
    channels: &[ChannelRef],
    root: &Path,
    variables: &dyn VariableValues,
) -> Result<Vec<ResolvedChannel>, ChannelError> {
    let mut resolved: Vec<ResolvedChannel> = Vec::new();
    for reference in channels {
        let config = ChannelConfig::default_with_root_dir(folder_of(reference, root));
        let next = resolve_one(reference, &config, variables)?;
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

/// Remembers what was filled in.
fn learn_filled(filled: &Filled) {
    for (secret, name) in &filled.secrets {
        learn(secret, &format!("${{{name}}}"));
    }
}

fn resolve_one(
    reference: &ChannelRef,
    config: &ChannelConfig,
    variables: &dyn VariableValues,
) -> Result<ResolvedChannel, ChannelError> {
    let label = reference.public().into_owned();
    let fail = |reason: String| ChannelError {
        channel: label.clone(),
        reason,
        hints: Vec::new(),
        origin: Some(reference.clone()),
    };
    let filled = fill(&reference.text, variables).map_err(|error| {
        let hints = match error.why {
            NotFilledReason::Unset => {
                vec!["set it to what it stands for, a token for example".to_owned()]
            }
            _ => error.hints(),
        };
        ChannelError { hints, ..fail(error.to_string()) }
    })?;
    learn_filled(&filled);
    let expanded = filled.text;
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
    let scheme = channel.base_url.url().scheme();
    // rattler makes an address of its own of each that it asks, and panics where that is none.
    if matches!(scheme, "http" | "https")
        && (channel.base_url.as_str().len() > LONGEST
            || channel.base_url.as_str().parse::<http::Uri>().is_err())
    {
        return Err(fail("no HTTP client takes such an address".to_owned()));
    }
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
    use lockit_spec::{EnvironmentFile, EnvironmentRequest, PipSection};

    use super::*;

    const TOKEN: &str = "tk-0123456789";

    fn resolved(text: &str) -> Result<ResolvedChannel, ChannelError> {
        let config = ChannelConfig::default_with_root_dir("/nowhere".into());
        resolve_one(&ChannelRef::new(text), &config, &|name: &str| {
            (name == "TOKEN").then(|| TOKEN.to_owned())
        })
    }

    #[test]
    fn locks_have_the_placeholder_and_the_gateway_neither() {
        for text in [
            "https://host/t/${TOKEN}/chan",
            "https://joe:$TOKEN@host/chan",
            "https://host/sub/t/${TOKEN}/chan/",
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

    /// `${TOKEN}` in a requirement is that in a list.
    #[test]
    fn a_channel_that_a_requirement_names_is_the_same() {
        let spec = "name: x\nchannels: ['https://host/t/${TOKEN}/chan']\n\
                    dependencies: ['https://host/t/${TOKEN}/chan::six', \"idna[channel='t/${TOKEN}/other']\"]\n";
        let file = SourceFile::new("environment.yml", spec);
        let parsed = EnvironmentFile::parse(&file, PipSection::Check).unwrap();
        let request = EnvironmentRequest { name: "x".into(), ..EnvironmentRequest::default() };
        let mut environment = Environment::merge(request, &[parsed.value]).unwrap().value;
        let variables = |name: &str| (name == "TOKEN").then(|| TOKEN.to_owned());
        let root = Path::new("/nowhere");
        let mentioned = resolve_mentioned(&mut environment, root, &variables).unwrap();
        let all = resolve_channels(&environment, mentioned, root, &variables).unwrap();
        let bases: Vec<&str> = all.iter().map(ResolvedChannel::public_base).collect();
        assert_eq!(
            bases,
            ["https://host/t/${TOKEN}/chan/", "https://conda.anaconda.org/t/${TOKEN}/other/",]
        );
        for (requirement, channel) in environment.requirements.iter().zip(&all) {
            let named = requirement.spec.channel.as_ref().unwrap().base_url.as_str();
            assert_eq!(named, channel.asked_base);
            assert!(!named.contains(TOKEN), "{named}");
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
    fn an_address_that_no_client_takes_is_no_channel() {
        let long = format!("https://host/{}", "a".repeat(70_000));
        for text in ["https://\"h/chan", "https://h{}/chan", long.as_str()] {
            let error = resolved(text).unwrap_err().to_string();
            assert!(error.ends_with("no HTTP client takes such an address"), "{error}");
        }
        for text in ["https://h:8443/chan", "https://bücher.example/a b|c", "http://[::1]/chan"] {
            assert!(resolved(text).is_ok(), "{text}");
        }
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
