//! Archives held against the digests that lines demand (`--hash=`). uv resolves without a look at them.

use std::collections::BTreeMap;

use lockit_lockfile::{Markers, asked_name};
use lockit_spec::PipRequirement;
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
            let holds = || marker(&line.text).is_none_or(|marker| markers.hold(marker, &[]));
            if digests.is_empty() || !holds() {
                continue;
            }
            let Some(name) = asked_name(&line.text).or_else(|| name_in_address(&line.text)) else {
                continue;
            };
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
        self.digests.iter().any(|digest| {
            artefact.hashes.iter().any(|(algorithm, hex)| {
                algorithm.eq_ignore_ascii_case(&digest.algorithm)
                    && hex.eq_ignore_ascii_case(&digest.hex)
            })
        })
    }
}

impl OfferedArchive {
    fn of(artefact: &Artefact) -> Self {
        let digests = artefact.hashes.iter().map(|(name, hex)| format!("{name}:{hex}"));
        Self { file: artefact.file_name().unwrap_or_default(), digests: digests.collect() }
    }
}

fn version_of(package: &Package) -> String {
    package.version.clone().unwrap_or_default()
}

fn is_wheel(file: &str) -> bool {
    file.len() > 4 && file[..].to_ascii_lowercase().ends_with(".whl")
}

/// The environment marker of a line, which may have options behind it.
fn marker(line: &str) -> Option<&str> {
    let line = line.split(" --").next().unwrap_or(line);
    let is_address = line.contains("://") || line.contains(" @ ");
    let at = if is_address { line.find(" ;")? + 1 } else { line.find(';')? };
    Some(line[at + 1..].trim())
}

/// The name in the file name at the end of an address or a path, normalised.
fn name_in_address(line: &str) -> Option<String> {
    let address = line.split(" --").next()?.split(" ;").next()?;
    let file = address.split(['?', '#']).next()?.trim().rsplit(['/', '\\']).next()?;
    let name = if is_wheel(file) { file.split('-').next()? } else { file.rsplit_once('-')?.0 };
    normalised(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_markers_are_found_in_lines() {
        for (line, expected) in [
            ("https://h/x/Six_Like-1-py3-none-any.whl#sha256=00", Some("six-like")),
            ("./dist/six-like-1.0.tar.gz --hash=sha256:00", Some("six-like")),
            ("https://h/six.git", None),
        ] {
            assert_eq!(name_in_address(line).as_deref(), expected, "{line}");
        }
        assert_eq!(marker("six==1; os_name == 'nt' --hash=sha256:00"), Some("os_name == 'nt'"));
        assert_eq!(marker("six @ https://h/a;b.whl ; os_name == 'nt'"), Some("os_name == 'nt'"));
        assert_eq!(marker("six @ https://h/a;b.whl"), None);
    }
}
