//! The recipe file as serde sees it.
//!
//! Everything that can be wrong by itself (a dependency, a platform, a date) is checked while it
//! is read, because only then does serde_yaml know its line. For the same reason there is no
//! `#[serde(untagged)]` here: it forgets the place.

use std::{fmt, marker::PhantomData};

use indexmap::IndexMap;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use rattler_conda_types::{MatchSpec, PackageName, ParseStrictness, Subdir, Version};
use serde::{
    Deserialize, Deserializer,
    de::{
        DeserializeOwned, DeserializeSeed, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor,
        value,
    },
};

use super::template::Template;

/// The date of versions that are given without one.
const DEFAULT_DATE: Date = jiff::civil::date(2025, 1, 1);

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Source {
    /// Where packages that are not noarch are built.
    #[serde(default)]
    platforms: Vec<Platform>,
    /// Further subdirs that have a (maybe empty) repodata.
    #[serde(default)]
    subdirs: Vec<Platform>,
    /// The licence of packages that name none.
    pub(super) license: Option<String>,
    #[serde(default, rename = "shared")]
    _shared: IgnoredAny,
    pub(super) packages: Unique<Name, OneOrMany<Entry>>,
}

impl Source {
    pub(super) fn platforms(&self) -> impl Iterator<Item = Subdir> {
        self.platforms.iter().map(|platform| platform.0)
    }

    /// `noarch` and every platform, sorted.
    pub(super) fn all_subdirs(&self) -> Vec<Subdir> {
        let mut subdirs: Vec<_> = std::iter::once(Subdir::NoArch)
            .chain(self.platforms.iter().chain(&self.subdirs).map(|platform| platform.0))
            .collect();
        subdirs.sort_unstable();
        subdirs.dedup();
        subdirs
    }
}

/// Some versions of a package that are built alike.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) versions: Versions,
    pub(super) noarch: Option<Noarch>,
    pub(super) platforms: Option<Vec<Selector>>,
    /// Built once for each of these interpreters.
    #[serde(default)]
    pub(super) python: Vec<PythonVersion>,
    #[serde(default)]
    pub(super) variants: Vec<Variant>,
    pub(super) build: Option<Template>,
    #[serde(default)]
    pub(super) number: u64,
    #[serde(default)]
    pub(super) depends: Dependencies,
    #[serde(default)]
    pub(super) constrains: Dependencies,
    #[serde(default)]
    pub(super) track_features: Vec<String>,
    pub(super) license: Option<String>,
    /// Which digests repodata tells; all by default.
    #[serde(default = "all_digests")]
    pub(super) digests: Vec<Digest>,
    #[serde(default)]
    pub(super) format: Format,
    /// Only the list of removed files names it.
    #[serde(default)]
    pub(super) yanked: bool,
    /// What it installs besides the one file that every package has.
    #[serde(default)]
    pub(super) files: Unique<FilePath, FileContent>,
}

/// Where a file lies in the archive: relative, with slashes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct FilePath(pub(super) String);

impl Key for FilePath {
    fn parse(text: &str) -> Result<Self, String> {
        let is_step = |part: &str| !part.is_empty() && part != "." && part != "..";
        if text.split('/').all(is_step) {
            Ok(Self(text.to_owned()))
        } else {
            Err(format!("`{text}` is not a path inside a package"))
        }
    }
}

/// A file of a package: its text, or `{link: TARGET}` for a symbolic link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FileContent {
    /// The text of the file.
    Text(String),
    /// Where the link points to.
    Link(String),
}

impl<'de> Deserialize<'de> for FileContent {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyForm;
        impl<'de> Visitor<'de> for AnyForm {
            type Value = FileContent;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the text of a file, or `link: TARGET`")
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<FileContent, E> {
                Ok(FileContent::Text(text.to_owned()))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<FileContent, A::Error> {
                #[derive(Deserialize)]
                #[serde(deny_unknown_fields)]
                struct Link {
                    link: String,
                }
                Link::deserialize(value::MapAccessDeserializer::new(map))
                    .map(|one| FileContent::Link(one.link))
            }
        }
        deserializer.deserialize_any(AnyForm)
    }
}

/// One of several builds of a version. Lists add to those of the entry, values replace them.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Variant {
    pub(super) platforms: Option<Vec<Selector>>,
    pub(super) build: Option<Template>,
    pub(super) number: Option<u64>,
    #[serde(default)]
    pub(super) depends: Dependencies,
    #[serde(default)]
    pub(super) constrains: Dependencies,
    #[serde(default)]
    pub(super) track_features: Vec<String>,
}

