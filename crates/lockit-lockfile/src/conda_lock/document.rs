//! What a `conda-lock.yml` says, as serde reads it.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::Manager;

#[derive(Deserialize)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct Document {
    pub(super) metadata: Metadata,
    pub(super) package: Vec<Package>,
}

#[derive(Deserialize)]
pub(super) struct Head {
    pub(super) metadata: Metadata,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct Metadata {
    #[serde(default)]
    pub(super) content_hash: BTreeMap<String, String>,
    #[serde(default)]
    pub(super) channels: Vec<Channel>,
    #[serde(default)]
    pub(super) platforms: Vec<String>,
    #[serde(default)]
    pub(super) sources: Vec<String>,
    #[serde(default)]
    pub(super) time_metadata: Option<TimeMetadata>,
    #[serde(default)]
    pub(super) git_metadata: Option<GitMetadata>,
    #[serde(default)]
    pub(super) inputs_metadata: Option<BTreeMap<String, InputMetadata>>,
    #[serde(default)]
    pub(super) custom_metadata: Option<BTreeMap<String, String>>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct TimeMetadata {
    pub(super) created_at: String,
}

#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct GitMetadata {
    pub(super) git_user_name: Option<String>,
    pub(super) git_user_email: Option<String>,
    pub(super) git_sha: Option<String>,
}

#[derive(Deserialize)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct InputMetadata {
    pub(super) md5: Option<String>,
    pub(super) sha256: Option<String>,
}

#[derive(Deserialize)]
#[serde(untagged)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) enum Channel {
    /// conda-lock before 2.0.
    Url(String),
    Full {
        url: String,
        #[serde(default)]
        used_env_vars: Vec<String>,
    },
}

/// `optional` and `build` say nothing the model keeps.
#[derive(Deserialize)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct Package {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) manager: Manager,
    pub(super) platform: String,
    #[serde(default)]
    pub(super) dependencies: BTreeMap<String, Option<String>>,
    #[serde(default)]
    pub(super) url: String,
    #[serde(default)]
    pub(super) hash: Hash,
    /// Where a package of pip comes from that no index has.
    pub(super) source: Option<Source>,
    /// Version 1: a package of several categories has several rows.
    pub(super) category: Option<String>,
    /// Version 2.
    pub(super) categories: Option<Vec<String>>,
}

/// Its `type` is always `url`.
#[derive(Deserialize)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct Source {
    pub(super) url: String,
}

#[derive(Deserialize, Default)]
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(super) struct Hash {
    pub(super) md5: Option<String>,
    pub(super) sha256: Option<String>,
}
