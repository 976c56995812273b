//! Which cached file an index was made from.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

use rattler_repodata_gateway::fetch::CachedRepoData;
use serde::{Deserialize, Serialize};

/// Identifies a cached `repodata.json` and what the server called it.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Stamp {
    /// The variant that was fetched, for example `repodata.json.zst`. Not its URL, which may hold
    /// a token.
    pub(crate) variant: String,
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
    file: PathBuf,
    size: u64,
    /// Nanoseconds since 1970. rattler replaces the file by renaming, so a new one has a new time.
    modified: u128,
}

impl Stamp {
    /// The stamp of what was just fetched, opened as `file`.
    pub(crate) fn new(fetched: &CachedRepoData, file: &File) -> std::io::Result<Self> {
        let state = &fetched.cache_state;
        let (size, modified) = identity(file)?;
        Ok(Self {
            variant: state
                .url
                .path_segments()
                .and_then(|mut segments| segments.next_back())
                .unwrap_or("repodata.json")
                .to_owned(),
            etag: state.cache_headers.etag.clone(),
            last_modified: state.cache_headers.last_modified.clone(),
            file: fetched.repo_data_json_path.clone(),
            size,
            modified,
        })
    }

    /// The first line of the index that was made from this file. Two runs may write stamp and
    /// index in turns; only a pair that agrees is used.
    pub(crate) fn mark(&self) -> String {
        format!("{} {}\n", self.size, self.modified)
    }

    /// Reads a stamp and opens its file; `None` unless the file is still the same.
    pub(crate) fn read(path: &Path) -> Option<(Self, File)> {
        let stamp: Self = serde_json::from_slice(&fs_err::read(path).ok()?).ok()?;
        let file = File::open(&stamp.file).ok()?;
        (identity(&file).ok()? == (stamp.size, stamp.modified)).then_some((stamp, file))
    }
}

fn identity(file: &File) -> std::io::Result<(u64, u128)> {
    let metadata = file.metadata()?;
    let modified = metadata.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    Ok((metadata.len(), modified.as_nanos()))
}
