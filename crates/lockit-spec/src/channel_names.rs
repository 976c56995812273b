//! What names of channels stand for: conda's rules, and what the configuration of a user changes of them.
//!
//! Facts and rules are those of conda, read on 2026-11-28 at its commit 0f64223fb8da of 2026-08-21: `conda/base/constants.py`
//! (`DEFAULT_CHANNELS_UNIX`, `DEFAULT_CHANNELS_WIN`, `DEFAULT_CUSTOM_CHANNELS`), `conda/base/context.py`
//! (`custom_multichannels`, `custom_channels`) and `conda/models/channel.py`. Of these names conda knows only `defaults`,
//! `pkgs/main`, `pkgs/r`, `pkgs/msys2` and `pkgs/pro`; `main`, `r`, `msys2`, `free` and `anaconda` are channels of the server
//! that all other names are on.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use crate::Platform;
use crate::channel_address::{ALIAS, is_path};
use crate::credentials::without_credentials;

/// The name that stands for several channels without anybody's configuration.
const DEFAULTS: &str = "defaults";

/// The server of the channels that `defaults` stands for.
const DEFAULTS_SERVER: &str = "https://repo.anaconda.com";

/// What `defaults` stands for, in the order of their priority.
const DEFAULT_CHANNELS: [&str; 2] = ["pkgs/main", "pkgs/r"];

/// What it stands for besides on Windows.
const WINDOWS_CHANNEL: &str = "pkgs/msys2";

/// A channel of that server that `defaults` does not stand for.
const PRO_CHANNEL: &str = "pkgs/pro";

/// What names of channels stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelNames {
    /// The server of all names that are not among the others, with a slash at its end.
    alias: String,
    /// Addresses of single names. A name stands for what is below it as well: `pkgs/main/label/x`.
    custom: BTreeMap<String, String>,
    /// Names that stand for several channels.
    several: BTreeMap<String, Vec<Member>>,
}

/// A channel of several that one name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Its address, without a slash at its end.
    pub address: String,
    /// Whether it is only there for platforms of Windows.
    pub windows_only: bool,
}

impl Member {
    /// Whether packages of a platform may come from it.
    pub fn is_for(&self, platform: Platform) -> bool {
        !self.windows_only || platform.is_windows()
    }
}

/// What a configuration says about names of channels, in conda's words.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConfiguredNames {
    /// `channel_alias`.
    pub alias: Option<String>,
    /// `default_channels`, names or addresses; `None` where it is not said.
    pub default_channels: Option<Vec<String>>,
    /// `custom_channels`: names, and the addresses that each is below of.
    pub custom_channels: BTreeMap<String, String>,
    /// `custom_multichannels`: names, and the names or addresses of what each stands for.
    pub custom_multichannels: BTreeMap<String, Vec<String>>,
}

impl Default for ChannelNames {
    fn default() -> Self {
        Self::new(&ConfiguredNames::default())
    }
}

impl ChannelNames {
    /// Conda's names, with what a configuration changes.
    pub fn new(configured: &ConfiguredNames) -> Self {
        let alias = configured.alias.as_deref().unwrap_or(ALIAS);
        let mut names = Self {
            alias: format!("{}/", alias.trim_end_matches('/')),
            custom: BTreeMap::new(),
            several: BTreeMap::new(),
        };
        let on_server = |name: &str| format!("{DEFAULTS_SERVER}/{name}");
        names.custom.insert(PRO_CHANNEL.to_owned(), on_server(PRO_CHANNEL));
        let usual =
            DEFAULT_CHANNELS.map(|name| Member { address: on_server(name), windows_only: false });
        let defaults = match &configured.default_channels {
            // As conda has it, who writes out what everybody has gets what everybody gets.
            Some(listed) if names.members(listed) != usual => names.members(listed),
            _ => usual
                .into_iter()
                .chain([Member { address: on_server(WINDOWS_CHANNEL), windows_only: true }])
                .collect(),
        };
        for (name, listed) in &configured.custom_multichannels {
            // conda keeps this name for the channel that conda-build makes on a machine.
            if name != "local" {
                names.several.insert(name.clone(), names.members(listed));
            }
        }
        // Nor may a configuration give this one another meaning but with `default_channels`.
        names.several.insert(DEFAULTS.to_owned(), defaults);
        let members = names.several.values().flatten();
        let named: Vec<(String, String)> = members
            .filter_map(|member| Some((names.name_of(&member.address)?, member.address.clone())))
            .collect();
        names.custom.extend(named);
        for (name, place) in &configured.custom_channels {
            let name = name.trim_matches('/');
            let place = place.trim_end_matches('/');
            let place = names.address(place);
            names.custom.insert(name.to_owned(), format!("{place}/{name}"));
        }
        names
    }