fn all_digests() -> Vec<Digest> {
    vec![Digest::Sha256, Digest::Md5]
}

/// A digest that a record can carry.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Digest {
    Sha256,
    Md5,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
pub(super) enum Format {
    #[default]
    #[serde(rename = "conda")]
    Conda,
    #[serde(rename = "tar.bz2")]
    TarBz2,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub(super) enum Noarch {
    Python,
    Generic,
}

/// Reads a string and checks it, so that the error has the place of the string.
fn checked<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    check: impl FnOnce(&str) -> Result<T, String>,
) -> Result<T, D::Error> {
    struct Checked<C, T>(C, PhantomData<T>);
    impl<C: FnOnce(&str) -> Result<T, String>, T> Visitor<'_> for Checked<C, T> {
        type Value = T;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a string")
        }
        fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<T, E> {
            (self.0)(text).map_err(E::custom)
        }
    }
    deserializer.deserialize_str(Checked(check, PhantomData))
}

#[derive(Debug)]
struct Platform(Subdir);

impl<'de> Deserialize<'de> for Platform {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer, |text| {
            text.parse().map(Self).map_err(|_| format!("`{text}` is not a platform"))
        })
    }
}

/// A set of platforms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Selector {
    Family(&'static str),
    Exactly(Subdir),
}

impl Selector {
    pub(super) fn matches(self, platform: Subdir) -> bool {
        match self {
            Self::Exactly(subdir) => subdir == platform,
            Self::Family("unix") => platform.is_unix(),
            Self::Family(family) => platform.only_platform() == Some(family),
        }
    }
}

impl<'de> Deserialize<'de> for Selector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer, |text| {
            for family in ["linux", "osx", "win", "unix"] {
                if text == family {
                    return Ok(Self::Family(family));
                }
            }
            text.parse().map(Self::Exactly).map_err(|_| {
                format!("`{text}` is neither a platform nor one of `linux`, `osx`, `win`, `unix`")
            })
        })
    }
}

/// A package name, normalised.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Name(pub(super) String);

impl Key for Name {
    fn parse(text: &str) -> Result<Self, String> {
        match PackageName::try_from(text) {
            Ok(name) => Ok(Self(name.as_normalized().to_owned())),
            Err(error) => Err(format!("`{text}` is not a package name: {error}")),
        }
    }
}

/// A version, as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct VersionText(pub(super) String);

impl<'de> Deserialize<'de> for VersionText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer, Self::parse)
    }
}

impl Key for VersionText {
    fn parse(text: &str) -> Result<Self, String> {
        match text.parse::<Version>() {
            Ok(_) => Ok(Self(text.to_owned())),
            Err(error) => Err(format!("`{text}` is not a version: {error}")),
        }
    }
}

/// `3.12`, an interpreter's major and minor version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PythonVersion {
    pub(super) major: u32,
    pub(super) minor: u32,
}

impl<'de> Deserialize<'de> for PythonVersion {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer, |text| {
            text.split_once('.')
                .and_then(|(major, minor)| {
                    Some(Self { major: major.parse().ok()?, minor: minor.parse().ok()? })
                })
                .ok_or_else(|| format!("`{text}` is not a python version such as `3.12`"))
        })
    }
}

/// When a version was built. `None`: its records have no timestamp.
#[derive(Clone, Copy, Debug)]
pub(super) struct Built(pub(super) Option<Timestamp>);

impl<'de> Deserialize<'de> for Built {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Text(Timestamp);
        impl<'de> Deserialize<'de> for Text {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                checked(deserializer, |text| {
                    text.parse::<Timestamp>().or_else(|_| {
                        text.parse::<Date>().and_then(midnight).map_err(|_| {
                            format!("`{text}` is not a date (`2025-01-31`) or an instant (`2025-01-31T12:00:00Z`)")
                        })
                    }).map(Self)
                })
            }
        }
        Ok(Self(Option::<Text>::deserialize(deserializer)?.map(|text| text.0)))
    }
}

fn midnight(date: Date) -> Result<Timestamp, jiff::Error> {
    Ok(date.to_zoned(TimeZone::UTC)?.timestamp())
}

/// One version, a list of them, or a mapping of version to date.
#[derive(Debug)]
pub(super) struct Versions(pub(super) Vec<(VersionText, Option<Timestamp>)>);

