//! What a record knows about itself.

use std::borrow::Cow;
use std::fmt;

use jiff::Timestamp;
use lockit_spec::{Platform, channel_identity};

use crate::archive::{split_address, split_file_name};
use crate::error::FormatError;
use crate::listed_channels::ListedChannels;
use crate::{Lock, LockedChannel, LockedOptions, Record};
use lockit_spec::credentials::{has_secret, without_secrets};

/// What makes a record the very record that another lock has: where it lies and its digest.
///
/// The host is no part of it, so that a mirror serves the same record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Identity<'a> {
    /// The subdir the archive lies in.
    pub subdir: &'a str,
    /// Normalised package name.
    pub name: &'a str,
    /// Version as the channel spells it.
    pub version: &'a str,
    /// Build string.
    pub build: &'a str,
    /// The best digest there is: sha256, else md5.
    pub digest: Option<&'a str>,
}

impl fmt::Display for Identity<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}-{}-{}", self.subdir, self.name, self.version, self.build)
    }
}

impl Record {
    /// When it appeared: the channel's word goes before that of whoever built it (CEP 47).
    pub fn appeared(&self) -> Option<Timestamp> {
        self.indexed.or(self.timestamp)
    }

    /// Makes a record from the address of its archive, with everything the address says.
    ///
    /// Clear-text credentials are dropped, `${VAR}` placeholders stay. `None` when the last part
    /// of the address is no conda archive (`name-version-build.conda` or `.tar.bz2`).
    pub fn from_url(url: &str) -> Option<Self> {
        let clean = without_secrets(url);
        let address = split_address(&clean)?;
        let (name, version, build) = split_file_name(address.file_name)?;
        Some(Self {
            name,
            version,
            build,
            subdir: address.subdir.to_owned(),
            channel: Some(address.channel.to_owned()),
            url: Some(clean.to_string()),
            ..Self::default()
        })
    }

    /// The archive's file name as in its address. Without an address it is put together from
    /// name, version and build, with the ending `.conda`.
    pub fn file_name(&self) -> Cow<'_, str> {
        match self.url.as_deref().and_then(|url| url.rsplit('/').next()) {
            Some(name) if !name.is_empty() => Cow::Borrowed(name),
            _ => Cow::Owned(format!("{}-{}-{}.conda", self.name, self.version, self.build)),
        }
    }

    /// `name version build`, for messages.
    pub(crate) fn label(&self) -> String {
        format!("{} {} {}", self.name, self.version, self.build).trim_end().to_owned()
    }

    /// The address, when it may be written to a file.
    pub(crate) fn public_url(&self, platform: Platform) -> Result<&str, FormatError> {
        self.refuse_source(platform)?;
        let url = self
            .url
            .as_deref()
            .ok_or_else(|| FormatError::NoUrl { package: self.label(), platform })?;
        if has_secret(url) {
            return Err(FormatError::Secret { what: format!("the URL of `{}`", self.label()) });
        }
        Ok(url)
    }

    /// Refuses a package that is built when it is installed, which only pixi can do.
    pub(crate) fn refuse_source(&self, platform: Platform) -> Result<(), FormatError> {
        match &self.built_from {
            Some(_) => Err(FormatError::Source { package: self.label(), platform }),
            None => Ok(()),
        }
    }

    /// What makes this record the very record that another lock has.
    pub fn identity(&self) -> Identity<'_> {
        Identity {
            subdir: &self.subdir,
            name: &self.name,
            version: &self.version,
            build: &self.build,
            digest: self.sha256.as_deref().or(self.md5.as_deref()),
        }
    }

    /// Whether both are the same artefact: same subdir, name, version, build, and no digest that
    /// both know differs. Formats keep different digests, so one may be missing.
    pub fn is_same_as(&self, other: &Self) -> bool {
        let differ =
            |a: &Option<String>, b: &Option<String>| matches!((a, b), (Some(a), Some(b)) if a != b);
        self.name == other.name
            && self.version == other.version
            && (self.build == other.build || self.build.is_empty() || other.build.is_empty())
            && (self.subdir == other.subdir || self.subdir.is_empty() || other.subdir.is_empty())
            && self.built_from == other.built_from
            && !differ(&self.sha256, &other.sha256)
            && !differ(&self.md5, &other.md5)
    }
}

impl LockedChannel {
    /// A channel from its public text; the environment variables are found in it.
    ///
    /// Clear-text credentials are dropped.
    pub fn new(url: &str) -> Self {
        let url = without_secrets(url.trim_end_matches('/')).into_owned();
        let used_env_vars = lockit_spec::credentials::variables(&url);
        Self { url, used_env_vars }
    }

    /// A channel as conda-lock writes it: the text of a spec, placeholders in curly brackets.
    ///
    /// Clear-text credentials are dropped.
    pub fn as_written(url: &str) -> Self {
        let url = lockit_spec::credentials::with_curly_placeholders(&without_secrets(url));
        let used_env_vars = lockit_spec::credentials::variables(&url);
        Self { url, used_env_vars }
    }
}

