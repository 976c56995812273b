//! What a channel folder offers for a path.

use std::{
    collections::BTreeMap,
    io,
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex},
    time::SystemTime,
};

use axum::body::Bytes;
use jiff::Timestamp;

use super::lock::lock;
use crate::{
    Error,
    digest::sha256,
    shards::{Shards, ZSTD_LEVEL},
};

/// Files above this are told apart by length and time, as web servers do, and read only when they
/// are sent. Smaller ones are told apart by content: a test may write the same file twice in a
/// moment.
const LARGE: u64 = 8 << 20;

/// The forms in which repodata is offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) plain: bool,
    pub(super) zstd: bool,
    pub(super) sharded: bool,
}

/// A file as it is sent.
#[derive(Debug)]
pub(super) struct Content {
    body: Source,
    pub(super) length: usize,
    /// Another one for other bytes.
    pub(super) tag: String,
    pub(super) mime: &'static str,
    pub(super) modified: SystemTime,
}

#[derive(Debug)]
enum Source {
    Memory(Bytes),
    Disk(PathBuf),
}

impl Content {
    pub(super) fn bytes(&self) -> io::Result<Bytes> {
        match &self.body {
            Source::Memory(bytes) => Ok(bytes.clone()),
            Source::Disk(path) => fs_err::read(path).map(Bytes::from),
        }
    }

    fn derived(&self, form: &str, bytes: Bytes) -> Self {
        Self {
            length: bytes.len(),
            tag: format!("{}-{form}", self.tag),
            body: Source::Memory(bytes),
            mime: "application/zstd",
            modified: self.modified,
        }
    }
}

/// What was made from a `repodata.json`, by the tag of that file.
#[derive(Debug, Default)]
pub(super) struct Derived {
    zstd: Once<Bytes>,
    shards: Once<Shards>,
}

#[derive(Debug)]
struct Once<T>(Mutex<BTreeMap<String, Arc<T>>>);

impl<T> Default for Once<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Once<T> {
    fn get(&self, tag: &str, make: impl FnOnce() -> Result<T, Error>) -> Result<Arc<T>, Error> {
        // Held while it is made, so that requests at the same time make it once.
        let mut made = lock(&self.0);
        if let Some(there) = made.get(tag) {
            return Ok(there.clone());
        }
        let new = Arc::new(make()?);
        made.insert(tag.to_owned(), new.clone());
        Ok(new)
    }
}

impl Offer {
    /// The content for a path below the folder. `None` is 404.
    pub(super) fn content(
        self,
        derived: &Derived,
        folder: &Path,
        path: &str,
    ) -> Result<Option<Content>, Error> {
        if Path::new(path).components().any(|part| !matches!(part, Component::Normal(_))) {
            return Ok(None);
        }
        let (subdir, file) = path.split_once('/').unwrap_or(("", path));
        let shard =
            file.strip_prefix("shards/").and_then(|shard| shard.strip_suffix(".msgpack.zst"));
        let offered = match file {
            "repodata.json" => self.plain,
            "repodata.json.zst" => self.zstd,
            "repodata_shards.msgpack.zst" => self.sharded,
            _ => shard.is_none() || self.sharded,
        };
        if !offered {
            return Ok(None);
        }
        let repodata = || find(&folder.join(subdir).join("repodata.json"));
        match (file, shard) {
            ("repodata.json.zst", _) => {
                let Some(json) = repodata()? else { return Ok(None) };
                let bytes = derived.zstd.get(&json.tag, || {
                    Ok(zstd::bulk::compress(&json.bytes()?, ZSTD_LEVEL)?.into())
                })?;
                Ok(Some(json.derived("zst", Bytes::clone(&bytes))))
            }
            ("repodata_shards.msgpack.zst", _) | (_, Some(_)) => {
                let Some(json) = repodata()? else { return Ok(None) };
                let shards = derived.shards.get(&json.tag, || {
                    Shards::from_repodata(&json.bytes()?).map_err(|source| Error::Repodata {
                        path: format!("{subdir}/repodata.json"),
                        source,
                    })
                })?;
                Ok(match shard {
                    Some(digest) => shards
                        .shards
                        .get(digest)
                        .map(|bytes| json.derived(digest, bytes.clone().into())),
                    None => Some(json.derived("shards", shards.index.clone().into())),
                })
            }
            // A page of a package index.
            _ if path.ends_with('/') => find(&folder.join(path).join("index.html")),
            _ => find(&folder.join(path)),
        }
    }
}

/// `None` when there is no such file.
fn find(path: &Path) -> Result<Option<Content>, Error> {
    let metadata = match fs_err::metadata(path) {
        Ok(metadata) if metadata.is_file() => metadata,
        Ok(_) => return Ok(None),
        Err(error)
            if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) =>
        {
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let modified = metadata.modified()?;
    let mime = match path.extension().and_then(|extension| extension.to_str()) {
        Some("json") => "application/json",
        Some("html") => "text/html",
        _ => "application/octet-stream",
    };
    if metadata.len() > LARGE {
        let length = usize::try_from(metadata.len()).map_err(io::Error::other)?;
        let nanoseconds = Timestamp::try_from(modified).map_or(0, Timestamp::as_nanosecond);
        let tag = format!("{length:x}-{nanoseconds:x}");
        return Ok(Some(Content {
            body: Source::Disk(path.to_owned()),
            length,
            tag,
            mime,
            modified,
        }));
    }
    let bytes = Bytes::from(fs_err::read(path)?);
    let mut tag = sha256(&bytes);
    tag.truncate(16);
    Ok(Some(Content { length: bytes.len(), body: Source::Memory(bytes), tag, mime, modified }))
}
