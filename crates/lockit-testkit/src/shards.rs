//! Sharded repodata (CEP 16), made from a `repodata.json`.

use std::collections::BTreeMap;

use jiff::Timestamp;
use rattler_digest::{Sha256, compute_bytes_digest};
use serde::{Serialize, Serializer, ser::SerializeMap};
use serde_json::{Map, Value};

use crate::digest::{hex, unhex};

/// What zstd files are compressed with. Speed matters more than size on loopback.
pub(crate) const ZSTD_LEVEL: i32 = 3;

/// The sharded form of one subdir.
#[derive(Debug)]
pub(crate) struct Shards {
    /// `repodata_shards.msgpack.zst`
    pub(crate) index: Vec<u8>,
    /// `shards/<hex sha256>.msgpack.zst` by the hexadecimal digest.
    pub(crate) shards: BTreeMap<String, Vec<u8>>,
}

impl Shards {
    /// Splits a `repodata.json` by package name.
    pub(crate) fn from_repodata(repodata: &[u8]) -> Result<Self, serde_json::Error> {
        let document: Map<String, Value> = serde_json::from_slice(repodata)?;
        let removed: Vec<&str> = document
            .get("removed")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let mut by_name: BTreeMap<&str, Shard<'_>> = BTreeMap::new();
        let mut newest = 0;
        for kind in ["packages", "packages.conda"] {
            for (file, record) in
                document.get(kind).and_then(Value::as_object).into_iter().flatten()
            {
                let Some(name) = record.get("name").and_then(Value::as_str) else { continue };
                newest = newest.max(record.get("timestamp").and_then(Value::as_i64).unwrap_or(0));
                let shard = by_name.entry(name).or_default();
                let map = if kind == "packages" {
                    &mut shard.packages
                } else {
                    &mut shard.packages_conda
                };
                map.insert(file, Record(record));
            }
        }
        for file in removed {
            // `name-version-build.conda`
            if let Some(name) = file.rsplitn(3, '-').nth(2) {
                by_name.entry(name).or_default().removed.push(file);
            }
        }

        let mut shards = BTreeMap::new();
        let mut digests = BTreeMap::new();
        for (name, shard) in by_name {
            let packed = squeeze(&shard);
            let digest = compute_bytes_digest::<Sha256>(&packed);
            shards.insert(hex(&digest), packed);
            digests.insert(name, Bytes(digest.to_vec()));
        }
        let subdir =
            document.get("info").and_then(|info| info.get("subdir")).and_then(Value::as_str);
        let created = Timestamp::from_second(newest / 1000).unwrap_or(Timestamp::UNIX_EPOCH);
        let index = squeeze(&Index {
            info: Info {
                base_url: "./",
                created_at: created.to_string(),
                shards_base_url: "./shards/",
                subdir: subdir.unwrap_or_default(),
            },
            shards: digests,
            version: 1,
        });
        Ok(Self { index, shards })
    }
}

fn squeeze(value: &impl Serialize) -> Vec<u8> {
    let packed = rmp_serde::to_vec_named(value).expect("JSON values fit into msgpack");
    // One block, so that the frame says how long its content is.
    zstd::bulk::compress(&packed, ZSTD_LEVEL).expect("compressing memory into memory works")
}

#[derive(Serialize)]
struct Index<'a> {
    info: Info<'a>,
    shards: BTreeMap<&'a str, Bytes>,
    version: u8,
}

#[derive(Serialize)]
struct Info<'a> {
    base_url: &'a str,
    created_at: String,
    shards_base_url: &'a str,
    subdir: &'a str,
}

#[derive(Default, Serialize)]
struct Shard<'a> {
    packages: BTreeMap<&'a str, Record<'a>>,
    #[serde(rename = "packages.conda")]
    packages_conda: BTreeMap<&'a str, Record<'a>>,
    removed: Vec<&'a str>,
}

struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

/// A record with sorted keys, its digests as bytes.
struct Record<'a>(&'a Value);

impl Serialize for Record<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let sorted: BTreeMap<_, _> = self.0.as_object().into_iter().flatten().collect();
        let mut map = serializer.serialize_map(Some(sorted.len()))?;
        for (key, value) in sorted {
            match (key.as_str(), value.as_str().and_then(unhex)) {
                ("md5" | "sha256", Some(bytes)) => map.serialize_entry(key, &Bytes(bytes))?,
                _ => map.serialize_entry(key, value)?,
            }
        }
        map.end()
    }
}
