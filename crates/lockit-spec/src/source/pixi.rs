//! `pixi.toml`, `conda.toml` of conda-workspaces, which is the same, and `[tool.pixi]` in `pyproject.toml`.
//!
//! `run`, `host` and `build` dependencies of a workspace end up in one environment, so they are one here as well.
//! A feature is a category of the environments that are made of it.

mod channels;
mod environments;
mod options;
mod platforms;

use std::collections::{BTreeMap, BTreeSet};

use lockit_diagnostic::{SourceFile, Span, Spanned};
use toml::de::DeTable;

use self::environments::{DEFAULT_CATEGORY, Feature};
use self::platforms::Declared;
use super::draft::{Distribution, Draft};
use super::{pixi_keys, pypi_options};
use crate::environment_file::EnvironmentFile;
use crate::parsed::ParseResult;
use crate::project::parse_table;
use crate::toml_tree::{Key, Table, TomlItem};
use crate::{NameMap, Selector, python_version};

pub use environments::PixiEnvironment;

const DEPENDENCIES: [&str; 3] = ["dependencies", "host-dependencies", "build-dependencies"];
const PYPI_DEPENDENCIES: &str = "pypi-dependencies";

/// Reads an environment of a `pixi.toml`; without a name all that is in the file.
pub(super) fn read(
    file: &SourceFile,
    names: &NameMap,
    environment: Option<&str>,
) -> ParseResult<EnvironmentFile> {
    let tree = parse_table(file)?;
    let mut draft = Draft::new(file, names);
    read_table(&mut draft, Table(tree.get_ref()), environment, &[]);
    draft.finish()
}

/// The environments of a manifest whose tables lie below `path`. `None` where there is no such table, and where the file
/// cannot be read, which is for its reader to explain.
pub(super) fn environments(file: &SourceFile, path: &[&str]) -> Option<Vec<PixiEnvironment>> {
    let (tree, errors) = DeTable::parse_recoverable(file.text());
    let root = Table(tree.get_ref()).table(path).filter(|_| errors.is_empty())?;
    Some(environments::all(root))
}

/// Reads the table that all of pixi's keys are in. `elsewhere` are features that other tables of the file declare.
/// Returns the categories that the environment is made of; `None` for all.
pub(super) fn read_table(
    draft: &mut Draft<'_>,
    root: Table<'_>,
    environment: Option<&str>,
    elsewhere: &[&str],
) -> Option<BTreeSet<String>> {
    draft.out.is_workspace = true;
    let workspace = root.table(&["workspace"]).or_else(|| root.table(&["project"]));
    if let Some(item) = workspace.and_then(|table| table.get("name"))
        && let Some(text) = item.as_str()
    {
        draft.out.name = Some(Spanned::new(text.to_owned(), item.span));
    }
    pixi_keys::warn(draft, root);
    draft.shared = shared(workspace);
    if let Some(table) = workspace.and_then(|one| one.table(&["pypi-options"])) {
        pypi_options(draft, table);
    }
    let declared = platforms::declared(draft, workspace);
    // Where no environment says which features it has, each of them is a category of the one that there is.
    let Some(environment) = environment.filter(|_| root.get("environments").is_some()) else {
        everything(draft, root, workspace, &declared);
        let all: Vec<&Declared> = declared.iter().collect();
        platforms::take(draft, &all, environment);
        return None;
    };
    let (features, categories) = environments::features(draft, root, environment, elsewhere);
    channels::read(draft, workspace, &features);
    options::read(draft, workspace, &features);
    platforms::take(draft, &platforms::of_environment(&declared, &features), Some(environment));
    for feature in &features {
        if let Some(table) = feature.table.table(&["pypi-options"]) {
            pypi_options(draft, table);
        }
        if let Some(table) = feature.table.table(&["system-requirements"]) {
            platforms::system_requirements(draft, table);
        }
        sections(draft, feature.table, &feature.category, None, &declared);
    }
    Some(categories)
}

