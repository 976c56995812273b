//! What the channels of an export know about its packages.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use lockit_diff::fix::PackageIndex;
use lockit_diff::lint::FileReport;
use lockit_lockfile::order::dependency_name;
use lockit_solver::{Failure, Indexed, Session};
use lockit_spec::{ChannelNames, ChannelRef, Platform};

/// The records of all packages that an export lists.
pub(super) struct ChannelIndex {
    channels: String,
    dependencies: HashMap<String, Vec<String>>,
    /// Versions of each package that is listed, with the platforms that have them.
    versions: HashMap<String, BTreeMap<String, BTreeSet<Platform>>>,
}

impl ChannelIndex {
    /// Asks the channels. `None` when there are none: the caller has something simpler to fall back to.
    ///
    /// # Errors
    /// An index that cannot be had.
    pub(super) fn ask(
        session: &Session,
        report: &FileReport,
        channels: &[ChannelRef],
        channel_names: &ChannelNames,
    ) -> Result<Option<Self>, Failure> {
        let environment = report.spec.as_ref().and_then(|(survey, _)| survey.environment.as_ref());
        let Some(environment) = environment else { return Ok(None) };
        let channels = if channels.is_empty() { &environment.channels } else { channels };
        if channels.is_empty() {
            return Ok(None);
        }
        // Version and build of what is listed.
        let listed: HashMap<String, (String, String)> = environment
            .requirements
            .iter()
            .map(|requirement| {
                let version = requirement.spec.version.as_ref().map(ToString::to_string);
                let build = requirement.spec.build.as_ref().map(ToString::to_string);
                let version = version.unwrap_or_default().trim_start_matches('=').to_owned();
                (requirement.name.as_normalized().to_owned(), (version, build.unwrap_or_default()))
            })
            .collect();
        let names: BTreeSet<String> = listed.keys().cloned().collect();
        let records = session.lookup(channels, channel_names, &report.platforms, &names)?;
        let mut index = Self {
            channels: channels
                .iter()
                .map(|channel| format!("`{}`", channel.public()))
                .collect::<Vec<_>>()
                .join(", "),
            dependencies: HashMap::new(),
            versions: names.iter().map(|name| (name.clone(), BTreeMap::new())).collect(),
        };
        for name in &names {
            let Some((version, build)) = listed.get(name) else { continue };
            let of = || records.iter().filter(|record| record.name == *name);
            // The very build, else that version, else whatever there is: what a package depends on
            // rarely changes by name.
            let best = |record: &&Indexed| {
                (record.version == *version && record.build == *build, record.version == *version)
            };
            if let Some(record) = of().max_by_key(best) {
                let names = record.depends.iter().map(|text| dependency_name(text).to_lowercase());
                index.dependencies.insert(name.clone(), names.collect());
            }
        }
        for record in records {
            let Indexed { name, version, platform, .. } = record;
            let versions = index.versions.entry(name).or_default();
            versions.entry(version).or_default().insert(platform);
        }
        // An index that knows none of the packages is the wrong one.
        Ok((!index.dependencies.is_empty()).then_some(index))
    }
}

impl PackageIndex for ChannelIndex {
    fn origin(&self) -> String {
        format!("the index of {}", self.channels)
    }

    fn dependencies(&self, name: &str) -> Option<&[String]> {
        self.dependencies.get(name).map(Vec::as_slice)
    }

    fn platforms(&self, name: &str, version: Option<&str>) -> Option<Vec<Platform>> {
        let fits = |have: &str| {
            version.is_none_or(|wanted| {
                have.strip_prefix(wanted)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
        };
        let versions = self.versions.get(name)?.iter().filter(|(have, _)| fits(have));
        let platforms: BTreeSet<Platform> =
            versions.flat_map(|(_, platforms)| platforms).copied().collect();
        Some(platforms.into_iter().collect())
    }
}
