//! Records as rattler has them, and back.

use std::collections::BTreeSet;
use std::str::FromStr;

use lockit_spec::{Platform, is_dotted};
use rattler_conda_types::package::{BuildString, DistArchiveIdentifier};
use rattler_conda_types::utils::TimestampMs;
use rattler_conda_types::{
    ChannelUrl, NoArchType, PackageName, PackageRecord, PackageUrl, VersionWithSource,
};
use rattler_digest::{Md5, Sha256, parse_digest_from_hex};
use rattler_lock::{CondaBinaryData, CondaSourceData, UrlOrPath};
use url::Url;

use crate::Record;
use crate::archive::split_address;
use crate::digest::hex;
use crate::error::FormatError;
use lockit_spec::credentials::{variables, without_secrets};

pub(super) fn to_rattler(
    record: &Record,
    platform: Platform,
) -> Result<CondaBinaryData, FormatError> {
    let text = record.public_url(platform)?;
    let what = || format!("`{}` on {platform}", record.label());
    let bad = |reason: &dyn std::fmt::Display| FormatError::Value {
        what: what(),
        reason: reason.to_string(),
    };
    if !variables(text).is_empty() {
        return Err(FormatError::Placeholder { what: format!("the URL of `{}`", record.label()) });
    }
    if record.sha256.is_none() && record.md5.is_none() {
        return Err(FormatError::NoDigest { package: record.label(), platform });
    }
    // Without dependencies pixi would take every package for one that needs nothing.
    let Some(depends) = record.depends.clone() else {
        return Err(bad(&"its dependencies are not known; lock again from the spec"));
    };
    let location: UrlOrPath = if is_dotted(text) {
        UrlOrPath::Path(text.into())
    } else {
        Url::parse(text).map_err(|error| bad(&error))?.into()
    };
    let name = PackageName::from_str(&record.name).map_err(|error| bad(&error))?;
    let version = VersionWithSource::from_str(&record.version).map_err(|error| bad(&error))?;
    let mut to =
        PackageRecord::new(name, version, BuildString::new_unchecked(record.build.clone()));
    to.build_number = record.build_number.unwrap_or(0);
    to.subdir.clone_from(&record.subdir);
    to.depends = depends;
    to.constrains = record.constrains.clone().unwrap_or_default();
    to.sha256 = record.sha256.as_deref().and_then(parse_digest_from_hex::<Sha256>);
    to.md5 = record.md5.as_deref().and_then(parse_digest_from_hex::<Md5>);
    to.size = record.size;
    to.timestamp = record.timestamp.map(TimestampMs::from_timestamp_millis);
    to.indexed_timestamp = record.indexed.map(TimestampMs::from_timestamp_millis);
    to.license.clone_from(&record.license);
    to.license_family.clone_from(&record.license_family);
    to.noarch = match record.noarch.as_deref() {
        Some("python") => NoArchType::python(),
        Some("generic") => NoArchType::generic(),
        _ => NoArchType::none(),
    };
    to.track_features.clone_from(&record.track_features);
    if let Some(purls) = &record.purls {
        let purls = purls.iter().map(|purl| PackageUrl::from_str(purl));
        to.purls = Some(purls.collect::<Result<BTreeSet<_>, _>>().map_err(|error| bad(&error))?);
    }
    to.python_site_packages_path.clone_from(&record.python_site_packages_path);
    let file_name = location
        .file_name()
        .and_then(DistArchiveIdentifier::try_from_filename)
        .ok_or_else(|| bad(&"its URL does not end in the name of a conda archive"))?;
    let channel = match record.channel.as_deref().map(lockit_spec::channel_identity) {
        Some(channel) if channel.contains("://") => {
            Some(ChannelUrl::from(Url::parse(&channel).map_err(|error| bad(&error))?))
        }
        _ => None,
    };
    Ok(CondaBinaryData { package_record: to, location, file_name, channel })
}

pub(super) fn from_rattler(data: &CondaBinaryData) -> Record {
    let from = &data.package_record;
    let url = match &data.location {
        UrlOrPath::Path(path) if !path.is_absolute() => {
            let path = path.as_str();
            if is_dotted(path) { path.to_owned() } else { format!("./{path}") }
        }
        location => {
            location.try_into_url().map_or_else(|_| location.to_string(), |url| url.to_string())
        }
    };
    let of_folder = is_dotted(&url).then(|| split_address(&url)).flatten();
    Record {
        name: from.name.as_normalized().to_owned(),
        version: from.version.to_string(),
        build: from.build.as_str().to_owned(),
        build_number: Some(from.build_number),
        subdir: from.subdir.clone(),
        url: Some(without_secrets(&url).into_owned()),
        channel: data
            .channel
            .as_ref()
            .map(|channel| without_secrets(channel.as_str()).trim_end_matches('/').to_owned())
            .or_else(|| Some(of_folder?.channel.to_owned())),
        sha256: from.sha256.map(|digest| hex(&digest)),
        md5: from.md5.map(|digest| hex(&digest)),
        size: from.size,
        timestamp: from.timestamp.map(|at| at.jiff_timestamp()),
        indexed: from.indexed_timestamp.map(|at| at.jiff_timestamp()),
        depends: Some(from.depends.clone()),
        constrains: Some(from.constrains.clone()),
        license: from.license.clone(),
        license_family: from.license_family.clone(),
        noarch: if from.noarch.is_python() {
            Some("python".to_owned())
        } else if from.noarch.is_none() {
            None
        } else {
            Some("generic".to_owned())
        },
        track_features: from.track_features.clone(),
        purls: from.purls.as_ref().map(|all| all.iter().map(ToString::to_string).collect()),
        python_site_packages_path: from.python_site_packages_path.clone(),
        built_from: None,
        categories: Vec::new(),
    }
}

/// A package that is built when it is installed: what is known of it before.
pub(super) fn from_source(data: &CondaSourceData) -> Record {
    let known = match data.record() {
        Some(record) => Record {
            version: record.version.to_string(),
            build: record.build.as_str().to_owned(),
            build_number: Some(record.build_number),
            subdir: record.subdir.clone(),
            license: record.license.clone(),
            license_family: record.license_family.clone(),
            ..Record::default()
        },
        None => Record::default(),
    };
    Record {
        name: data.name().as_normalized().to_owned(),
        depends: Some(data.depends().to_vec()),
        constrains: Some(data.constrains().to_vec()),
        built_from: Some(without_secrets(&data.location.to_string()).into_owned()),
        ..known
    }
}