impl Lock {
    /// Takes the platforms of another lock of the same environment, for formats that keep one
    /// platform per file. What this lock already knows stays.
    pub fn absorb(&mut self, other: Self) {
        for (platform, chosen) in other.platforms {
            self.platforms.entry(platform).or_insert(chosen);
        }
        if self.environment.is_empty() {
            self.environment = other.environment;
        }
        if self.channels.is_empty() {
            self.channels = other.channels;
        }
        if self.sources.is_empty() {
            self.sources = other.sources;
        }
        if self.options == LockedOptions::default() {
            self.options = other.options;
        }
        self.authenticated.extend(other.authenticated);
        self.command = self.command.take().or(other.command);
    }

    /// The channels of the list, and behind them those that packages come from and that it does not have: what only a
    /// requirement names (`channel::name`) is in no list.
    pub fn every_channel(&self) -> Vec<LockedChannel> {
        let mut channels = self.channels.clone();
        let unlisted = self.unlisted_channels();
        channels.extend(unlisted.iter().map(|channel| LockedChannel::new(channel)));
        channels
    }

    /// The channels of packages that are not in the list, each once.
    pub(crate) fn unlisted_channels(&self) -> Vec<String> {
        let texts = self.channels.iter().map(|channel| channel.url.as_str());
        let mut known = ListedChannels::new(texts, self.platforms.keys().copied());
        let mut unlisted = Vec::new();
        let mut last: Option<&str> = None;
        for record in self.platforms.values().flat_map(|chosen| &chosen.records) {
            let Some(channel) = record.channel.as_deref() else { continue };
            if last.replace(channel) != Some(channel) && !known.has(channel) {
                known.add([channel_identity(channel)]);
                unlisted.push(channel.to_owned());
            }
        }
        unlisted.sort();
        unlisted
    }

    /// A channel with a clear-text credential must not reach a file.
    pub(crate) fn refuse_channel_secrets(&self) -> Result<(), FormatError> {
        match self.channels.iter().find(|channel| has_secret(&channel.url)) {
            None => Ok(()),
            Some(channel) => Err(FormatError::Secret {
                what: format!("channel `{}`", without_secrets(&channel.url)),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_url_keeps_placeholders_and_drops_secrets() {
        let record = Record::from_url("https://h/t/${T}/c/noarch/tz-2024a-h1_0.conda").unwrap();
        assert_eq!(record.channel.as_deref(), Some("https://h/t/${T}/c"));
        assert_eq!(record.file_name(), "tz-2024a-h1_0.conda");
        let record = Record::from_url("https://h/t/tk-1/c/noarch/tz-2024a-h1_0.conda").unwrap();
        assert_eq!(record.url.as_deref(), Some("https://h/c/noarch/tz-2024a-h1_0.conda"));
        assert!(Record::from_url("https://h/c/noarch/tz.whl").is_none());
    }

    #[test]
    fn identity_ignores_the_host_and_compares_what_both_know() {
        let mut a = Record::from_url("https://h/c/noarch/tz-2024a-h1_0.conda").unwrap();
        let mut b = Record::from_url("https://mirror/c/noarch/tz-2024a-h1_0.conda").unwrap();
        assert_eq!(a.identity(), b.identity());
        assert_eq!(a.identity().to_string(), "noarch/tz-2024a-h1_0");
        a.sha256 = Some("1".into());
        b.md5 = Some("2".into());
        assert!(a.is_same_as(&b));
        b.sha256 = Some("3".into());
        assert!(!a.is_same_as(&b));
    }

    #[test]
    fn channels_name_their_variables() {
        assert_eq!(LockedChannel::new("https://h/t/${T}/c/").used_env_vars, ["T"]);
    }

    /// A rendered environment keeps no subdir, and a file of others may keep no build.
    #[test]
    fn a_field_that_one_format_does_not_keep_tells_nothing_apart() {
        let record = |subdir: &str, build: &str| Record {
            name: "a".to_owned(),
            version: "1".to_owned(),
            build: build.to_owned(),
            subdir: subdir.to_owned(),
            ..Record::default()
        };
        let whole = record("linux-64", "h1_0");
        for same in
            [record("linux-64", "h1_0"), record("", "h1_0"), record("linux-64", ""), record("", "")]
        {
            assert!(whole.is_same_as(&same) && same.is_same_as(&whole), "{same:?}");
        }
        for other in [
            record("noarch", "h1_0"),
            record("linux-64", "h2_0"),
            Record { name: "b".to_owned(), ..whole.clone() },
            Record { version: "2".to_owned(), ..whole.clone() },
        ] {
            assert!(!whole.is_same_as(&other) && !other.is_same_as(&whole), "{other:?}");
        }
        assert_eq!(whole.file_name(), "a-1-h1_0.conda", "without an address");
    }
}
