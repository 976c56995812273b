//! `[tool.poetry]`: dependencies as Poetry writes them.

use std::str::FromStr;

use lockit_diagnostic::Span;
use pep508_rs::MarkerTree;

use super::draft::{Distribution, Draft, selector_of};
use crate::toml_tree::{Key, Table, TomlItem};
use crate::{normalise_pypi_name, pip, python_version};

/// The section a dependency stands in.
#[derive(Clone, Copy)]
struct Section<'t> {
    category: &'t str,
    /// Whether it is `[tool.poetry.dependencies]`, of which extras take.
    main: bool,
    extras: &'t [(String, &'t str)],
}

/// Reads the table.
pub(super) fn read(draft: &mut Draft<'_>, poetry: Table<'_>) {
    let extras = extras(draft, poetry);
    if let Some(item) = poetry.get("dependencies") {
        dependencies(draft, &item, Section { category: "main", main: true, extras: &extras });
    }
    groups(draft, poetry, &extras);
}

/// Reads the groups only: since Poetry 2, `[project]` holds the rest.
pub(super) fn read_groups(draft: &mut Draft<'_>, poetry: Table<'_>) {
    groups(draft, poetry, &[]);
}

fn groups(draft: &mut Draft<'_>, poetry: Table<'_>, extras: &[(String, &str)]) {
    let section = |category| Section { category, main: false, extras };
    if let Some(item) = poetry.get("dev-dependencies") {
        dependencies(draft, &item, section("dev"));
    }
    let groups = poetry.get("group").and_then(|item| item.as_table());
    for (key, item) in groups.map(Table::entries).unwrap_or_default() {
        if let Some(item) = item.as_table().and_then(|table| table.get("dependencies")) {
            dependencies(draft, &item, section(key.text));
        }
    }
}

/// Which extras a dependency belongs to, by its normalised name.
fn extras<'t>(draft: &mut Draft<'_>, poetry: Table<'t>) -> Vec<(String, &'t str)> {
    let mut extras = Vec::new();
    let table = poetry.get("extras").and_then(|item| item.as_table());
    for (key, item) in table.map(Table::entries).unwrap_or_default() {
        for name in draft.toml.strings(key.text, &item) {
            extras.push((normalise_pypi_name(&name.value), key.text));
        }
    }
    extras
}

fn dependencies(draft: &mut Draft<'_>, item: &TomlItem<'_>, section: Section<'_>) {
    let Some(table) = item.as_table() else {
        draft.toml.error(
            "`dependencies` must be a table".into(),
            item.span,
            format!("found {}", item.kind()),
            "write each dependency on a line: `requests = \"^2.0\"`".into(),
        );
        return;
    };
    for (key, item) in table.entries() {
        // Several constraints for one name, each with its own marker.
        match item.as_list() {
            Some(several) => {
                for one in several {
                    dependency(draft, &key, &one, section);
                }
            }
            None => dependency(draft, &key, &item, section),
        }
    }
}

fn dependency(draft: &mut Draft<'_>, key: &Key<'_>, item: &TomlItem<'_>, section: Section<'_>) {
    let table = item.as_table();
    let version = table.map_or_else(|| Some(*item), |table| table.get("version"));
    let version = match version {
        Some(item) => match draft.version(key.text, &item) {
            Some(version) => Some(version),
            None => return,
        },
        None => None,
    };
    let span = version.map_or(item.span, |(_, span)| span);
    let categories = categories(draft, key, table, section, span);
    for category in categories {
        wanted(draft, key, table, version, span, category);
    }
}

/// The categories of a dependency: its extras', else its section's.
fn categories<'t>(
    draft: &mut Draft<'_>,
    key: &Key<'_>,
    table: Option<Table<'_>>,
    section: Section<'t>,
    span: Span,
) -> Vec<&'t str> {
    let name = normalise_pypi_name(key.text);
    let of: Vec<&str> = section
        .extras
        .iter()
        .filter(|(extra, _)| *extra == name)
        .map(|(_, extra)| *extra)
        .collect();
    let optional = table.and_then(|table| table.get("optional")).and_then(|item| item.as_bool());
    match (section.main, of.is_empty(), optional) {
        (true, false, None | Some(false)) => draft.warn(
            format!("`{}` is a part of the extra `{}` but not optional", key.text, of.join("`, `")),
            span,
            "it is taken for a part of the extra",
            "add `optional = true`",
        ),
        (true, true, Some(true)) => draft.warn(
            format!("`{}` is optional but in no extra", key.text),
            span,
            "it is installed always",
            "name it in `[tool.poetry.extras]`",
        ),
        (false, false, _) => draft.warn(
            format!(
                "the extra `{}` names `{}`, which is no main dependency",
                of.join("`, `"),
                key.text
            ),
            span,
            "it is taken for a part of the extra",
            "move it to `[tool.poetry.dependencies]`",
        ),
        (false, true, Some(_)) => draft.warn(
            format!("`optional` means nothing for `{}`", key.text),
            span,
            "only main dependencies can be optional",
            "make the group optional instead",
        ),
        _ => {}
    }
    if of.is_empty() { vec![section.category] } else { of }
}

