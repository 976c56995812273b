//! What a channel folder offers for a path.

use std::{
    io,
    path::{Component, Path},
    time::SystemTime,
};

use crate::{
    Error,
    shards::{Shards, ZSTD_LEVEL},
};

/// The forms in which repodata is offered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Offer {
    pub(super) plain: bool,
    pub(super) zstd: bool,
    pub(super) sharded: bool,
}

/// A file as it is sent.
pub(super) struct Content {
    pub(super) bytes: Vec<u8>,
    pub(super) mime: &'static str,
    pub(super) modified: SystemTime,
}

impl Offer {
    /// The content for a path below the folder. `None` is 404.
    pub(super) fn content(self, folder: &Path, path: &str) -> Result<Option<Content>, Error> {
        if Path::new(path).components().any(|part| !matches!(part, Component::Normal(_))) {
            return Ok(None);
        }
        let (subdir, file) = path.split_once('/').unwrap_or(("", path));
        let shard = file
            .strip_prefix("shards/")
            .and_then(|shard| shard.strip_suffix(".msgpack.zst"));
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
                let mut shards = Shards::from_repodata(&json.bytes).map_err(|source| {
                    Error::Repodata { path: format!("{subdir}/repodata.json"), source }
                })?;
                let bytes = match shard {
                    Some(digest) => shards.shards.remove(digest),
                    None => Some(shards.index),
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
