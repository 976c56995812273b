//! Specs of every kind: which kind a file is, and what it says in the words of an environment file.

mod by_platform;
mod conda_build;
mod draft;
mod flit;
mod hatch;
mod pep621;
mod pixi;
mod pixi_keys;
mod poetry;
mod pypi_options;
mod pyproject;
mod recipe;
mod recipe_keys;
mod template;
mod uv;

use std::path::Path;

use lockit_diagnostic::SourceFile;

use crate::concealed::conceal_diagnostics;
use crate::environment_file::EnvironmentFile;
use crate::parsed::{ParseResult, Parsed};
use crate::pip_section::PipSection;
use crate::repetition::shorten;
use crate::requirements_file::{Around, PipLines};
use crate::{NameMap, ReadBytes};

pub use pixi::PixiEnvironment;
pub use pyproject::names_dependencies as pyproject_names_dependencies;

/// The kind of a spec file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// `environment.yml` (CEP 24), and every YAML that is nothing else.
    Environment,
    /// `pyproject.toml`.
    Pyproject,
    /// `pixi.toml`, and `conda.toml` of conda-workspaces.
    Pixi,
    /// conda-build's `meta.yaml`.
    CondaBuild,
    /// rattler-build's `recipe.yaml`.
    Recipe,
    /// `requirements.txt`, `requirements.in`.
    Requirements,
}

impl SourceKind {
    /// The kind of a file: by its name, and where the name says nothing, by its content.
    ///
    /// ```
    /// use lockit_diagnostic::SourceFile;
    /// use lockit_spec::SourceKind;
    ///
    /// let kind = |name: &str, text: &str| SourceKind::of(&SourceFile::new(name, text));
    /// assert_eq!(kind("sub/pyproject.toml", ""), SourceKind::Pyproject);
    /// assert_eq!(kind("requirements-dev.txt", ""), SourceKind::Requirements);
    /// assert_eq!(kind("dev.yml", "dependencies: [python]\n"), SourceKind::Environment);
    /// assert_eq!(kind("dev.toml", "[dependencies]\npython = '*'\n"), SourceKind::Pixi);
    /// ```
    pub fn of(file: &SourceFile) -> Self {
        let path = Path::new(file.name());
        let name =
            path.file_name().map_or_else(String::new, |name| name.to_string_lossy().to_lowercase());
        match name.as_str() {
            "pyproject.toml" => return Self::Pyproject,
            "pixi.toml" | "conda.toml" => return Self::Pixi,
            "meta.yaml" | "meta.yml" => return Self::CondaBuild,
            "recipe.yaml" | "recipe.yml" => return Self::Recipe,
            _ => {}
        }
        let text = file.text();
        match path.extension().and_then(|end| end.to_str()) {
            Some("toml")
                if has_line(text, |line| line == "[project]" || line.starts_with("[tool.")) =>
            {
                Self::Pyproject
            }
            Some("toml") => Self::Pixi,
            Some("in") => Self::Requirements,
            Some("txt") if name.contains("requirements") || name.contains("constraints") => {
                Self::Requirements
            }
            Some("txt") if !has_line(text, |line| line == "@EXPLICIT") => Self::Requirements,
            Some("yml" | "yaml") if is_recipe(text) => {
                if text.contains("${{")
                    || has_line(text, |line| {
                        line.starts_with("context:") || line.starts_with("schema_version:")
                    })
                {
                    Self::Recipe
                } else {
                    Self::CondaBuild
                }
            }
            _ => Self::Environment,
        }
    }
}

fn has_line(text: &str, holds: impl Fn(&str) -> bool) -> bool {
    text.lines().any(|line| holds(line.trim_end()))
}

/// A recipe says which package it makes, and environment files have no such key.
fn is_recipe(text: &str) -> bool {
    let key = |key: &str| {
        has_line(text, |line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
    };
    (key("package") || key("recipe") || key("context"))
        && (key("requirements") || key("outputs"))
        && !key("dependencies")
        && !key("metadata")
}

/// What reading a spec needs besides its text.
#[derive(Clone, Copy)]
pub struct ReadOptions<'a> {
    /// What to do with the PyPI part of an environment file that cannot be followed.
    pub pip: PipSection,
    /// How PyPI calls what conda calls otherwise.
    pub names: &'a NameMap,
    /// Which environment of a file that declares several (a pixi manifest) is read. One that the file does not have is
    /// its `default`; `None` reads every line, whichever environment it is for.
    pub environment: Option<&'a str>,
    /// How files that a spec includes are read.
    pub read: &'a ReadBytes<'a>,
}

/// Reads a spec of any kind.
///
/// # Errors
/// Every error of the file, not only the first, warnings among them.
pub fn read_spec(file: &SourceFile, options: ReadOptions<'_>) -> ParseResult<EnvironmentFile> {
    match read_kind(file, options) {
        Ok(Parsed { value, warnings }) => {
            Ok(Parsed { value, warnings: conceal_diagnostics(warnings) })
        }
        Err(diagnostics) => Err(conceal_diagnostics(diagnostics)),
    }
}

