//! The lock of one environment. Every format is read into this and written from this.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use lockit_spec::credentials::without_credentials;
use lockit_spec::{
    ActivationVariables, ChannelPriority, PUBLIC_INDEX, PipSources, Platform, Prereleases,
    Strategy, VirtualPackage, is_dotted,
};

use crate::Metadata;

/// What was chosen for one environment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Lock {
    /// The environment's name; empty where a format does not keep it.
    pub environment: String,
    /// The specs it was made from, posix paths relative to the lockfile's folder.
    pub sources: Vec<String>,
    /// Channels, highest priority first.
    pub channels: Vec<LockedChannel>,
    /// How it was solved; the defaults where a format does not keep it.
    pub options: LockedOptions,
    /// Where its PyPI packages may come from. `None` where a format does not keep it, and where none is asked for.
    pub pip_indexes: Option<PipIndexes>,
    /// What was chosen per platform. Ordered by platform name.
    pub platforms: BTreeMap<Platform, PlatformLock>,
    /// The command that makes it again, for example `lockit -f environment.yml -p linux-64`,
    /// without the program's path.
    pub command: Option<String>,
    /// Domains whose credentials were taken out of addresses ([`Lock::strip_credentials`]); a file says so where its
    /// format has a place for it.
    pub authenticated: BTreeSet<String>,
    /// Who made it, and when.
    pub metadata: Metadata,
}

impl Lock {
    /// What it holds of one platform.
    #[must_use]
    pub fn on(&self, platform: Platform) -> Self {
        let platforms = self.platforms.get_key_value(&platform).into_iter();
        Self {
            environment: self.environment.clone(),
            sources: self.sources.clone(),
            channels: self.channels.clone(),
            options: self.options,
            pip_indexes: self.pip_indexes.clone(),
            platforms: platforms.map(|(name, locked)| (*name, locked.clone())).collect(),
            command: self.command.clone(),
            authenticated: self.authenticated.clone(),
            metadata: self.metadata.clone(),
        }
    }
}

/// A channel as a lockfile names it: public, without secrets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LockedChannel {
    /// Name or URL; credentials only as `${VAR}` placeholders.
    pub url: String,
    /// Environment variables used in `url`.
    pub used_env_vars: Vec<String>,
}

/// How an environment was solved, as far as a lockfile says so: of all formats, pixi.lock does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LockedOptions {
    /// Version strategy.
    pub strategy: Strategy,
    /// Channel priority.
    pub channel_priority: ChannelPriority,
    /// Which pre-releases of PyPI packages were allowed.
    pub prereleases: Prereleases,
}

/// Where the PyPI packages of an environment may come from, as pixi.lock says it. Addresses as they are written in
/// the specs, without logins.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PipIndexes {
    /// The index that stands for the public one, and those besides it.
    pub indexes: Vec<String>,
    /// Indexes that only single packages name. pixi.lock does not list them.
    pub of_packages: Vec<String>,
    /// Folders and pages that list archives.
    pub find_links: Vec<String>,
}

impl PipIndexes {
    /// Those of an environment.
    pub fn of(sources: &PipSources) -> Self {
        let public = |text: &str| without_credentials(text).into_owned();
        let first = sources.default.as_ref().map_or(PUBLIC_INDEX, |index| index.text.as_str());
        let others = sources.for_all().map(|index| index.text.as_str());
        Self {
            indexes: std::iter::once(first).chain(others).map(public).collect(),
            of_packages: sources.of_packages.iter().map(|text| public(text)).collect(),
            find_links: sources.find_links.iter().map(|place| public(&place.text)).collect(),
        }
    }

    /// An index as it is written in the specs; itself where none of them names it.
    pub fn spelled<'a>(&'a self, index: &'a str) -> &'a str {
        let bare = |text: &str| text.trim_end_matches('/').to_owned();
        let mut all = self.of_packages.iter().chain(&self.indexes).map(String::as_str);
        all.find(|one| bare(one) == bare(index)).unwrap_or(index)
    }
}

/// What was chosen for one platform of an environment.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PlatformLock {
    /// Digest of everything that decides the result (see `input_hash`), hex sha256. `None` where
    /// a file does not say.
    pub input_hash: Option<String>,
    /// The digest of the inputs as conda-lock counts them (see `lock_specification`), hex sha256. `None` where
    /// a file does not say, and where conda-lock could not read the inputs.
    pub content_hash: Option<String>,
    /// Names of the packages the spec asks for on this platform, sorted. `None` where not kept.
    pub requested: Option<Vec<String>>,
    /// The assumed virtual packages. Empty where not kept.
    pub virtual_packages: Vec<VirtualPackage>,
    /// The moment after which packages were ignored.
    pub exclude_newer: Option<Timestamp>,
    /// What held for some packages besides that, as `NAME=WHEN` ([`CutoffException`](lockit_spec::CutoffException)).
    pub exclude_newer_package: Vec<String>,
    /// What the packages ask of the machine (`__glibc` and so on), where a file says so because it keeps no
    /// dependencies; see [`PlatformLock::needs`].
    pub recorded_needs: BTreeMap<String, String>,
    /// How many PyPI requirements were left out (`--skip-pip`).
    pub skipped_pip: usize,
    /// What is set when the environment is activated (CEP 24 `variables`). `None` where a format does not keep it.
    pub variables: Option<ActivationVariables>,
    /// The PyPI packages, sorted by name. They are installed after `records`, and none of them is one that
    /// `records` provide.
    pub pip: Vec<PipRecord>,
    /// The packages in install order: dependencies first (see `order`). Equal packages of several locks may be one in
    /// memory; [`Arc::make_mut`] changes that of one lock alone.
    pub records: Vec<Arc<Record>>,
}

