//! Names of packages on PyPI and in conda channels.
//!
//! Most names are the same on both sides once they are normalised. For the others there is a table beside
//! this file, made by hand for conda-forge; projects add to it. It is never fetched from anywhere.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use lockit_diagnostic::{Diagnostic, SourceFile, Span};
use rattler_conda_types::PackageName;
use serde::Deserialize;

use crate::check_yaml_bounds;
use crate::toml_tree::{Toml, TomlItem};

static BUNDLED: LazyLock<BTreeMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
    include_str!("name_map.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let mut names = line.split_whitespace();
            Some((names.next()?, names.collect()))
        })
        .collect()
});

/// The bundled table the other way round: the names on PyPI of each conda package, sorted.
static BUNDLED_BY_CONDA: LazyLock<BTreeMap<&'static str, Vec<&'static str>>> =
    LazyLock::new(|| {
        let mut by_conda: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (pypi, held) in BUNDLED.iter() {
            for conda in held {
                by_conda.entry(conda).or_default().push(pypi);
            }
        }
        by_conda
    });

/// Which conda package holds a distribution of PyPI, and the other way round.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NameMap {
    /// Normalised PyPI names to conda names, besides the bundled table.
    overrides: BTreeMap<String, String>,
}

/// What conda-lock's lookup file says of a name; it says more, which nobody needs.
#[derive(Deserialize)]
#[serde(expecting = "a mapping with `conda_name`")]
struct LookupEntry {
    conda_name: String,
    #[serde(default)]
    pypi_name: Option<String>,
}

impl NameMap {
    /// The bundled table, with names that win over it.
    pub fn with_overrides<P: AsRef<str>, C: Into<String>>(
        overrides: impl IntoIterator<Item = (P, C)>,
    ) -> Self {
        let mut map = Self::default();
        map.add(overrides);
        map
    }

    /// The names besides those of the bundled table.
    pub fn own(&self) -> &BTreeMap<String, String> {
        &self.overrides
    }

    /// Adds names that win over those there are.
    pub fn add<P: AsRef<str>, C: Into<String>>(
        &mut self,
        overrides: impl IntoIterator<Item = (P, C)>,
    ) {
        for (pypi, conda) in overrides {
            self.overrides.insert(normalise(pypi.as_ref()), conda.into());
        }
    }

    /// Adds the names of a file in the format that conda-lock's `--pypi_to_conda_lookup_file` takes: YAML or
    /// JSON that maps each PyPI name to a mapping with `conda_name`.
    ///
    /// # Errors
    /// A diagnostic that points at what is no such mapping.
    pub fn add_lookup_file(&mut self, file: &SourceFile) -> Result<(), Box<Diagnostic>> {
        check_yaml_bounds(file)?;
        let json = Path::new(file.name()).extension().is_some_and(|end| end == "json");
        let entries: Result<Option<BTreeMap<String, LookupEntry>>, _> = if json {
            serde_json::from_str(file.text()).map_err(|error| {
                (error.to_string(), error.line(), error.column().saturating_sub(1))
            })
        } else {
            serde_yaml::from_str(file.text()).map_err(|error| {
                let place = error.location();
                let (line, column) =
                    place.map_or((1, 0), |place| (place.line(), place.column().saturating_sub(1)));
                (error.to_string(), line, column)
            })
        };
        let entries = entries.map_err(|(message, line, column)| {
            let line = file.line_span(line.max(1)).unwrap_or_default();
            let mut at = (line.start + column).min(line.end);
            while !file.text().is_char_boundary(at) {
                at -= 1;
            }
            let message = message.split(" at line ").next().unwrap_or_default().to_owned();
            Box::new(
                Diagnostic::error("this is not a map of PyPI names to conda names")
                    .label(file, Span::new(at, at), message)
                    .hint("each entry is written `pypi-name: {conda_name: conda-name}`"),
            )
        })?;
        self.add(
            entries
                .unwrap_or_default()
                .into_iter()
                .map(|(name, entry)| (entry.pypi_name.unwrap_or(name), entry.conda_name)),
        );
        Ok(())
    }

