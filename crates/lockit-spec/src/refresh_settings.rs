//! `[refresh]` of `lockit.toml`: what `lockit refresh` may move.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;

use crate::toml_tree::{Toml, TomlItem};
use crate::{NamePattern, Step};
use lockit_diagnostic::Spanned;

/// `[refresh]`: what flags of `lockit refresh` say, by the same names, and groups of packages.
#[derive(Debug, Clone, Default)]
pub struct RefreshSettings {
    /// `ignore`: names, patterns or groups that stay where that is possible.
    pub ignore: Vec<Spanned<String>>,
    /// `up-to`: how far a package may move.
    pub up_to: Option<Step>,
    /// `max-changes`: how many of the packages that specs name may move in one run.
    pub max_changes: Option<NonZeroUsize>,
    /// `only-if = "direct"`: nothing is written unless a package moves that a spec names.
    pub only_if_direct: bool,
    /// `[refresh.groups]`: the names and patterns of packages that move together.
    pub groups: BTreeMap<String, Vec<NamePattern>>,
}

/// The words of `up-to`.
pub(crate) const STEPS: [(&str, Step); 3] =
    [("patch", Step::Patch), ("minor", Step::Minor), ("major", Step::Major)];

impl RefreshSettings {
    pub(crate) fn read(toml: &mut Toml<'_>, item: &TomlItem<'_>) -> Self {
        let mut settings = Self::default();
        let Some(table) = item.as_table() else {
            toml.error(
                "`refresh` must be a table".into(),
                item.span,
                format!("found {}", item.kind()),
                "write `[refresh]` and below it for example `up-to = \"minor\"`".into(),
            );
            return settings;
        };
        for (key, item) in table.entries() {
            match key.text {
                "ignore" => settings.ignore = toml.strings(key.text, &item),
                "up-to" => {
                    settings.up_to = toml
                        .string(key.text, &item)
                        .and_then(|text| toml.word("part of a version", &text, &STEPS));
                }
                "only-if" => {
                    let words = [("direct", true)];
                    settings.only_if_direct = toml
                        .string(key.text, &item)
                        .and_then(|text| toml.word("kind of change", &text, &words))
                        .unwrap_or_default();
                }
                "max-changes" => {
                    settings.max_changes = item.number().and_then(|text| text.parse().ok());
                    if settings.max_changes.is_none() {
                        toml.error(
                            "`max-changes` must be a number above 0".into(),
                            item.span,
                            format!("found {}", item.kind()),
                            String::new(),
                        );
                    }
                }
                "groups" => settings.groups(toml, &item),
                _ => {
                    toml.unknown_key(
                        &key,
                        &["ignore", "up-to", "only-if", "max-changes", "groups"],
                    );
                }
            }
        }
        settings
    }

    fn groups(&mut self, toml: &mut Toml<'_>, item: &TomlItem<'_>) {
        let Some(table) = item.as_table() else {
            toml.error(
                "`groups` must be a table".into(),
                item.span,
                format!("found {}", item.kind()),
                "write `[refresh.groups]` and below it `pytorch = [\"pytorch*\", \"torchvision\"]`"
                    .into(),
            );
            return;
        };
        for (key, item) in table.entries() {
            let mut matchers = Vec::new();
            for text in toml.strings(key.text, &item) {
                match text.value.parse::<NamePattern>() {
                    Ok(matcher) => matchers.push(matcher),
                    Err(error) => toml.error(
                        error.to_string(),
                        text.span,
                        "",
                        "write a name such as `numpy`, or a pattern such as `pytorch*`".into(),
                    ),
                }
            }
            self.groups.insert(key.text.to_owned(), matchers);
        }
    }
}
