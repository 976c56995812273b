//! What the user's configuration of conda (`.condarc`) says of channels and the network.
//!
//! conda-lock reaches channels through conda or mamba, so it honours these files; who comes from it expects the same packages.
//! Only what decides which packages come is read, all else is conda's own business. Rules are those of conda at the commit that
//! [`ChannelNames`] names: `conda/common/configuration.py`.

mod merge;
mod search;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use lockit_diagnostic::SourceFile;

use self::merge::{Said, Stated};
pub use self::search::CondaPlaces;
use crate::channel_names::{ChannelNames, ConfiguredNames};
use crate::options::ChannelPriority;
use crate::placeholder::placeholders;

/// What files and variables of conda say, merged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CondaConfig {
    /// What names of channels stand for.
    pub channel_names: ChannelNames,
    /// `channel_priority`.
    pub channel_priority: Option<ChannelPriority>,
    /// `ssl_verify`.
    pub certificates: Option<Certificates>,
    /// `proxy_servers`: addresses of proxies by scheme (`https`) or by scheme and host (`https://host`). They may hold secrets.
    pub proxies: BTreeMap<String, String>,
    /// Each setting that was taken, and the file or variable it was taken from.
    pub taken: Vec<(&'static str, String)>,
    /// What is wrong with the files; it was left out, as conda does.
    pub warnings: Vec<String>,
}

/// How the certificates of servers are proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Certificates {
    /// By the roots that the system trusts.
    System,
    /// By those in a file, in PEM.
    File(PathBuf),
    /// Not at all.
    Unverified,
}

/// The settings that are read.
const SETTINGS: [&str; 7] = [
    "channel_alias",
    "default_channels",
    "custom_channels",
    "custom_multichannels",
    "channel_priority",
    "ssl_verify",
    "proxy_servers",
];

/// The setting that a key is. conda knows one of them by a second name.
fn setting(key: &str) -> Option<&'static str> {
    let name = if key == "verify_ssl" { "ssl_verify" } else { key };
    SETTINGS.into_iter().find(|one| *one == name)
}

