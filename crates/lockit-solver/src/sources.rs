//! How each channel is read: sharded and local ones by the gateway, plain ones through an index.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lockit_lockfile::write::write_if_changed;
use lockit_spec::Platform;
use rattler_conda_types::{Channel, Subdir};
use rattler_networking::LazyClient;
use rattler_repodata_gateway::fetch::CacheAction;
use rattler_repodata_gateway::{
    ChannelConfig, ChannelRelationsMode, Gateway, GatewayError, RepoDataSource, Reporter, Source,
};
use reqwest::StatusCode;
use tokio::sync::OnceCell;

use crate::plain::PlainChannel;

/// For how long a channel that had shards is taken to have them still. If it has lost them, the
/// gateway notices by itself.
const REMEMBERED: Duration = Duration::from_hours(24);

/// Decides once per channel and run.
pub(crate) struct Sources {
    pub(crate) gateway: Gateway,
    pub(crate) client: LazyClient,
    pub(crate) cache: PathBuf,
    pub(crate) config: ChannelConfig,
    pub(crate) reporter: Arc<dyn Reporter>,
    /// How often a passing fault is met with another try.
    pub(crate) retries: u32,
    pub(crate) known: Mutex<HashMap<String, Arc<OnceCell<Way>>>>,
}

/// The way to a channel's records.
#[derive(Clone)]
pub(crate) enum Way {
    /// The gateway's own.
    Gateway,
    /// Through an index of the plain repodata.
    Plain(Arc<PlainChannel>),
}

impl Sources {
    /// The source for a query.
    pub(crate) async fn source(&self, channel: &Channel) -> Source {
        match self.way(channel).await {
            Way::Gateway => Source::Channel(channel.clone()),
            Way::Plain(plain) => Source::Custom(plain as Arc<dyn RepoDataSource>),
        }
    }

    /// Every package name of one subdir.
    ///
    /// # Errors
    /// When its index cannot be loaded.
    pub(crate) async fn names(
        &self,
        channel: &Channel,
        platform: Platform,
    ) -> Result<Vec<String>, GatewayError> {
        match self.way(channel).await {
            Way::Plain(plain) => plain.names(platform).await,
            Way::Gateway => {
                let output = self
                    .gateway
                    .names([channel.clone()], [platform])
                    .channel_relations(ChannelRelationsMode::Disabled)
                    .execute()
                    .await?;
                Ok(output.names.iter().map(|name| name.as_normalized().to_owned()).collect())
            }
        }
    }

    async fn way(&self, channel: &Channel) -> Way {
        let cell = {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(known.entry(channel.base_url.as_str().to_owned()).or_default())
        };
        cell.get_or_init(|| self.decide(channel)).await.clone()
    }

    async fn decide(&self, channel: &Channel) -> Way {
        let url = channel.base_url.url();
        if !matches!(url.scheme(), "http" | "https") {
            return Way::Gateway;
        }
        let config = self.config.get(&channel.base_url);
        let plain = || {
            Way::Plain(Arc::new(PlainChannel::new(
                channel.clone(),
                self.client.clone(),
                self.cache.clone(),
                config.clone(),
                Arc::clone(&self.reporter),
                self.retries,
            )))
        };
        if !config.sharded_enabled {
            return plain();
        }
        let memory = self.memory(channel);
        if !matches!(config.cache_action, CacheAction::CacheOrFetch | CacheAction::NoCache) {
            // Offline: whatever it was at the last run with a network.
            return match fs_err::read_to_string(&memory).as_deref() {
                Ok("plain") => plain(),
                _ => Way::Gateway,
            };
        }
        let fresh = memory
            .metadata()
            .and_then(|metadata| metadata.modified())
            .is_ok_and(|time| time.elapsed().is_ok_and(|age| age < REMEMBERED));
        if fresh && fs_err::read_to_string(&memory).is_ok_and(|text| text == "sharded") {
            return Way::Gateway;
        }
        let index = channel.platform_url(Subdir::NoArch).join("repodata_shards.msgpack.zst");
        let Ok(index) = index else { return Way::Gateway };
        match self.client.client().head(index).send().await.map(|answer| answer.status()) {
            Ok(StatusCode::NOT_FOUND | StatusCode::NOT_IMPLEMENTED) => {
                Self::remember(&memory, "plain");
                plain()
            }
            Ok(status) if status.is_success() => {
                Self::remember(&memory, "sharded");
                Way::Gateway
            }
            // The gateway asks again, and its error says what is wrong.
            _ => Way::Gateway,
        }
    }

    fn memory(&self, channel: &Channel) -> PathBuf {
        let name = crate::plain::fingerprint(channel.base_url.as_str());
        self.cache.join("lockit-index-v2").join(format!("{name:016x}.way"))
    }

    /// Failing to remember costs one request in the next run.
    fn remember(path: &std::path::Path, way: &str) {
        if let Some(folder) = path.parent() {
            let _ = fs_err::create_dir_all(folder);
        }
        // The time of the file counts as well.
        let _ = fs_err::remove_file(path);
        let _ = write_if_changed(path, way.as_bytes());
    }
}
