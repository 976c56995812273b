//! What an environment is to conda-lock: the hash that it records of the same inputs.

use std::collections::BTreeMap;
use std::path::Path;

use lockit_lockfile::lock_specification::{ContentHash, LockSpecification};
use lockit_spec::Platform;

use super::surroundings::Surroundings;
use super::wanted::Wanted;

/// An environment as conda-lock understands it.
pub fn lock_specification(wanted: &Wanted, around: &Surroundings) -> LockSpecification {
    let is_folder = |path: &Path| around.directory.join(path).is_dir();
    LockSpecification::of(&wanted.environment, &is_folder)
}

/// The inputs of each platform as conda-lock counts them; what it could not read is not there.
pub fn content_hashes(wanted: &Wanted, around: &Surroundings) -> BTreeMap<Platform, ContentHash> {
    let specification = lock_specification(wanted, around);
    let platforms = wanted.environment.platforms.iter();
    platforms
        .filter_map(|platform| {
            let hash = specification.content_hash(*platform, &wanted.virtual_repodata)?;
            Some((*platform, hash))
        })
        .collect()
}
