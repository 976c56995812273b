//! The keys of recipes in whose place a misspelt one would take requirements away without a word.
//!
//! Other tables are about building. A template may make keys of its own there, and the tool that builds says what it does
//! not know.

use lockit_diagnostic::{Diagnostic, SourceFile, Span};

use crate::ignored_key::ignored_key;
use crate::yaml::{Node, Value};

/// What a kind of recipe knows, by table.
pub(super) struct Known {
    /// The recipe itself.
    pub(super) recipe: &'static [&'static str],
    /// One of `outputs`.
    pub(super) output: &'static [&'static str],
    /// `requirements`.
    pub(super) requirements: &'static [&'static str],
    /// A table of tests.
    pub(super) test: &'static [&'static str],
}

/// `meta.yaml`: `FIELDS` in conda-build's `metadata.py`, and `requires` of a test of an output (25.x).
pub(super) const META_YAML: Known = Known {
    recipe: &[
        "package",
        "source",
        "build",
        "outputs",
        "requirements",
        "app",
        "test",
        "about",
        "extra",
    ],
    output: &[
        "name",
        "version",
        "number",
        "entry_points",
        "script",
        "script_interpreter",
        "build",
        "requirements",
        "test",
        "about",
        "extra",
        "files",
        "type",
        "run_exports",
        "target",
        "package",
        "source",
    ],
    requirements: &["build", "host", "run", "conflicts", "run_constrained", "run_exports"],
    test: &[
        "requires",
        "commands",
        "files",
        "imports",
        "source_files",
        "downstreams",
        "script",
        "script_interpreter",
    ],
};

/// `recipe.yaml`: CEP 13 and 14, and the cache of rattler-build.
pub(super) const RECIPE_YAML: Known = Known {
    recipe: &[
        "schema_version",
        "context",
        "package",
        "recipe",
        "source",
        "build",
        "requirements",
        "tests",
        "outputs",
        "about",
        "extra",
        "cache",
    ],
    output: &[
        "package",
        "staging",
        "inherit",
        "source",
        "build",
        "requirements",
        "tests",
        "about",
        "extra",
        "cache",
    ],
    requirements: &["build", "host", "run", "run_constraints", "run_exports", "ignore_run_exports"],
    test: &["build", "run"],
};

/// What to say of the keys of a table that nothing reads. `place` gives where in the file a part of the table is.
pub(super) fn unknown(
    file: &SourceFile,
    table: &Node<'_>,
    known: &[&str],
    place: impl Fn(&Node<'_>) -> Span,
) -> Vec<Diagnostic> {
    let Value::Mapping(entries) = &table.value else { return Vec::new() };
    let keys = entries.iter().filter_map(|(key, _)| Some((key, key.text()?)));
    // `if`, `then` and `else` are of the language.
    let unknown = keys.filter(|(_, text)| !known.contains(text) && !text.starts_with("<<"));
    unknown.map(|(key, text)| ignored_key(file, text, place(key), known)).collect()
}
