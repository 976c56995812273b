//! `[project]` (PEP 621) and `[dependency-groups]` (PEP 735).

use lockit_diagnostic::{Diagnostic, Span};

use super::draft::Draft;
use crate::toml_tree::{Table, TomlItem};
use crate::{normalise_pypi_name, spelling};

/// The category of an extra or a group: what developers need is `dev`, as in conda-lock.
pub(super) fn category(name: &str) -> &str {
    if matches!(name, "dev" | "test") { "dev" } else { name }
}

/// `dependencies` and `optional-dependencies`; PDM's `dev-dependencies` as well.
pub(super) fn read(draft: &mut Draft<'_>, root: Table<'_>) {
    let Some(project) = root.table(&["project"]) else { return };
    if let Some(item) = project.get("dependencies") {
        list(draft, "dependencies", &item, "main");
    }
    optional(
        draft,
        project,
        "optional-dependencies",
        project.get("name").and_then(|item| item.as_str()),
    );
    if let Some(table) = root.table(&["tool", "pdm", "dev-dependencies"]) {
        for (key, item) in table.entries() {
            list(draft, key.text, &item, "dev");
        }
    }
}

/// The extras of a project. An extra that asks for other extras of the same project brings what they bring.
pub(super) fn optional(draft: &mut Draft<'_>, table: Table<'_>, key: &str, project: Option<&str>) {
    let Some(extras) = table.get(key).and_then(|item| item.as_table()) else { return };
    for (key, _) in extras.entries() {
        extra(draft, extras, key.text, category(key.text), project, &mut Vec::new());
    }
}

fn extra<'t>(
    draft: &mut Draft<'_>,
    extras: Table<'t>,
    name: &'t str,
    category: &str,
    project: Option<&str>,
    open: &mut Vec<&'t str>,
) {
    let Some(item) = extras.get(name) else { return };
    open.push(name);
    for (text, span) in strings(draft, name, &item) {
        match own_extras(text, project) {
            Some(own) => of_project(draft, extras, &own, span, category, project, open),
            None => draft.pep508(text, span, category),
        }
    }
    open.pop();
}

/// Extras of the project by their names.
fn of_project<'t>(
    draft: &mut Draft<'_>,
    extras: Table<'t>,
    wanted: &[&str],
    span: Span,
    category: &str,
    project: Option<&str>,
    open: &mut Vec<&'t str>,
) {
    for wanted in wanted {
        let found = extras
            .entries()
            .into_iter()
            .map(|(key, _)| key.text)
            .find(|key| normalise_pypi_name(key) == normalise_pypi_name(wanted));
        match found {
            Some(found) if open.contains(&found) => {}
            Some(found) => extra(draft, extras, found, category, project, open),
            None => draft.toml.error(
                format!("the project has no extra `{wanted}`"),
                span,
                "",
                spelling::did_you_mean(wanted, extras.entries().iter().map(|(key, _)| key.text))
                    .unwrap_or_default(),
            ),
        }
    }
}

/// The extras of the project itself that a requirement asks for: `name[a,b]`.
fn own_extras<'t>(text: &'t str, project: Option<&str>) -> Option<Vec<&'t str>> {
    let (name, rest) = text.split_once('[')?;
    let (extras, rest) = rest.split_once(']')?;
    (rest.trim().is_empty() && normalise_pypi_name(name.trim()) == normalise_pypi_name(project?))
        .then(|| extras.split(',').map(str::trim).filter(|extra| !extra.is_empty()).collect())
}

/// `requires-python` as a requirement on conda's python.
pub(super) fn requires_python(draft: &mut Draft<'_>, project: Table<'_>) {
    let Some(item) = project.get("requires-python") else { return };
    let Some(text) = draft.toml.string("requires-python", &item) else { return };
    let version = crate::python_version::to_conda(&text.value.replace(char::is_whitespace, ""));
    let span = draft.inside(&text.value, text.span);
    let spec = if version.is_empty() { "python".to_owned() } else { format!("python {version}") };
    draft.conda(&spec, span, None, "main");
}

/// The groups of PEP 735, with those that they include.
pub(super) fn groups(draft: &mut Draft<'_>, groups: Table<'_>, project: Option<Table<'_>>) {
    let own = Own {
        name: project.and_then(|table| table.get("name")?.as_str()),
        extras: project.and_then(|table| table.table(&["optional-dependencies"])),
    };
    for (key, item) in groups.entries() {
        group(draft, groups, own, &item, category(key.text), &mut vec![key.text]);
    }
}

