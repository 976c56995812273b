//! Channels with plain repodata, read through an index of byte ranges.
//!
//! On every run rattler hashes the whole cached `repodata.json` and then parses all of it to learn
//! where each package's records are; for the public conda-forge that is 270 MiB for one platform.
//! Here a small text file beside the cache says where they are, and only what is asked for is
//! read. Fetching, caching, locking and the parsing of records stay rattler's, so the cache is
//! shared with pixi and the records are the same.

mod channel;
mod index;
mod scan;
mod stamp;

pub(crate) use channel::PlainChannel;

/// FNV-1a; names cache files without their URLs, which may hold tokens. Nothing depends on its
/// strength.
pub(crate) fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}
