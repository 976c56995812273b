//! How a pixi environment is solved: what its features say, and the workspace where none of them does.

use lockit_diagnostic::Spanned;

use super::environments::Feature;
use crate::source::draft::Draft;
use crate::toml_tree::{Table, Toml};
use crate::{ChannelPriority, ExcludeNewer, Strategy};

/// Reads `channel-priority`, `solve-strategy` and `exclude-newer`. The first feature that says something counts, and the
/// workspace speaks for the default feature.
pub(super) fn read(draft: &mut Draft<'_>, workspace: Option<Table<'_>>, features: &[Feature<'_>]) {
    let own = features.iter().filter(|feature| !feature.is_default).map(|feature| feature.table);
    let has_default = features.iter().any(|feature| feature.is_default);
    for table in own.chain(workspace.filter(|_| has_default)) {
        let stated = &mut draft.out.stated;
        let (priority, strategy) = (&mut stated.channel_priority, &mut stated.strategy);
        word(&mut draft.toml, table, "channel-priority", &ChannelPriority::WORDS, priority);
        word(&mut draft.toml, table, "solve-strategy", &Strategy::WORDS, strategy);
    }
    let Some(item) = workspace.and_then(|table| table.get("exclude-newer")) else { return };
    // TOML has dates of its own; `2026-01-31` without quotes means the same.
    let text = match item.date() {
        Some(date) => Some(Spanned::new(date, item.span)),
        None => draft.toml.string("exclude-newer", &item),
    };
    if let Some(text) = text {
        match ExcludeNewer::parse(&text.value) {
            Ok(cutoff) => draft.out.stated.exclude_newer = Some(cutoff),
            Err(error) => draft.toml.refuse(&error, text.span, ""),
        }
    }
}

/// Takes one of several words, unless one was taken before.
fn word<T: Copy>(
    toml: &mut Toml<'_>,
    table: Table<'_>,
    key: &str,
    words: &[(&str, T)],
    stated: &mut Option<T>,
) {
    if stated.is_none()
        && let Some(item) = table.get(key)
    {
        *stated = toml
            .string(key, &item)
            .and_then(|text| toml.word(&key.replace('-', " "), &text, words));
    }
}
