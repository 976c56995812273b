//! From a locked record to an archive in the cache, and to what the archive says of itself.

use std::path::Path;
use std::sync::Arc;

use lockit_diagnostic::with_causes;
use lockit_lockfile::Record;
use lockit_solver::conceal;
use rattler_cache::package_cache::{CacheKey, CacheMetadata, PackageCache};
use rattler_conda_types::package::{
    CondaArchiveType, DistArchiveIdentifier, DistArchiveType, IndexJson, PackageFile,
};
use rattler_conda_types::utils::ensure_safe_path_component;
use rattler_conda_types::{PackageName, PackageRecord, RepoDataRecord, VersionWithSource};
use rattler_digest::{Md5, Sha256, Sha256Hash, parse_digest_from_hex};
use rattler_networking::LazyClient;
use url::Url;

use crate::InstallError;
use crate::digests::{Expected, Note, Seen};
use crate::measure::{Packed, UnpackError, unpack};
use crate::obtain::obtain;
use crate::unpacked::Unpacked;

/// One archive to fetch.
pub(crate) struct Archive {
    label: String,
    /// Name and digests: what the cache knows it by.
    key: PackageRecord,
    identifier: DistArchiveIdentifier,
    packed: Packed,
    /// All that the lockfile says of the archive.
    expected: Expected,
    /// With secrets.
    address: Url,
    /// Without.
    public: Url,
    channel: Option<String>,
    purls: Vec<String>,
}

/// What all archives of one run have in common.
#[derive(Clone)]
pub(crate) struct Fetching {
    pub(crate) cache: PackageCache,
    pub(crate) client: LazyClient,
    /// What even a small archive may unpack to, in bytes.
    pub(crate) allowed: u64,
}

impl Archive {
    /// `may_lack_digests` for archives of which nothing is known but the address.
    pub(crate) fn new(
        record: &Record,
        address: &str,
        may_lack_digests: bool,
    ) -> Result<Self, InstallError> {
        let label = format!("{} {} {}", record.name, record.version, record.build);
        let broken = |reason: &str| InstallError::Record {
            package: label.trim_end().to_owned(),
            reason: reason.to_owned(),
        };
        if record.built_from.is_some() {
            return Err(broken("it is built from source, which only pixi does"));
        }
        let name = PackageName::try_from(record.name.as_str())
            .map_err(|_| broken("its name is no package name"))?;
        let version: VersionWithSource =
            record.version.parse().map_err(|_| broken("its version cannot be read"))?;
        let build = record.build.parse().map_err(|_| broken("its build string cannot be read"))?;
        // Together they are the name of a file in `conda-meta` and of a folder in the cache. A dash in one of the last two
        // would give the name of another package.
        let dashless = [&*record.version, &*record.build, &*version.to_string()]
            .into_iter()
            .all(|text| is_file_name(text) && !text.contains('-'));
        if !dashless || !is_file_name(&record.name) || !is_file_name(&record.subdir) {
            return Err(broken("its name, version, build and subdir cannot stand in a file name"));
        }
        let mut key = PackageRecord::new(name, version, build);
        key.subdir.clone_from(&record.subdir);
        // One that cannot be read is not one that is not there.
        let sha256 = record.sha256.as_deref().map(|text| {
            parse_digest_from_hex::<Sha256>(text).ok_or_else(|| broken("its sha256 is not one"))
        });
        let md5 = record.md5.as_deref().map(|text| {
            parse_digest_from_hex::<Md5>(text).ok_or_else(|| broken("its md5 is not one"))
        });
        let expected =
            Expected { sha256: sha256.transpose()?, md5: md5.transpose()?, size: record.size };
        (key.size, key.sha256, key.md5) = (expected.size, expected.sha256, expected.md5);
        if expected.sha256.is_none() && expected.md5.is_none() && !may_lack_digests {
            return Err(InstallError::NoDigest(label.trim_end().to_owned()));
        }
        let text = record.url.as_deref().ok_or_else(|| broken("the lockfile has no address"))?;
        let url = |text: &str| Url::parse(text).map_err(|_| broken("its address is no URL"));
        let identifier: DistArchiveIdentifier = record
            .file_name()
            .parse()
            .map_err(|_| broken("its address does not name a conda archive"))?;
        let packed = match identifier.archive_type {
            DistArchiveType::Conda(CondaArchiveType::Conda) => Packed::Zip,
            DistArchiveType::Conda(CondaArchiveType::TarBz2) => Packed::Tar,
            DistArchiveType::Wheel(_) => {
                return Err(broken("its address does not name a conda archive"));
            }
        };
        Ok(Self {
            address: url(address)?,
            public: url(&without_placeholders(text))?,
            channel: record.channel.as_deref().map(without_placeholders),
            purls: record.purls.clone().unwrap_or_default(),
            label,
            key,
            identifier,
            packed,
            expected,
        })
    }

    /// The name of the package, as names are compared.
    pub(crate) fn name(&self) -> &str {
        self.key.name.as_normalized()
    }

