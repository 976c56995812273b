//! What a prefix holds, held against what it should hold.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockit_lockfile::{PlatformLock, Record};
use rattler_conda_types::{
    MatchSpec, MinimalPrefixCollection, MinimalPrefixRecord, PackageName, PrefixRecord,
};
use rattler_digest::{Md5, Md5Hash, Sha256, Sha256Hash, parse_digest_from_hex};

use crate::damage::{Damage, Look, Unclear, damaged};
use crate::pip::distribution::site_packages;
use crate::place::{Rules, Stray};
use crate::proof::name;

/// What has to be done to a prefix.
pub(crate) enum Standing {
    /// Nothing to the conda packages: every one is there with its files, and says whether it was asked for by name.
    InLine,
    /// Packages are to be fetched, linked or removed.
    Differs(Differences),
}

/// Where a prefix is not in line.
pub(crate) struct Differences {
    /// What is there.
    pub(crate) there: Vec<PrefixRecord>,
    /// Names of which there is more than one record. None of them stays: their files have hidden each other's.
    pub(crate) doubled: BTreeSet<String>,
    /// The names of those that can stay as they are; whatever else the lock has is fetched.
    pub(crate) kept: BTreeSet<String>,
    /// Those that are linked once more by name, since their files are not what they were.
    pub(crate) damaged: BTreeMap<String, Damage>,
}

/// Looks at the records in `conda-meta`, and at the files of packages that can stay. Says as well where the python
/// that is there has its modules.
pub(crate) fn standing(
    prefix: &Path,
    lock: &PlatformLock,
    look: Look,
    rules: Rules,
) -> Result<(Standing, Option<PathBuf>), Unclear> {
    let start = PrefixRecord::collect_minimal_from_prefix(prefix)?;
    for one in &start {
        if let Some(told) = &one.python_site_packages_path {
            rules.place(told).map_err(|reason| Stray {
                package: one.name.as_normalized().to_owned(),
                path: told.clone(),
                reason: format!("{reason}, and modules are to lie there"),
            })?;
        }
    }
    let python = start.iter().find(|one| one.name.as_normalized() == "python");
    let modules = python.and_then(|python| {
        site_packages(prefix, &python.version, python.python_site_packages_path.as_deref())
    });
    // A prefix without packages is made even when none is wanted.
    let mut damage = None;
    if !start.is_empty() && is_in_line(&start, lock) {
        let names = start.iter().map(|one| one.name.as_normalized().to_owned()).collect();
        let found = damaged(prefix, &names, look, rules)?;
        if found.is_empty() {
            return Ok((Standing::InLine, modules));
        }
        damage = Some(found);
    }
    let there: Vec<PrefixRecord> =
        if start.is_empty() { Vec::new() } else { PrefixRecord::collect_from_prefix(prefix)? };
    let wanted = by_name(lock);
    let doubled = doubled(&there);
    let mut same: Vec<&PrefixRecord> = there.iter().collect();
    same.retain(|one| !doubled.contains(name(one)));
    same.retain(|one| wanted.get(name(one)).is_some_and(|record| is_the_same(record, one)));
    if !same.iter().any(|one| name(one) == "python") {
        // Modules of noarch packages lie where python looks for them: they may have to move with it.
        same.retain(|one| !one.repodata_record.package_record.noarch.is_python());
    }
    let mut kept: BTreeSet<String> = same.into_iter().map(|one| name(one).to_owned()).collect();
    let damaged = match damage {
        Some(found) => found,
        None if kept.is_empty() => BTreeMap::new(),
        None => damaged(prefix, &kept, look, rules)?,
    };
    kept.retain(|name| !damaged.contains_key(name));
    Ok((Standing::Differs(Differences { there, doubled, kept, damaged }), modules))
}

fn by_name(lock: &PlatformLock) -> BTreeMap<&str, &Arc<Record>> {
    lock.records.iter().map(|record| (record.name.as_str(), record)).collect()
}

/// What `micromamba install -f` leaves: the record of the old package stays beside that of the new one.
fn doubled(there: &[PrefixRecord]) -> BTreeSet<String> {
    let mut seen = BTreeSet::new();
    let again = there.iter().map(name).filter(|name| !seen.insert(*name));
    again.map(str::to_owned).collect()
}

fn is_in_line(there: &[MinimalPrefixRecord], lock: &PlatformLock) -> bool {
    let wanted = by_name(lock);
    let requested = lock.requested.as_ref().map(|names| {
        names.iter().filter_map(|name| PackageName::try_from(&**name).ok()).collect::<BTreeSet<_>>()
    });
    let names: BTreeSet<&str> = there.iter().map(|one| one.name.as_normalized()).collect();
    there.len() == wanted.len()
        && names.len() == there.len()
        && there.iter().all(|one| {
            let Some(record) = wanted.get(one.name.as_normalized()) else { return false };
            let asked = requested.as_ref().is_none_or(|requested| {
                let spec = MatchSpec::from(one.name.clone()).to_string();
                let expected: &[String] = if requested.contains(&one.name) { &[spec] } else { &[] };
                one.requested_specs == expected
            });
            asked && has_digest(record, one.sha256.as_ref(), one.md5.as_ref())
        })
}

/// Whether a package is the very one, by the digest that both know.
fn is_the_same(record: &Record, there: &PrefixRecord) -> bool {
    let package = &there.repodata_record.package_record;
    has_digest(record, package.sha256.as_ref(), package.md5.as_ref())
}

/// Every digest that both know is the same, and there is one.
fn has_digest(record: &Record, sha256: Option<&Sha256Hash>, md5: Option<&Md5Hash>) -> bool {
    let wanted = record.sha256.as_deref().and_then(parse_digest_from_hex::<Sha256>);
    let sha256 = wanted.zip(sha256).map(|(wanted, there)| wanted == *there);
    let wanted = record.md5.as_deref().and_then(parse_digest_from_hex::<Md5>);
    let md5 = wanted.zip(md5).map(|(wanted, there)| wanted == *there);
    sha256.or(md5).is_some() && sha256.unwrap_or(true) && md5.unwrap_or(true)
}
