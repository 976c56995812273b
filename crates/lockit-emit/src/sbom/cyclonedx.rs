//! CycloneDX 1.6 (ECMA-424), JSON.

use std::collections::BTreeSet;
use std::sync::Arc;

use jiff::Timestamp;
use lockit_lockfile::{Lock, Manager, Package, PipRecord, PipSource, Record};
use lockit_spec::Platform;
use serde_json::{Value, json};

use super::{Contents, License, license, purl};

/// The bill of one platform of a lock. `time` is when it was made: leave it out for the same bytes
/// from the same lock.
pub fn cyclonedx(lock: &Lock, platform: Platform, time: Option<Timestamp>) -> String {
    let contents = Contents::of(lock, platform);
    let packages = &contents.packages;
    let chosen = lock.platforms.get(&platform);
    let aggregate = if chosen.is_some_and(|chosen| chosen.skipped_pip > 0) {
        "incomplete"
    } else if packages.iter().all(|package| package.depends().is_some()) {
        "complete"
    } else {
        "unknown"
    };
    let name = if lock.environment.is_empty() { "environment" } else { &lock.environment };
    let root = format!("{name}@{platform}");
    let mut depended: BTreeSet<&str> = BTreeSet::new();
    let mut dependencies: Vec<Value> = Vec::new();
    for package in packages.iter().filter(|package| package.depends().is_some()) {
        let on = contents.needs(*package);
        depended.extend(&on);
        dependencies.push(json!({ "ref": purl(*package), "dependsOn": on }));
    }
    // What the spec names, else what nothing else brings along.
    let requested = chosen.and_then(|chosen| chosen.requested.clone());
    let mut roots: Vec<String> = packages
        .iter()
        .filter(|package| match &requested {
            Some(names) if package.manager() == Manager::Conda => {
                names.iter().any(|one| one == package.name())
            }
            _ => !depended.contains(purl(**package).as_str()),
        })
        .map(|package| purl(*package))
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
        "components": packages.iter().map(|package| component(*package)).collect::<Vec<_>>(),
        "dependencies": dependencies,
        // What the environment depends on, and nothing of what an archive holds besides: a reference of `dependencies`
        // does not cascade. The packages are others', so the values about first parties are wrong here.
        "compositions": [{ "aggregate": aggregate, "dependencies": [root] }],
    });
    format!("{bill:#}\n")
}

fn component(package: Package<'_>) -> Value {
    match package {
        Package::Conda(record) => conda_component(record),
        Package::Pip(record) => pypi_component(record),
    }
}

fn pypi_component(record: &PipRecord) -> Value {
    let purl = purl(Package::Pip(record));
    let mut component = json!({
        "type": "library",
        "bom-ref": purl,
        "name": record.name,
        "version": record.version,
        "purl": purl,
    });
    if let Some(digest) = &record.sha256 {
        component["hashes"] = json!([{ "alg": "SHA-256", "content": digest }]);
    }
    let kind = match record.source {
        PipSource::Git { .. } => "vcs",
        _ => "distribution",
    };
    let address = record.address();
    if !address.is_empty() {
        component["externalReferences"] = json!([{ "type": kind, "url": address }]);
    }
    component
}

fn conda_component(record: &Arc<Record>) -> Value {
    let purl = purl(Package::Conda(record));
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
    for other in record.purls.iter().flatten() {
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
