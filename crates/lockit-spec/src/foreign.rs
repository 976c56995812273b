//! Files of other kinds that people pass by mistake.

use lockit_diagnostic::{Diagnostic, SourceFile, Span};

use crate::yaml::Node;
use crate::yaml_error;

/// Kinds that can be told from the text, before it is read as YAML.
pub(crate) fn by_text(file: &SourceFile) -> Option<Diagnostic> {
    let text = file.text();
    let start = text.len() - text.trim_start().len();
    let first_line = || {
        let line = file.line_column(start).line;
        file.line_span(line)
            .map_or_else(|| Span::new(start, start), |line| Span::new(start, line.end))
    };
    let markup = text[start..].strip_prefix('<').and_then(|rest| rest.chars().next());
    if markup.is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '!' | '?')) {
        return Some(
            Diagnostic::error("this is a web page or XML, not an environment file")
                .label(file, first_line(), "expected YAML")
                .hint("a download may have gone wrong: fetch the raw file, not the page that shows it"),
        );
    }
    if text[start..].starts_with('\0') || text[start..].chars().take(512).any(|c| c == '\0') {
        return Some(
            Diagnostic::error("this is a binary file, not an environment file")
                .hint("pass the environment file itself, not a package or an archive"),
        );
    }
    let explicit = text.lines().take(200).find(|line| line.trim_end() == "@EXPLICIT")?;
    // The line is a part of the text, so the distance between both is its offset.
    let at = text.find(explicit)?;
    Some(
        Diagnostic::error("this is an explicit lockfile, not an environment file")
            .label(
                file,
                Span::new(at, at + explicit.trim_end().len()),
                "lists chosen packages, not wanted ones",
            )
            .hint("pass the environment file it was made from"),
    )
}

/// Kinds that can be told from the top-level keys.
pub(crate) fn by_keys(file: &SourceFile, root: &Node<'_>) -> Option<Diagnostic> {
    let has = |key: &str| root.key(key).is_some();
    if has("dependencies") {
        return None;
    }
    let place = |key: &str| root.key(key).map_or(root.span, |key| key.span);
    if has("package") && has("metadata") && has("version") {
        return Some(
            Diagnostic::error("this is a conda-lock lockfile, not an environment file")
                .label(file, place("version"), "lists chosen packages, not wanted ones")
                .hint("pass the files that its `metadata.sources` names"),
        );
    }
    if has("environments") && has("packages") && has("version") {
        return Some(
            Diagnostic::error("this is a pixi lockfile, not an environment file")
                .label(file, place("version"), "lists chosen packages, not wanted ones")
                .hint("pass the environment file it was made from"),
        );
    }
    if has("package") && has("requirements") {
        return Some(
            Diagnostic::error("this is a conda-build recipe, not an environment file")
                .label(file, place("package"), "says which package is made, not what is installed")
                .hint("called `meta.yaml` or `recipe.yaml` it is read as a recipe"),
        );
    }
    yaml_error::template(file, Span::new(root.span.start, root.span.end))
}
