//! SPDX 2.3 (ISO/IEC 5962), JSON.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lockit_lockfile::order::dependency_name;
use lockit_lockfile::{Lock, Record, hex_sha256};
use lockit_spec::Platform;
use serde_json::{Value, json};

use super::{License, license, purl};

/// The bill of one platform of a lock. SPDX wants a time; without one it is the beginning of time, so
/// that the same lock gives the same bytes.
pub fn spdx(lock: &Lock, platform: Platform, time: Option<Timestamp>) -> String {
    let records = lock.platforms.get(&platform).map(|chosen| chosen.records.as_slice());
    let mut records: Vec<&Record> = records.unwrap_or_default().iter().collect();
    records.sort_by(|a, b| (&a.name, &a.version, &a.build).cmp(&(&b.name, &b.version, &b.build)));
    let ids: BTreeMap<&str, String> =
        records.iter().map(|record| (record.name.as_str(), id(&record.name))).collect();
    let name = if lock.environment.is_empty() { "environment" } else { &lock.environment };
    let purls: Vec<String> = records.iter().map(|record| purl(record)).collect();
    let namespace = hex_sha256(purls.join("\n").as_bytes());
    let mut relationships = vec![json!({
        "spdxElementId": "SPDXRef-DOCUMENT",
        "relationshipType": "DESCRIBES",
        "relatedSpdxElement": "SPDXRef-environment",
    })];
    for record in &records {
        let id = &ids[record.name.as_str()];
        relationships.push(json!({
            "spdxElementId": "SPDXRef-environment",
            "relationshipType": "CONTAINS",
            "relatedSpdxElement": id,
        }));
        let mut on: Vec<&String> = record
            .depends
            .iter()
            .flatten()
            .filter_map(|text| ids.get(dependency_name(text)))
            .collect();
        on.sort_unstable();
        on.dedup();
        for other in on {
            relationships.push(json!({
                "spdxElementId": id,
                "relationshipType": "DEPENDS_ON",
                "relatedSpdxElement": other,
            }));
        }
    }
    let mut packages = vec![json!({
        "SPDXID": "SPDXRef-environment",
        "name": format!("{name} for {platform}"),
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": false,
    })];
    packages.extend(records.iter().map(|record| package(record, &ids[record.name.as_str()])));
    // Identifiers that recipes made up have to be declared.
    let own: BTreeMap<&str, &str> = records
        .iter()
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
        "packages": packages,
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

fn package(record: &Record, id: &str) -> Value {
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
        "downloadLocation": record.url.as_deref().unwrap_or("NOASSERTION"),
        "filesAnalyzed": false,
        "licenseDeclared": declared,
        "licenseConcluded": "NOASSERTION",
        "copyrightText": "NOASSERTION",
        "externalRefs": [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": purl(record),
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
fn id(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '.' | '-') { c } else { '-' };
    // Two names may become one: `a_b` and `a-b`.
    let suffix = if name.chars().all(|c| plain(c) == c) {
        String::new()
    } else {
        format!("-{}", &hex_sha256(name.as_bytes())[..8])
    };
    format!("SPDXRef-Package-{}{suffix}", name.chars().map(plain).collect::<String>())
}

/// Whole seconds, as SPDX wants them.
fn seconds(time: Timestamp) -> String {
    let text = time.to_string();
    match text.split_once('.') {
        Some((whole, _)) => format!("{whole}Z"),
        None => text,
    }
}