/// One package of one platform. Field meanings are those of repodata (CEP 36).
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Record {
    /// Normalised package name.
    pub name: String,
    /// Version as the channel spells it.
    pub version: String,
    /// Build string. Empty where a format does not keep it and the file name does not show it.
    pub build: String,
    /// Build number. `None` where a format does not keep it.
    pub build_number: Option<u64>,
    /// The subdir the archive lies in: the platform's or `noarch`.
    pub subdir: String,
    /// Where to get it; credentials only as `${VAR}` placeholders. `None` in rendered environments.
    pub url: Option<String>,
    /// Where the sources are of a package that is built when it is installed (pixi's source packages): a path or an
    /// address. Such a package has no `url` and no digest. lockit shows it, and neither locks nor installs it.
    pub built_from: Option<String>,
    /// Channel URL or name, without trailing slash; credentials only as placeholders.
    pub channel: Option<String>,
    /// Hex sha256 of the archive.
    pub sha256: Option<String>,
    /// Hex md5 of the archive.
    pub md5: Option<String>,
    /// Bytes of the archive.
    pub size: Option<u64>,
    /// When it was built, as whoever built it says.
    pub timestamp: Option<Timestamp>,
    /// When its channel took it in (CEP 47). `None` where the channel, or a format, does not say.
    pub indexed: Option<Timestamp>,
    /// Dependencies, as MatchSpec strings. `None` where a format does not keep them.
    pub depends: Option<Vec<String>>,
    /// Constraints on packages that need not be there. `None` where a format does not keep them.
    pub constrains: Option<Vec<String>>,
    /// Licence text of the recipe.
    pub license: Option<String>,
    /// Licence family.
    pub license_family: Option<String>,
    /// `python`, `generic` or nothing.
    pub noarch: Option<String>,
    /// Features that weigh a variant down.
    pub track_features: Vec<String>,
    /// Package URLs (purl) of the same software elsewhere. `None`: nobody has looked for any.
    pub purls: Option<Vec<String>>,
    /// Groups of the spec that need it, such as `main` and `dev`, sorted. Empty where a format does not
    /// keep them.
    pub categories: Vec<String>,
    /// Where a python package of this platform puts its modules, when python itself says so.
    pub python_site_packages_path: Option<String>,
}

/// One PyPI package of one platform.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PipRecord {
    /// Name, normalised (PEP 503).
    pub name: String,
    /// Version (PEP 440). Empty where nobody knows: a folder whose version is made when it is built.
    pub version: String,
    /// Where it comes from.
    pub source: PipSource,
    /// Hex sha256 of the archive. `None` for what has no archive, and where a format does not keep it.
    pub sha256: Option<String>,
    /// Bytes of the archive.
    pub size: Option<u64>,
    /// What it needs, as PEP 508 requirements without markers, sorted; those that conda packages provide are
    /// among them. Only names where that is all that is known. `None` where a format does not keep them.
    pub depends: Option<Vec<String>>,
    /// All that it may need, as its own metadata says it: PEP 508 requirements with their markers, those of extras
    /// among them. `None` where it is not known, and where a format does not keep it.
    pub requires_dist: Option<Vec<String>>,
    /// Versions of python it is made for (PEP 440 specifiers).
    pub requires_python: Option<String>,
    /// Extras of it that were asked for, sorted.
    pub extras: Vec<String>,
    /// Groups of the spec that need it; see [`Record::categories`].
    pub categories: Vec<String>,
}

/// Where a PyPI package comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PipSource {
    /// A wheel or a source distribution.
    Archive {
        /// Its address; credentials only as `${VAR}` placeholders. A file of the project is a path relative to
        /// the project's folder that starts with `./` or `../`.
        url: String,
        /// The index that it was found in; `None` for the public one and for what was asked for by address.
        index: Option<String>,
    },
    /// A commit of a git repository.
    Git {
        /// Address of the repository, without `git+`; credentials only as placeholders.
        url: String,
        /// The full id of the commit.
        commit: String,
        /// The folder in it that holds the project.
        subdirectory: Option<String>,
    },
    /// A folder, relative to the project's folder (`./`, `../`) or absolute.
    Folder {
        /// Its path.
        path: String,
        /// Whether it is installed so that changes of the sources show at once.
        editable: bool,
    },
}

impl Default for PipSource {
    fn default() -> Self {
        Self::Archive { url: String::new(), index: None }
    }
}

impl PlatformLock {
    /// The packages of channels that are named by relative paths, to change them in this lock alone.
    pub(crate) fn relative_mut(&mut self) -> impl Iterator<Item = &mut Record> {
        let is_relative = |record: &Arc<Record>| {
            record.url.iter().chain(&record.channel).any(|text| is_dotted(text))
        };
        self.records.iter_mut().filter(move |record| is_relative(record)).map(Arc::make_mut)
    }

    /// The packages, to change them in this lock alone.
    pub fn records_mut(&mut self) -> impl Iterator<Item = &mut Record> {
        self.records.iter_mut().map(Arc::make_mut)
    }
}