    /// Of an archive in a channel that is a folder, and that is not there.
    fn folder_is_gone(&self) -> Option<InstallError> {
        let path = self.address.to_file_path().ok()?;
        // The archive is in a subdir of the channel.
        let folder = path.ancestors().nth(2).filter(|folder| !folder.is_dir())?;
        let package = self.label.trim_end().to_owned();
        Some(InstallError::NoFolder { package, folder: folder.to_path_buf() })
    }

    /// Brings the archive into the cache as one that is what the lockfile says, and reads what it says of itself.
    pub(crate) async fn fetch(
        self,
        with: &Fetching,
    ) -> Result<(RepoDataRecord, Unpacked), InstallError> {
        let failed = |reason: String| InstallError::Fetch {
            package: self.label.trim_end().to_owned(),
            denied_by: is_denied(&reason)
                .then(|| domain(&self.public))
                .flatten()
                .into_iter()
                .collect(),
            reason: conceal(&reason).into_owned(),
        };
        let note = with.cache.layers().first().and_then(|layer| Note::of(layer.path(), &self.key));
        let (fetched, sha256, seen) = match self.cached(with, note.as_ref()).await {
            Some(cached) => cached,
            None => self.bring(with, note.as_ref()).await.map_err(|error| match error {
                NotBrought::Unpack(error @ (UnpackError::TooBig(_) | UnpackError::TooMany(_))) => {
                    InstallError::TooBig {
                        package: self.label.trim_end().to_owned(),
                        reason: error.to_string(),
                    }
                }
                NotBrought::Unpack(error) => failed(error.to_string()),
                NotBrought::Other(reason) => {
                    self.folder_is_gone().unwrap_or_else(|| failed(reason))
                }
            })?,
        };
        let index = index_json(&fetched).map_err(failed)?;
        let mut package =
            PackageRecord::from_index_json(index, self.key.size, Some(sha256), self.key.md5)
                .map_err(|error| failed(error.to_string()))?;
        // The record of the prefix knows all that a lockfile may say of the archive one day.
        if let Some(seen) = seen {
            (package.md5, package.size) = (Some(seen.md5), Some(seen.size));
        }
        let unpacked = Unpacked {
            label: self.label.trim_end().to_owned(),
            name: self.name().to_owned(),
            folder: fetched.path().to_path_buf(),
            read: fetched.index_json().cloned().zip(fetched.paths_json().cloned()),
        };
        // What the archive claims to be is no more than a claim; the lock decides.
        package.name = self.key.name.clone();
        package.version = self.key.version.clone();
        package.build = self.key.build.clone();
        package.subdir.clone_from(&self.key.subdir);
        if !self.purls.is_empty() {
            package.purls = Some(self.purls.iter().filter_map(|purl| purl.parse().ok()).collect());
        }
        let record = RepoDataRecord {
            package_record: package,
            identifier: self.identifier,
            url: self.public,
            channel: self.channel,
        };
        Ok((record, unpacked))
    }

    /// The entry of the cache, if that is known to come from the very archive by all that the lockfile says of it. rattler's
    /// cache keeps a sha256 at most; md5 and size are proved by what lockit has seen when it unpacked the entry.
    async fn cached(
        &self,
        with: &Fetching,
        note: Option<&Note>,
    ) -> Option<(CacheMetadata, Sha256Hash, Option<Seen>)> {
        let seen = note.and_then(Note::read);
        // A note of another archive says nothing, and leaves what the cache has of this one.
        let seen = seen.filter(|seen| self.expected.sha256.is_none_or(|one| one == seen.sha256));
        let sha256 = match seen {
            Some(seen) if self.expected.is_known() => {
                self.expected.check(&seen).ok().map(|()| seen.sha256)
            }
            Some(_) => None,
            None => self.expected.sha256.filter(|_| self.expected.is_sha256_alone()),
        }?;
        let key = CacheKey::from(&self.key).with_sha256(sha256);
        let cached = with.cache.layers().first()?.try_validate(&key).await.ok()?;
        Some((cached, sha256, seen))
    }

    /// Fetches the archive, holds it against the lockfile, and unpacks it into the cache.
    async fn bring(
        &self,
        with: &Fetching,
        note: Option<&Note>,
    ) -> Result<(CacheMetadata, Sha256Hash, Option<Seen>), NotBrought> {
        let layer = with.cache.layers().first();
        let folder = layer.ok_or_else(|| NotBrought::Other("there is no cache".to_owned()))?.path();
        let (file, seen) = obtain(&self.address, &with.client, &self.expected, folder)
            .await
            .map_err(NotBrought::Other)?;
        let Seen { sha256, .. } = seen;
        let key = CacheKey::from(&self.key).with_sha256(sha256);
        let (file, packed, allowed) = (Arc::new(file), self.packed, with.allowed);
        // The cache hands on errors as texts, and this one is told apart.
        let error = Arc::new(std::sync::Mutex::new(None));
        let kept = Arc::clone(&error);
        let unpacking = move |destination: std::path::PathBuf| {
            let (file, kept) = (Arc::clone(&file), Arc::clone(&kept));
            async move {
                let work = move || unpack(&file, packed, allowed, &destination);
                let done =
                    tokio::task::spawn_blocking(work).await.unwrap_or(Err(UnpackError::Cancelled));
                done.map(|()| Some(sha256)).map_err(|error| {
                    let text = std::io::Error::other(error.to_string());
                    if let Ok(mut kept) = kept.lock() {
                        *kept = Some(error);
                    }
                    text
                })
            }
        };
        let brought = with.cache.get_or_fetch(key, unpacking, None).await;
        let brought = brought.map_err(|other| {
            let kept = error.lock().ok().and_then(|mut kept| kept.take());
            kept.map_or_else(|| NotBrought::Other(with_causes(&other)), NotBrought::Unpack)
        })?;
        if let Some(note) = note {
            note.write(&seen);
        }
        Ok((brought, sha256, Some(seen)))
    }
}

