//! How much an answer may be, and how long it may take.

use std::time::Duration;

use url::Url;

const MIB: u64 = 1024 * 1024;

/// Bounds for what servers send. A small answer may unpack to any size, and a server that sends a byte now and then is
/// never silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Longest time of one request, its answer included.
    pub request_time: Duration,
    /// Largest `repodata.json`, in bytes after unpacking. A shard, or the index of shards, may have an eighth of it.
    pub repodata: u64,
}

impl Default for Bounds {
    /// Half an hour, and 2 GiB. The largest index of conda-forge, that of linux-64, had 0.4 GiB in 2026, its index of shards 2 MiB.
    fn default() -> Self {
        Self { request_time: Duration::from_mins(30), repodata: 2048 * MIB }
    }
}

/// An answer that is over a bound.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OverBound {
    /// More bytes than allowed, after unpacking.
    #[error("it may have more than {} {}", .0.div_ceil(MIB), Self::LARGE)]
    Large(u64),
    /// It is still coming.
    #[error("it is not complete after {} {}", .0.as_secs(), Self::SLOW)]
    Slow(Duration),
}

impl OverBound {
    /// How the words about too many bytes end.
    pub(crate) const LARGE: &str = "MiB unpacked";
    /// How the words about too much time end.
    pub(crate) const SLOW: &str = "seconds and still coming";
}

/// How bytes that come are packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Packing {
    None,
    Zstd,
}

impl Bounds {
    /// What an answer from an address may unpack to, if that is an index; archives have a bound of their own.
    pub(crate) fn index(&self, url: &Url) -> Option<(u64, Packing)> {
        let name = url.path_segments()?.next_back()?;
        if name.ends_with(".msgpack.zst") {
            return Some((self.repodata / 8, Packing::Zstd));
        }
        let packing = if name.strip_suffix(".json.zst").is_some() {
            Packing::Zstd
        } else if name.strip_suffix(".json").is_some() {
            Packing::None
        } else {
            return None;
        };
        Some((self.repodata, packing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn indexes_have_a_bound_and_archives_none() {
        let bounds = Bounds { repodata: 800, ..Bounds::default() };
        for (path, expected) in [
            ("noarch/repodata.json", Some((800, Packing::None))),
            ("noarch/current_repodata.json", Some((800, Packing::None))),
            ("noarch/repodata.json.zst", Some((800, Packing::Zstd))),
            ("noarch/repodata_shards.msgpack.zst", Some((100, Packing::Zstd))),
            ("noarch/shards/0a1b.msgpack.zst", Some((100, Packing::Zstd))),
            ("noarch/a-1-0.conda", None),
            ("", None),
        ] {
            let url = Url::parse("https://host/c/").unwrap().join(path).unwrap();
            assert_eq!(bounds.index(&url), expected, "{path}");
        }
    }
}
