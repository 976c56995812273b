//! Channels as rattler wants them, and back to the public text that a lockfile may hold.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockit_diagnostic::Hint as _;
use lockit_spec::{
    ChannelNames, ChannelRef, Environment, Filled, Member, NotFilled, NotFilledReason, Platform,
    VariableValues, fill, without_platform,
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
    /// As written in the spec, without literal secrets; for one of several that have a name, its address.
    pub(crate) label: String,
    /// The name of several that it is one of. They have one priority.
    pub(crate) group: Option<Arc<str>>,
    /// Whether it is only there for platforms of Windows.
    windows_only: bool,
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

/// Resolves the channels that only a `channel::name` spec mentions. What records say of them is put into the requirements: a name
/// may stand for several, or for another place, and what has a secret is asked under another address.
pub(crate) fn resolve_mentioned(
    environment: &mut Environment,
    root: &Path,
    variables: &dyn VariableValues,
) -> Result<Vec<ResolvedChannel>, ChannelError> {
    let mut mentioned: Vec<ResolvedChannel> = Vec::new();
    let names = &environment.channel_names;
    for requirement in &mut environment.requirements {
        let Some(reference) = requirement.written_channel() else { continue };
        let channels = resolve_each(&reference, names, root, variables)?;
        if let [one] = channels.as_slice() {
            requirement.spec.channel = Some(Arc::new(one.channel.clone()));
        } else {
            // The solver knows no such thing as a package of one of several channels.
            requirement.spec.channel = None;
            requirement.may_come_from =
                channels.iter().map(|channel| channel.asked_base.clone()).collect();
        }
        for next in channels {
            add(&mut mentioned, next);
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
    let names = &environment.channel_names;
    let mut resolved = resolve_listed(&environment.channels, names, root, variables)?;
    for next in mentioned {
        add(&mut resolved, next);
    }
    Ok(resolved)
}

/// Resolves channels, each once.
pub(crate) fn resolve_listed(
    channels: &[ChannelRef],
    names: &ChannelNames,
    root: &Path,
    variables: &dyn VariableValues,
) -> Result<Vec<ResolvedChannel>, ChannelError> {
    let mut resolved: Vec<ResolvedChannel> = Vec::new();
    for reference in channels {
        for next in resolve_each(reference, names, root, variables)? {
            add(&mut resolved, next);
        }
    }
    Ok(resolved)
}

/// Adds a channel behind others, unless it is one of them.
fn add(channels: &mut Vec<ResolvedChannel>, next: ResolvedChannel) {
    match channels.iter_mut().find(|known| known.asked_base == next.asked_base) {
        Some(known) => known.windows_only &= next.windows_only,
        None => channels.push(next),
    }
}

/// Resolves all that one text stands for.
fn resolve_each(
    reference: &ChannelRef,
    names: &ChannelNames,
    root: &Path,
    variables: &dyn VariableValues,
) -> Result<Vec<ResolvedChannel>, ChannelError> {
    let config = ChannelConfig::default_with_root_dir(folder_of(reference, root));
    let plain = without_platform(&reference.text).unwrap_or(&reference.text);
    let at = |text: &str| ChannelRef { text: text.to_owned(), origin: reference.origin.clone() };
    let Some(members) = names.several(plain) else {
        let label = reference.public().into_owned();
        let place = at(&names.place(plain));
        return Ok(vec![resolve_one(&place, label, &config, variables)?]);
    };
    // Of no channel nothing can come; without this, what names it would come from anywhere.
    if members.is_empty() {
        return Err(ChannelError {
            channel: reference.public().into_owned(),
            reason: "it stands for no channel".to_owned(),
            hints: vec![
                "name a channel, or change `default_channels` or `custom_multichannels` in the configuration of conda"
                    .to_owned(),
            ],
            origin: Some(reference.clone()),
        });
    }
    let group: Arc<str> = plain.trim_end_matches('/').into();
    let resolve = |member: &Member| {
        let place = at(&member.address);
        let label = place.public().into_owned();
        let mut channel = resolve_one(&place, label, &config, variables)?;
        channel.group = Some(Arc::clone(&group));
        channel.windows_only = member.windows_only;
        Ok(channel)
    };
    members.iter().map(resolve).collect()
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

/// Resolves one channel, which is called `label` in messages.
fn resolve_one(
    reference: &ChannelRef,
    label: String,
    config: &ChannelConfig,
    variables: &dyn VariableValues,
) -> Result<ResolvedChannel, ChannelError> {
    let public = reference.public().into_owned();
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
    // What people name by a relative path has no other name in a lockfile: it is elsewhere in another checkout.
    let relative = reference.relative();
    let public_base = match &relative {
        Some(relative) => relative,
        None if public == expanded => channel.base_url.as_str(),
        None => &public,
    };
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
        Self { channel, asked_base, public_base, label, group: None, windows_only: false }
    }

    /// Whether packages of a platform may come from it.
    pub(crate) fn is_for(&self, platform: Platform) -> bool {
        !self.windows_only || platform.is_windows()
    }

    /// The URL that records have as their channel, with a slash at its end.
    pub(crate) fn asked_base(&self) -> &str {
        &self.asked_base
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
    use lockit_spec::{ConfiguredNames, EnvironmentFile, EnvironmentRequest, PipSection};

    use super::*;

    const TOKEN: &str = "tk-0123456789";

    fn resolved(text: &str) -> Result<ResolvedChannel, ChannelError> {
        let config = ChannelConfig::default_with_root_dir("/nowhere".into());
        let reference = ChannelRef::new(text);
        let label = reference.public().into_owned();
        resolve_one(&reference, label, &config, &|name: &str| {
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
    fn a_name_may_stand_for_several() {
        let names = ChannelNames::default();
        let bases = |texts: &[&str]| {
            let listed: Vec<ChannelRef> = texts.iter().map(|&text| ChannelRef::new(text)).collect();
            let root = Path::new("/nowhere");
            let resolved = resolve_listed(&listed, &names, root, &|_: &str| None).unwrap();
            let describe = |one: &ResolvedChannel| {
                let name = one.public_url().rsplit('/').next().unwrap_or_default().to_owned();
                let group = one.group.as_deref().map(|group| format!(" of {group}"));
                let only = if one.is_for(Platform::Linux64) { "" } else { ", Windows" };
                format!("{name}{}{only}", group.unwrap_or_default())
            };
            resolved.iter().map(describe).collect::<Vec<_>>()
        };
        let all = ["main of defaults", "r of defaults", "msys2 of defaults, Windows"];
        assert_eq!(bases(&["defaults"]), all);
        assert_eq!(bases(&["defaults", "pkgs/main", "defaults/"]), all);
        assert_eq!(bases(&["pkgs/main", "defaults"])[..2], ["main", "r of defaults"]);
        // Who names it has it everywhere.
        assert_eq!(bases(&["defaults", "pkgs/msys2"])[2], "msys2 of defaults");
        assert_eq!(bases(&["c", "c/linux-64", "https://conda.anaconda.org/c/"]), ["c"]);
    }

    #[test]
    fn a_requirement_may_name_several() {
        let spec = "channels: [c]\ndependencies: ['defaults::six', 'pkgs/main::idna', 'c::tz']\n";
        let file = SourceFile::new("environment.yml", spec);
        let parsed = EnvironmentFile::parse(&file, PipSection::Check).unwrap();
        let request = EnvironmentRequest { name: "x".into(), ..EnvironmentRequest::default() };
        let mut environment = Environment::merge(request, &[parsed.value]).unwrap().value;
        let root = Path::new("/nowhere");
        let mentioned = resolve_mentioned(&mut environment, root, &|_: &str| None).unwrap();
        assert_eq!(mentioned.len(), 4);
        let [six, idna, tz] = environment.requirements.as_slice() else { panic!("three") };
        assert!(six.spec.channel.is_none());
        assert_eq!(six.may_come_from[0], "https://repo.anaconda.com/pkgs/main/");
        assert_eq!(six.may_come_from.len(), 3);
        for (requirement, base) in
            [(idna, "https://repo.anaconda.com/pkgs/main/"), (tz, "https://conda.anaconda.org/c/")]
        {
            assert_eq!(requirement.spec.channel.as_ref().unwrap().base_url.as_str(), base);
            assert!(requirement.may_come_from.is_empty());
        }
    }

    /// Else what is asked for of it would come from any channel.
    #[test]
    fn a_requirement_may_not_name_none() {
        let configured = ConfiguredNames {
            default_channels: Some(Vec::new()),
            custom_multichannels: [("team".to_owned(), Vec::new())].into(),
            ..ConfiguredNames::default()
        };
        for name in ["team", "defaults"] {
            let spec = format!("channels: [c]\ndependencies: ['{name}::six']\n");
            let file = SourceFile::new("environment.yml", spec);
            let parsed = EnvironmentFile::parse(&file, PipSection::Check).unwrap();
            let request = EnvironmentRequest {
                channel_names: ChannelNames::new(&configured),
                ..EnvironmentRequest::default()
            };
            let mut environment = Environment::merge(request, &[parsed.value]).unwrap().value;
            let root = Path::new("/nowhere");
            let error = resolve_mentioned(&mut environment, root, &|_: &str| None).unwrap_err();
            let expected = format!("channel `{name}` cannot be used: it stands for no channel");
            assert_eq!(error.to_string(), expected);
            assert!(error.origin.unwrap().origin.is_some());
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
