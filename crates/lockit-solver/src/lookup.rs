//! What a channel's index says about packages, without solving anything.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lockit_lockfile::alphabet;
use lockit_spec::{ChannelNames, ChannelRef, Platform};
use rattler_conda_types::{MatchSpec, PackageName, RepoDataRecord, Subdir};
use rattler_repodata_gateway::{ChannelRelationsMode, RepoData};
use tokio::task::JoinSet;

use crate::channels::{ResolvedChannel, resolve_listed};
use crate::fetch::{FetchFailure, share_reasons};
use crate::outcome::Failure;
use crate::session::{Session, Shared};

/// One package in an index.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Indexed {
    /// Normalised package name.
    pub name: String,
    /// Version as the channel spells it.
    pub version: String,
    /// Build string.
    pub build: String,
    /// The platform it was asked for; a `noarch` package is there once for each.
    pub platform: Platform,
    /// Dependencies, as MatchSpec strings.
    pub depends: Vec<String>,
}

impl Session {
    /// Every record that some channels have of some packages, for each platform, sorted.
    ///
    /// # Errors
    /// A channel that cannot be used, or an index that cannot be had.
    pub fn lookup(
        &self,
        channels: &[ChannelRef],
        channel_names: &ChannelNames,
        platforms: &[Platform],
        names: &BTreeSet<String>,
    ) -> Result<Vec<Indexed>, Failure> {
        let resolved = resolve_listed(channels, channel_names, &self.root, &*self.variables);
        let channels = resolved.map_err(|error| Failure::Channel {
            channel: error.channel,
            reason: error.reason,
            hints: error.hints,
            origin: error.origin,
        })?;
        let channels = Arc::new(channels);
        // What is no package name is in no index.
        let query: Vec<MatchSpec> = names
            .iter()
            .filter_map(|name| PackageName::try_from(name.as_str()).ok())
            .map(MatchSpec::from)
            .collect();
        let mut found = self.runtime.block_on(async {
            let mut tasks = JoinSet::new();
            for platform in platforms.iter().copied() {
                let (shared, channels) = (Arc::clone(&self.shared), Arc::clone(&channels));
                let query = query.clone();
                tasks.spawn(
                    async move { (platform, shared.lookup(&channels, platform, query).await) },
                );
            }
            let mut found = Vec::new();
            let mut failures = BTreeMap::new();
            // All of them, also when one has failed: the gateway does not take it well that somebody leaves who waits with
            // others for the same answer.
            while let Some(result) = tasks.join_next().await {
                match result {
                    Ok((_, Ok(records))) => found.extend(records),
                    Ok((platform, Err(failure))) => drop(failures.insert(platform, failure)),
                    Err(error) => std::panic::resume_unwind(error.into_panic()),
                }
            }
            share_reasons(failures.values_mut().filter_map(|failure| match failure {
                Failure::Fetch(failure) => Some(failure),
                _ => None,
            }));
            // The same one every time.
            failures.into_values().next().map_or(Ok(found), Err)
        })?;
        found.sort_unstable();
        Ok(found)
    }
}

impl Shared {
    async fn lookup(
        &self,
        channels: &[ResolvedChannel],
        platform: Platform,
        query: Vec<MatchSpec>,
    ) -> Result<Vec<Indexed>, Failure> {
        let channels = self.readable(channels, platform).await;
        let mut sources = Vec::new();
        for channel in &channels {
            sources.push(self.sources.source(&channel.channel).await);
        }
        let output = self
            .sources
            .gateway
            .query(sources, [platform, Subdir::NoArch], query)
            .recursive(false)
            .channel_relations(ChannelRelationsMode::Disabled)
            .with_reporter(self.reporter.clone())
            .execute()
            .await
            .map_err(|error| {
                let cache = &self.sources.cache;
                Failure::Fetch(FetchFailure::new(&error, &channels, &self.mirrors, cache))
            })?;
        let records = output.repodata.iter().flat_map(RepoData::iter_arc);
        let is_usual = |record: &&Arc<RepoDataRecord>| {
            let package = &record.package_record;
            alphabet::is_version(&package.version.as_str())
                && alphabet::is_build(package.build.as_str())
        };
        Ok(records
            .filter(is_usual)
            .map(|record| Indexed {
                name: record.package_record.name.as_normalized().to_owned(),
                version: record.package_record.version.to_string(),
                build: record.package_record.build.to_string(),
                platform,
                depends: record.package_record.depends.clone(),
            })
            .collect())
    }
}
