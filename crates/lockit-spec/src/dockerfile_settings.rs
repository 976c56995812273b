//! `[dockerfile]` of `lockit.toml`: how an environment gets into an image.

use std::collections::BTreeMap;

use lockit_diagnostic::Spanned;

use crate::toml_tree::{Toml, TomlItem};

/// `[dockerfile]`: what flags of `lockit dockerfile` say, by the same names. Values are checked by those who
/// write Dockerfiles.
#[derive(Debug, Clone, Default)]
pub struct DockerfileSettings {
    /// One value for each key that is there.
    pub values: BTreeMap<&'static str, Spanned<String>>,
    /// `[dockerfile.labels]`.
    pub labels: BTreeMap<String, String>,
    /// `[dockerfile.env]`.
    pub env: BTreeMap<String, String>,
}

/// Keys with one value.
const KEYS: [&str; 14] = [
    "app",
    "builder",
    "builder-image",
    "bytecode",
    "cmd",
    "environment",
    "healthcheck",
    "output",
    "pin-digests",
    "port",
    "prefix",
    "runtime",
    "trim",
    "user",
];

impl DockerfileSettings {
    pub(crate) fn read(toml: &mut Toml<'_>, item: &TomlItem<'_>) -> Self {
        let mut settings = Self::default();
        let Some(table) = item.as_table() else {
            toml.error(
                "`dockerfile` must be a table".into(),
                item.span,
                format!("found {}", item.kind()),
                "write `[dockerfile]` and below it for example `port = 8000`".into(),
            );
            return settings;
        };
        for (key, item) in table.entries() {
            match key.text {
                "labels" => settings.labels = words(toml, key.text, &item),
                "env" => settings.env = words(toml, key.text, &item),
                text => match KEYS.iter().find(|known| **known == text) {
                    Some(known) => {
                        let value = match item.number() {
                            Some(number) => Some(Spanned::new(number.to_owned(), item.span)),
                            None => toml.string(text, &item),
                        };
                        settings.values.extend(value.map(|value| (*known, value)));
                    }
                    None => toml.unknown_key(&key, &[KEYS.as_slice(), &["labels", "env"]].concat()),
                },
            }
        }
        settings
    }
}

fn words(toml: &mut Toml<'_>, key: &str, item: &TomlItem<'_>) -> BTreeMap<String, String> {
    let Some(table) = item.as_table() else {
        toml.error(
            format!("`{key}` must be a table"),
            item.span,
            format!("found {}", item.kind()),
            format!("write `[dockerfile.{key}]` and below it `NAME = \"value\"`"),
        );
        return BTreeMap::new();
    };
    table
        .entries()
        .into_iter()
        .filter_map(|(key, item)| {
            toml.string(key.text, &item).map(|value| (key.text.to_owned(), value.value))
        })
        .collect()
}
