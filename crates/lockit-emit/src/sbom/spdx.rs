//! SPDX 2.3 (ISO/IEC 5962), JSON.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use lockit_lockfile::{Lock, Package, PipRecord, Record, hex_sha256};
use lockit_spec::Platform;
use serde_json::{Value, json};

use super::{Contents, License, license, purl};

/// The bill of one platform of a lock. SPDX wants a time; without one it is the beginning of time, so
/// that the same lock gives the same bytes.
pub fn spdx(lock: &Lock, platform: Platform, time: Option<Timestamp>) -> String {
    let contents = Contents::of(lock, platform);
    let packages = &contents.packages;
    let ids: BTreeMap<String, String> =
        packages.iter().map(|package| (purl(*package), id(*package))).collect();
    let name = if lock.environment.is_empty() { "environment" } else { &lock.environment };
    let purls: Vec<String> = packages.iter().map(|package| purl(*package)).collect();
    let namespace = hex_sha256(purls.join("\n").as_bytes());
    let mut relationships = vec![json!({
        "spdxElementId": "SPDXRef-DOCUMENT",
        "relationshipType": "DESCRIBES",
        "relatedSpdxElement": "SPDXRef-environment",
    })];
    for package in packages {
        let id = id(*package);
        relationships.push(json!({
            "spdxElementId": "SPDXRef-environment",
            "relationshipType": "CONTAINS",
            "relatedSpdxElement": id,
        }));
        let mut on: Vec<&String> =
            contents.needs(*package).into_iter().filter_map(|purl| ids.get(purl)).collect();
        on.sort_unstable();
        for other in on {
            relationships.push(json!({
                "spdxElementId": id,
                "relationshipType": "DEPENDS_ON",
                "relatedSpdxElement": other,
            }));
        }
    }
    let mut described = vec![json!({
        "SPDXID": "SPDXRef-environment",
        "name": format!("{name} for {platform}"),
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
    })];
    described.extend(packages.iter().map(|package| match package {
        Package::Conda(record) => conda_package(record, &id(*package)),
        Package::Pip(record) => pypi_package(record, &id(*package)),
    }));
    // Identifiers that recipes made up have to be declared.
    let own: BTreeMap<&str, &str> = packages
        .iter()
        .filter_map(|package| match package {
            Package::Conda(record) => Some(*record),
            Package::Pip(_) => None,
        })
        .filter_map(|record| Some((record.license.as_deref()?, record.name.as_str())))
        .flat_map(|(text, name)| own_identifiers(text).map(move |id| (id, name)))
        .collect();
    let own: Vec<Value> = own
        .into_iter()
        .map(|(id, name)| {
            json!({
                "licenseId": id,
                "extractedText": format!("The text is in the package {name}."),
            })
        })
        .collect();
    let mut document = json!({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": format!("{name} for {platform}"),
        "documentNamespace": format!("https://spdx.org/spdxdocs/{name}-{platform}-{namespace}"),
        "creationInfo": {
            "created": seconds(time.unwrap_or(Timestamp::UNIX_EPOCH)),
            "creators": [format!("Tool: lockit-{}", env!("CARGO_PKG_VERSION"))],
        },
        "packages": described,
        "relationships": relationships,
    });
    if !own.is_empty() {
        document["hasExtractedLicensingInfos"] = own.into();
    }
    format!("{document:#}\n")
}

/// `LicenseRef-…` in a licence expression.
fn own_identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_whitespace() || matches!(c, '(' | ')'))
        .filter(|word| word.starts_with("LicenseRef-"))
}

fn pypi_package(record: &PipRecord, id: &str) -> Value {
    let address = record.address();
    let mut package = json!({
        "SPDXID": id,
        "name": record.name,
        "versionInfo": record.version,
        // SPDX knows addresses of the web and of repositories, but no paths.
        "downloadLocation": if address.contains("://") { address.as_str() } else { "NOASSERTION" },
        "filesAnalyzed": false,
        "licenseDeclared": "NOASSERTION",
        "licenseConcluded": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": purl(Package::Pip(record)),
        }],
    });
    if let Some(digest) = &record.sha256 {
        package["checksums"] = json!([{ "algorithm": "SHA256", "checksumValue": digest }]);
    }
    package
}

fn conda_package(record: &Arc<Record>, id: &str) -> Value {
    let mut checksums = Vec::new();
    for (kind, digest) in [("MD5", &record.md5), ("SHA256", &record.sha256)] {
        if let Some(digest) = digest {
            checksums.push(json!({ "algorithm": kind, "checksumValue": digest }));
        }
    }
    let declared = match license(record) {
        Some(License::Id(text) | License::Expression(text)) => text,
        Some(License::Name(_)) | None => "NOASSERTION".to_owned(),
    };
    let mut package = json!({
        "SPDXID": id,
        "name": record.name,
        "versionInfo": record.version,
        // A path is no location.
        "downloadLocation": record
            .url
            .as_deref()
            .filter(|url| url.contains("://"))
            .unwrap_or("NOASSERTION"),
        "filesAnalyzed": false,
        "licenseDeclared": declared,
        "licenseConcluded": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": purl(Package::Conda(record)),
        }],
    });
    if !checksums.is_empty() {
        package["checksums"] = checksums.into();
    }
    if let Some(License::Name(text)) = license(record) {
        package["licenseComments"] = text.into();
    }
    package
}

/// Letters, digits, `.` and `-` only.
fn id(package: Package<'_>) -> String {
    let name = package.name();
    let kind = match package {
        Package::Conda(_) => "Package",
        Package::Pip(_) => "PyPI",
    };
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' };
    // Two names may become one: `a_b` and `a-b`.
    let suffix = if name.chars().all(|c| plain(c) == c) {
        String::new()
    } else {
        format!("-{}", &hex_sha256(name.as_bytes())[..8])
    };
    format!("SPDXRef-{kind}-{}{suffix}", name.chars().map(plain).collect::<String>())
}

/// Whole seconds, as SPDX wants them.
fn seconds(time: Timestamp) -> String {
    let text = time.to_string();
    match text.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => text,
    }
}