    fn members(&self, listed: &[String]) -> Vec<Member> {
        let address = |text: &String| self.address(text.trim_end_matches('/'));
        listed.iter().map(|text| Member { address: address(text), windows_only: false }).collect()
    }

    /// What a configuration writes for a place: an address, or what is below the alias.
    fn address(&self, text: &str) -> String {
        if is_name(text) { format!("{}{text}", self.alias) } else { text.to_owned() }
    }

    /// The name that a member of several has as well: what stands behind the server.
    fn name_of(&self, address: &str) -> Option<String> {
        let public = without_credentials(address);
        let alias = without_credentials(&self.alias);
        let name = match public.strip_prefix(&*alias) {
            Some(name) => name,
            None => public.split_once("://")?.1.split_once('/')?.1,
        };
        (!name.is_empty()).then(|| name.to_owned())
    }

    /// The channels that a text stands for, where it is the name of several. They have one priority.
    pub fn several(&self, text: &str) -> Option<&[Member]> {
        self.several.get(text.trim_end_matches('/')).map(Vec::as_slice)
    }

    /// Where a channel is that is written as a name. Addresses and paths stay as they are.
    ///
    /// For the name of several it is the place where a channel of that name would be.
    pub fn place<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if !is_name(text) {
            return Cow::Borrowed(text);
        }
        let name = text.trim_end_matches('/');
        let mut known = name;
        loop {
            if let Some(place) = self.custom.get(known) {
                return Cow::Owned(format!("{place}{}", &name[known.len()..]));
            }
            match known.rsplit_once('/') {
                Some((shorter, _)) => known = shorter,
                None => return Cow::Owned(format!("{}{name}", self.alias)),
            }
        }
    }

    /// The places that a text stands for on some platforms, each once, in the order of their priority.
    pub fn places(&self, text: &str, platforms: &[Platform]) -> Vec<String> {
        match self.several(text) {
            Some(members) => members
                .iter()
                .filter(|member| platforms.iter().any(|platform| member.is_for(*platform)))
                .map(|member| member.address.clone())
                .collect(),
            None => vec![self.place(text).into_owned()],
        }
    }

    /// The channel that an address is, in the one spelling that all of its spellings have in common: no credentials, no slash at
    /// its end, the host in small letters and without the usual port. The name of several stays a name.
    pub fn identity(&self, text: &str) -> String {
        if let Some((name, _)) = self.several.get_key_value(text.trim_end_matches('/')) {
            return name.clone();
        }
        one_spelling(&without_credentials(&self.place(text)))
    }

    /// Whether the text means something else than it does to those who have no configuration.
    pub fn is_changed(&self, text: &str) -> bool {
        if !is_name(text) {
            return false;
        }
        match (self.several(text), USUAL.several(text)) {
            (None, None) => self.place(text) != USUAL.place(text),
            (ours, theirs) => ours != theirs,
        }
    }
}

/// Whether a channel is written as a name.
fn is_name(text: &str) -> bool {
    !text.contains("://") && !is_path(text) && !text.contains('\\')
}

/// An address with its parts as everybody compares them. A variable in it stays as it is.
fn one_spelling(address: &str) -> String {
    let address = address.trim_end_matches('/');
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let scheme = scheme.to_ascii_lowercase();
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (login, host) = match authority.rsplit_once('@') {
        Some((login, host)) => (format!("{login}@"), host),
        None => (String::new(), authority),
    };
    let usual_port = match scheme.as_str() {
        "https" => ":443",
        "http" => ":80",
        _ => "",
    };
    let host = host.strip_suffix(usual_port).unwrap_or(host);
    let host = if host.contains('$') { host.to_owned() } else { host.to_ascii_lowercase() };
    format!("{scheme}://{login}{host}{path}")
}

