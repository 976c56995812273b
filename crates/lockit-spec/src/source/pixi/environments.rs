//! `[environments]` of a pixi manifest: which environments there are, and which features each is made of.
//!
//! An environment is the union of its features. The tables at the top of the manifest are the default feature, which is
//! in every environment that does not say `no-default-feature`. What stands in the table of an environment itself is a
//! feature of that environment alone, and comes first.

use std::collections::BTreeSet;

use crate::source::draft::Draft;
use crate::spelling::did_you_mean;
use crate::toml_tree::{Table, TomlItem};

/// The environment that every workspace has.
const DEFAULT: &str = "default";

/// The category of what the top of a manifest asks for.
pub(super) const DEFAULT_CATEGORY: &str = "main";

/// An environment that a pixi manifest declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PixiEnvironment {
    /// Its name, for example `py312`.
    pub name: String,
    /// The group of environments that are solved together, so that what they have in common is the same.
    pub solve_group: Option<String>,
}

/// A part that environments are made of.
pub(super) struct Feature<'t> {
    /// What its requirements are called as a category.
    pub(super) category: String,
    pub(super) table: Table<'t>,
    pub(super) is_default: bool,
}

/// The environments of a manifest, `default` first where nothing declares it.
pub(super) fn all(root: Table<'_>) -> Vec<PixiEnvironment> {
    let mut found: Vec<PixiEnvironment> = entries(root)
        .into_iter()
        .map(|(name, item)| PixiEnvironment {
            name: name.to_owned(),
            solve_group: item
                .as_table()
                .and_then(|table| table.get("solve-group"))
                .and_then(|item| item.as_str())
                .map(str::to_owned),
        })
        .collect();
    if !found.iter().any(|one| one.name == DEFAULT) {
        found.insert(0, PixiEnvironment { name: DEFAULT.to_owned(), solve_group: None });
    }
    found
}

fn entries(root: Table<'_>) -> Vec<(&str, TomlItem<'_>)> {
    let table = root.table(&["environments"]);
    let entries = table.map(Table::entries).unwrap_or_default();
    entries.into_iter().map(|(key, item)| (key.text, item)).collect()
}

/// The features of an environment, in the order in which they are heard. An environment that the manifest does not have
/// is its `default`. `elsewhere` are features that other tables of the file declare; they are in the second part only,
/// with the categories of the others.
pub(super) fn features<'t>(
    draft: &mut Draft<'_>,
    root: Table<'t>,
    environment: &str,
    elsewhere: &[&str],
) -> (Vec<Feature<'t>>, BTreeSet<String>) {
    let entries = entries(root);
    let of =
        |name: &str| entries.iter().find(|(one, _)| *one == name).map(|(one, item)| (*one, *item));
    let default = Feature { category: DEFAULT_CATEGORY.to_owned(), table: root, is_default: true };
    let Some((name, item)) = of(environment).or_else(|| of(DEFAULT)) else {
        return (vec![default], [DEFAULT_CATEGORY.to_owned()].into());
    };
    let mut features = Vec::new();
    let mut categories = BTreeSet::new();
    let table = item.as_table();
    // A feature without content would still have the channels of the workspace.
    let says_more = |table: &Table<'_>| {
        let own = ["features", "solve-group", "no-default-feature"];
        table.entries().iter().any(|(key, _)| !own.contains(&key.text))
    };
    if let Some(table) = table.filter(says_more) {
        features.push(Feature { category: name.to_owned(), table, is_default: false });
    }
    let listed = table.map_or(Some(item), |table| table.get("features"));
    let listed = listed.map(|item| draft.toml.strings("features", &item)).unwrap_or_default();
    let declared = root.table(&["feature"]);
    for feature in listed {
        // The top of the manifest may be named like any other feature.
        if feature.value == DEFAULT {
            continue;
        }
        let table = declared.and_then(|table| table.table(&[&feature.value]));
        if let Some(table) = table {
            features.push(Feature { category: feature.value, table, is_default: false });
            continue;
        }
        if elsewhere.contains(&feature.value.as_str()) {
            categories.insert(feature.value);
            continue;
        }
        let known = declared.map(Table::entries).unwrap_or_default();
        let hint = did_you_mean(&feature.value, known.iter().map(|(key, _)| key.text))
            .unwrap_or_else(|| format!("declare it: `[feature.{}.dependencies]`", feature.value));
        draft.toml.error(
            format!("there is no feature `{}`", feature.value),
            feature.span,
            format!("`{name}` is made of it"),
            hint,
        );
    }
    let without_default = table
        .and_then(|table| table.get("no-default-feature"))
        .and_then(|item| item.as_bool())
        .unwrap_or_default();
    if !without_default {
        features.push(default);
    }
    categories.extend(features.iter().map(|feature| feature.category.clone()));
    (features, categories)
}
