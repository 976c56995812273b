//! Between rattler's records and our own.

use std::path::Path;

use lockit_lockfile::{Record, hex};
use rattler_conda_types::RepoDataRecord;
use rattler_conda_types::package::DistArchiveIdentifier;

use crate::channels::{ResolvedChannel, publish};

/// What the lock keeps of a solved record. Secrets in URLs become placeholders here, once.
pub(crate) fn to_record(record: &RepoDataRecord, channels: &[ResolvedChannel]) -> Record {
    let package = &record.package_record;
    let (url, channel) = publish(channels, record.url.as_str());
    Record {
        name: package.name.as_normalized().to_owned(),
        version: package.version.as_str().into_owned(),
        build: package.build.to_string(),
        build_number: Some(package.build_number),
        subdir: package.subdir.clone(),
        url: Some(url),
        channel,
        sha256: package.sha256.as_ref().map(|digest| hex(digest)),
        md5: package.md5.as_ref().map(|digest| hex(digest)),
        size: package.size,
        timestamp: package.timestamp.map(|time| time.jiff_timestamp()),
        indexed: package.indexed_timestamp.map(|time| time.jiff_timestamp()),
        depends: Some(package.depends.clone()),
        constrains: Some(package.constrains.clone()),
        license: package.license.clone(),
        license_family: package.license_family.clone(),
        noarch: (!package.noarch.is_none()).then(|| {
            if package.noarch.is_python() { "python".to_owned() } else { "generic".to_owned() }
        }),
        track_features: package.track_features.clone(),
        purls: package.purls.as_ref().map(|all| all.iter().map(ToString::to_string).collect()),
        built_from: None,
        python_site_packages_path: package.python_site_packages_path.clone(),
        categories: Vec::new(),
    }
}

/// What a lock keeps of a package that a prefix has. Its address says which channel it is from; a secret that
/// is written out in it is left out.
pub fn installed_record(record: &RepoDataRecord) -> Record {
    let mut locked = to_record(record, &[]);
    if let Some(known) = Record::from_url(record.url.as_str()) {
        locked.url = known.url;
        locked.channel = known.channel;
    }
    locked
}

/// Whether a candidate of the index is the very record that a lock names.
pub(crate) fn is_same(candidate: &RepoDataRecord, locked: &Record) -> bool {
    let package = &candidate.package_record;
    let digests_agree = |ours: Option<String>, theirs: Option<&String>| match (ours, theirs) {
        (Some(ours), Some(theirs)) => ours == *theirs,
        _ => true,
    };
    is_same_file(candidate, locked)
        && digests_agree(package.sha256.as_ref().map(|digest| hex(digest)), locked.sha256.as_ref())
        && digests_agree(package.md5.as_ref().map(|digest| hex(digest)), locked.md5.as_ref())
}

/// Whether a candidate has the name of the archive that a lock names, whatever is in it.
pub(crate) fn is_same_file(candidate: &RepoDataRecord, locked: &Record) -> bool {
    let package = &candidate.package_record;
    package.name.as_normalized() == locked.name
        && match &locked.url {
            Some(url) => {
                package.subdir == locked.subdir && file_name(url) == archive(&candidate.identifier)
            }
            None => package.version.as_str() == locked.version && package.build == locked.build,
        }
}

fn file_name(url: &str) -> String {
    let path = url.split(['#', '?']).next().unwrap_or(url);
    Path::new(path).file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn archive(identifier: &DistArchiveIdentifier) -> String {
    identifier.to_file_name()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHA: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    fn candidate(file: &str) -> RepoDataRecord {
        let package = format!(
            r#"{{"name": "a", "version": "1.0", "build": "0", "build_number": 0, "sha256": "{SHA}",
                "subdir": "noarch", "depends": [], "noarch": "python", "timestamp": 1700000000000}}"#
        );
        RepoDataRecord {
            package_record: serde_json::from_str(&package).unwrap(),
            url: format!("http://mirror/chan/noarch/{file}").parse().unwrap(),
            identifier: file.parse().unwrap(),
            channel: None,
        }
    }

    /// The lock names the channel, the candidate may come from a mirror.
    #[test]
    fn a_locked_record_is_found_again_by_file_and_digest() {
        let record = candidate("a-1.0-0.conda");
        let mut locked = to_record(&record, &[]);
        assert_eq!(locked.sha256.as_deref(), Some(SHA));
        assert_eq!(locked.noarch.as_deref(), Some("python"));
        locked.url = Some("https://elsewhere/t/${T}/chan/noarch/a-1.0-0.conda#abc".to_owned());
        assert!(is_same(&record, &locked));
        assert!(!is_same(&candidate("a-1.0-0.tar.bz2"), &locked));
        locked.url = None;
        assert!(is_same(&record, &locked));
        locked.sha256 = Some(SHA.replace('e', "f"));
        assert!(!is_same(&record, &locked));
        locked.sha256 = None;
        assert!(is_same(&record, &locked));
        locked.version = "1.0.0".to_owned();
        assert!(!is_same(&record, &locked));
    }
}
