//! Archives held against the digests that lines demand (`--hash=`). uv resolves without a look at them.

use std::collections::BTreeMap;

use lockit_lockfile::{Markers, asked_address, asked_marker, asked_name, is_wheel};
use lockit_spec::{ArchiveDigest, PipRequirement};
use uv_platform_tags::Tags;

use crate::other_digests::{DemandedDigests, OfferedArchive, OtherDigests};
use crate::provided::normalised;
use crate::pylock::{Artefact, Document, Package};

/// What lines demand of packages, by normalised name.
#[derive(Debug, Default)]
pub(crate) struct Digests {
    demanded: BTreeMap<String, Vec<DemandedDigests>>,
}

/// What the digests leave of an answer.
#[derive(Debug)]
pub(crate) enum Held {
    /// All of it can be taken.
    Right(Document),
    /// Of these packages only the source distribution is right.
    OnlySources(Vec<String>),
    /// Nothing is right of a package.
    Nothing(OtherDigests),
}

impl Digests {
    /// Those of lines whose marker holds.
    pub(crate) fn of<'r>(
        lines: impl IntoIterator<Item = &'r PipRequirement>,
        markers: &Markers,
    ) -> Self {
        let mut demanded: BTreeMap<String, Vec<DemandedDigests>> = BTreeMap::new();
        for line in lines {
            let digests = line.digests();
            let holds = || asked_marker(&line.text).is_none_or(|marker| markers.hold(marker, &[]));
            if digests.is_empty() || !holds() {
                continue;
            }
            let in_address = || asked_address(&line.text).and_then(name_in_address);
            let Some(name) = asked_name(&line.text).or_else(in_address) else { continue };
            let one = DemandedDigests { file: line.file.clone(), span: line.span, digests };
            demanded.entry(name).or_default().push(one);
        }
        Self { demanded }
    }

    /// Takes out what has another digest. Every line must have its way; each with one of its digests.
    pub(crate) fn hold(&self, mut document: Document, tags: &Tags) -> Held {
        let mut only_sources = Vec::new();
        for package in &mut document.packages {
            let Some(lines) = self.demanded.get(&package.name()) else { continue };
            let had_wheel = package.has_wheel(tags);
            let archives = package.artefacts().map(OfferedArchive::of).collect();
            package.retain(|one| lines.iter().all(|line| line.allows(one)));
            if package.has_wheel(tags) {
                continue;
            }
            if package.artefacts().all(|one| one.file_name().is_some_and(|name| is_wheel(&name))) {
                return Held::Nothing(OtherDigests {
                    name: package.name(),
                    version: version_of(package),
                    demanded: lines.clone(),
                    archives,
                });
            }
            if had_wheel {
                only_sources.push(package.name());
            }
        }
        if only_sources.is_empty() {
            Held::Right(document)
        } else {
            Held::OnlySources(only_sources)
        }
    }
}

impl DemandedDigests {
    fn allows(&self, artefact: &Artefact) -> bool {
        digests_of(artefact).any(|digest| self.digests.contains(&digest))
    }
}

impl OfferedArchive {
    fn of(artefact: &Artefact) -> Self {
        let file = artefact.file_name().unwrap_or_default();
        Self { file, digests: digests_of(artefact).collect() }
    }
}

fn digests_of(artefact: &Artefact) -> impl Iterator<Item = ArchiveDigest> {
    artefact.hashes.iter().map(|(algorithm, hex)| ArchiveDigest {
        algorithm: algorithm.to_ascii_lowercase(),
        hex: hex.to_ascii_lowercase(),
    })
}

fn version_of(package: &Package) -> String {
    package.version.clone().unwrap_or_default()
}

/// The name in the file name at the end of an address or a path, normalised.
fn name_in_address(address: &str) -> Option<String> {
    let file = address.split(['?', '#']).next()?.rsplit(['/', '\\']).next()?;
    let name = if is_wheel(file) { file.split('-').next()? } else { file.rsplit_once('-')?.0 };
    normalised(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_addresses() {
        for (address, expected) in [
            ("https://h/x/Six_Like-1-py3-none-any.whl#sha256=00", Some("six-like")),
            ("./dist/six-like-1.0.tar.gz", Some("six-like")),
            ("https://h/six.git", None),
        ] {
            assert_eq!(name_in_address(address).as_deref(), expected, "{address}");
        }
    }
}