/// A text with what its variables stand for; as conda has it, one that is not set stays. The files are the user's own, so they
/// may have any.
fn expanded(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> String {
    let mut out = String::new();
    let mut from = 0;
    for placeholder in placeholders(text) {
        if let Some(value) = variable(placeholder.name) {
            out.push_str(&text[from..placeholder.range.start]);
            out.push_str(&value);
            from = placeholder.range.end;
        }
    }
    out.push_str(&text[from..]);
    out
}

impl CondaConfig {
    /// Reads every file that conda would, and then the variables that go before them (`CONDA_CHANNEL_ALIAS` and so on).
    pub fn read(places: &CondaPlaces<'_>) -> Self {
        let mut warnings = Vec::new();
        let mut stated: Vec<Stated> = Vec::new();
        for path in search::files(places, &mut warnings) {
            let shown = path.display().to_string();
            match read(&path).and_then(|file| Stated::of_file(&file, &shown, setting)) {
                Ok(of_file) => stated.extend(of_file),
                Err(reason) => {
                    warnings.push(format!(
                        "the configuration of conda in `{shown}` is left out: {reason}"
                    ));
                }
            }
        }
        let keys =
            ["channel_alias", "default_channels", "channel_priority", "verify_ssl", "ssl_verify"];
        for key in keys {
            let name = format!("CONDA_{}", key.to_ascii_uppercase());
            if let Some(value) = (places.variable)(&name)
                && let Some(setting) = setting(key)
            {
                stated.push(Stated::of_variable(setting, &value, &name));
            }
        }
        Self::merged(&stated, warnings, places.variable)
    }

    fn merged(
        stated: &[Stated],
        warnings: Vec<String>,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Self {
        let mut config = Self { warnings, ..Self::default() };
        let mut names = ConfiguredNames::default();
        for setting in SETTINGS {
            let of_setting: Vec<&Stated> =
                stated.iter().filter(|one| one.setting == setting).collect();
            let Some(last) = of_setting.last() else { continue };
            match merge::merge(&of_setting) {
                Ok(said) => {
                    let places: Vec<&str> =
                        of_setting.iter().map(|one| one.place.as_str()).collect();
                    match config.take(setting, &said, &mut names, variable) {
                        Ok(()) => config.taken.push((setting, places.join(", "))),
                        Err(reason) => config.warnings.push(format!(
                            "`{setting}` of conda's configuration ({}) is left out: {reason}",
                            places.join(", ")
                        )),
                    }
                }
                Err(reason) => config
                    .warnings
                    .push(format!("`{setting}` in `{}` is left out: {reason}", last.place)),
            }
        }
        config.channel_names = ChannelNames::new(&names);
        config
    }

    /// Takes a merged setting.
    fn take(
        &mut self,
        setting: &str,
        said: &Said,
        names: &mut ConfiguredNames,
        variable: &dyn Fn(&str) -> Option<String>,
    ) -> Result<(), String> {
        match setting {
            "channel_alias" => {
                let alias = said.text()?;
                if !alias.contains("://") {
                    return Err("it is no address with a scheme".to_owned());
                }
                names.alias = Some(alias.to_owned());
            }
            "default_channels" => names.default_channels = Some(said.list()?),
            "custom_channels" => {
                for (name, value) in said.map()? {
                    names.custom_channels.insert(name.clone(), value.text()?.to_owned());
                }
            }
            "custom_multichannels" => {
                for (name, value) in said.map()? {
                    names.custom_multichannels.insert(name.clone(), value.list()?);
                }
            }
            "channel_priority" => {
                self.channel_priority = Some(match said.text()?.to_ascii_lowercase().as_str() {
                    "strict" => ChannelPriority::Strict,
                    // What it was before there was `strict`.
                    "flexible" | "true" | "yes" | "on" => ChannelPriority::Flexible,
                    "disabled" | "false" | "no" | "off" => ChannelPriority::Disabled,
                    _ => return Err("it is none of `strict`, `flexible` and `disabled`".to_owned()),
                });
            }
            "ssl_verify" => {
                self.certificates = Some(match expanded(said.text()?, variable).as_str() {
                    "<truststore>" | "truststore" => Certificates::System,
                    text => match text.to_ascii_lowercase().as_str() {
                        "true" | "yes" | "on" => Certificates::System,
                        "false" | "no" | "off" => Certificates::Unverified,
                        _ if Path::new(text).is_file() => Certificates::File(PathBuf::from(text)),
                        _ => return Err("it names no file".to_owned()),
                    },
                });
            }
            _ => {
                // Whoever writes `null` names none.
                for (scheme, value) in said.map()?.filter(|(_, value)| **value != Said::Nothing) {
                    self.proxies.insert(scheme.clone(), expanded(value.text()?, variable));
                }
            }
        }
        Ok(())
    }
}

/// The text of a file; a reason in words where it has none.
fn read(path: &Path) -> Result<SourceFile, String> {
    let bytes = fs_err::read(path).map_err(|error| error.to_string())?;
    let text = String::from_utf8(bytes).map_err(|_| "it is no UTF-8 text".to_owned())?;
    Ok(SourceFile::new(path.display().to_string(), text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Platform;

    /// The configuration of files, the first of which is the weakest.
    fn of(files: &[&str]) -> CondaConfig {
        let mut stated = Vec::new();
        for (number, text) in files.iter().enumerate() {
            let file = SourceFile::new("condarc", *text);
            stated.extend(Stated::of_file(&file, &number.to_string(), setting).unwrap());
        }
        CondaConfig::merged(&stated, Vec::new(), &|name| {
            (name == "CERTIFICATES")
                .then(|| concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml").to_owned())
        })
    }

    fn places(config: &CondaConfig, name: &str) -> Vec<String> {
        config.channel_names.places(name, &[Platform::Linux64])
    }

    #[test]
    fn the_last_file_says_it_unless_an_earlier_one_is_final() {
        let alias = |files: &[&str]| places(&of(files), "x").remove(0);
        let (one, two) = ("channel_alias: https://one", "channel_alias: https://two/");
        assert_eq!(alias(&[one, two]), "https://two/x");
        assert_eq!(alias(&[&format!("{one} #!final"), two]), "https://one/x");
        assert_eq!(alias(&[&format!("{one}  # !final of the team"), two]), "https://two/x");
        let config = of(&["channel_priority: true", "channel_priority: strict"]);
        assert_eq!(config.channel_priority, Some(ChannelPriority::Strict));
        assert_eq!(
            of(&["channel_priority: true"]).channel_priority,
            Some(ChannelPriority::Flexible)
        );
        assert_eq!(
            of(&["channel_priority: false"]).channel_priority,
            Some(ChannelPriority::Disabled)
        );
    }

    #[test]
    fn lists_add_up_with_the_last_file_first() {
        let defaults = |files: &[&str]| -> String {
            let found = places(&of(files), "defaults");
            let names: Vec<&str> = found.iter().filter_map(|one| one.rsplit('/').next()).collect();
            names.join(" ")
        };
        let one = "default_channels:\n  - a\n  - b\n";
        assert_eq!(defaults(&[one, "default_channels: [c, a]"]), "c a b");
        assert_eq!(defaults(&["default_channels: #!final\n  - a\n", "default_channels: [c]"]), "a");
        assert_eq!(
            defaults(&["default_channels:\n  - a #!top\n  - b\n", "default_channels: [c]"]),
            "a c b"
        );
        assert_eq!(defaults(&[one, "default_channels:\n  - c #!bottom\n  - d\n"]), "d a b c");
    }

    #[test]
    fn maps_add_up_name_by_name() {
        let config = of(&[
            "custom_channels:\n  a: https://one\n  b: https://one #!final\n",
            "custom_channels:\n  a: https://two\n  b: https://two\n  c: file:///srv\n",
            "custom_multichannels:\n  both: [x, https://y/z]\nproxy_servers: {https: 'http://p:8080'}\n",
        ]);
        assert_eq!(places(&config, "a"), ["https://two/a"]);
        assert_eq!(places(&config, "b"), ["https://one/b"]);
        assert_eq!(places(&config, "c"), ["file:///srv/c"]);
        assert_eq!(places(&config, "both"), ["https://conda.anaconda.org/x", "https://y/z"]);
        assert_eq!(config.proxies["https"], "http://p:8080");
        assert_eq!(config.taken.len(), 3);
        assert_eq!(config.warnings, Vec::<String>::new());
    }

    #[test]
    fn variables_in_settings_of_the_network_are_filled_in() {
        let config = of(&[
            "ssl_verify: $CERTIFICATES\nproxy_servers: {https: 'http://${CERTIFICATES}:$UNSET@p', http: null}\n",
        ]);
        let Some(Certificates::File(path)) = &config.certificates else { panic!("{config:?}") };
        assert!(path.ends_with("Cargo.toml"));
        let proxies: Vec<(&str, &str)> =
            config.proxies.iter().map(|(scheme, text)| (scheme.as_str(), text.as_str())).collect();
        assert_eq!(proxies, [("https", format!("http://{}:$UNSET@p", path.display()).as_str())]);
        assert_eq!(config.warnings, Vec::<String>::new());
        assert_eq!(of(&["verify_ssl: no"]).certificates, Some(Certificates::Unverified));
        // A later file may take back the proxy of an earlier one.
        let (one, two) = ("proxy_servers: {http: 'http://p'}", "proxy_servers: {http: }");
        assert!(of(&[one, two]).proxies.is_empty());
        assert_eq!(of(&[two, one]).proxies["http"], "http://p");
    }

    #[test]
    fn what_makes_no_sense_is_left_out_with_a_warning() {
        for text in [
            "channel_alias: [a]",
            "channel_alias: no-scheme",
            "default_channels: a",
            "custom_channels: [a]",
            "custom_channels: {a: [b]}",
            "channel_priority: high",
            "ssl_verify: /no/such/file.pem",
            "proxy_servers: http://p",
        ] {
            let config = of(&[text]);
            assert_eq!((config.taken.len(), config.warnings.len()), (0, 1), "{text}: {config:?}");
        }
        for text in ["", "# nothing", "- a", "channels: [x]", "channel_alias:"] {
            assert_eq!(of(&[text]), CondaConfig::default(), "{text}");
        }
        assert_eq!(of(&["ssl_verify: false"]).certificates, Some(Certificates::Unverified));
        assert_eq!(of(&["ssl_verify: truststore"]).certificates, Some(Certificates::System));
    }
}