    /// The conda package to ask for when a distribution of PyPI is wanted. The name itself, normalised, when
    /// nothing else is known.
    ///
    /// ```
    /// use lockit_spec::NameMap;
    ///
    /// assert_eq!(NameMap::default().conda_name("Torch"), "pytorch");
    /// assert_eq!(NameMap::default().conda_name("jupyter.client"), "jupyter_client");
    /// assert_eq!(NameMap::default().conda_name("NumPy"), "numpy");
    /// ```
    pub fn conda_name(&self, pypi: &str) -> Cow<'_, str> {
        let pypi = normalise(pypi);
        if let Some(conda) = self.overrides.get(&pypi) {
            return Cow::Borrowed(conda);
        }
        match BUNDLED.get(pypi.as_str()).and_then(|names| names.first()) {
            Some(conda) => Cow::Borrowed(*conda),
            None => Cow::Owned(pypi),
        }
    }

    /// The conda packages that are known to hold a distribution of PyPI, the one to ask for first. Empty where it is called the
    /// same, or nothing is known.
    pub fn conda_names(&self, pypi: &str) -> Vec<String> {
        let pypi = normalise(pypi);
        let own = self.overrides.get(&pypi).cloned();
        let bundled = BUNDLED.get(pypi.as_str()).into_iter().flatten();
        let mut names: Vec<String> = own.into_iter().collect();
        for name in bundled {
            if !names.iter().any(|known| known == name) {
                names.push((*name).to_owned());
            }
        }
        names
    }

    /// What PyPI calls the distributions of a conda package whose name no distribution is known to have. Empty where nothing is
    /// known. The name may be spelled as PyPI would.
    ///
    /// ```
    /// use lockit_spec::NameMap;
    ///
    /// assert_eq!(NameMap::default().names_on_pypi("pytorch"), ["torch"]);
    /// assert!(NameMap::default().names_on_pypi("torch").is_empty());
    /// ```
    pub fn names_on_pypi(&self, conda: &str) -> Vec<String> {
        let wanted = normalise(conda);
        let is_meant = |name: &str| normalise(name) == wanted;
        if self.overrides.contains_key(&wanted) || BUNDLED.contains_key(wanted.as_str()) {
            return Vec::new();
        }
        let own = self.overrides.iter().filter(|(_, name)| is_meant(name));
        let bundled = BUNDLED_BY_CONDA.iter().filter(|(name, _)| is_meant(name));
        let bundled = bundled.flat_map(|(_, names)| names).map(|name| (*name).to_owned());
        let mut names: Vec<String> = own.map(|(pypi, _)| pypi.clone()).chain(bundled).collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// The distributions of PyPI that a conda package holds, as far as names tell: normalised, sorted. A
    /// conda package that is no Python package has a name as well; who asks must know that it is one.
    ///
    /// ```
    /// use lockit_spec::NameMap;
    ///
    /// assert_eq!(NameMap::default().pypi_names("pytorch"), ["torch"]);
    /// assert!(NameMap::default().pypi_names("graphviz").is_empty(), "that is the program");
    /// ```
    pub fn pypi_names(&self, conda: &str) -> Vec<String> {
        let mut names: Vec<String> = self
            .overrides
            .iter()
            .filter(|(_, name)| name.eq_ignore_ascii_case(conda))
            .map(|(pypi, _)| pypi.clone())
            .collect();
        let bundled = BUNDLED_BY_CONDA.get(conda).into_iter().flatten();
        let bundled = bundled.filter(|pypi| !self.overrides.contains_key(**pypi));
        names.extend(bundled.map(|pypi| (*pypi).to_owned()));
        let same = normalise(conda);
        // What is called so on PyPI may be another package in conda.
        let elsewhere = match self.overrides.get(&same) {
            Some(name) => !name.eq_ignore_ascii_case(conda),
            None => BUNDLED.get(same.as_str()).is_some_and(|held| !held.contains(&conda)),
        };
        if names.is_empty() && !elsewhere {
            names.push(same);
        }
        names.sort_unstable();
        names
    }
}

/// Reads `pypi-to-conda`: `name = "conda-name"`, or as in conda-lock's lookup file
/// `name = { conda_name = "conda-name" }`.
pub(crate) fn read_table(toml: &mut Toml<'_>, item: &TomlItem<'_>) -> Vec<(String, String)> {
    let Some(table) = item.as_table() else {
        toml.error(
            "`pypi-to-conda` must be a table".into(),
            item.span,
            format!("found {}", item.kind()),
            "write `[pypi-to-conda]` and below it for example `torch = \"pytorch\"`".into(),
        );
        return Vec::new();
    };
    let mut names = Vec::new();
    for (key, item) in table.entries() {
        let named = item.as_table().and_then(|table| table.get("conda_name")).unwrap_or(item);
        let Some(text) = toml.string(key.text, &named) else { continue };
        if PackageName::try_from(text.value.as_str()).is_ok() {
            names.push((key.text.to_owned(), text.value));
        } else {
            toml.error(
                format!("`{}` is not the name of a conda package", text.value),
                text.span,
                "",
                "a name has no version: write for example `torch = \"pytorch\"`".into(),
            );
        }
    }
    names
}

