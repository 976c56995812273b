//! Of several channels that have one name, those that can be read.
//!
//! Who writes `defaults` means all that it stands for, and seldom needs each of them: a mirror without `pkgs/r` serves most
//! specs. So one that cannot be read is left out with a warning as long as another can.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError};

use futures_util::future::join_all;
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
        let wanted: Vec<&ResolvedChannel> =
            channels.iter().filter(|channel| channel.is_for(platform)).collect();
        let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (nth, channel) in wanted.iter().enumerate() {
            if let Some(group) = &channel.group {
                groups.entry(group).or_default().push(nth);
            }
        }
        let mut lost: BTreeSet<usize> = BTreeSet::new();
        for (group, members) in groups.into_iter().filter(|(_, members)| members.len() > 1) {
            let verdicts =
                join_all(members.iter().map(|nth| self.unreadable(wanted[*nth], platform))).await;
            if verdicts.iter().all(Option::is_some) {
                continue;
            }
            for (nth, failure) in members.into_iter().zip(verdicts) {
                let Some(failure) = failure else { continue };
                self.tell_once(format!(
                    "channel `{}`, one of those that `{group}` stands for, is left out: {}",
                    wanted[nth].public_url(),
                    without_place(&failure)
                ));
                lost.insert(nth);
            }
        }
        let kept = wanted.into_iter().enumerate().filter(|(nth, _)| !lost.contains(nth));
        kept.map(|(_, channel)| channel.clone()).collect()
    }

    /// Why a channel cannot be read for a platform.
    async fn unreadable(
        &self,
        channel: &ResolvedChannel,
        platform: Platform,
    ) -> Option<FetchFailure> {
        let cell = {
            let mut verdicts = self.verdicts.lock().unwrap_or_else(PoisonError::into_inner);
            let asked = (channel.asked_base().to_owned(), platform);
            Arc::clone(verdicts.entry(asked).or_default())
        };
        cell.get_or_init(|| self.try_to_read(channel, platform)).await.clone()
    }

    async fn try_to_read(
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
