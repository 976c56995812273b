//! Settings that `lockit.toml` may give for everything or for one environment.

use std::collections::BTreeSet;

use lockit_diagnostic::{Diagnostic, SourceFile, Span, Spanned};

use crate::archive_choice::is_package_name;
use crate::toml_tree::{Key, Toml, TomlItem};
use crate::virtual_packages::VirtualPackageOverrides;
use crate::{
    Builds, ChannelPriority, ChannelRef, CutoffException, CutoffExceptionError, ExcludeNewer,
    Format, IndexStrategy, Platform, Strategy, code, normalise_pypi_name, parse_platform,
};

/// What `lockit.toml` says at one level; what it leaves out is `None` or empty.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// `platforms`, without repeats.
    pub platforms: Vec<Platform>,
    /// `channels`, without repeats and without `nodefaults`.
    pub channels: Vec<ChannelRef>,
    /// `kinds`, without repeats.
    pub kinds: Vec<Format>,
    /// `channel-priority`.
    pub channel_priority: Option<ChannelPriority>,
    /// `strategy`.
    pub strategy: Option<Strategy>,
    /// `index-strategy`: what counts of a PyPI package that several indexes have.
    pub index_strategy: Option<IndexStrategy>,
    /// `exclude-newer`.
    pub exclude_newer: Option<ExcludeNewer>,
    /// `[exclude-newer-package]`, in the order of the file.
    pub exclude_newer_package: Vec<CutoffException>,
    /// `no-build`, `no-build-package` and `allow-builds`: whether PyPI packages may be built.
    pub builds: Builds,
    /// `no-binary-package`: PyPI packages of which only source distributions are taken, normalised.
    pub no_binary: BTreeSet<String>,
    /// `lockfile`: the path of the lockfile that holds all platforms.
    pub lockfile: Option<Spanned<String>>,
    /// `filename-template`: the name of files that hold one platform.
    pub filename_template: Option<Spanned<String>>,
    /// `[virtual-packages]`.
    pub virtual_packages: VirtualPackageOverrides,
}

/// The keys of every level.
pub(crate) const SETTING_KEYS: [&str; 15] = [
    "platforms",
    "channels",
    "kinds",
    "channel-priority",
    "strategy",
    "index-strategy",
    "exclude-newer",
    "exclude-newer-package",
    "no-build",
    "no-build-package",
    "no-binary-package",
    "allow-builds",
    "lockfile",
    "filename-template",
    "virtual-packages",
];

impl Settings {
    /// These settings, with `other` winning where it says something.
    pub fn overridden_by(&self, other: &Self) -> Self {
        Self {
            platforms: if other.platforms.is_empty() { &self.platforms } else { &other.platforms }
                .clone(),
            channels: if other.channels.is_empty() { &self.channels } else { &other.channels }
                .clone(),
            kinds: if other.kinds.is_empty() { &self.kinds } else { &other.kinds }.clone(),
            channel_priority: other.channel_priority.or(self.channel_priority),
            strategy: other.strategy.or(self.strategy),
            index_strategy: other.index_strategy.or(self.index_strategy),
            exclude_newer: other.exclude_newer.clone().or_else(|| self.exclude_newer.clone()),
            // The last one counts of two about the same.
            exclude_newer_package: self
                .exclude_newer_package
                .iter()
                .chain(&other.exclude_newer_package)
                .cloned()
                .collect(),
            builds: self.builds.overridden_by(&other.builds),
            no_binary: if other.no_binary.is_empty() { &self.no_binary } else { &other.no_binary }
                .clone(),
            lockfile: other.lockfile.clone().or_else(|| self.lockfile.clone()),
            filename_template: other
                .filename_template
                .clone()
                .or_else(|| self.filename_template.clone()),
            virtual_packages: self.virtual_packages.then(&other.virtual_packages),
        }
    }

