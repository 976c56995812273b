//! One channel as a source of records.

use std::collections::HashMap;
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use lockit_lockfile::write::write_if_changed;
use lockit_spec::Platform;
use rattler_conda_types::{Channel, PackageName, RepoDataRecord, Subdir};
use rattler_networking::LazyClient;
use rattler_repodata_gateway::fetch::{
    CacheAction, CacheResult, CachedRepoData, FetchRepoDataError, FetchRepoDataOptions,
    fetch_repo_data,
};
use rattler_repodata_gateway::sparse::{PackageFormatSelection, SparseRepoData};
use rattler_repodata_gateway::{GatewayError, RepoDataSource, Reporter, SourceConfig};
use reqwest::StatusCode;
use reqwest::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH};
use tokio::sync::OnceCell;
use url::Url;

use super::fingerprint;
use super::index::Index;
use super::stamp::Stamp;
use crate::client::backoff;
use crate::fetch::COALESCED;

type Records = Arc<OnceCell<Vec<Arc<RepoDataRecord>>>>;

/// The cached repodata of a subdir and where its records are.
struct Loaded {
    file: File,
    index: Index,
}

/// It was tried and cannot be loaded. Not tried again in this run: a server that hangs would be
/// waited for once per platform.
#[derive(Debug, Clone, Copy)]
struct Failed;

/// One subdir: loaded once, each name parsed once, however many queries ask.
#[derive(Default)]
struct OneSubdir {
    /// `None` inside when the channel has no such subdir; an error went to who asked first.
    loaded: OnceCell<Result<Option<Arc<Loaded>>, Failed>>,
    records: Mutex<HashMap<PackageName, Records>>,
}

/// A channel with plain repodata.
pub(crate) struct PlainChannel {
    channel: Channel,
    client: LazyClient,
    cache: PathBuf,
    config: SourceConfig,
    reporter: Arc<dyn Reporter>,
    retries: u32,
    subdirs: Mutex<HashMap<Subdir, Arc<OneSubdir>>>,
}

impl PlainChannel {
    /// `cache` is rattler's folder for repodata. A body that breaks off is asked for again so many
    /// times.
    pub(crate) fn new(
        channel: Channel,
        client: LazyClient,
        cache: PathBuf,
        config: SourceConfig,
        reporter: Arc<dyn Reporter>,
        retries: u32,
    ) -> Self {
        Self { channel, client, cache, config, reporter, retries, subdirs: Mutex::default() }
    }

