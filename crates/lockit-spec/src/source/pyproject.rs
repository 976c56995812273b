//! `pyproject.toml`: what a Python project depends on, in the words of the tool it uses.
//!
//! Which table counts is conda-lock's rule: `[project] dependencies`, else the table of the build backend. What
//! `[tool.conda-lock]`, `[tool.lockit]`, `[tool.pixi]`, `[tool.hatch]` and `[dependency-groups]` add is taken in
//! any case.

use lockit_diagnostic::{SourceFile, Spanned};
use toml::de::DeTable;

use super::draft::{Draft, Registry};
use super::{flit, hatch, pep621, pixi, poetry, uv};
use crate::environment_file::EnvironmentFile;
use crate::name_map;
use crate::parsed::ParseResult;
use crate::project::parse_table;
use crate::toml_tree::{Table, TomlItem};
use crate::{NameMap, normalise_pypi_name, split_pypi_name};

/// The keys of `[tool.conda-lock]`.
const CONDA_LOCK_KEYS: [&str; 8] = [
    "channels",
    "platforms",
    "dependencies",
    "pip-repositories",
    "allow-pypi-requests",
    "default-non-conda-source",
    "skip-non-conda-lock",
    "category",
];

/// Reads the file.
pub(super) fn read(
    file: &SourceFile,
    names: &NameMap,
    environment: Option<&str>,
) -> ParseResult<EnvironmentFile> {
    let tree = parse_table(file)?;
    let root = Table(tree.get_ref());
    let mut draft = Draft::new(file, names);
    let conda_lock = root.table(&["tool", "conda-lock"]);
    let lockit = root.table(&["tool", "lockit"]);
    let pixi = root.table(&["tool", "pixi"]);
    draft.name(root);
    if pixi.is_some() {
        draft.origin = Registry::Pypi;
    }
    // Which names come from PyPI must be known before the first one is read.
    if let Some(table) = lockit {
        draft.lockit_settings(table);
    }
    if let Some(table) = conda_lock {
        draft.conda_lock_settings(table);
    }
    let only_conda_lock = conda_lock
        .and_then(|table| table.get("skip-non-conda-lock"))
        .and_then(|item| item.as_bool())
        .unwrap_or_default();
    if !only_conda_lock {
        draft.project(root);
    }
    if let Some(table) = pixi {
        // Extras and groups are features of pixi as well.
        let groups = [&["project", "optional-dependencies"][..], &["dependency-groups"]];
        let groups = groups.into_iter().filter_map(|path| root.table(path));
        let groups: Vec<_> = groups.flat_map(Table::entries).map(|(key, _)| key.text).collect();
        if let Some(categories) = pixi::read_table(&mut draft, table, environment, &groups) {
            draft.out.requirements.retain(|one| categories.contains(&one.category));
            draft.out.pip.retain(|one| categories.contains(&one.category));
        }
    }
    if let Some(table) = conda_lock.and_then(|table| table.get("dependencies")) {
        draft.conda_lock_dependencies(&table);
    }
    if let Some(table) = lockit {
        draft.lockit_dependencies(table);
    }
    draft.finish()
}

/// Whether a `pyproject.toml` asks for packages in a table that is lockit's or conda-lock's: the sign that it is
/// meant as a spec when nobody names one.
pub fn names_dependencies(file: &SourceFile) -> bool {
    let (tree, errors) = DeTable::parse_recoverable(file.text());
    let root = Table(tree.get_ref());
    errors.is_empty()
        && (root.table(&["tool", "conda-lock"]).is_some()
            || root.table(&["tool", "lockit"]).is_some_and(|table| {
                table.get("dependencies").is_some() || table.get("pypi").is_some()
            }))
}

