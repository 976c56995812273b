//! Differences for programs.

use serde_json::{Value, json as value};

use super::{Change, EnvironmentDiff, Side};

/// `{"version": 1, "environments": [...]}`; fields are added, never changed, as long as the version
/// stays.
pub fn json(diffs: &[EnvironmentDiff]) -> String {
    let environments: Vec<Value> = diffs.iter().map(environment).collect();
    format!("{:#}\n", value!({ "version": 1, "environments": environments }))
}

fn environment(diff: &EnvironmentDiff) -> Value {
    let names = |platforms: &[lockit_spec::Platform]| -> Vec<&'static str> {
        platforms.iter().map(|platform| platform.as_str()).collect()
    };
    let sizes: serde_json::Map<String, Value> = diff
        .sizes
        .iter()
        .map(|(platform, (before, after))| {
            (platform.to_string(), value!({ "before": before, "after": after }))
        })
        .collect();
    let licenses: Vec<Value> = diff
        .licenses
        .iter()
        .map(|(name, before, after)| value!({ "name": name, "before": before, "after": after }))
        .collect();
    let needs: Vec<Value> = diff
        .needs
        .iter()
        .map(|(name, before, after, platforms)| {
            value!({ "name": name, "before": before, "after": after, "platforms": names(platforms) })
        })
        .collect();
    let young = diff.young.as_ref().map(|young| {
        let packages: Vec<Value> = young
            .packages
            .iter()
            .map(|(name, version, built, platforms)| {
                value!({
                    "name": name,
                    "version": version,
                    "built": built.to_string(),
                    "platforms": names(platforms),
                })
            })
            .collect();
        value!({
            "since": young.since.to_string(),
            "packages": packages,
            "undated": young.undated,
        })
    });
    let changes: Vec<Value> = diff.changes.iter().map(change).collect();
    value!({
        "name": diff.name,
        "platforms": names(&diff.platforms),
        "added_platforms": names(&diff.added_platforms),
        "removed_platforms": names(&diff.removed_platforms),
        "changes": changes,
        "sizes": sizes,
        "licenses": licenses,
        "young": young,
        "needs": needs,
    })
}

fn change(change: &Change) -> Value {
    let side = |side: &Option<Side>| {
        side.as_ref().map(|side| {
            value!({
                "version": side.version,
                "build": side.build,
                "channel": side.channel,
                "categories": side.categories,
            })
        })
    };
    let platforms: Vec<&str> = change.platforms.iter().map(|platform| platform.as_str()).collect();
    value!({
        "name": change.name,
        "kind": change.kind.as_str(),
        "before": side(&change.before),
        "after": side(&change.after),
        "platforms": platforms,
        "direct": change.direct,
    })
}