    /// All names of a subdir; loads it if need be.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub(crate) async fn names(&self, platform: Platform) -> Result<Vec<String>, GatewayError> {
        let loaded = self.loaded(&self.subdir(platform), platform).await?;
        Ok(loaded
            .map(|loaded| loaded.index.names().map(str::to_owned).collect())
            .unwrap_or_default())
    }

    fn subdir(&self, platform: Subdir) -> Arc<OneSubdir> {
        let mut subdirs = self.subdirs.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(subdirs.entry(platform).or_default())
    }

    async fn loaded(
        &self,
        subdir: &OneSubdir,
        platform: Subdir,
    ) -> Result<Option<Arc<Loaded>>, GatewayError> {
        let mut cause = None;
        let load = async || {
            self.load(platform).await.map_err(|error| {
                cause = Some(error);
                Failed
            })
        };
        match subdir.loaded.get_or_init(load).await {
            Ok(loaded) => Ok(loaded.clone()),
            // What the gateway says in this case.
            Err(Failed) => Err(cause.unwrap_or_else(|| {
                GatewayError::IoError(COALESCED.to_owned(), io::ErrorKind::Other.into())
            })),
        }
    }

    async fn load(&self, platform: Subdir) -> Result<Option<Arc<Loaded>>, GatewayError> {
        let url = self.channel.platform_url(platform);
        let stem = format!("{:016x}", fingerprint(url.as_str()));
        let folder = self.cache.join("lockit-index-v2");
        let stamp_path = folder.join(format!("{stem}.json"));
        let index_path = folder.join(format!("{stem}.index"));

        if let Some((stamp, file)) = Stamp::read(&stamp_path)
            && self.is_current(&url, &stamp).await?
            && let Some(index) = read_index(&index_path, &stamp)
        {
            return Ok(Some(Arc::new(Loaded { file, index })));
        }
        let build = async |fetched| {
            let (stamp_path, index_path) = (stamp_path.clone(), index_path.clone());
            tokio::task::spawn_blocking(move || build(fetched, &stamp_path, &index_path))
                .await
                .map_err(|_| GatewayError::Cancelled)
        };
        let Some(fetched) = self.fetch(platform, self.config.cache_action).await? else {
            return Ok(None);
        };
        let old =
            matches!(fetched.cache_result, CacheResult::CacheHit | CacheResult::CacheHitAfterFetch);
        let mut loaded = build(fetched).await?;
        // A body that was cut short stays in the cache under the whole body's tag: the server says
        // that it has not changed.
        if loaded.is_err()
            && old
            && self.config.cache_action == CacheAction::CacheOrFetch
            && let Some(fetched) = self.fetch(platform, CacheAction::NoCache).await?
        {
            loaded = build(fetched).await?;
        }
        let loaded = loaded.map_err(|error| {
            GatewayError::IoError(format!("the index from {url} cannot be read"), error)
        })?;
        Ok(Some(Arc::new(loaded)))
    }

    /// Brings the cached `repodata.json` up to date; `None` when the channel has no such subdir.
    async fn fetch(
        &self,
        platform: Subdir,
        cache_action: CacheAction,
    ) -> Result<Option<CachedRepoData>, GatewayError> {
        let options = FetchRepoDataOptions {
            cache_action,
            zstd_enabled: self.config.zstd_enabled,
            bz2_enabled: self.config.bz2_enabled,
            retry_policy: Some(Arc::new(backoff(self.retries))),
            ..FetchRepoDataOptions::default()
        };
        let fetched = fetch_repo_data(
            self.channel.platform_url(platform),
            self.client.clone(),
            self.cache.clone(),
            options,
            Some(Arc::clone(&self.reporter)),
        )
        .await;
        match fetched {
            Ok(fetched) => Ok(Some(fetched)),
            // Most channels do not have every platform, all of them have noarch.
            Err(FetchRepoDataError::NotFound(_)) if platform != Subdir::NoArch => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the server still has what is cached.
    async fn is_current(&self, subdir: &Url, stamp: &Stamp) -> Result<bool, GatewayError> {
        match self.config.cache_action {
            CacheAction::NoCache => return Ok(false),
            CacheAction::UseCacheOnly | CacheAction::ForceCacheOnly => return Ok(true),
            CacheAction::CacheOrFetch => {}
        }
        let Ok(url) = subdir.join(&stamp.variant) else { return Ok(false) };
        let mut request = self.client.client().get(url);
        match (&stamp.etag, &stamp.last_modified) {
            (None, None) => return Ok(false),
            (etag, date) => {
                if let Some(etag) = etag {
                    request = request.header(IF_NONE_MATCH, etag);
                }
                if let Some(date) = date {
                    request = request.header(IF_MODIFIED_SINCE, date);
                }
            }
        }
        Ok(request.send().await?.status() == StatusCode::NOT_MODIFIED)
    }
}

/// The index that was made from the file of a stamp.
fn read_index(path: &Path, stamp: &Stamp) -> Option<Index> {
    let mut text = fs_err::read_to_string(path).ok()?;
    let mark = stamp.mark();
    if !text.starts_with(&mark) {
        return None;
    }
    text.drain(..mark.len());
    Index::from_text(text)
}

/// Indexes what was fetched and keeps the index for the next run. That it cannot be kept is no
/// error: the next run is only slower.
fn build(fetched: CachedRepoData, stamp_path: &Path, index_path: &Path) -> io::Result<Loaded> {
    let file = File::open(&fetched.repo_data_json_path)?;
    let index = Index::build(&file)?;
    let stamp = Stamp::new(&fetched, &file)?;
    drop(fetched);
    let keep = || -> io::Result<()> {
        if let Some(folder) = stamp_path.parent() {
            fs_err::create_dir_all(folder)?;
        }
        let write = |path: &Path, bytes: &[u8]| {
            write_if_changed(path, bytes).map(drop).map_err(io::Error::other)
        };
        // The stamp vouches for the index, so it comes last, and an old one must not stay beside
        // a new index.
        let _ = fs_err::remove_file(stamp_path);
        write(index_path, (stamp.mark() + &index.to_text()).as_bytes())?;
        write(stamp_path, &serde_json::to_vec(&stamp)?)
    };
    if let Err(error) = keep() {
        tracing::debug!("the index of the cached repodata is not kept: {error}");
    }
    Ok(Loaded { file, index })
}

#[async_trait::async_trait]
impl RepoDataSource for PlainChannel {
    async fn fetch_package_records(
        &self,
        platform: Subdir,
        name: &PackageName,
    ) -> Result<Vec<Arc<RepoDataRecord>>, GatewayError> {
        let subdir = self.subdir(platform);
        let Some(loaded) = self.loaded(&subdir, platform).await? else { return Ok(Vec::new()) };
        let cell = {
            let mut records = subdir.records.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(records.entry(name.clone()).or_default())
        };
        // Tens of microseconds: handing it to another thread would cost more.
        let records = cell
            .get_or_try_init(|| async {
                let extract = loaded.index.extract(&loaded.file, name.as_normalized())?;
                let Some(bytes) = extract else { return Ok(Vec::new()) };
                let channel = self.channel.clone();
                let sparse =
                    SparseRepoData::from_bytes(channel, platform.as_str(), bytes.into(), None)?;
                let records = sparse.load_records(name, PackageFormatSelection::PreferConda)?;
                Ok(records.into_iter().map(Arc::new).collect())
            })
            .await
            .map_err(|error: io::Error| {
                let subject = format!("the records of `{}` cannot be read", name.as_normalized());
                GatewayError::IoError(subject, error)
            })?;
        Ok(records.clone())
    }

    fn package_names(&self, platform: Subdir) -> Vec<String> {
        let subdir = self.subdir(platform);
        let loaded = subdir.loaded.get().and_then(|loaded| loaded.as_ref().ok()?.as_ref());
        loaded.map(|loaded| loaded.index.names().map(str::to_owned).collect()).unwrap_or_default()
    }
}