/// A name as PyPI compares it (PEP 503): lower case, and one `-` for each run of `-`, `_` and `.`.
///
/// ```
/// assert_eq!(lockit_spec::normalise_pypi_name("Ruamel._Yaml"), "ruamel-yaml");
/// ```
pub fn normalise(name: &str) -> String {
    let mut normalised = String::with_capacity(name.len());
    for part in name.trim().split(['-', '_', '.']).filter(|part| !part.is_empty()) {
        if !normalised.is_empty() {
            normalised.push('-');
        }
        normalised.push_str(&part.to_lowercase());
    }
    normalised
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The lines of the table, taken apart.
    fn table() -> Vec<Vec<&'static str>> {
        include_str!("name_map.txt")
            .lines()
            .filter(|line| !line.starts_with('#'))
            .map(|line| line.split(' ').collect())
            .collect()
    }

    #[test]
    fn the_table_is_sorted_and_holds_names() {
        let lines = table();
        assert!(lines.is_sorted(), "sort name_map.txt");
        for line in lines {
            let (pypi, held) = line.split_first().unwrap();
            assert_eq!(normalise(pypi), *pypi, "{line:?}");
            assert!(!held.is_empty(), "{line:?}");
            for conda in held {
                // Which is also what finds two blanks, or one at the end.
                let name =
                    PackageName::try_from(*conda).map(|name| name.as_normalized().to_owned());
                assert_eq!(name.as_deref().ok(), Some(*conda), "{line:?}");
            }
        }
    }

    /// Of two lines for one name the first would be lost without a word.
    #[test]
    fn the_table_says_everything_once() {
        let lines = table();
        for two in lines.windows(2) {
            assert_ne!(two[0][0], two[1][0], "two lines for one name");
        }
        for line in &lines {
            let held = &line[1..];
            let mut once = held.to_vec();
            once.sort_unstable();
            once.dedup();
            assert_eq!(once.len(), held.len(), "{line:?}");
            // `numpy numpy` says nothing, unless other names are in the same package.
            let is_shared =
                |conda| lines.iter().filter(|line| line[1..].contains(conda)).count() > 1;
            assert!(held != &line[..1] || is_shared(&held[0]), "{line:?} is needless");
        }
    }

    /// A name may be one thing on PyPI and another in conda, and one package may hold several.
    #[test]
    fn names_that_mislead() {
        let map = NameMap::default();
        // Screenshots; conda's is the Mission Support System.
        assert_eq!(map.conda_name("mss"), "python-mss");
        assert_eq!(map.pypi_names("mss"), ["open-mss"]);
        // A library in C.
        assert_eq!(map.conda_name("zstd"), "python-zstd");
        assert!(map.pypi_names("zstd").is_empty());
        assert_eq!(map.pypi_names("jaxlib"), ["jax-cuda12-pjrt", "jax-cuda12-plugin", "jaxlib"]);
        assert_eq!(map.pypi_names("psycopg"), ["psycopg", "psycopg-binary"]);
    }

    #[test]
    fn both_directions_agree() {
        let map = NameMap::default();
        for pypi in BUNDLED.keys() {
            let conda = map.conda_name(pypi);
            assert!(map.pypi_names(&conda).iter().any(|name| name == pypi), "{pypi} {conda}");
        }
        assert_eq!(map.pypi_names("psycopg2"), ["psycopg2", "psycopg2-binary"]);
        assert_eq!(map.pypi_names("opencv").len(), 4);
        assert_eq!(map.pypi_names("typing_extensions"), ["typing-extensions"]);
        assert_eq!(map.pypi_names("numpy"), ["numpy"]);
    }

    #[test]
    fn overrides_win() {
        let map = NameMap::with_overrides([("Torch", "pytorch-gpu"), ("my_thing", "thing")]);
        assert_eq!(map.conda_name("torch"), "pytorch-gpu");
        assert_eq!(map.pypi_names("pytorch-gpu"), ["torch"]);
        assert_eq!(map.pypi_names("thing"), ["my-thing"]);
        assert_eq!(map.pypi_names("pytorch"), ["pytorch"], "the bundled line counts no more");
    }

    #[test]
    fn conda_locks_lookup_file_is_read() {
        let mut map = NameMap::default();
        let yaml = "msgpack:\n  conda_name: msgpack-py\n  import_name: msgpack\n  mapping_source: x\n  pypi_name: msgpack\n";
        map.add_lookup_file(&SourceFile::new("map.yml", yaml)).unwrap();
        let json = "{\"a\": {\"conda_name\": \"b\"}}";
        map.add_lookup_file(&SourceFile::new("map.json", json)).unwrap();
        map.add_lookup_file(&SourceFile::new("empty.yml", "{}\n")).unwrap();
        assert_eq!(map.conda_name("msgpack"), "msgpack-py");
        assert_eq!(map.conda_name("a"), "b");
        let error = map.add_lookup_file(&SourceFile::new("map.yml", "a: b\n")).unwrap_err();
        insta::assert_snapshot!(lockit_diagnostic::render(&[*error], false), @r#"
        error: this is not a map of PyPI names to conda names
         --> map.yml:1:4
          |
        1 | a: b
          |    ^ a: invalid type: string "b", expected a mapping with `conda_name`
          |
          = hint: each entry is written `pypi-name: {conda_name: conda-name}`
        "#);
    }

    /// What a project calls otherwise is no longer what the table says it is.
    #[test]
    fn an_override_takes_a_name_away_from_the_package_of_that_name() {
        let map = NameMap::with_overrides([("six", "py-six"), ("seven", "Seven")]);
        assert!(map.pypi_names("six").is_empty());
        assert_eq!(map.pypi_names("py-six"), ["six"]);
        assert_eq!(map.pypi_names("seven"), ["seven"], "conda's names have no case");
    }
}
