//! Drift for programs.

use std::collections::BTreeMap;

use lockit_spec::Platform;
use serde_json::{Map, Value, json as value};

use super::{Drift, Partial};

/// `{"version": 1, "environments": [...]}`; fields are added, never changed, as long as the version
/// stays.
pub fn json(drifts: &[Drift]) -> String {
    let environments: Vec<Value> = drifts
        .iter()
        .map(|drift| {
            let versions: Map<String, Value> =
                drift.versions.iter().map(|(name, of)| (name.clone(), platforms(of))).collect();
            value!({
                "name": drift.name,
                "platforms": names(&drift.platforms),
                "matters": drift.matters(),
                "expected": drift.expected.iter().map(partial).collect::<Vec<_>>(),
                "surprising": drift.surprising.iter().map(partial).collect::<Vec<_>>(),
                "versions": versions,
                "built_apart": drift.built_apart,
                "pythons": platforms(&drift.pythons),
            })
        })
        .collect();
    format!("{:#}\n", value!({ "version": 1, "environments": environments }))
}

fn partial(one: &Partial) -> Value {
    value!({ "name": one.name, "platforms": names(&one.platforms), "reason": one.reason })
}

fn platforms(of: &BTreeMap<String, Vec<Platform>>) -> Value {
    of.iter().map(|(key, platforms)| (key.clone(), value!(names(platforms)))).collect()
}

fn names(platforms: &[Platform]) -> Vec<&'static str> {
    platforms.iter().map(|platform| platform.as_str()).collect()
}
