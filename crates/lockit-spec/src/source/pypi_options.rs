//! `[pypi-options]` of pixi: where PyPI packages are looked for, and which of their archives may be taken.

use super::draft::Draft;
use crate::archive_choice::ArchiveRule;
use crate::toml_tree::{Key, Table, TomlItem};
use crate::{IndexStrategy, Prereleases};

/// Read elsewhere: requirements are written as those of `[pypi-dependencies]`.
pub(super) const OVERRIDES: &str = "dependency-overrides";

const KNOWN: [&str; 12] = [
    "index-url",
    "extra-index-urls",
    "find-links",
    "no-index",
    "index-strategy",
    "prerelease-mode",
    "no-build",
    "no-binary",
    "no-build-isolation",
    "skip-wheel-filename-check",
    OVERRIDES,
    "exclude-newer",
];

/// Reads the table. What is not followed is warned of.
pub(super) fn read(draft: &mut Draft<'_>, table: Table<'_>) {
    for (key, item) in table.entries() {
        match key.text {
            "index-url" => {
                if let Some(url) = draft.toml.string(key.text, &item) {
                    draft.default_index(url.value, url.span);
                }
            }
            "extra-index-urls" => {
                for url in draft.toml.strings(key.text, &item) {
                    draft.index(url.value, url.span);
                }
            }
            "find-links" => find_links(draft, &key, &item),
            "no-index" => {
                if let Some(none) = boolean(draft, &key, &item) {
                    draft.out.pip_sources.no_index |= none;
                }
            }
            "index-strategy" => {
                let word = draft.toml.string(key.text, &item).and_then(|text| {
                    draft.toml.word("value of `index-strategy`", &text, &IndexStrategy::WORDS)
                });
                let strategy = &mut draft.out.pip_sources.index_strategy;
                *strategy = strategy.or(word);
            }
            "prerelease-mode" => {
                let word = draft.toml.string(key.text, &item).and_then(|text| {
                    draft.toml.word("value of `prerelease-mode`", &text, &Prereleases::WORDS)
                });
                if let Some(mode) = word {
                    draft.out.pip_sources.prereleases = mode;
                }
            }
            "no-build" => archives(draft, &key, &item, true),
            "no-binary" => archives(draft, &key, &item, false),
            OVERRIDES => {}
            "no-build-isolation" => {
                if item.as_bool() != Some(false) {
                    draft.not_followed(&key, "builds have an environment of their own here");
                }
            }
            "skip-wheel-filename-check" => {
                if item.as_bool() != Some(false) {
                    draft.not_followed(&key, "the name of a wheel must be right");
                }
            }
            "exclude-newer" => draft.not_followed(
                &key,
                "say it in `[workspace.exclude-newer]`, which counts for PyPI as well",
            ),
            _ => draft.toml.ignored_key(&key, &KNOWN),
        }
    }
}

/// A list of tables with `path` or `url`, or of texts.
fn find_links(draft: &mut Draft<'_>, key: &Key<'_>, item: &TomlItem<'_>) {
    let Some(list) = item.as_list() else {
        let found = format!("found {}", item.kind());
        draft.toml.error(format!("`{}` must be a list", key.text), item.span, found, String::new());
        return;
    };
    for item in list {
        let place = item
            .as_table()
            .map_or(Some(item), |table| table.get("url").or_else(|| table.get("path")));
        match place.and_then(|place| place.as_str()) {
            Some(text) => draft.find_links(text.to_owned(), item.span),
            None => draft.toml.error(
                "an item of `find-links` has `path` or `url`".into(),
                item.span,
                format!("found {}", item.kind()),
                "write for example `{ path = \"./wheels\" }`".into(),
            ),
        }
    }
}

fn boolean(draft: &mut Draft<'_>, key: &Key<'_>, item: &TomlItem<'_>) -> Option<bool> {
    let value = item.as_bool();
    if value.is_none() {
        let message = format!("`{}` must be true or false", key.text);
        draft.toml.error(message, item.span, format!("found {}", item.kind()), String::new());
    }
    value
}

/// `true` for all packages, or a list of names.
fn archives(draft: &mut Draft<'_>, key: &Key<'_>, item: &TomlItem<'_>, wheels: bool) {
    let names = match item.as_bool() {
        Some(false) => return,
        Some(true) => vec![(":all:".to_owned(), item.span)],
        None => draft
            .toml
            .strings(key.text, item)
            .into_iter()
            .map(|name| (name.value, name.span))
            .collect(),
    };
    for (name, span) in names {
        match ArchiveRule::parse(wheels, &name) {
            Ok(rule) => draft.out.pip_sources.archives.push(rule),
            Err(error) => draft.refuse(&name, span, error),
        }
    }
}
