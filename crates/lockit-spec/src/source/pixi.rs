//! `pixi.toml`, and `[tool.pixi]` in `pyproject.toml`.
//!
//! `run`, `host` and `build` dependencies of a workspace end up in one environment, so they are one here as well.
//! A feature is a category.

use lockit_diagnostic::{SourceFile, Span, Spanned};

use super::draft::{Distribution, Draft};
use super::{pixi_keys, pypi_options};
use crate::environment_file::EnvironmentFile;
use crate::parsed::ParseResult;
use crate::project::parse_table;
use crate::toml_tree::{Key, Table, TomlItem};
use crate::{NameMap, Selector, parse_platform, python_version};

const DEPENDENCIES: [&str; 3] = ["dependencies", "host-dependencies", "build-dependencies"];
const PYPI_DEPENDENCIES: &str = "pypi-dependencies";

/// Reads a `pixi.toml`.
pub(super) fn read(file: &SourceFile, names: &NameMap) -> ParseResult<EnvironmentFile> {
    let tree = parse_table(file)?;
    let mut draft = Draft::new(file, names);
    read_table(&mut draft, Table(tree.get_ref()));
    draft.finish()
}

/// Reads the table that all of pixi's keys are in.
pub(super) fn read_table(draft: &mut Draft<'_>, root: Table<'_>) {
    let workspace = root.table(&["workspace"]).or_else(|| root.table(&["project"]));
    if let Some(workspace) = workspace {
        if let Some(item) = workspace.get("name")
            && let Some(text) = item.as_str()
        {
            draft.out.name = Some(Spanned::new(text.to_owned(), item.span));
        }
        if let Some(item) = workspace.get("channels") {
            channels(draft, &item);
        }
        if let Some(item) = workspace.get("platforms") {
            platforms(draft, &item);
        }
    }
    pixi_keys::warn(draft, root);
    let options =
        [root.table(&["pypi-options"]), workspace.and_then(|one| one.table(&["pypi-options"]))];
    for table in options.into_iter().flatten() {
        pypi_options(draft, table);
    }
    if let Some(item) = root.get("system-requirements") {
        draft.warn(
            "`system-requirements` is not followed".into(),
            item.span,
            "lockit assumes the same virtual packages everywhere",
            "say it in `[virtual-packages]` of lockit.toml",
        );
    }
    sections(draft, root, "main", None);
    let features = root.table(&["feature"]);
    for (key, item) in features.map(Table::entries).unwrap_or_default() {
        let Some(table) = item.as_table() else { continue };
        if let Some(item) = table.get("channels") {
            channels(draft, &item);
        }
        if let Some(table) = table.table(&["pypi-options"]) {
            pypi_options(draft, table);
        }
        let selector = table.get("platforms").and_then(|item| one_of(draft, &item));
        sections(draft, table, key.text, selector.as_ref());
    }
}

/// The dependencies of a level, and of its targets.
fn sections(draft: &mut Draft<'_>, table: Table<'_>, category: &str, selector: Option<&Selector>) {
    dependencies(draft, table, category, selector);
    let targets = table.table(&["target"]);
    for (key, item) in targets.map(Table::entries).unwrap_or_default() {
        let Some(table) = item.as_table() else { continue };
        // Targets may be about tasks alone, of platforms that only pixi knows.
        if !DEPENDENCIES.iter().chain([&PYPI_DEPENDENCIES]).any(|key| table.get(key).is_some()) {
            continue;
        }
        match Selector::parse(key.text) {
            Ok(own) => {
                let both = selector.map_or_else(|| own.clone(), |outer| outer.and(&own));
                dependencies(draft, table, category, Some(&both));
            }
            Err(error) => draft.toml.refuse(&error, key.span, ""),
        }
    }
}

fn dependencies(
    draft: &mut Draft<'_>,
    table: Table<'_>,
    category: &str,
    selector: Option<&Selector>,
) {
    for name in DEPENDENCIES {
        let table = table.get(name).and_then(|item| item.as_table());
        for (key, item) in table.map(Table::entries).unwrap_or_default() {
            if let Some((text, span)) = conda(draft, &key, &item) {
                draft.conda(&text, span, selector.cloned(), category);
            }
        }
    }
    let table = table.get(PYPI_DEPENDENCIES).and_then(|item| item.as_table());
    for (key, item) in table.map(Table::entries).unwrap_or_default() {
        if let Some((text, span)) = pypi(draft, &key, &item) {
            draft.pip(&text, span, selector.cloned(), category);
        }
    }
}

/// The spec that a line of `[dependencies]` stands for. `None` after an error.
fn conda(draft: &mut Draft<'_>, key: &Key<'_>, item: &TomlItem<'_>) -> Option<(String, Span)> {
    let Some(table) = item.as_table() else {
        let (version, span) = draft.version(key.text, item)?;
        let version = version.trim();
        return Some(if version.is_empty() || version == "*" {
            (key.text.to_owned(), span)
        } else {
            (format!("{} {version}", key.text), span)
        });
    };
    let mut channel = String::new();
    let mut parts = Vec::new();
    for (part, item) in table.entries() {
        let value = item.as_str().or_else(|| item.number());
        let name = match part.text {
            "version" | "build" | "subdir" | "md5" | "sha256" | "license" => part.text,
            "file-name" => "fn",
            "build-number" => "build_number",
            "channel" => {
                channel = value.map_or(String::new(), |channel| format!("{channel}::"));
                continue;
            }
            "path" | "git" | "url" => {
                draft.toml.error(
                    format!("`{}` is to be built from source", key.text),
                    item.span,
                    "lockit takes conda packages from channels",
                    "build the package and put it into a channel".into(),
                );
                return None;
            }
            _ => {
                let known = ["version", "build", "build-number", "channel", "subdir"];
                draft.toml.unknown_key(&part, &known);
                return None;
            }
        };
        if let Some(value) = value.filter(|value| *value != "*") {
            parts.push(format!("{name}=\"{value}\""));
        }
    }
    let bracket = if parts.is_empty() { String::new() } else { format!("[{}]", parts.join(", ")) };
    Some((format!("{channel}{}{bracket}", key.text), item.span))
}

