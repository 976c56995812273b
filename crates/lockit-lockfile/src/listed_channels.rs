//! The channels of a list, as the channels of packages are compared with them.

use lockit_spec::{
    ChannelNames, Platform, Requirement, channel_identities, channel_identity, is_dotted,
};

/// What a list of channels has.
#[derive(Debug)]
pub(crate) struct ListedChannels {
    /// In the one spelling of all; see [`channel_identity`].
    identities: Vec<String>,
    has_folder: bool,
}

impl ListedChannels {
    /// The channels that texts stand for on some platforms.
    pub(crate) fn new<'a>(
        texts: impl IntoIterator<Item = &'a str>,
        platforms: impl IntoIterator<Item = Platform>,
    ) -> Self {
        // Other tools do not look at the platform.
        let platforms: Vec<Platform> = platforms.into_iter().chain([Platform::Win64]).collect();
        let identities = channel_identities(texts, &platforms);
        let has_folder = identities.iter().any(|channel| !channel.contains("://"));
        Self { identities, has_folder }
    }

    /// Takes channels besides those of the list, which stand for themselves alone.
    pub(crate) fn add(&mut self, identities: impl IntoIterator<Item = String>) {
        self.identities.extend(identities);
    }

    /// Whether the channel of a package is among them. A folder is written in many ways, so one stands for every address of
    /// a file.
    pub(crate) fn has(&self, channel: &str) -> bool {
        let identity = channel_identity(channel);
        let is_folder = identity.starts_with("file://") || is_dotted(&identity);
        (self.has_folder && is_folder) || self.identities.contains(&identity)
    }
}

/// The channels that a requirement names (`channel::name`), in the one spelling of all.
pub(crate) fn named_channels(
    requirement: &Requirement,
    names: &ChannelNames,
    platforms: &[Platform],
) -> Option<Vec<String>> {
    let named = requirement.written_channel()?;
    let places = names.places(&named.place(), platforms);
    Some(places.iter().map(|place| channel_identity(place)).collect())
}