/// Every line of a manifest, whichever environment it is for.
fn everything(
    draft: &mut Draft<'_>,
    root: Table<'_>,
    workspace: Option<Table<'_>>,
    declared: &[Declared],
) {
    let features = root.table(&["feature"]).map(Table::entries).unwrap_or_default();
    let tables = || features.iter().filter_map(|(_, item)| item.as_table());
    let with_channels = workspace.into_iter().chain(tables());
    channels::take(draft, with_channels.filter_map(|table| table.get("channels")));
    let top = [Feature { category: DEFAULT_CATEGORY.to_owned(), table: root, is_default: true }];
    options::read(draft, workspace, &top);
    for table in std::iter::once(root).chain(tables()) {
        if let Some(table) = table.table(&["pypi-options"]) {
            pypi_options(draft, table);
        }
        if let Some(table) = table.table(&["system-requirements"]) {
            platforms::system_requirements(draft, table);
        }
    }
    sections(draft, root, DEFAULT_CATEGORY, None, declared);
    let environments = root.table(&["environments"]).map(Table::entries).unwrap_or_default();
    for (key, item) in features.iter().chain(&environments) {
        let Some(table) = item.as_table() else { continue };
        let item = table.get("platforms");
        let selector = item.and_then(|item| platforms::one_of(draft, declared, &item));
        sections(draft, table, key.text, selector.as_ref(), declared);
    }
}

