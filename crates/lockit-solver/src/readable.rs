//! Of several channels that have one name, those that can be read.
//!
//! Who writes `defaults` means all that it stands for, and seldom needs each of them: a mirror without `pkgs/r` serves most
//! specs. So one that cannot be read is left out with a warning as long as another can.

use std::collections::{BTreeMap, BTreeSet};

use lockit_spec::Platform;
use rattler_conda_types::Subdir;

use crate::channels::ResolvedChannel;
use crate::fetch::FetchFailure;
use crate::report::fetch::without_place;
use crate::session::Shared;

impl Shared {
    /// The channels that packages of a platform may come from, without those of a group that cannot be read while another
    /// of it can. Where none of a group can be read, all of them stay: then there is an error to be told.
    pub(crate) async fn readable(
        &self,
        channels: &[ResolvedChannel],
        platform: Platform,
    ) -> Vec<ResolvedChannel> {
        let mut wanted: Vec<ResolvedChannel> =
            channels.iter().filter(|channel| channel.is_for(platform)).cloned().collect();
        let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for channel in &wanted {
            if let Some(group) = &channel.group {
                let members = groups.entry(group.to_string()).or_default();
                members.push(channel.public_base().to_owned());
            }
        }
        groups.retain(|_, members| members.len() > 1);
        let mut lost: BTreeSet<String> = BTreeSet::new();
        for (group, members) in groups {
            let mut failed = Vec::new();
            for channel in
                wanted.iter().filter(|one| members.iter().any(|m| m == one.public_base()))
            {
                if let Some(failure) = self.unreadable(channel, platform).await {
                    failed.push((channel.public_base().to_owned(), failure));
                }
            }
            if failed.len() == members.len() {
                continue;
            }
            for (base, failure) in failed {
                self.tell_once(format!(
                    "channel `{}`, one of those that `{group}` stands for, is left out: {}",
                    base.trim_end_matches('/'),
                    without_place(&failure)
                ));
                lost.insert(base);
            }
        }
        wanted.retain(|channel| !lost.contains(channel.public_base()));
        wanted
    }

    /// Why a channel cannot be read for a platform.
    async fn unreadable(
        &self,
        channel: &ResolvedChannel,
        platform: Platform,
    ) -> Option<FetchFailure> {
        for subdir in [platform, Subdir::NoArch] {
            if let Err(error) = self.sources.names(&channel.channel, subdir).await {
                let alone = std::slice::from_ref(channel);
                let cache = &self.sources.cache;
                return Some(FetchFailure::new(&error, alone, &self.mirrors, cache));
            }
        }
        None
    }
}
