//! How a pixi environment is solved: what its features say, and the workspace where none of them does.

use lockit_diagnostic::Spanned;

use super::environments::Feature;
use crate::source::draft::Draft;
use crate::toml_tree::{Table, Toml, TomlItem};
use crate::{ChannelPriority, CutoffException, ExcludeNewer, Strategy};

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
    let Some(workspace) = workspace else { return };
    if let Some(item) = workspace.get("exclude-newer") {
        exclude_newer(draft, &item);
    }
    channels(draft, workspace);
}

/// A moment or an age, or since pixi 0.84 a table of one with exemptions from it.
fn exclude_newer(draft: &mut Draft<'_>, item: &TomlItem<'_>) {
    let Some(table) = item.as_table() else {
        draft.out.stated.exclude_newer = cutoff(&mut draft.toml, "exclude-newer", item);
        return;
    };
    for (key, item) in table.entries() {
        match key.text {
            "cutoff" => {
                draft.out.stated.exclude_newer = cutoff(&mut draft.toml, key.text, &item);
            }
            "exemptions" => exemptions(draft, &item),
            _ => draft.toml.unknown_key(&key, &["cutoff", "exemptions"]),
        }
    }
}

fn cutoff(toml: &mut Toml<'_>, key: &str, item: &TomlItem<'_>) -> Option<ExcludeNewer> {
    // TOML has dates of its own; `2026-01-31` without quotes means the same.
    let text = match item.date() {
        Some(date) => Spanned::new(date, item.span),
        None => toml.string(key, item)?,
    };
    ExcludeNewer::parse(&text.value).map_err(|error| toml.refuse(&error, text.span, "")).ok()
}

/// Releases that may be taken whatever their age: names with versions or with tables, as dependencies are written. What has a
/// cutoff of its own is exempt up to then.
fn exemptions(draft: &mut Draft<'_>, item: &TomlItem<'_>) {
    let Some(table) = item.as_table() else {
        draft.toml.error(
            "`exemptions` must be a table".into(),
            item.span,
            format!("found {}", item.kind()),
            "write for example `exemptions = { openssl = \"*\" }`".into(),
        );
        return;
    };
    for (name, item) in table.entries() {
        let mut about = name.text.to_owned();
        let mut until = "false".to_owned();
        if let Some(fields) = item.as_table() {
            let mut version = None;
            for (key, item) in fields.entries() {
                let Some(text) = item.date().or_else(|| item.as_str().map(str::to_owned)) else {
                    draft.toml.string(key.text, &item);
                    continue;
                };
                match key.text {
                    "version" => version = Some(text),
                    "channel" => about = format!("{text}::{}", name.text),
                    "cutoff" => until = text,
                    "build" => about.extend(["[build=\"", &text, "\"]"]),
                    _ => draft.not_followed(&key, "use `version`, `build` or `channel`"),
                }
            }
            about = with_version(&about, version.as_deref());
        } else if let Some(version) = draft.toml.string(name.text, &item) {
            about = with_version(&about, Some(&version.value));
        }
        match CutoffException::new(&about, &until) {
            Ok(exception) => draft.out.stated.exclude_newer_package.push(exception),
            Err(error) => draft.toml.refuse(&error, item.span, ""),
        }
    }
}

/// The name with a version, which stands in front of brackets. A bare version is one release, as in pixi.
fn with_version(about: &str, version: Option<&str>) -> String {
    let Some(version) = version.map(str::trim).filter(|version| *version != "*") else {
        return about.to_owned();
    };
    let exact =
        version.starts_with(|c: char| c.is_ascii_digit()) && !version.contains(['*', ',', '|']);
    let (name, rest) = about.split_once('[').map_or((about, ""), |(name, rest)| (name, rest));
    let equal = if exact { "==" } else { "" };
    let rest = if rest.is_empty() { String::new() } else { format!("[{rest}") };
    format!("{name} {equal}{version}{rest}")
}

/// Channels with an `exclude-newer` of their own.
fn channels(draft: &mut Draft<'_>, workspace: Table<'_>) {
    let listed = workspace.get("channels").and_then(|item| item.as_list()).unwrap_or_default();
    for table in listed.iter().filter_map(TomlItem::as_table) {
        let (Some(item), Some(channel)) = (table.get("exclude-newer"), table.get("channel")) else {
            continue;
        };
        let own = cutoff(&mut draft.toml, "exclude-newer", &item);
        if let (Some(own), Some(channel)) = (own, channel.as_str()) {
            match CutoffException::new(&format!("{channel}::*"), &own.text) {
                Ok(exception) => draft.out.stated.exclude_newer_package.push(exception),
                Err(error) => draft.toml.refuse(&error, item.span, ""),
            }
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