/// Names as they are without anybody's configuration.
static USUAL: LazyLock<ChannelNames> = LazyLock::new(ChannelNames::default);

/// The one spelling of a channel without anybody's configuration; see [`ChannelNames::identity`].
pub fn channel_identity(text: &str) -> String {
    USUAL.identity(text)
}

/// The channels that texts stand for without anybody's configuration, in that spelling and each once.
pub fn channel_identities<'a>(
    texts: impl IntoIterator<Item = &'a str>,
    platforms: &[Platform],
) -> Vec<String> {
    let mut identities = Vec::new();
    for place in texts.into_iter().flat_map(|text| USUAL.places(text, platforms)) {
        let identity = USUAL.identity(&place);
        if !identities.contains(&identity) {
            identities.push(identity);
        }
    }
    identities
}

/// A channel without the platforms that are written behind it (`conda-forge/linux-64`, `conda-forge[linux-64,noarch]`), which
/// many tools show so. `None` where there are none.
pub fn without_platform(text: &str) -> Option<&str> {
    let mut channel = text.trim_end_matches('/');
    let all = channel.len();
    let is_subdir = |text: &str| text.parse::<Platform>().is_ok();
    if let Some(open) = channel.rfind('[')
        && let Some(listed) = channel[open + 1..].strip_suffix(']')
        && listed.split(',').all(|one| is_subdir(one.trim()))
    {
        channel = channel[..open].trim_end_matches('/');
    }
    if let Some((before, last)) = channel.rsplit_once('/')
        && is_subdir(last)
        && !matches!(before.trim_end_matches('/').rsplit('/').next(), None | Some("" | "." | ".."))
        && !before.ends_with(":/")
    {
        channel = before.trim_end_matches('/');
    }
    (channel.len() < all && !channel.is_empty()).then_some(channel)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINUX: [Platform; 1] = [Platform::Linux64];

    fn strings(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|&text| text.to_owned()).collect()
    }

    #[test]
    fn names_mean_what_they_mean_to_conda() {
        let names = ChannelNames::default();
        for (text, place) in [
            ("conda-forge", "https://conda.anaconda.org/conda-forge"),
            ("conda-forge/", "https://conda.anaconda.org/conda-forge"),
            ("conda-forge/label/broken", "https://conda.anaconda.org/conda-forge/label/broken"),
            ("main", "https://conda.anaconda.org/main"),
            ("r", "https://conda.anaconda.org/r"),
            ("msys2", "https://conda.anaconda.org/msys2"),
            ("free", "https://conda.anaconda.org/free"),
            ("anaconda", "https://conda.anaconda.org/anaconda"),
            ("pkgs/main", "https://repo.anaconda.com/pkgs/main"),
            ("pkgs/r", "https://repo.anaconda.com/pkgs/r"),
            ("pkgs/msys2", "https://repo.anaconda.com/pkgs/msys2"),
            ("pkgs/pro", "https://repo.anaconda.com/pkgs/pro"),
            ("pkgs/main/label/x", "https://repo.anaconda.com/pkgs/main/label/x"),
            ("pkgs/free", "https://conda.anaconda.org/pkgs/free"),
            ("https://host/defaults", "https://host/defaults"),
            ("./defaults", "./defaults"),
        ] {
            assert_eq!(names.places(text, &LINUX), [place], "{text}");
        }
        let main = "https://repo.anaconda.com/pkgs/main";
        let r = "https://repo.anaconda.com/pkgs/r";
        let msys2 = "https://repo.anaconda.com/pkgs/msys2";
        assert_eq!(names.places("defaults", &LINUX), [main, r]);
        assert_eq!(names.places("defaults/", &[Platform::Win64]), [main, r, msys2]);
        assert_eq!(names.places("defaults", &[Platform::Osx64, Platform::WinArm64]).len(), 3);
    }

    #[test]
    fn a_channel_has_one_spelling() {
        let full = "https://conda.anaconda.org/conda-forge";
        for text in [
            "conda-forge",
            "conda-forge/",
            "https://conda.anaconda.org/conda-forge",
            "https://conda.anaconda.org/conda-forge/",
            "HTTPS://Conda.Anaconda.org:443/conda-forge",
            "https://u:p@conda.anaconda.org/t/x/conda-forge//",
        ] {
            assert_eq!(channel_identity(text), full, "{text}");
        }
        assert_eq!(channel_identity("pkgs/main"), "https://repo.anaconda.com/pkgs/main");
        assert_eq!(channel_identity("defaults/"), "defaults");
        for text in ["./chan", "https://host:8443/Chan", "http://host:443/c", "https://host/C"] {
            assert_eq!(channel_identity(text), text);
        }
    }

    #[test]
    fn a_configuration_changes_names() {
        let names = ChannelNames::new(&ConfiguredNames {
            alias: Some("https://mirror.example/conda/".to_owned()),
            default_channels: Some(strings(&["https://mirror.example/repo/main", "extra"])),
            custom_channels: BTreeMap::from([
                ("team".to_owned(), "https://team.example/channels/".to_owned()),
                ("local-one".to_owned(), "file:///srv".to_owned()),
            ]),
            custom_multichannels: BTreeMap::from([
                ("both".to_owned(), strings(&["conda-forge", "https://team.example/x"])),
                ("local".to_owned(), strings(&["x"])),
            ]),
        });
        for (text, places) in [
            ("conda-forge", vec!["https://mirror.example/conda/conda-forge"]),
            ("team", vec!["https://team.example/channels/team"]),
            ("team/label/x", vec!["https://team.example/channels/team/label/x"]),
            ("local-one", vec!["file:///srv/local-one"]),
            (
                "defaults",
                vec!["https://mirror.example/repo/main", "https://mirror.example/conda/extra"],
            ),
            ("repo/main", vec!["https://mirror.example/repo/main"]),
            ("both", vec!["https://mirror.example/conda/conda-forge", "https://team.example/x"]),
            ("local", vec!["https://mirror.example/conda/local"]),
            (
                "https://conda.anaconda.org/conda-forge",
                vec!["https://conda.anaconda.org/conda-forge"],
            ),
        ] {
            assert_eq!(names.places(text, &[Platform::Win64]), places, "{text}");
            assert_eq!(names.is_changed(text), !text.contains("://"), "{text}");
        }
        assert!(!ChannelNames::default().is_changed("defaults"));
        // conda keeps `defaults` for `default_channels`, whether or not that is said.
        for (default_channels, place) in [
            (Some(strings(&["a"])), "https://conda.anaconda.org/a"),
            (None, "https://repo.anaconda.com/pkgs/main"),
        ] {
            let both = ConfiguredNames {
                default_channels,
                custom_multichannels: BTreeMap::from([("defaults".to_owned(), strings(&["b"]))]),
                ..ConfiguredNames::default()
            };
            assert_eq!(ChannelNames::new(&both).places("defaults", &LINUX)[0], place);
        }
    }

    #[test]
    fn platforms_behind_a_channel_are_no_part_of_it() {
        for (text, channel) in [
            ("conda-forge/linux-64", "conda-forge"),
            ("conda-forge/noarch/", "conda-forge"),
            ("conda-forge[linux-64]", "conda-forge"),
            ("conda-forge[linux-64, noarch]", "conda-forge"),
            ("https://host/t/${T}/chan/osx-arm64", "https://host/t/${T}/chan"),
            ("./chan/noarch", "./chan"),
            ("/srv/chan/win-64/", "/srv/chan"),
        ] {
            assert_eq!(without_platform(text), Some(channel), "{text}");
        }
        for text in [
            "conda-forge",
            "conda-forge/",
            "linux-64",
            "./linux-64",
            "../noarch",
            "https://linux-64",
            "https://linux-64/",
            "conda-forge/label/dev",
            "chan[x]",
            "chan/unknown",
        ] {
            assert_eq!(without_platform(text), None, "{text}");
        }
    }
}