/// The project that groups are in.
#[derive(Clone, Copy)]
struct Own<'t> {
    name: Option<&'t str>,
    extras: Option<Table<'t>>,
}

fn group<'t>(
    draft: &mut Draft<'_>,
    groups: Table<'t>,
    own: Own<'t>,
    item: &TomlItem<'t>,
    category: &str,
    open: &mut Vec<&'t str>,
) {
    let Some(items) = item.as_list() else {
        not_a_list(draft, open.last().copied().unwrap_or_default(), item);
        return;
    };
    for item in items {
        if let Some(text) = item.as_str() {
            let span = draft.inside(text, item.span);
            match (own_extras(text, own.name), own.extras) {
                (Some(wanted), Some(extras)) => {
                    of_project(draft, extras, &wanted, span, category, own.name, &mut Vec::new());
                }
                _ => draft.pep508(text, span, category),
            }
            continue;
        }
        let included = item.as_table().and_then(|table| table.get("include-group"));
        let Some((included, name)) = included.and_then(|item| Some((item, item.as_str()?))) else {
            draft.toml.error(
                "an item of a group is a requirement or `{ include-group = \"name\" }`".into(),
                item.span,
                format!("found {}", item.kind()),
                String::new(),
            );
            continue;
        };
        include(draft, groups, own, name, included.span, category, open);
    }
}

fn include<'t>(
    draft: &mut Draft<'_>,
    groups: Table<'t>,
    own: Own<'t>,
    name: &str,
    span: Span,
    category: &str,
    open: &mut Vec<&'t str>,
) {
    let same = |key: &str| normalise_pypi_name(key) == normalise_pypi_name(name);
    let found = groups.entries().into_iter().find(|(key, _)| same(key.text));
    let Some((key, item)) = found else {
        let names = groups.entries();
        let hint = spelling::did_you_mean(name, names.iter().map(|(key, _)| key.text))
            .unwrap_or_else(|| "declare it in `[dependency-groups]`".into());
        draft.toml.error(format!("there is no dependency group `{name}`"), span, "", hint);
        return;
    };
    if open.contains(&key.text) {
        // Every group that leads into a circle comes by here; the first one is enough.
        let told =
            |diagnostic: &Diagnostic| diagnostic.labels.iter().any(|label| label.span == span);
        if !draft.toml.diagnostics.iter().any(told) {
            let start = open.iter().position(|name| *name == key.text).unwrap_or_default();
            let path: Vec<String> =
                open[start..].iter().chain([&key.text]).map(|name| format!("`{name}`")).collect();
            draft.toml.error(
                "dependency groups include each other in a circle".into(),
                span,
                path.join(" -> "),
                "remove one of the includes".into(),
            );
        }
        return;
    }
    open.push(key.text);
    group(draft, groups, own, &item, category, open);
    open.pop();
}

/// A list of requirements.
pub(super) fn list(draft: &mut Draft<'_>, key: &str, item: &TomlItem<'_>, category: &str) {
    for (text, span) in strings(draft, key, item) {
        draft.pep508(text, span, category);
    }
}

/// The texts of a list, each with its place inside of the quotes.
fn strings<'t>(draft: &mut Draft<'_>, key: &str, item: &TomlItem<'t>) -> Vec<(&'t str, Span)> {
    let Some(items) = item.as_list() else {
        not_a_list(draft, key, item);
        return Vec::new();
    };
    let mut texts = Vec::with_capacity(items.len());
    for item in items {
        match item.as_str().filter(|text| !text.trim().is_empty()) {
            Some(text) => texts.push((text, draft.inside(text, item.span))),
            None => draft.toml.error(
                format!("an item of `{key}` must be a requirement in quotes"),
                item.span,
                format!("found {}", if item.as_str().is_some() { "nothing" } else { item.kind() }),
                String::new(),
            ),
        }
    }
    texts
}

fn not_a_list(draft: &mut Draft<'_>, key: &str, item: &TomlItem<'_>) {
    draft.toml.error(
        format!("`{key}` must be a list of requirements"),
        item.span,
        format!("found {}", item.kind()),
        format!("write `{key} = [\"name >=1.2\"]`"),
    );
}