impl Draft<'_> {
    fn name(&mut self, root: Table<'_>) {
        let name = [&["project"][..], &["tool", "poetry"], &["tool", "pixi", "workspace"]]
            .into_iter()
            .find_map(|path| root.table(path)?.get("name"));
        if let Some(item) = name
            && let Some(text) = item.as_str()
        {
            self.out.name = Some(Spanned::new(text.to_owned(), item.span));
        }
    }

    /// What the project itself declares.
    fn project(&mut self, root: Table<'_>) {
        let project = root.table(&["project"]);
        let backend = root
            .table(&["build-system"])
            .and_then(|table| table.get("build-backend"))
            .and_then(|item| item.as_str())
            .unwrap_or_default();
        let dynamic = project
            .and_then(|table| table.get("dynamic"))
            .and_then(|item| Some((item.as_list()?, item.span)))
            .filter(|(list, _)| list.iter().any(|item| item.as_str() == Some("dependencies")));
        if let Some((_, span)) = &dynamic {
            self.warn(
                "dependencies that a build computes cannot be read".into(),
                *span,
                "`dependencies` is among these",
                "list them in `[project] dependencies`, or name the file they come from with `-f`",
            );
        }
        let declared = project.is_some_and(|table| table.get("dependencies").is_some());
        let poetry_table = root.table(&["tool", "poetry"]);
        let flit_table = root.table(&["tool", "flit", "metadata"]);
        if let Some(table) = project {
            pep621::requires_python(self, table);
        }
        if declared && dynamic.is_none() {
            pep621::read(self, root);
            if let Some(table) = poetry_table {
                poetry::read_groups(self, table);
            }
        } else if backend.starts_with("flit") || (poetry_table.is_none() && flit_table.is_some()) {
            if let Some(table) = flit_table {
                flit::read(self, table);
            }
        } else if let Some(table) = poetry_table {
            poetry::read(self, table);
        } else if project.is_some() {
            pep621::read(self, root);
        }
        if let Some(table) = root.table(&["dependency-groups"]) {
            pep621::groups(self, table, project);
        }
        if let Some(table) = root.table(&["tool", "uv"]) {
            uv::read(self, table);
        }
        if let Some(table) = root.table(&["tool", "hatch", "envs"]) {
            hatch::read(self, table);
        }
    }

    /// `[tool.conda-lock]` but its dependencies.
    fn conda_lock_settings(&mut self, table: Table<'_>) {
        for (key, _) in table.entries() {
            if !CONDA_LOCK_KEYS.contains(&key.text) {
                self.toml.ignored_key(&key, &CONDA_LOCK_KEYS);
            }
        }
        if let Some(item) = table.get("channels")
            && self.out.channels.is_empty()
        {
            for channel in self.toml.strings("channels", &item) {
                self.channel(channel.value, channel.span);
            }
        }
        if let Some(item) = table.get("platforms")
            && self.out.platforms.is_empty()
        {
            self.platforms(&item);
        }
        if let Some(item) = table.get("pip-repositories") {
            for index in self.toml.strings("pip-repositories", &item) {
                self.index(index.value, index.span);
            }
        }
        if let Some(item) = table.get("allow-pypi-requests") {
            match item.as_bool() {
                Some(public) => self.out.pip_sources.public = public,
                None => self.toml.error(
                    "`allow-pypi-requests` must be `true` or `false`".into(),
                    item.span,
                    format!("found {}", item.kind()),
                    String::new(),
                ),
            }
        }
        if let Some(item) = table.get("default-non-conda-source")
            && let Some(text) = self.toml.string("default-non-conda-source", &item)
        {
            let words = [("conda", Registry::Conda), ("pip", Registry::Pypi)];
            if let Some(origin) = self.toml.word("source of packages", &text, &words) {
                self.origin = origin;
            }
        }
        let dependencies = table.get("dependencies").and_then(|item| item.as_table());
        for (key, item) in dependencies.map(Table::entries).unwrap_or_default() {
            let from_pypi = item
                .as_table()
                .and_then(|table| table.get("source"))
                .is_some_and(|source| source.as_str() == Some("pypi"));
            if from_pypi {
                self.from_pypi.push((Spanned::new(key.text.to_owned(), key.span), false));
            }
        }
    }

    /// `[tool.conda-lock.dependencies]`: conda specs, `"channel::name"` as key where one is meant.
    fn conda_lock_dependencies(&mut self, item: &TomlItem<'_>) {
        let Some(table) = item.as_table() else {
            self.toml.error(
                "`dependencies` must be a table".into(),
                item.span,
                format!("found {}", item.kind()),
                "write `[tool.conda-lock.dependencies]` and below it for example `numpy = \">=1.26\"`"
                    .into(),
            );
            return;
        };
        for (key, item) in table.entries() {
            if let Some(version) = item.as_str() {
                let version = version.trim();
                let text = if version.is_empty() {
                    key.text.to_owned()
                } else {
                    format!("{} {version}", key.text)
                };
                self.conda(&text, self.inside(version, item.span), None, "main");
                continue;
            }
            let source = item.as_table().and_then(|table| table.get("source"));
            if source.and_then(|source| source.as_str()) != Some("pypi") {
                self.toml.error(
                    format!("`{}` is neither a version nor `{{ source = \"pypi\" }}`", key.text),
                    item.span,
                    format!("found {}", item.kind()),
                    format!("write `{} = \"*\"` for a conda package", key.text),
                );
            }
        }
    }

    /// `channels`, `platforms`, `pypi-to-conda` and the names of `pypi` in `[tool.lockit]`. What is wrong with the
    /// first three is said where the project is read.
    fn lockit_settings(&mut self, table: Table<'_>) {
        let known = self.toml.diagnostics.len();
        if let Some(item) = table.get("channels") {
            for channel in self.toml.strings("channels", &item) {
                self.channel(channel.value, channel.span);
            }
        }
        if let Some(item) = table.get("platforms") {
            self.platforms(&item);
        }
        let names =
            table.get("pypi-to-conda").map(|item| name_map::read_table(&mut self.toml, &item));
        self.add_names(names.unwrap_or_default());
        self.toml.diagnostics.truncate(known);
        if let Some(item) = table.get("pypi") {
            for name in self.toml.strings("pypi", &item) {
                // A whole requirement is asked for in any case, so that nothing is left to say of it.
                let (bare, _) = split_pypi_name(&name.value);
                let span = self.inside(&name.value, name.span);
                self.from_pypi.push((Spanned::new(bare.to_owned(), span), bare != name.value));
            }
        }
    }

    /// `dependencies` and whole requirements of `pypi` in `[tool.lockit]`.
    fn lockit_dependencies(&mut self, table: Table<'_>) {
        if let Some(item) = table.get("dependencies") {
            for text in self.toml.strings("dependencies", &item) {
                let span = self.inside(&text.value, text.span);
                self.conda(text.value.trim(), span, None, "main");
            }
        }
        if let Some(item) = table.get("pypi") {
            let known = self.toml.diagnostics.len();
            let texts = self.toml.strings("pypi", &item);
            self.toml.diagnostics.truncate(known);
            for text in texts {
                let asked = self.out.pip.iter().any(|requirement| {
                    let (name, _) = split_pypi_name(&requirement.text);
                    normalise_pypi_name(name) == normalise_pypi_name(&text.value)
                });
                if !asked {
                    let span = self.inside(&text.value, text.span);
                    for (name, used) in &mut self.from_pypi {
                        *used |= name.span == span;
                    }
                    self.pip(text.value.trim(), span, None, "main");
                }
            }
        }
    }
}
