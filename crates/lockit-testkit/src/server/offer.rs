//! What a channel folder offers for a path.

use std::{
    collections::BTreeMap,
    io,
    path::{Component, Path},
    sync::{Arc, Mutex},
    time::SystemTime,
};

use super::lock;
use crate::{
    Error,
    digest::sha256,
    shards::{Shards, ZSTD_LEVEL},
};

/// The forms in which repodata is offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) plain: bool,
    pub(super) zstd: bool,
    pub(super) sharded: bool,
}

/// Shards that were made already, by the digest of the repodata that they were made from.
#[derive(Debug, Default)]
pub(super) struct ShardCache(Mutex<BTreeMap<String, Arc<Shards>>>);

impl ShardCache {
    fn get(&self, subdir: &str, repodata: &[u8]) -> Result<Arc<Shards>, Error> {
        let digest = sha256(repodata);
        // Held while the shards are made, so that requests at the same time make them once.
        let mut cache = lock(&self.0);
        if let Some(shards) = cache.get(&digest) {
            return Ok(shards.clone());
        }
        let shards = Shards::from_repodata(repodata).map_err(|source| Error::Repodata {
            path: format!("{subdir}/repodata.json"),
            source,
        })?;
        let shards = Arc::new(shards);
        cache.insert(digest, shards.clone());
        Ok(shards)
    }
}

/// A file as it is sent.
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    pub(super) mime: &'static str,
    pub(super) modified: SystemTime,
}

impl Offer {
    /// The content for a path below the folder. `None` is 404.
    pub(super) fn content(
        self,
        cache: &ShardCache,
        folder: &Path,
        path: &str,
    ) -> Result<Option<Content>, Error> {
        if Path::new(path).components().any(|part| !matches!(part, Component::Normal(_))) {
            return Ok(None);
        }
        let (subdir, file) = path.split_once('/').unwrap_or(("", path));
        let shard =
            file.strip_prefix("shards/").and_then(|shard| shard.strip_suffix(".msgpack.zst"));
        match (file, shard) {
            ("repodata.json", _) if !self.plain => Ok(None),
            ("repodata.json.zst", _) => {
                let Some(json) = self.zstd.then(|| repodata(folder, subdir)).transpose()?.flatten()
                else {
                    return Ok(None);
                };
                let bytes = zstd::bulk::compress(&json.bytes, ZSTD_LEVEL)?;
                Ok(Some(Content { bytes, mime: "application/zstd", ..json }))
            }
            ("repodata_shards.msgpack.zst", _) | (_, Some(_)) => {
                let Some(json) =
                    self.sharded.then(|| repodata(folder, subdir)).transpose()?.flatten()
                else {
                    return Ok(None);
                };
                let shards = cache.get(subdir, &json.bytes)?;
                let bytes = match shard {
                    Some(digest) => shards.shards.get(digest).cloned(),
                    None => Some(shards.index.clone()),
                };
                Ok(bytes.map(|bytes| Content { bytes, mime: "application/zstd", ..json }))
            }
            _ => read(&folder.join(path)),
        }
    }
}

fn repodata(folder: &Path, subdir: &str) -> Result<Option<Content>, Error> {
    read(&folder.join(subdir).join("repodata.json"))
}

fn read(path: &Path) -> Result<Option<Content>, Error> {
    if !path.is_file() {
        return Ok(None);
    }
    let bytes = match fs_err::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mime = match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => "application/json",
        _ => "application/octet-stream",
    };
    Ok(Some(Content { bytes, mime, modified: fs_err::metadata(path)?.modified()? }))
}