impl<'de> Deserialize<'de> for Versions {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyForm;
        impl<'de> Visitor<'de> for AnyForm {
            type Value = Versions;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of versions, or a mapping of version to date")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Versions, A::Error> {
                let date = midnight(DEFAULT_DATE).map_err(A::Error::custom)?;
                let mut versions = Vec::new();
                while let Some(version) = seq.next_element()? {
                    versions.push((version, Some(date)));
                }
                Ok(Versions(versions))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Versions, A::Error> {
                let unique: Unique<VersionText, Built> =
                    Deserialize::deserialize(value::MapAccessDeserializer::new(map))?;
                Ok(Versions(unique.0.into_iter().map(|(v, built)| (v, built.0)).collect()))
            }
        }
        deserializer.deserialize_any(AnyForm)
    }
}

/// Dependencies in the order they were written, each with where it holds.
#[derive(Debug, Default)]
pub(super) struct Dependencies(pub(super) Vec<(Option<Selector>, Template)>);

impl<'de> Deserialize<'de> for Dependencies {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyForm;
        impl<'de> Visitor<'de> for AnyForm {
            type Value = Dependencies;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(
                    "a dependency, a list of them, or a mapping of platform to dependencies",
                )
            }
            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Dependencies, E> {
                Ok(Dependencies(vec![(None, dependency(text).map_err(E::custom)?)]))
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Dependencies, A::Error> {
                let mut all = Vec::new();
                while let Some(Dependencies(some)) = seq.next_element()? {
                    all.extend(some);
                }
                Ok(Dependencies(all))
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Dependencies, A::Error> {
                let mut all = Vec::new();
                while let Some((selector, Dependencies(some))) = map.next_entry::<Selector, _>()? {
                    for (inner, template) in some {
                        if inner.is_some() {
                            return Err(A::Error::custom("a platform inside a platform"));
                        }
                        all.push((Some(selector), template));
                    }
                }
                Ok(Dependencies(all))
            }
        }
        deserializer.deserialize_any(AnyForm)
    }
}

/// Checks a dependency with its placeholders filled by something harmless.
fn dependency(text: &str) -> Result<Template, String> {
    let template = Template::parse(text)?;
    let sample = template.fill(|_| "1");
    match MatchSpec::from_str(&sample, ParseStrictness::Lenient) {
        Ok(_) => Ok(template),
        Err(error) => Err(format!("`{text}` is not a dependency: {error}")),
    }
}

impl<'de> Deserialize<'de> for Template {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        checked(deserializer, Self::parse)
    }
}

/// One value or a list of them.
#[derive(Debug)]
pub(super) struct OneOrMany<T>(pub(super) Vec<T>);

impl<'de, T: DeserializeOwned> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyForm<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for AnyForm<T> {
            type Value = OneOrMany<T>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an entry or a list of entries")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut all = Vec::new();
                while let Some(one) = seq.next_element()? {
                    all.push(one);
                }
                Ok(OneOrMany(all))
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
                T::deserialize(value::MapAccessDeserializer::new(map))
                    .map(|one| OneOrMany(vec![one]))
            }
        }
        deserializer.deserialize_any(AnyForm(PhantomData))
    }
}

/// A mapping in its written order that refuses a key the second time, which serde_yaml does not.
#[derive(Debug)]
pub(super) struct Unique<K: std::hash::Hash + Eq, V>(pub(super) IndexMap<K, V>);

impl<K: std::hash::Hash + Eq, V> Default for Unique<K, V> {
    fn default() -> Self {
        Self(IndexMap::new())
    }
}

/// A key of [`Unique`], made from its text.
pub(super) trait Key: std::hash::Hash + Eq {
    fn parse(text: &str) -> Result<Self, String>
    where
        Self: Sized;
}

impl<'de, K: Key, V: DeserializeOwned> Deserialize<'de> for Unique<K, V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        /// Reads a key that is not there yet, so that the error has the place of the second one.
        struct NewKey<'a, K, V>(&'a IndexMap<K, V>);
        impl<'de, K: Key, V> DeserializeSeed<'de> for NewKey<'_, K, V> {
            type Value = K;
            fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<K, D::Error> {
                checked(deserializer, |text| {
                    let key = K::parse(text)?;
                    if self.0.contains_key(&key) {
                        return Err(format!("`{text}` is there twice"));
                    }
                    Ok(key)
                })
            }
        }
        struct InOrder<K, V>(PhantomData<(K, V)>);
        impl<'de, K: Key, V: DeserializeOwned> Visitor<'de> for InOrder<K, V> {
            type Value = Unique<K, V>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut all = IndexMap::new();
                while let Some(key) = map.next_key_seed(NewKey(&all))? {
                    let value = map.next_value()?;
                    all.insert(key, value);
                }
                Ok(Unique(all))
            }
        }
        deserializer.deserialize_map(InOrder(PhantomData))
    }
}
