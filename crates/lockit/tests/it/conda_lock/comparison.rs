//! Every place where two lock specifications differ, as text that people can review.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde_json::Value;

/// What a program makes of specs: a value, or the reason why it refuses them.
pub(super) type Answer = Result<Value, String>;

/// A place, and what is there. `None` is nothing, which is also what `null` is.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Difference {
    place: String,
    ours: Option<String>,
    theirs: Option<String>,
}

/// All differences of two answers; empty if they are the same. Three lines for each: the place, what lockit has
/// there, what conda-lock has there.
///
/// That both refuse is shown as well: each has a reason of its own.
pub(super) fn differences(ours: &Answer, theirs: &Answer, platforms: &[&str]) -> String {
    let mut found = Vec::new();
    if let (Ok(ours), Ok(theirs)) = (ours, theirs) {
        compare(ours, theirs, "", &mut found);
    } else {
        let said = |answer: &Answer| match answer {
            Ok(_) => "accepts".to_owned(),
            Err(reason) => format!("refuses: {reason}"),
        };
        found.push(Difference {
            place: "answer".to_owned(),
            ours: Some(said(ours)),
            theirs: Some(said(theirs)),
        });
    }
    let mut text = String::new();
    for difference in once_for_all_platforms(found, platforms) {
        let side = |side: &Option<String>| side.clone().unwrap_or_else(|| "nothing".to_owned());
        let (ours, theirs) = (side(&difference.ours), side(&difference.theirs));
        let place = difference.place;
        writeln!(text, "{place}\n  lockit:     {ours}\n  conda-lock: {theirs}").unwrap();
    }
    text
}

fn compare(ours: &Value, theirs: &Value, at: &str, found: &mut Vec<Difference>) {
    match (ours, theirs) {
        (Value::Object(a), Value::Object(b)) => {
            let keys: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
            for key in keys {
                let of = |object: &serde_json::Map<String, Value>| {
                    object.get(key).cloned().unwrap_or_default()
                };
                let dot = if at.is_empty() { "" } else { "." };
                compare(&of(a), &of(b), &format!("{at}{dot}{key}"), found);
            }
        }
        (Value::Array(a), Value::Array(b)) => match (by_name(a), by_name(b)) {
            (Some(a), Some(b)) => compare_named(&a, &b, at, found),
            _ if a != b => found.push(difference(at, ours, theirs)),
            _ => {}
        },
        _ if ours != theirs => found.push(difference(at, ours, theirs)),
        _ => {}
    }
}

/// Requirements are compared with the one of the same name, wherever that is in its list, and then their order.
fn compare_named(
    ours: &[(String, &Value)],
    theirs: &[(String, &Value)],
    at: &str,
    found: &mut Vec<Difference>,
) {
    let (a, b): (BTreeMap<_, _>, BTreeMap<_, _>) =
        (ours.iter().cloned().collect(), theirs.iter().cloned().collect());
    let names: BTreeSet<&String> = a.keys().chain(b.keys()).collect();
    for name in names {
        let at = format!("{at}[{name}]");
        match (a.get(name), b.get(name)) {
            (Some(ours), Some(theirs)) => compare(ours, theirs, &at, found),
            (ours, theirs) => {
                let shown = |side: Option<&&Value>| side.map(|value| without_nothing(value));
                found.push(Difference { place: at, ours: shown(ours), theirs: shown(theirs) });
            }
        }
    }
    let shared = |list: &[(String, &Value)], other: &BTreeMap<String, &Value>| {
        let names = list.iter().map(|(name, _)| name.as_str());
        names.filter(|name| other.contains_key(*name)).collect::<Vec<_>>().join(", ")
    };
    let (ours, theirs) = (shared(ours, &b), shared(theirs, &a));
    if ours != theirs {
        found.push(Difference {
            place: format!("{at}, the order"),
            ours: Some(ours),
            theirs: Some(theirs),
        });
    }
}

/// `manager name` of each requirement, with a number where several are called so; `None` if this is another list.
fn by_name(list: &[Value]) -> Option<Vec<(String, &Value)>> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    list.iter()
        .map(|value| {
            let text = |key: &str| value.get(key).and_then(Value::as_str);
            let name = format!("{} {}", text("manager")?, text("name")?);
            let count = seen.entry(name.clone()).or_default();
            *count += 1;
            Some((if *count == 1 { name } else { format!("{name} #{count}") }, value))
        })
        .collect()
}

fn difference(at: &str, ours: &Value, theirs: &Value) -> Difference {
    let shown = |value: &Value| (!value.is_null()).then(|| value.to_string());
    Difference { place: at.to_owned(), ours: shown(ours), theirs: shown(theirs) }
}

/// A requirement that only one has, without the fields that say nothing.
fn without_nothing(value: &Value) -> String {
    let mut value = value.clone();
    if let Value::Object(fields) = &mut value {
        fields.retain(|_, field| {
            !field.is_null() && field.as_array().is_none_or(|list| !list.is_empty())
        });
    }
    value.to_string()
}

/// What is the same on several platforms is said once: their names stand where the name of one was.
fn once_for_all_platforms(found: Vec<Difference>, platforms: &[&str]) -> Vec<Difference> {
    const ANY: &str = "{platform}";
    let mut together: BTreeMap<Difference, Vec<&str>> = BTreeMap::new();
    for mut difference in found {
        let one = platforms.iter().find(|name| difference.place.contains(&format!(".{name}")));
        if let Some(one) = one {
            difference.place = difference.place.replacen(one, ANY, 1);
            for side in [&mut difference.ours, &mut difference.theirs].into_iter().flatten() {
                *side = side.replace(&format!("\"{one}\""), &format!("\"{ANY}\""));
            }
        }
        together.entry(difference).or_default().extend(one);
    }
    let named = |(mut difference, named): (Difference, Vec<&str>)| {
        let names = if named.len() == platforms.len() { "*".to_owned() } else { named.join(",") };
        difference.place = difference.place.replacen(ANY, &names, 1);
        difference
    };
    together.into_iter().map(named).collect()
}