fn read_kind(file: &SourceFile, options: ReadOptions<'_>) -> ParseResult<EnvironmentFile> {
    match SourceKind::of(file) {
        SourceKind::Environment => {
            let follow = (options.pip == PipSection::Check).then_some(options.read);
            EnvironmentFile::parse_following(file, options.pip, follow)
        }
        SourceKind::Pyproject => pyproject::read(file, options.names, options.environment),
        SourceKind::Pixi => pixi::read(file, options.names, options.environment),
        SourceKind::CondaBuild => conda_build::read(file),
        SourceKind::Recipe => recipe::read(file),
        SourceKind::Requirements => requirements(file, options.read),
    }
}

/// The environments that a pixi manifest declares, at least `default`. `None` for files of other kinds.
///
/// ```
/// use lockit_diagnostic::SourceFile;
/// use lockit_spec::pixi_environments;
///
/// let text = "[environments]\npy313 = { features = [\"py313\"], solve-group = \"all\" }\n";
/// let found = pixi_environments(&SourceFile::new("pixi.toml", text)).unwrap();
/// let names: Vec<&str> = found.iter().map(|one| one.name.as_str()).collect();
/// assert_eq!(names, ["default", "py313"]);
/// assert_eq!(found[1].solve_group.as_deref(), Some("all"));
/// ```
pub fn pixi_environments(file: &SourceFile) -> Option<Vec<PixiEnvironment>> {
    match SourceKind::of(file) {
        SourceKind::Pixi => pixi::environments(file, &[]),
        SourceKind::Pyproject => pixi::environments(file, &["tool", "pixi"]),
        _ => None,
    }
}

/// A requirements file asks for nothing but PyPI packages.
fn requirements(file: &SourceFile, read: &ReadBytes<'_>) -> ParseResult<EnvironmentFile> {
    if let Some(conflict) = crate::parsed::conflict(file) {
        return Err(vec![conflict]);
    }
    if let Some(error) = crate::foreign::by_text(file) {
        return Err(vec![error]);
    }
    let mut lines = PipLines::new(file, Some(read));
    lines.file(file, Around { selector: None, category: "main", constrains: false });
    let mut out = EnvironmentFile::new(file);
    out.pip = lines.requirements;
    out.pip_constraints = lines.constraints;
    out.pip_sources = lines.sources;
    Parsed::finish(out, shorten(lines.diagnostics))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name decides; where it does not, the text does.
    #[test]
    fn each_file_is_of_the_kind_that_its_name_and_text_say() {
        use SourceKind::{CondaBuild, Environment, Pixi, Pyproject, Recipe, Requirements};
        let build = "package:\n  name: x\nrequirements:\n  run: []\n";
        let recipe = "context:\n  a: 1\nrequirements:\n  run: []\n";
        for (name, text, expected) in [
            ("pyproject.toml", "", Pyproject),
            ("sub/PyProject.TOML", "", Pyproject),
            ("pixi.toml", "[project]\n", Pixi),
            ("sub/conda.toml", "[project]\n", Pixi),
            ("meta.yaml", "", CondaBuild),
            ("meta.yml", "", CondaBuild),
            ("recipe.yaml", "", Recipe),
            ("recipe.yml", "", Recipe),
            ("x.toml", "[project]\n", Pyproject),
            ("x.toml", "[tool.poetry]\n", Pyproject),
            ("x.toml", "[workspace]\n# [project]\n", Pixi),
            ("x.in", "", Requirements),
            ("requirements.txt", "", Requirements),
            ("dev-constraints.txt", "@EXPLICIT\n", Requirements),
            ("x.txt", "six\n", Requirements),
            ("conda-linux-64.txt", "# x\n@EXPLICIT\n", Environment),
            ("environment.yml", "dependencies: []\n", Environment),
            ("x.yaml", build, CondaBuild),
            ("x.yml", "package:\noutputs: []\n", CondaBuild),
            ("x.yaml", recipe, Recipe),
            ("x.yaml", "recipe:\noutputs: ${{ a }}\n", Recipe),
            ("x.yaml", "schema_version: 1\npackage:\nrequirements:\n", Recipe),
            ("x.yaml", "package:\n", Environment),
            ("x.yaml", "requirements:\n", Environment),
            ("x.yaml", "packages:\nrequirements:\n", Environment),
            ("x.yaml", "package:\nrequirements:\ndependencies:\n", Environment),
            ("x.yaml", "package:\nrequirements:\nmetadata:\n", Environment),
            ("x.lock", build, Environment),
        ] {
            assert_eq!(SourceKind::of(&SourceFile::new(name, text)), expected, "{name}: {text}");
        }
    }
}
