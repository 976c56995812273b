//! CycloneDX 1.6 (ECMA-424), JSON.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lockit_lockfile::order::dependency_name;
use lockit_lockfile::{Lock, Record};
use lockit_spec::Platform;
use serde_json::{Value, json};

use super::{License, license, purl};

/// The bill of one platform of a lock. `time` is when it was made: leave it out for the same bytes
/// from the same lock.
pub fn cyclonedx(lock: &Lock, platform: Platform, time: Option<Timestamp>) -> String {
    let records = lock.platforms.get(&platform).map(|chosen| chosen.records.as_slice());
    let mut records: Vec<&Record> = records.unwrap_or_default().iter().collect();
    records.sort_by(|a, b| (&a.name, &a.version, &a.build).cmp(&(&b.name, &b.version, &b.build)));
    let by_name: BTreeMap<&str, String> =
        records.iter().map(|record| (record.name.as_str(), purl(record))).collect();
    let complete = records.iter().all(|record| record.depends.is_some());
    let name = if lock.environment.is_empty() { "environment" } else { &lock.environment };
    let root = format!("{name}@{platform}");
    let mut depended: Vec<&str> = Vec::new();
    let mut dependencies: Vec<Value> = Vec::new();
    for record in &records {
        let Some(depends) = &record.depends else { continue };
        let mut on: Vec<&String> = depends
            .iter()
            .filter_map(|text| by_name.get_key_value(dependency_name(text)))
            .map(|(name, purl)| {
                depended.push(name);
                purl
            })
            .collect();
        on.sort_unstable();
        on.dedup();
        dependencies.push(json!({ "ref": purl(record), "dependsOn": on }));
    }
    // What the spec names, else what nothing else brings along.
    let requested = lock.platforms.get(&platform).and_then(|chosen| chosen.requested.clone());
    let mut roots: Vec<&String> = by_name
        .iter()
        .filter(|(name, _)| match &requested {
            Some(names) => names.iter().any(|one| one == *name),
            None => !depended.contains(name),
        })
        .map(|(_, purl)| purl)
        .collect();
    roots.sort_unstable();
    dependencies.insert(0, json!({ "ref": root, "dependsOn": roots }));
    let mut metadata = json!({
        "lifecycles": [{ "phase": "pre-build" }],
        "tools": { "components": [{
            "type": "application",
            "name": "lockit",
            "version": env!("CARGO_PKG_VERSION"),
        }] },
        "component": { "type": "container", "bom-ref": root, "name": name },
        "properties": [{ "name": "conda:platform", "value": platform.as_str() }],
    });
    if let Some(time) = time {
        metadata["timestamp"] = time.to_string().into();
    }
    let bill = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata,
        "components": records.iter().map(|record| component(record)).collect::<Vec<_>>(),
        "dependencies": dependencies,
        "compositions": [{
            // Conda packages may hold further software that their metadata does not name.
            "aggregate": if complete { "incomplete_first_party_only" } else { "unknown" },
            "dependencies": [root],
        }],
    });
    format!("{bill:#}\n")
}

fn component(record: &Record) -> Value {
    let purl = purl(record);
    let mut hashes = Vec::new();
    for (kind, digest) in [("MD5", &record.md5), ("SHA-256", &record.sha256)] {
        if let Some(digest) = digest {
            hashes.push(json!({ "alg": kind, "content": digest }));
        }
    }
    let mut properties = vec![json!({ "name": "conda:package:build", "value": record.build })];
    if let Some(size) = record.size {
        properties.push(json!({ "name": "conda:package:size", "value": size.to_string() }));
    }
    for other in &record.purls {
        properties.push(json!({ "name": "conda:package:purl", "value": other }));
    }
    let mut component = json!({
        "type": "library",
        "bom-ref": purl,
        "name": record.name,
        "version": record.version,
        "purl": purl,
        "properties": properties,
    });
    if !hashes.is_empty() {
        component["hashes"] = hashes.into();
    }
    if let Some(license) = license(record) {
        component["licenses"] = match license {
            License::Id(id) => json!([{ "license": { "id": id } }]),
            License::Expression(text) => json!([{ "expression": text }]),
            License::Name(text) => json!([{ "license": { "name": text } }]),
        };
    }
    if let Some(url) = &record.url {
        component["externalReferences"] = json!([{ "type": "distribution", "url": url }]);
    }
    component
}