    /// Takes one key; false when it is none of the settings.
    pub(crate) fn read(&mut self, toml: &mut Toml<'_>, key: &Key<'_>, item: &TomlItem<'_>) -> bool {
        match key.text {
            "platforms" => self.platforms = platforms(toml, item),
            "channels" => self.channels = channels(toml, item),
            "kinds" => {
                let words = Format::ALL.map(|kind| (kind.as_str(), kind));
                for text in toml.strings(key.text, item) {
                    if let Some(kind) = toml.word("kind of lockfile", &text, &words)
                        && !self.kinds.contains(&kind)
                    {
                        self.kinds.push(kind);
                    }
                }
            }
            "channel-priority" => {
                self.channel_priority = toml
                    .string(key.text, item)
                    .and_then(|text| toml.word("channel priority", &text, &ChannelPriority::WORDS));
            }
            "strategy" => {
                self.strategy = toml
                    .string(key.text, item)
                    .and_then(|text| toml.word("strategy", &text, &Strategy::WORDS));
            }
            "index-strategy" => {
                self.index_strategy = toml.string(key.text, item).and_then(|text| {
                    toml.word("value of `index-strategy`", &text, &IndexStrategy::WORDS)
                });
            }
            "exclude-newer" => {
                // TOML has dates of its own; `2026-01-31` without quotes means the same.
                let text = match item.date() {
                    Some(date) => Some(Spanned::new(date, item.span)),
                    None => toml.string(key.text, item),
                };
                if let Some(text) = text {
                    match ExcludeNewer::parse(&text.value) {
                        Ok(cutoff) => self.exclude_newer = Some(cutoff),
                        Err(error) => toml.refuse(&error, text.span, ""),
                    }
                }
            }
            "exclude-newer-package" => self.exclude_newer_package = exceptions(toml, key, item),
            "no-build" => match item.as_bool() {
                Some(none) => self.builds.in_general = Some(!none),
                None => toml.error(
                    "`no-build` must be true or false".into(),
                    item.span,
                    format!("found {}", item.kind()),
                    "for single packages write `no-build-package = [\"NAME\"]`".into(),
                ),
            },
            "no-build-package" => self.builds.refused = packages(toml, key, item),
            "no-binary-package" => self.no_binary = packages(toml, key, item),
            "allow-builds" => self.builds.allowed = packages(toml, key, item),
            "lockfile" => self.lockfile = toml.string(key.text, item),
            "filename-template" => self.filename_template = toml.string(key.text, item),
            "virtual-packages" => match item.as_table() {
                Some(table) => self.virtual_packages = VirtualPackageOverrides::read(toml, table),
                None => toml.error(
                    "`virtual-packages` must be a table".into(),
                    item.span,
                    format!("found {}", item.kind()),
                    "write `[virtual-packages]` and below it for example `glibc = \"2.28\"`".into(),
                ),
            },
            _ => return false,
        }
        true
    }
}

/// A table of packages, releases or channels with dates, ages or `false`.
pub(crate) fn exceptions(
    toml: &mut Toml<'_>,
    key: &Key<'_>,
    item: &TomlItem<'_>,
) -> Vec<CutoffException> {
    let Some(table) = item.as_table() else {
        toml.error(
            format!("`{}` must be a table", key.text),
            item.span,
            format!("found {}", item.kind()),
            format!("write for example `{} = {{ openssl = false, numpy = \"3d\" }}`", key.text),
        );
        return Vec::new();
    };
    let mut exceptions = Vec::new();
    for (about, item) in table.entries() {
        let value = match (item.as_bool(), item.date()) {
            (Some(false), _) => Some(Spanned::new("false".to_owned(), item.span)),
            (Some(true), _) => {
                toml.error(
                    format!("`{}` must be `false`, a date or an age", about.text),
                    item.span,
                    format!("found {}", item.kind()),
                    format!(
                        "write `{0} = false` to exempt it, or for example `{0} = \"7d\"`",
                        about.text
                    ),
                );
                continue;
            }
            (_, Some(date)) => Some(Spanned::new(date, item.span)),
            _ => toml.string(about.text, &item),
        };
        let Some(value) = value else { continue };
        match CutoffException::new(about.text, &value.value) {
            Ok(exception) => exceptions.push(exception),
            Err(CutoffExceptionError::Value(error)) => toml.refuse(&error, value.span, ""),
            Err(error) => toml.refuse(&error, about.span, ""),
        }
    }
    exceptions
}

/// Names of PyPI packages, normalised.
fn packages(toml: &mut Toml<'_>, key: &Key<'_>, item: &TomlItem<'_>) -> BTreeSet<String> {
    let mut packages = BTreeSet::new();
    for text in toml.strings(key.text, item) {
        if is_package_name(&text.value) {
            packages.insert(normalise_pypi_name(&text.value));
        } else {
            let message = format!("`{}` is not the name of a package", text.value);
            toml.error(message, text.span, "", "write names of PyPI packages".into());
        }
    }
    packages
}

fn platforms(toml: &mut Toml<'_>, item: &TomlItem<'_>) -> Vec<Platform> {
    let mut platforms = Vec::new();
    for text in toml.strings("platforms", item) {
        match parse_platform(&text.value) {
            Ok(platform) if platforms.contains(&platform) => {}
            Ok(platform) => platforms.push(platform),
            Err(error) => toml.refuse(&error, text.span, ""),
        }
    }
    platforms
}

fn channels(toml: &mut Toml<'_>, item: &TomlItem<'_>) -> Vec<ChannelRef> {
    let mut channels: Vec<ChannelRef> = Vec::new();
    for text in toml.strings("channels", item) {
        let known = channels.iter().any(|channel| channel.text == text.value);
        if text.value == "nodefaults" || known {
            continue;
        }
        let channel = ChannelRef::at(text.value, toml.file, text.span);
        toml.diagnostics.extend(secret_warning(toml.file, &channel, text.span));
        channels.push(channel);
    }
    channels
}

/// A warning about a secret that is written out. It has no label: that would print the line.
pub(crate) fn secret_warning(
    file: &SourceFile,
    channel: &ChannelRef,
    span: Span,
) -> Option<Diagnostic> {
    channel.holds_secret().then(|| {
        Diagnostic::warning(format!("the channel `{}` is given with a secret that is written out", channel.public()))
            .code(code::URL_CREDENTIALS)
            .note(format!("it stands at {}; the line is not shown here", file.place(span)))
            .hint("put a placeholder in its place, for example `https://host/t/${TOKEN}/channel`, and set the variable")
    })
}