/// The line that an item of `[pypi-dependencies]` stands for. `None` after an error.
fn pypi(draft: &mut Draft<'_>, key: &Key<'_>, item: &TomlItem<'_>) -> Option<(String, Span)> {
    let table = item.as_table();
    let text = |name: &str| table.and_then(|table| table.get(name)).and_then(|item| item.as_str());
    let extras = match table.and_then(|table| table.get("extras")) {
        Some(item) => {
            draft.toml.strings("extras", &item).into_iter().map(|extra| extra.value).collect()
        }
        None => Vec::new(),
    };
    let mut wanted = Distribution {
        name: key.text.to_owned(),
        extras,
        marker: text("env-markers").map(str::to_owned),
        ..Distribution::default()
    };
    let bracket = wanted.extras_bracket();
    let behind = wanted.marker.as_ref().map_or(String::new(), |marker| format!(" ; {marker}"));
    if let Some(git) = text("git") {
        let revision = text("rev").or_else(|| text("tag")).or_else(|| text("branch"));
        let revision = revision.map_or(String::new(), |revision| format!("@{revision}"));
        let folder =
            text("subdirectory").map_or(String::new(), |folder| format!("#subdirectory={folder}"));
        let git = git.strip_prefix("git+").unwrap_or(git);
        let line = format!("{}{bracket} @ git+{git}{revision}{folder}{behind}", key.text);
        return Some((line, item.span));
    }
    if let Some(path) = text("path") {
        let editable =
            table.and_then(|table| table.get("editable")).and_then(|item| item.as_bool());
        let plain = path.starts_with(['.', '/']) || path.contains(':');
        let mut path = if plain { path.to_owned() } else { format!("./{path}") };
        if let Some(folder) = text("subdirectory") {
            path = format!("{}/{folder}", path.trim_end_matches('/'));
        }
        let line = if editable.unwrap_or_default() {
            format!("-e {path}{bracket}{behind}")
        } else {
            format!("{}{bracket} @ {path}{behind}", key.text)
        };
        return Some((line, item.span));
    }
    if let Some(url) = text("url") {
        return Some((format!("{}{bracket} @ {url}{behind}", key.text), item.span));
    }
    if let Some(index) = text("index") {
        draft.index(index.to_owned(), item.span);
    }
    let version = table.map_or(Some(*item), |table| table.get("version"));
    let (version, span) = match version {
        None => ("*", item.span),
        Some(item) => draft.version(key.text, &item)?,
    };
    match python_version::poetry_to_pep440(version) {
        Ok(version) => {
            wanted.version = version;
            Some((wanted.line(), span))
        }
        Err(error) => {
            draft.refuse(version, span, error);
            None
        }
    }
}

/// Channels, each a name or a table with `channel`.
fn channels(draft: &mut Draft<'_>, item: &TomlItem<'_>) {
    for item in item.as_list().unwrap_or_default() {
        let named = item.as_table().and_then(|table| table.get("channel")).unwrap_or(item);
        if let Some(text) = named.as_str() {
            draft.channel(text.to_owned(), draft.inside(text, named.span));
        } else {
            draft.toml.error(
                "a channel must be text in quotes".into(),
                item.span,
                format!("found {}", item.kind()),
                String::new(),
            );
        }
    }
}

/// Platforms, each a name or a table with `name` or `platform`.
fn platforms(draft: &mut Draft<'_>, item: &TomlItem<'_>) {
    for item in item.as_list().unwrap_or_default() {
        let named = item
            .as_table()
            .and_then(|table| table.get("platform").or_else(|| table.get("name")))
            .unwrap_or(item);
        let Some(text) = named.as_str() else {
            draft.toml.error(
                "a platform must be text in quotes".into(),
                item.span,
                format!("found {}", item.kind()),
                String::new(),
            );
            continue;
        };
        match parse_platform(text) {
            Ok(platform) => draft.platform(platform, named.span),
            Err(error) => draft.toml.refuse(&error, named.span, error.label()),
        }
    }
}

/// A selector for the platforms of a feature.
fn one_of(draft: &mut Draft<'_>, item: &TomlItem<'_>) -> Option<Selector> {
    let mut all: Option<Selector> = None;
    for text in draft.toml.strings("platforms", item) {
        match parse_platform(&text.value).map(|platform| Selector::parse(platform.as_str())) {
            Ok(Ok(one)) => all = Some(all.map_or_else(|| one.clone(), |all| all.or(&one))),
            Ok(Err(error)) => draft.toml.refuse(&error, text.span, ""),
            Err(error) => draft.toml.refuse(&error, text.span, error.label()),
        }
    }
    all
}

/// Where PyPI packages are looked for, and what is taken in the place of what is asked for.
fn pypi_options(draft: &mut Draft<'_>, table: Table<'_>) {
    pypi_options::read(draft, table);
    let overrides = table.get(pypi_options::OVERRIDES).and_then(|item| item.as_table());
    for (key, item) in overrides.map(Table::entries).unwrap_or_default() {
        if let Some((text, span)) = pypi(draft, &key, &item) {
            draft.pip_override(&text, span);
        }
    }
}
