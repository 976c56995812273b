//! What conda-lock writes about the making of a lockfile, when it is asked to (`--md`, `--mdy`).

use std::collections::BTreeMap;

use jiff::Timestamp;

/// When, by whom and from what a lock was made. All of it is optional, and none of it changes what is locked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Metadata {
    /// When it was locked, in whole seconds.
    pub created_at: Option<Timestamp>,
    /// `user.name` of git.
    pub git_user_name: Option<String>,
    /// `user.email` of git.
    pub git_user_email: Option<String>,
    /// The newest commit that touches a source; that of the branch with `-dirty` behind it when a source has
    /// changes that are in no commit.
    pub git_sha: Option<String>,
    /// Digests of the sources, in order of sources.
    pub inputs: BTreeMap<String, InputDigests>,
    /// What the user adds.
    pub custom: BTreeMap<String, String>,
}

/// Digests of a source, hexadecimal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InputDigests {
    /// md5
    pub md5: Option<String>,
    /// sha256
    pub sha256: Option<String>,
}
