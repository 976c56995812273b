//! Images that a container can be built from and on.

use jiff::civil::Date;
use rattler_conda_types::Version;

/// What is known of a base image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownImage {
    /// Its name, and the beginning of its tag where versions share a name.
    pub name: &'static str,
    /// The glibc in it; `None` for another libc.
    pub glibc: Option<&'static str>,
    /// The last day of its free support.
    pub end_of_life: Option<(i16, i8, i8)>,
}

/// Sources: the release pages of Debian (`wiki.debian.org/DebianReleases`, with LTS), Ubuntu
/// (`ubuntu.com/about/release-cycle`) and Red Hat (`access.redhat.com/support/policy/updates/errata`), and
/// the versions of the package libc6 or glibc in each. Distroless images are Debian's packages and end
/// with its regular support.
const KNOWN: &[KnownImage] = &[
    known("gcr.io/distroless/base-nossl-debian13", "2.41", (2028, 8, 9)),
    known("gcr.io/distroless/base-debian13", "2.41", (2028, 8, 9)),
    known("gcr.io/distroless/cc-debian13", "2.41", (2028, 8, 9)),
    known("gcr.io/distroless/base-nossl-debian12", "2.36", (2026, 6, 10)),
    known("gcr.io/distroless/base-debian12", "2.36", (2026, 6, 10)),
    known("gcr.io/distroless/cc-debian12", "2.36", (2026, 6, 10)),
    known("gcr.io/distroless/base-debian11", "2.31", (2024, 8, 14)),
    known("gcr.io/distroless/base-debian10", "2.28", (2022, 9, 10)),
    known("debian:trixie", "2.41", (2030, 6, 30)),
    known("debian:13", "2.41", (2030, 6, 30)),
    known("debian:bookworm", "2.36", (2028, 6, 30)),
    known("debian:12", "2.36", (2028, 6, 30)),
    known("debian:bullseye", "2.31", (2026, 8, 31)),
    known("debian:11", "2.31", (2026, 8, 31)),
    known("debian:buster", "2.28", (2024, 6, 30)),
    known("ubuntu:24.04", "2.39", (2029, 5, 31)),
    known("ubuntu:noble", "2.39", (2029, 5, 31)),
    known("ubuntu:22.04", "2.35", (2027, 5, 31)),
    known("ubuntu:jammy", "2.35", (2027, 5, 31)),
    known("ubuntu:20.04", "2.31", (2025, 5, 31)),
    known("redhat/ubi10", "2.39", (2035, 5, 31)),
    known("redhat/ubi9", "2.34", (2032, 5, 31)),
    known("redhat/ubi8", "2.28", (2029, 5, 31)),
    known("mambaorg/micromamba:", "2.41", (2030, 6, 30)),
    known("condaforge/miniforge3:", "2.39", (2029, 5, 31)),
    KnownImage { name: "alpine", glibc: None, end_of_life: None },
    KnownImage { name: "gcr.io/distroless/static", glibc: None, end_of_life: None },
];

const fn known(name: &'static str, glibc: &'static str, end: (i16, i8, i8)) -> KnownImage {
    KnownImage { name, glibc: Some(glibc), end_of_life: Some(end) }
}

impl KnownImage {
    /// What is known of an image by its reference, with or without a tag or a digest.
    pub fn find(reference: &str) -> Option<&'static Self> {
        let reference = reference.trim_start_matches("docker.io/").trim_start_matches("library/");
        KNOWN.iter().find(|known| {
            reference.strip_prefix(known.name).is_some_and(|rest| {
                known.name.ends_with(':')
                    || rest.is_empty()
                    || rest.starts_with([':', '@', '-', '.'])
            })
        })
    }

    /// Whether its glibc is at least some version. `None` when that cannot be said.
    pub fn has_glibc(&self, needed: &str) -> Option<bool> {
        let has: Version = self.glibc?.parse().ok()?;
        let needed: Version = needed.parse().ok()?;
        Some(has >= needed)
    }

    /// The last day of support, if it has passed.
    pub fn ended(&self, today: Date) -> Option<Date> {
        let (year, month, day) = self.end_of_life?;
        let end = Date::new(year, month, day).ok()?;
        (end < today).then_some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_known_by_their_beginnings() {
        let glibc = |reference| KnownImage::find(reference).and_then(|known| known.glibc);
        assert_eq!(glibc("gcr.io/distroless/base-nossl-debian13:nonroot"), Some("2.41"));
        assert_eq!(glibc("gcr.io/distroless/base-debian12@sha256:00"), Some("2.36"));
        assert_eq!(glibc("docker.io/library/debian:bookworm-slim"), Some("2.36"));
        assert_eq!(glibc("debian:trixie-20260101-slim"), Some("2.41"));
        assert_eq!(KnownImage::find("debian"), None, "which one, changes with time");
        assert_eq!(KnownImage::find("alpine:3.22").map(|known| known.glibc), Some(None));
        assert_eq!(KnownImage::find("example.com/base:1"), None);
        let old = KnownImage::find("gcr.io/distroless/base-debian10").unwrap();
        assert_eq!(old.has_glibc("2.34"), Some(false));
        assert_eq!(old.has_glibc("2.17"), Some(true));
        assert!(old.ended(Date::constant(2026, 1, 1)).is_some());
    }

    #[test]
    fn the_last_day_of_support_is_a_day_of_support() {
        let image = KnownImage::find("ubuntu:20.04").unwrap();
        assert_eq!(image.ended(Date::constant(2025, 5, 31)), None);
        assert_eq!(image.ended(Date::constant(2025, 6, 1)), Some(Date::constant(2025, 5, 31)));
    }
}
