//! What an archive is known by, and what is known of archives in the cache.
//!
//! rattler's cache keeps the sha256 of what it unpacked, and nothing else. An entry by that name, version and build is no
//! proof for a lockfile that has an md5 or a size, so lockit writes down beside the entry what it has seen of the archive.

use std::path::{Path, PathBuf};

use lockit_lockfile::hex;
use rattler_conda_types::PackageRecord;
use rattler_digest::{Md5, Md5Hash, Sha256, Sha256Hash, parse_digest_from_hex};

/// What a lockfile says of an archive. At least one digest, unless it may do without.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Expected {
    pub(crate) sha256: Option<Sha256Hash>,
    pub(crate) md5: Option<Md5Hash>,
    pub(crate) size: Option<u64>,
}

/// What an archive is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) sha256: Sha256Hash,
    pub(crate) md5: Md5Hash,
    pub(crate) size: u64,
}

impl Expected {
    /// Whether an archive can be told from others.
    pub(crate) fn is_known(&self) -> bool {
        self.sha256.is_some() || self.md5.is_some()
    }

    /// Whether nothing is to be proved but a sha256.
    pub(crate) fn is_sha256_alone(&self) -> bool {
        self.sha256.is_some() && self.md5.is_none() && self.size.is_none()
    }

    /// Whether an archive is the one, by all that is known of it.
    ///
    /// # Errors
    /// In what it is another one.
    pub(crate) fn check(&self, seen: &Seen) -> Result<(), String> {
        let differ = |what: &str, locked: String, there: String| {
            Err(format!(
                "it is another archive than was locked: its {what} is {there}, and the lockfile has {locked}"
            ))
        };
        if let Some(sha256) = self.sha256.filter(|sha256| *sha256 != seen.sha256) {
            return differ("sha256", hex(&sha256), hex(&seen.sha256));
        }
        if let Some(md5) = self.md5.filter(|md5| *md5 != seen.md5) {
            return differ("md5", hex(&md5), hex(&seen.md5));
        }
        if let Some(size) = self.size.filter(|size| *size != seen.size) {
            return differ("size", format!("{size} bytes"), format!("{} bytes", seen.size));
        }
        Ok(())
    }
}

/// Where it stands what was seen of the archive that an entry of the cache comes from.
pub(crate) struct Note(PathBuf);

impl Note {
    /// That of a package. `None` for names that are none for files.
    pub(crate) fn of(cache: &Path, key: &PackageRecord) -> Option<Self> {
        let entry = format!("{}-{}-{}", key.name.as_normalized(), key.version, key.build);
        rattler_conda_types::utils::ensure_safe_path_component(&entry).ok()?;
        Some(Self(cache.join(format!("{entry}.seen"))))
    }

    /// `None` where lockit has not fetched it.
    pub(crate) fn read(&self) -> Option<Seen> {
        let text = fs_err::read_to_string(&self.0).ok()?;
        let mut words = text.split_whitespace();
        let sha256 = parse_digest_from_hex::<Sha256>(words.next()?)?;
        let md5 = parse_digest_from_hex::<Md5>(words.next()?)?;
        Some(Seen { sha256, md5, size: words.next()?.parse().ok()? })
    }

    /// Without it, the archive is fetched once more some day: failures are no failures.
    pub(crate) fn write(&self, seen: &Seen) {
        let text = format!("{} {} {}\n", hex(&seen.sha256), hex(&seen.md5), seen.size);
        let staged = self.0.with_extension("seen-new");
        if fs_err::write(&staged, text).is_ok() {
            let _ = fs_err::rename(staged, &self.0);
        }
    }
}

#[cfg(test)]
mod tests {
    use rattler_digest::compute_bytes_digest;

    use super::*;

    fn seen() -> Seen {
        let (sha256, md5) = (compute_bytes_digest::<Sha256>("a"), compute_bytes_digest::<Md5>("a"));
        Seen { sha256, md5, size: 1 }
    }

    #[test]
    fn every_digest_counts() {
        let Seen { sha256, md5, size } = seen();
        let right = Expected { sha256: Some(sha256), md5: Some(md5), size: Some(size) };
        assert_eq!(right.check(&seen()), Ok(()));
        assert_eq!(Expected::default().check(&seen()), Ok(()));
        let other = compute_bytes_digest::<Sha256>("b");
        for (wrong, what) in [
            (Expected { sha256: Some(other), ..right.clone() }, "sha256"),
            (Expected { md5: Some(compute_bytes_digest::<Md5>("b")), ..right.clone() }, "md5"),
            (Expected { size: Some(2), ..right }, "size"),
        ] {
            assert!(wrong.check(&seen()).unwrap_err().contains(what));
        }
    }

    #[test]
    fn what_was_seen_is_read_again() {
        let cache = tempfile::tempdir().unwrap();
        let key = |build: &str| {
            let build = rattler_conda_types::package::BuildString::new_unchecked(build);
            let version = "1.0".parse::<rattler_conda_types::VersionWithSource>().unwrap();
            PackageRecord::new("app".parse().unwrap(), version, build)
        };
        let note = Note::of(cache.path(), &key("0")).unwrap();
        assert_eq!(note.read(), None);
        note.write(&seen());
        assert_eq!(note.read(), Some(seen()));
        assert!(Note::of(cache.path(), &key("../0")).is_none());
    }
}
