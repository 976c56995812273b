//! Whether a record matches a MatchSpec, for records that do not know everything.
//!
//! The comparisons are those of rattler's solver. A field that a lockfile format does not keep
//! cannot be compared, and then counts as matching: what is known decides. Which channel a spec means depends on more than the
//! spec, so that is not compared here.

use rattler_conda_types::{MatchSpec, Version};
use rattler_digest::{Md5, Sha256, parse_digest_from_hex};

use crate::Record;

/// Whether a record matches, or what does not. `version` is the record's, where it can be read.
pub(super) fn matches(
    spec: &MatchSpec,
    record: &Record,
    version: Option<&Version>,
) -> Result<(), Mismatch> {
    if let Some(wanted) = &spec.version
        && !version.is_some_and(|version| wanted.matches(version))
    {
        return Err(Mismatch::Version);
    }
    if let Some(wanted) = &spec.build
        && !record.build.is_empty()
        && !wanted.matches(&record.build)
    {
        return Err(Mismatch::Build);
    }
    if let Some(wanted) = &spec.build_number
        && let Some(number) = record.build_number.or_else(|| number_of(&record.build))
        && !wanted.matches(&number)
    {
        return Err(Mismatch::Build);
    }
    let md5 = || record.md5.as_deref().and_then(parse_digest_from_hex::<Md5>);
    let sha256 = || record.sha256.as_deref().and_then(parse_digest_from_hex::<Sha256>);
    if spec.md5.is_some_and(|wanted| md5().is_some_and(|known| known != wanted))
        || spec.sha256.is_some_and(|wanted| sha256().is_some_and(|known| known != wanted))
    {
        return Err(Mismatch::Digest);
    }
    if let Some(wanted) = &spec.subdir
        && !record.subdir.is_empty()
        && *wanted != record.subdir
    {
        return Err(Mismatch::Channel);
    }
    if let (Some(wanted), Some(_)) = (&spec.file_name, &record.url)
        && *wanted != record.file_name()
    {
        return Err(Mismatch::Build);
    }
    Ok(())
}

/// The field that does not match.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mismatch {
    Version,
    Build,
    Digest,
    Channel,
}

/// conda-build puts the build number at the end of the build string (`h1234567_3`).
fn number_of(build: &str) -> Option<u64> {
    build.rsplit('_').next()?.parse().ok()
}