fn wanted(
    draft: &mut Draft<'_>,
    key: &Key<'_>,
    table: Option<Table<'_>>,
    version: Option<(&str, Span)>,
    span: Span,
    category: &str,
) {
    let text = |name: &str| table.and_then(|table| table.get(name)).and_then(|item| item.as_str());
    let Ok(marker) = conditions(draft, table) else { return };
    let extras = match table.and_then(|table| table.get("extras")) {
        Some(item) => {
            draft.toml.strings("extras", &item).into_iter().map(|extra| extra.value).collect()
        }
        None => Vec::new(),
    };
    let mut distribution = Distribution {
        name: key.text.to_owned(),
        extras,
        marker: marker.clone(),
        ..Distribution::default()
    };
    let tree = match marker.as_deref().map(MarkerTree::from_str) {
        Some(Ok(tree)) => tree,
        _ => MarkerTree::TRUE,
    };
    let selector = selector_of(&tree);
    let address = address(&text);
    if let Some(address) = address {
        let behind = marker.map_or(String::new(), |marker| format!(" ; {marker}"));
        let editable = table
            .and_then(|table| table.get("develop"))
            .and_then(|item| item.as_bool())
            .unwrap_or_default();
        let line = if editable && text("path").is_some() {
            format!("-e {address}{}{behind}", distribution.extras_bracket())
        } else {
            format!("{}{} @ {address}{behind}", key.text, distribution.extras_bracket())
        };
        draft.pip(&line, span, selector, category);
        return;
    }
    let Some((version, version_span)) = version else {
        draft.toml.error(
            format!("`{}` has neither a version nor a place to get it from", key.text),
            span,
            "expected `version`, `git`, `path` or `url`",
            format!("write `{} = \"*\"` for any version", key.text),
        );
        return;
    };
    let python = key.text == "python";
    let source = text("source");
    if let Some(source) = source.filter(|source| *source != "pypi") {
        draft.warn(
            format!("the source `{source}` of `{}` is not followed", key.text),
            span,
            "conda channels are asked for it",
            "write `source = \"pypi\"`, and the index into `pip-repositories` of `[tool.conda-lock]`",
        );
    }
    let from_pypi = draft.comes_from_pypi(key.text) || source == Some("pypi");
    let converted = if from_pypi && !python {
        python_version::poetry_to_pep440(version)
    } else {
        python_version::poetry_to_conda(version)
    };
    match converted {
        Err(error) => draft.refuse(version, version_span, error),
        Ok(version) if from_pypi && !python => {
            distribution.version = version;
            draft.pip(&distribution.line(), span, selector, category);
        }
        Ok(version) => {
            distribution.conda_version = Some(version);
            draft.as_conda(&distribution, &tree, span, category);
        }
    }
}

/// What `git`, `path` or `url` say, as the part behind `@` of a requirement.
fn address<'t>(text: &impl Fn(&str) -> Option<&'t str>) -> Option<String> {
    if let Some(git) = text("git") {
        // `git@host:org/repo` is ssh in the notation of scp.
        let mut address = match git.split_once("://") {
            Some(_) if git.starts_with("git+") => git.to_owned(),
            Some(_) => format!("git+{git}"),
            None => format!("git+ssh://{}", git.replacen(':', "/", 1)),
        };
        if let Some(revision) = text("branch").or_else(|| text("tag")).or_else(|| text("rev")) {
            address = format!("{address}@{revision}");
        }
        if let Some(folder) = text("subdirectory") {
            address = format!("{address}#subdirectory={folder}");
        }
        return Some(address);
    }
    if let Some(path) = text("path").or_else(|| text("file")) {
        let plain = path.starts_with(['.', '/']) || path.contains(':');
        return Some(if plain { path.to_owned() } else { format!("./{path}") });
    }
    text("url").map(str::to_owned)
}

/// `markers`, `python` and `platform` as one marker. `Err` after an error was reported.
fn conditions(draft: &mut Draft<'_>, table: Option<Table<'_>>) -> Result<Option<String>, ()> {
    let Some(table) = table else { return Ok(None) };
    let mut markers = Vec::new();
    if let Some(item) = table.get("markers") {
        let text = draft.toml.string("markers", &item).ok_or(())?;
        if let Err(error) = MarkerTree::from_str(&text.value) {
            let message = error.message.to_string();
            draft.toml.error(
                "the environment marker cannot be read".into(),
                draft.inside(&text.value, text.span),
                pip::fragment(message.lines().next().unwrap_or_default().to_owned()),
                String::new(),
            );
            return Err(());
        }
        markers.push(text.value);
    }
    if let Some(item) = table.get("python") {
        let text = draft.toml.string("python", &item).ok_or(())?;
        match python_version::poetry_to_pep440(&text.value) {
            Ok(version) => markers.extend(python_marker(&version)),
            Err(error) => {
                let span = draft.inside(&text.value, text.span);
                draft.refuse(&text.value, span, error);
                return Err(());
            }
        }
    }
    if let Some(platform) = table.get("platform").and_then(|item| item.as_str()) {
        markers.push(format!("sys_platform == '{}'", platform.replace('\'', "")));
    }
    Ok(match markers.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        several => Some(
            several.iter().map(|marker| format!("({marker})")).collect::<Vec<_>>().join(" and "),
        ),
    })
}

/// A constraint on Python as a marker.
fn python_marker(version: &str) -> Option<String> {
    let clauses: Vec<String> = version
        .split(',')
        .filter(|clause| !clause.is_empty())
        .filter_map(|clause| {
            let end = clause.find(|c: char| c.is_ascii_digit())?;
            let (operator, version) = clause.split_at(end);
            // `3.9.0` is about the patch version as well.
            let variable = if version.matches('.').count() > 1 && !version.ends_with(".*") {
                "python_full_version"
            } else {
                "python_version"
            };
            Some(format!("{variable} {operator} '{version}'"))
        })
        .collect();
    (!clauses.is_empty()).then(|| clauses.join(" and "))
}
