//! Differences for programs.

use serde_json::{Value, json as value};

use super::report::{Places, Report};
use super::{Change, EnvironmentDiff, FactChange, NeedChange, Side, YoungPackage};

impl Report<'_> {
    /// `{"version": 1, "title": ..., "environments": [...], ...}`; fields are added, never changed, as
    /// long as the version stays.
    pub fn json(&self) -> String {
        let environments: Vec<Value> = self.diffs.iter().map(environment).collect();
        let withdrawn: Vec<Value> = self
            .withdrawn
            .iter()
            .map(|one| {
                value!({
                    "name": one.name,
                    "version": one.version,
                    "build": one.build,
                    "locked": places(&one.places),
                    "still_locked": places(&one.kept),
                })
            })
            .collect();
        let held_back: Vec<Value> = self
            .held_back
            .iter()
            .map(|one| {
                value!({
                    "name": one.name,
                    "locked": one.locked,
                    "version": one.version,
                    "appeared": one.appeared.to_string(),
                    "until": one.until.map(|until| until.to_string()),
                    "platforms": places(&one.places),
                })
            })
            .collect();
        let report = value!({
            "version": 1,
            "title": self.title(),
            "environments": environments,
            "withdrawn": withdrawn,
            "held_back": held_back,
            "waiting": self.waiting,
            "failures": self.failures,
            "command": self.command,
        });
        format!("{report:#}\n")
    }
}

/// Environments with the names of their platforms.
fn places(places: &Places) -> Value {
    let names = |platforms: &Vec<lockit_spec::Platform>| -> Value {
        platforms.iter().map(|platform| platform.as_str()).collect()
    };
    places.iter().map(|(environment, platforms)| (environment.clone(), names(platforms))).collect()
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
        .map(|FactChange { name, before, after }| {
            value!({ "name": name, "before": before, "after": after })
        })
        .collect();
    let needs: Vec<Value> = diff
        .needs
        .iter()
        .map(|NeedChange { fact: FactChange { name, before, after }, platforms }| {
            value!({ "name": name, "before": before, "after": after, "platforms": names(platforms) })
        })
        .collect();
    let young = diff.young.as_ref().map(|young| {
        let packages: Vec<Value> = young
            .packages
            .iter()
            .map(|YoungPackage { name, version, built, platforms }| {
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
                "manager": side.manager.as_str(),
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
        "manager": change.manager().as_str(),
        "before": side(&change.before),
        "after": side(&change.after),
        "platforms": platforms,
        "direct": change.direct,
        "channel": change.channel,
    })
}
