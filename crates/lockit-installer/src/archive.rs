//! From a locked record to an archive in the cache, and to what the archive says of itself.

use std::path::Path;

use lockit_diagnostic::with_causes;
use lockit_lockfile::Record;
use lockit_solver::conceal;
use rattler_cache::package_cache::{CacheMetadata, PackageCache};
use rattler_conda_types::package::{DistArchiveIdentifier, IndexJson, PackageFile};
use rattler_conda_types::{PackageName, PackageRecord, RepoDataRecord, VersionWithSource};
use rattler_digest::{Md5, Sha256, parse_digest_from_hex};
use rattler_networking::LazyClient;
use rattler_networking::retry_policies::default_retry_policy;
use url::Url;

use crate::InstallError;

/// One archive to fetch.
pub(crate) struct Archive {
    label: String,
    /// Name and digests: what the cache knows it by.
    key: PackageRecord,
    identifier: DistArchiveIdentifier,
    /// With secrets.
    address: Url,
    /// Without.
    public: Url,
    channel: Option<String>,
    purls: Vec<String>,
}

impl Archive {
    pub(crate) fn new(record: &Record, address: &str) -> Result<Self, InstallError> {
        let label = format!("{} {} {}", record.name, record.version, record.build);
        let broken = |reason: &str| InstallError::Record {
            package: label.trim_end().to_owned(),
            reason: reason.to_owned(),
        };
        let name = PackageName::try_from(record.name.as_str())
            .map_err(|_| broken("its name is no package name"))?;
        let version: VersionWithSource =
            record.version.parse().map_err(|_| broken("its version cannot be read"))?;
        let build = record.build.parse().map_err(|_| broken("its build string cannot be read"))?;
        let mut key = PackageRecord::new(name, version, build);
        key.subdir.clone_from(&record.subdir);
        key.size = record.size;
        key.sha256 = record.sha256.as_deref().and_then(parse_digest_from_hex::<Sha256>);
        key.md5 = record.md5.as_deref().and_then(parse_digest_from_hex::<Md5>);
        if key.sha256.is_none() && key.md5.is_none() {
            return Err(broken("the lockfile has no digest of it"));
        }
        let text = record.url.as_deref().ok_or_else(|| broken("the lockfile has no address"))?;
        let url = |text: &str| Url::parse(text).map_err(|_| broken("its address is no URL"));
        let identifier = record
            .file_name()
            .parse()
            .map_err(|_| broken("its address does not name a conda archive"))?;
        Ok(Self {
            address: url(address)?,
            public: url(&without_placeholders(text))?,
            channel: record.channel.as_deref().map(without_placeholders),
            purls: record.purls.clone(),
            label,
            key,
            identifier,
        })
    }

    /// The name of the package, as names are compared.
    pub(crate) fn name(&self) -> &str {
        self.key.name.as_normalized()
    }

    /// Brings the archive into the cache, where its digest was checked, and reads what it says.
    pub(crate) async fn fetch(
        self,
        cache: &PackageCache,
        client: LazyClient,
    ) -> Result<RepoDataRecord, InstallError> {
        let failed = |reason: String| InstallError::Fetch {
            package: self.label.trim_end().to_owned(),
            denied_by: is_denied(&reason)
                .then(|| domain(&self.public))
                .flatten()
                .into_iter()
                .collect(),
            reason: conceal(&reason).into_owned(),
        };
        let fetched = if self.address.scheme() == "file" {
            let path = self.address.to_file_path().map_err(|()| failed("no such path".into()))?;
            cache.get_or_fetch_from_path(&path, Some(&self.key), None).await
        } else {
            let policy = default_retry_policy();
            let url = self.address.clone();
            cache.get_or_fetch_from_url_with_retry(&self.key, url, client, policy, None, None).await
        };
        let fetched = fetched.map_err(|error| failed(with_causes(&error)))?;
        let index = index_json(&fetched).map_err(failed)?;
        let mut package =
            PackageRecord::from_index_json(index, self.key.size, self.key.sha256, self.key.md5)
                .map_err(|error| failed(error.to_string()))?;
        // What the archive claims to be is no more than a claim; the lock decides.
        package.name = self.key.name.clone();
        package.version = self.key.version.clone();
        package.build = self.key.build.clone();
        package.subdir.clone_from(&self.key.subdir);
        if !self.purls.is_empty() {
            package.purls = Some(self.purls.iter().filter_map(|purl| purl.parse().ok()).collect());
        }
        Ok(RepoDataRecord {
            package_record: package,
            identifier: self.identifier,
            url: self.public,
            channel: self.channel,
        })
    }
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
