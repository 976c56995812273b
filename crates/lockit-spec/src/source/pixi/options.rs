//! How a pixi environment is solved: what its features say, and the workspace where none of them does.

use lockit_diagnostic::Spanned;

use super::environments::Feature;
use crate::source::draft::Draft;
use crate::toml_tree::Table;
use crate::{ChannelPriority, ExcludeNewer, Strategy};

const PRIORITIES: [(&str, ChannelPriority); 3] = [
    ("strict", ChannelPriority::Strict),
    ("flexible", ChannelPriority::Flexible),
    ("disabled", ChannelPriority::Disabled),
];

const STRATEGIES: [(&str, Strategy); 3] = [
    ("highest", Strategy::Highest),
    ("lowest", Strategy::Lowest),
    ("lowest-direct", Strategy::LowestDirect),
];

/// Reads `channel-priority`, `solve-strategy` and `exclude-newer`. The first feature that says something counts, and the
/// workspace speaks for the default feature.
pub(super) fn read(draft: &mut Draft<'_>, workspace: Option<Table<'_>>, features: &[Feature<'_>]) {
    let own = features.iter().filter(|feature| !feature.is_default).map(|feature| feature.table);
    let has_default = features.iter().any(|feature| feature.is_default);
    for table in own.chain(workspace.filter(|_| has_default)) {
        if draft.out.stated.channel_priority.is_none()
            && let Some(item) = table.get("channel-priority")
        {
            draft.out.stated.channel_priority = draft
                .toml
                .string("channel-priority", &item)
                .and_then(|text| draft.toml.word("channel priority", &text, &PRIORITIES));
        }
        if draft.out.stated.strategy.is_none()
            && let Some(item) = table.get("solve-strategy")
        {
            draft.out.stated.strategy = draft
                .toml
                .string("solve-strategy", &item)
                .and_then(|text| draft.toml.word("solve strategy", &text, &STRATEGIES));
        }
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