/// Why an archive is not in the cache.
enum NotBrought {
    Unpack(UnpackError),
    Other(String),
}

/// Whether a text can be a part of the name of a file on every system.
fn is_file_name(text: &str) -> bool {
    ensure_safe_path_component(text).is_ok()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "._+!~=-".contains(c))
}

/// Whether a server wants credentials, or others. The errors in between show the status as text alone.
fn is_denied(reason: &str) -> bool {
    ["(401 Unauthorized)", "(403 Forbidden)"].iter().any(|status| reason.contains(status))
}

/// Host and port of an address.
fn domain(address: &Url) -> Option<String> {
    let host = address.host_str()?;
    Some(address.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}")))
}

fn index_json(fetched: &CacheMetadata) -> Result<IndexJson, String> {
    match fetched.index_json() {
        Some(index) => Ok(index.clone()),
        None => read_index(fetched.path()),
    }
}

fn read_index(folder: &Path) -> Result<IndexJson, String> {
    IndexJson::from_package_directory(folder).map_err(|error| error.to_string())
}

/// `https://host/t/${TOKEN}/channel` is `https://host/channel` for those who look into `conda-meta`.
fn without_placeholders(text: &str) -> String {
    if !text.contains("${") {
        return text.to_owned();
    }
    let (scheme, rest) = text.split_once("://").unwrap_or(("", text));
    let rest = match rest.split_once('@') {
        Some((login, host)) if login.contains("${") => host,
        _ => rest,
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in rest.split('/') {
        if part.contains("${") {
            // The mark before a token goes with it.
            parts.pop_if(|before| *before == "t");
        } else {
            parts.push(part);
        }
    }
    format!("{scheme}://{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(name: &str, version: &str, build: &str) -> Record {
        Record {
            name: name.to_owned(),
            version: version.to_owned(),
            build: build.to_owned(),
            subdir: "linux-64".to_owned(),
            url: Some("https://host/linux-64/app-1.0-0.conda".to_owned()),
            sha256: Some("0".repeat(64)),
            ..Record::default()
        }
    }

    fn said(record: &Record) -> String {
        let address = record.url.clone().unwrap_or_default();
        Archive::new(record, &address, false)
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default()
    }

    #[test]
    fn what_becomes_a_file_name_is_one() {
        for (name, version, build) in
            [("app", "1.0", "0"), ("_x-y.z", "1!2.0+local_1", "py39h6fdeb60_14")]
        {
            assert_eq!(said(&record(name, version, build)), "", "{name} {version} {build}");
        }
        for (name, version, build) in [
            ("..", "1.0", "../../x"),
            ("app", "1.0", "a/b"),
            ("app", "1.0", "a\\b"),
            ("app", "1.0-x", "0"),
            ("app", "1.0", "x-0"),
            ("app", "../1.0", "0"),
            ("app/../x", "1.0", "0"),
            ("app", "1.0", "a\nb"),
        ] {
            assert_ne!(said(&record(name, version, build)), "", "{name} {version} {build}");
        }
        let other = Record { subdir: "../x".to_owned(), ..record("app", "1.0", "0") };
        assert_ne!(said(&other), "");
    }

    #[test]
    fn a_digest_is_there_and_is_one() {
        let right = record("app", "1.0", "0");
        let md5 = Record { md5: Some("0".repeat(32)), sha256: None, ..right.clone() };
        assert_eq!(said(&md5), "");
        for wrong in [
            Record { sha256: None, ..right.clone() },
            // Not one that is not there, though the other would do.
            Record { sha256: Some("0".repeat(63)), ..md5 },
            Record { md5: Some("zz".to_owned()), ..right.clone() },
            Record { url: Some("https://host/app-1.0-py3-none-any.whl".to_owned()), ..right },
        ] {
            assert_ne!(said(&wrong), "", "{wrong:?}");
        }
    }

    #[test]
    fn placeholders_leave_no_trace() {
        for (text, public) in [
            ("https://host/t/${TOKEN}/chan/a.conda", "https://host/chan/a.conda"),
            ("https://${USER}:${PASS}@host/chan", "https://host/chan"),
            ("https://host/t/chan/a.conda", "https://host/t/chan/a.conda"),
        ] {
            assert_eq!(without_placeholders(text), public, "{text}");
        }
    }
}
