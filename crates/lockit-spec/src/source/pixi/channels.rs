//! Channels of a pixi environment: those of its features, a feature without any having those of the workspace.

use lockit_diagnostic::Span;

use super::environments::Feature;
use crate::source::draft::Draft;
use crate::toml_tree::{Table, TomlItem};

/// Takes the channels of an environment.
pub(super) fn read<'t>(
    draft: &mut Draft<'_>,
    workspace: Option<Table<'t>>,
    features: &[Feature<'t>],
) {
    let of_workspace = || workspace.and_then(|table| table.get("channels"));
    let lists = features.iter().filter_map(|feature| {
        let own = feature.table.get("channels").filter(|_| !feature.is_default);
        own.or_else(of_workspace)
    });
    take(draft, lists);
}

/// Takes channels of several lists. The higher `priority` comes first, and of equal ones the list that is heard first.
pub(super) fn take<'t>(draft: &mut Draft<'_>, lists: impl Iterator<Item = TomlItem<'t>>) {
    let mut all: Vec<(i64, String, Span)> = Vec::new();
    for item in lists {
        all.extend(list(draft, &item));
    }
    all.sort_by_key(|(priority, ..)| std::cmp::Reverse(*priority));
    for (_, text, span) in all {
        draft.channel(text, span);
    }
}

/// A list of channels, each a name or a table with `channel`.
fn list(draft: &mut Draft<'_>, item: &TomlItem<'_>) -> Vec<(i64, String, Span)> {
    let mut all = Vec::new();
    for item in item.as_list().unwrap_or_default() {
        let table = item.as_table();
        let named = table.and_then(|table| table.get("channel")).unwrap_or(item);
        let priority = table.and_then(|table| table.get("priority"));
        let priority = priority.and_then(|item| item.number()?.parse().ok()).unwrap_or(0);
        if let Some(text) = named.as_str() {
            all.push((priority, text.to_owned(), draft.inside(text, named.span)));
        } else {
            draft.toml.error(
                "a channel must be text in quotes".into(),
                item.span,
                format!("found {}", item.kind()),
                String::new(),
            );
        }
    }
    all
}
