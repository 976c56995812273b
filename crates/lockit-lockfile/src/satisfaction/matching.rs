//! Whether a record matches a MatchSpec, for records that do not know everything.
//!
//! The comparisons are those of rattler's solver. A field that a lockfile format does not keep
//! cannot be compared, and then counts as matching: what is known decides.

use std::collections::HashMap;
use std::str::FromStr;

use rattler_conda_types::{MatchSpec, ParseStrictness, Version};
use rattler_digest::{Md5, Sha256, parse_digest_from_hex};

use crate::Record;
use crate::record::canonical_channel;

/// Parsed texts, shared by all platforms: most of a lock's dependencies are the same everywhere.
#[derive(Default)]
pub(super) struct Parsed<'a> {
    specs: HashMap<&'a str, Option<MatchSpec>>,
    versions: HashMap<&'a str, Option<Version>>,
}

impl<'a> Parsed<'a> {
    /// Makes sure that [`Parsed::spec`] knows the text.
    pub(super) fn add_spec(&mut self, text: &'a str) {
        self.specs
            .entry(text)
            .or_insert_with(|| MatchSpec::from_str(text, ParseStrictness::Lenient).ok());
    }

    /// Makes sure that [`Parsed::matches`] knows the version.
    pub(super) fn add_version(&mut self, text: &'a str) {
        self.versions.entry(text).or_insert_with(|| Version::from_str(text).ok());
    }

    /// A dependency as a MatchSpec; `None` when nobody can read it.
    pub(super) fn spec(&self, text: &str) -> Option<&MatchSpec> {
        self.specs.get(text).and_then(Option::as_ref)
    }

    /// Whether a record matches, or what does not.
    pub(super) fn matches(&self, spec: &MatchSpec, record: &Record) -> Result<(), Mismatch> {
        if let Some(wanted) = &spec.version {
            let version = self.versions.get(record.version.as_str()).and_then(Option::as_ref);
            if !version.is_some_and(|version| wanted.matches(version)) {
                return Err(Mismatch::Version);
            }
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
        let md5 = record.md5.as_deref().and_then(parse_digest_from_hex::<Md5>);
        let sha256 = record.sha256.as_deref().and_then(parse_digest_from_hex::<Sha256>);
        if matches!((spec.md5, md5), (Some(a), Some(b)) if a != b)
            || matches!((spec.sha256, sha256), (Some(a), Some(b)) if a != b)
        {
            return Err(Mismatch::Digest);
        }
        if let (Some(wanted), Some(channel)) = (&spec.channel, &record.channel)
            && canonical_channel(wanted.base_url.as_str()) != canonical_channel(channel)
        {
            return Err(Mismatch::Channel);
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