/// The dependencies of a level, and of its targets.
fn sections(
    draft: &mut Draft<'_>,
    table: Table<'_>,
    category: &str,
    selector: Option<&Selector>,
    declared: &[Declared],
) {
    dependencies(draft, table, category, selector);
    let targets = table.table(&["target"]);
    for (key, item) in targets.map(Table::entries).unwrap_or_default() {
        let Some(table) = item.as_table() else { continue };
        // Targets may be about tasks alone, of platforms that only pixi knows.
        if !DEPENDENCIES.iter().chain([&PYPI_DEPENDENCIES]).any(|key| table.get(key).is_some()) {
            continue;
        }
        let own =
            platforms::target(declared, key.text).map_or_else(|| Selector::parse(key.text), Ok);
        match own {
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

/// What `[workspace.dependencies]` says of packages: the texts of each one's parts.
fn shared(workspace: Option<Table<'_>>) -> BTreeMap<String, Vec<(String, String)>> {
    let table = workspace.and_then(|table| table.table(&["dependencies"]));
    let lines = table.map(Table::entries).unwrap_or_default().into_iter();
    lines
        .map(|(key, item)| {
            let text = |item: &TomlItem<'_>| item.as_str().or(item.number()).map(str::to_owned);
            let parts = match item.as_table() {
                Some(table) => table
                    .entries()
                    .iter()
                    .filter_map(|(part, item)| Some((part.text.to_owned(), text(item)?)))
                    .collect(),
                None => text(&item).map(|text| ("version".to_owned(), text)).into_iter().collect(),
            };
            (key.text.to_owned(), parts)
        })
        .collect()
}

/// What a line with `workspace = true` takes from `[workspace.dependencies]`, less what it says itself. Nothing for other lines,
/// `None` after an error.
fn inherited(
    draft: &mut Draft<'_>,
    key: &Key<'_>,
    table: Table<'_>,
) -> Option<Vec<(String, String)>> {
    let Some(item) = table.get("workspace") else { return Some(Vec::new()) };
    if item.as_bool() != Some(true) {
        draft.toml.error(
            "`workspace` can only be true".into(),
            item.span,
            format!("found {}", item.kind()),
            "write `workspace = true`, or leave it out".into(),
        );
        return None;
    }
    let Some(parts) = draft.shared.get(key.text) else {
        draft.toml.error(
            format!("`[workspace.dependencies]` has no `{}`", key.text),
            item.span,
            "to be taken from there",
            format!("add `{} = \"*\"` to `[workspace.dependencies]`", key.text),
        );
        return None;
    };
    let own = |part: &str| table.get(part).is_some();
    Some(parts.iter().filter(|(part, _)| !own(part)).cloned().collect())
}

/// What a part of a line of `[dependencies]` is called in brackets.
fn bracket_key(part: &str) -> Option<&str> {
    match part {
        "version" | "build" | "subdir" | "md5" | "sha256" | "license" => Some(part),
        "file-name" => Some("fn"),
        "build-number" => Some("build_number"),
        _ => None,
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
    for (part, value) in inherited(draft, key, table)? {
        match (part.as_str(), bracket_key(&part)) {
            ("channel", _) => channel = format!("{value}::"),
            (_, Some(name)) if value != "*" => parts.push(format!("{name}=\"{value}\"")),
            _ => {}
        }
    }
    for (part, item) in table.entries() {
        let value = item.as_str().or_else(|| item.number());
        let name = match part.text {
            "workspace" => continue,
            other if bracket_key(other).is_some() => bracket_key(other).unwrap_or(other),
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
            "when" => "when",
            "extras" | "flags" => {
                draft.toml.error(
                    format!("`{}` of `{}` cannot be followed", part.text, key.text),
                    part.span,
                    "needs repodata of version 3 (CEP 44), which lockit does not read",
                    "list the packages that are meant, or choose the variant by its `build`".into(),
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
        draft.index_of_package(index.to_owned(), item.span);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_exempt_from_a_cutoff_is_read() {
        let text = "[workspace]\nchannels = ['a', { channel = 'team', exclude-newer = '0d' }]\n\
                    [workspace.exclude-newer]\ncutoff = '7d'\n[workspace.exclude-newer.exemptions]\n\
                    openssl = '*'\npolars = '1.43.1'\nnumpy = { version = '2.*', channel = 'a', build = 'py313*' }\n\
                    scipy = { version = '>=2', cutoff = '2026-01-31' }\n";
        let file = SourceFile::new("pixi.toml", text);
        let read = read(&file, &NameMap::default(), None).unwrap();
        assert!(read.warnings.is_empty(), "{:?}", read.warnings);
        let stated = read.value.stated;
        assert_eq!(stated.exclude_newer.unwrap().text, "7d");
        let texts: Vec<String> =
            stated.exclude_newer_package.iter().map(ToString::to_string).collect();
        let expected = [
            "openssl=false",
            "polars ==1.43.1=false",
            "a::numpy 2.*[build=\"py313*\"]=false",
            "scipy >=2=2026-01-31",
            "team::*=0d",
        ];
        assert_eq!(texts, expected);
        let wrong = "[workspace.exclude-newer]\nexemption = 1\nexemptions = 2\n";
        let errors = super::read(&SourceFile::new("pixi.toml", wrong), &NameMap::default(), None);
        let messages: Vec<String> =
            errors.unwrap_err().into_iter().map(|one| one.message).collect();
        assert!(messages.iter().any(|one| one == "`exemptions` must be a table"), "{messages:?}");
        assert!(messages.iter().any(|one| one.contains("`exemption`")), "{messages:?}");
    }

    #[test]
    fn a_line_can_take_what_the_workspace_says() {
        let text = "[workspace]\nchannels = ['a']\n[workspace.dependencies]\nnumpy = '>=1'\n\
                    scipy = { version = '>=2', channel = 'c', build = 'x*' }\n[dependencies]\n\
                    numpy = { workspace = true }\nscipy = { workspace = true, build = 'y*' }\n";
        let file = SourceFile::new("conda.toml", text);
        let read = read(&file, &NameMap::default(), None).unwrap();
        assert!(read.warnings.is_empty(), "{:?}", read.warnings);
        let read = read.value;
        let texts: Vec<String> = read.requirements.iter().map(|one| one.text.clone()).collect();
        assert_eq!(texts, ["numpy[version=\">=1\"]", "c::scipy[version=\">=2\", build=\"y*\"]"]);
        for (line, said) in [
            ("pandas = { workspace = true }", "`[workspace.dependencies]` has no `pandas`"),
            ("numpy = { workspace = false }", "`workspace` can only be true"),
        ] {
            let text = format!("[workspace.dependencies]\nnumpy = '*'\n[dependencies]\n{line}\n");
            let file = SourceFile::new("conda.toml", text);
            let errors = super::read(&file, &NameMap::default(), None).unwrap_err();
            assert_eq!(errors[0].message, said);
        }
    }

    #[test]
    fn the_higher_priority_comes_first_in_every_manifest() {
        let manifest = "[workspace]\nplatforms = [\"linux-64\"]\n\
            channels = [\"a\", {channel = \"https://b.example/c\", priority = 10}, \"d\"]\n\
            [feature.more]\nchannels = [{channel = \"e\", priority = 5}]\n";
        let environments = format!("{manifest}[environments]\ndefault = [\"more\"]\n");
        for (text, environment) in [
            (manifest, None),
            (manifest, Some("default")),
            (environments.as_str(), None),
            (environments.as_str(), Some("default")),
        ] {
            let file = SourceFile::new("pixi.toml", text);
            let read = read(&file, &NameMap::default(), environment).unwrap().value;
            let channels: Vec<&str> = read.channels.iter().map(|one| one.text.as_str()).collect();
            assert_eq!(channels, ["https://b.example/c", "e", "a", "d"], "{environment:?} {text}");
        }
    }
}
