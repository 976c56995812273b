//! How lockfiles are called.

use std::path::Path;

use jiff::Timestamp;
use lockit_diagnostic::is_hidden;
use lockit_spec::Platform;

use crate::Format;

/// The fields of `--filename-template`, as conda-lock has them.
const FIELDS: [&str; 5] = ["platform", "dev-dependencies", "input-hash", "version", "timestamp"];

/// A `--filename-template` or `--lockfile` that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// A field that does not exist.
    #[error("`{{{field}}}` in `{template}` is no field; use {}", known_fields())]
    UnknownField {
        /// The field.
        field: String,
        /// The template.
        template: String,
    },
    /// A brace without its partner.
    #[error("`{template}` has a single `{brace}`; write `{brace}{brace}` for the character itself")]
    Brace {
        /// The template.
        template: String,
        /// `{` or `}`.
        brace: char,
    },
    /// All platforms would be written to one file.
    #[error("`{template}` needs `{{platform}}`, because several platforms are locked")]
    PlatformMissing {
        /// The template.
        template: String,
    },
    /// Other tools take `.yml` for another format.
    #[error(
        "`{template}` must not end in `{ending}`: tools tell explicit files by their name; end it in `.lock`"
    )]
    Ending {
        /// The template.
        template: String,
        /// `.yml` or `.yaml`.
        ending: &'static str,
    },
}

fn known_fields() -> String {
    let fields: Vec<String> = FIELDS.iter().map(|field| format!("`{{{field}}}`")).collect();
    fields.join(", ")
}

/// What the files of an environment begin with: the part of the spec's file name before
/// `-environment`, else the environment's name. `None` for the environment that needs no name,
/// that of a file that is called the same in every project.
///
/// `environment.yml` and `pyproject.toml` give `None`, `predict-environment.yml` gives `predict`.
pub fn stem(environment: &str, first_file: Option<&Path>) -> Option<String> {
    let file = first_file.and_then(Path::file_stem).and_then(|stem| stem.to_str());
    if let Some(file) = file {
        // These are called so in every project.
        if matches!(file, "environment" | "pyproject" | "pixi" | "meta" | "recipe" | "requirements")
        {
            return None;
        }
        if let Some(before) = file.strip_suffix("-environment").filter(|before| !before.is_empty())
        {
            return Some(before.replace(|c| c == '\\' || is_hidden(c), "-"));
        }
    }
    let name = file_part(environment);
    (!environment.trim_matches('.').is_empty()).then_some(name)
}

/// The name of an environment as a part of a file's name or path. It never leads to another folder, whatever a spec calls
/// itself.
pub fn file_part(environment: &str) -> String {
    environment
        .chars()
        .enumerate()
        .map(|(nth, c)| match c {
            // A folder that is hidden, or the one above.
            '.' if nth == 0 => '-',
            c if c.is_alphanumeric() || "-_.".contains(c) => c,
            _ => '-',
        })
        .collect()
}

/// What pixi.lock calls the environment that nobody gave a name.
pub const DEFAULT_ENVIRONMENT: &str = "default";

/// The default file name. `platform` is used by formats with one file per platform.
///
/// With no stem: `conda-linux-64.lock`, `conda-linux-64.lock.yml`, `conda-lock.yml`, `pixi.lock`.
/// With `predict`: `predict-linux-64.lock`, `predict-linux-64.lock.yml`, `predict.conda-lock.yml`
/// (the ending that conda-lock, conda and micromamba recognise), `pixi.lock`.
pub fn default_name(format: Format, stem: Option<&str>, platform: Platform) -> String {
    let start = stem.unwrap_or("conda");
    match format {
        Format::Explicit => format!("{start}-{platform}.lock"),
        Format::Env => format!("{start}-{platform}.lock.yml"),
        Format::CondaLock => {
            stem.map_or("conda-lock.yml".to_owned(), |stem| format!("{stem}.conda-lock.yml"))
        }
        Format::Pixi => "pixi.lock".to_owned(),
    }
}

/// The default name of a file that holds the PyPI packages of one platform: `requirements-linux-64.txt`,
/// `predict-requirements-linux-64.txt`.
pub fn requirements_name(stem: Option<&str>, platform: Platform) -> String {
    let start = stem.map(|stem| format!("{stem}-")).unwrap_or_default();
    format!("{start}requirements-{platform}.txt")
}

/// The same for PEP 751, which wants one word without a dot in the middle: `pylock.linux-64.toml`,
/// `pylock.predict-linux-64.toml`.
pub fn pylock_name(stem: Option<&str>, platform: Platform) -> String {
    let start = stem.map(|stem| format!("{}-", stem.replace('.', "-"))).unwrap_or_default();
    format!("pylock.{start}{platform}.toml")
}

/// What a template's fields stand for.
#[derive(Debug, Clone, Copy)]
pub struct TemplateValues<'a> {
    /// `{platform}`
    pub platform: Platform,
    /// `{dev-dependencies}`, written `true` or `false`.
    pub dev_dependencies: bool,
    /// `{input-hash}`
    pub input_hash: &'a str,
    /// `{version}`, that of lockit.
    pub version: &'a str,
    /// `{timestamp}`, written as `20260131T235959Z`.
    pub timestamp: Timestamp,
}

/// A checked `--filename-template`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilenameTemplate {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Field(&'static str),
}

impl FilenameTemplate {
    /// Reads a template such as `locks/{platform}.lock`; `{{` and `}}` stand for braces.
    ///
    /// # Errors
    /// An unknown field, a single brace, an ending in `.yml`.
    pub fn parse(text: &str) -> Result<Self, NameError> {
        let template = || text.to_owned();
        let mut parts = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(at) = rest.find(['{', '}']) {
            let (before, brace) = rest.split_at(at);
            literal.push_str(before);
            if let Some(after) = brace.strip_prefix("{{") {
                literal.push('{');
                rest = after;
            } else if let Some(after) = brace.strip_prefix("}}") {
                literal.push('}');
                rest = after;
            } else if brace.starts_with('}') {
                return Err(NameError::Brace { template: template(), brace: '}' });
            } else {
                let Some((field, after)) = brace[1..].split_once('}') else {
                    return Err(NameError::Brace { template: template(), brace: '{' });
                };
                let Some(known) = FIELDS.into_iter().find(|known| *known == field) else {
                    return Err(NameError::UnknownField {
                        field: field.to_owned(),
                        template: template(),
                    });
                };
                parts.push(Part::Text(std::mem::take(&mut literal)));
                parts.push(Part::Field(known));
                rest = after;
            }
        }
        literal.push_str(rest);
        parts.push(Part::Text(literal));
        parts.retain(|part| *part != Part::Text(String::new()));
        for ending in [".yml", ".yaml"] {
            if text.ends_with(ending) {
                return Err(NameError::Ending { template: template(), ending });
            }
        }
        Ok(Self { text: template(), parts })
    }

    /// Whether each platform gets a file of its own.
    ///
    /// # Errors
    /// [`NameError::PlatformMissing`] when there are several platforms and no `{platform}`.
    pub fn check_platforms(&self, count: usize) -> Result<(), NameError> {
        if count > 1 && !self.parts.contains(&Part::Field("platform")) {
            return Err(NameError::PlatformMissing { template: self.text.clone() });
        }
        Ok(())
    }

    /// Fills in the fields. Rendered environments (`-k env`) get `.yml` behind it, as in conda-lock.
    pub fn file_name(&self, format: Format, values: &TemplateValues<'_>) -> String {
        let mut name = String::new();
        for part in &self.parts {
            match part {
                Part::Text(text) => name.push_str(text),
                Part::Field("platform") => name.push_str(values.platform.as_str()),
                Part::Field("dev-dependencies") => {
                    name.push_str(if values.dev_dependencies { "true" } else { "false" });
                }
                Part::Field("input-hash") => name.push_str(values.input_hash),
                Part::Field("version") => name.push_str(values.version),
                Part::Field(_) => {
                    name.push_str(&values.timestamp.strftime("%Y%m%dT%H%M%SZ").to_string());
                }
            }
        }
        if format == Format::Env {
            name.push_str(".yml");
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stems() {
        let stem = |name, file: &str| stem(name, Some(Path::new(file)));
        assert_eq!(stem("dev", "environment.yml"), None);
        assert_eq!(stem("x", "some/folder/predict-environment.yml").as_deref(), Some("predict"));
        assert_eq!(stem("my env/1", "spec.yml").as_deref(), Some("my-env-1"));
        assert_eq!(stem("..", "-environment.yml"), None);
        assert_eq!(stem("../../x", "spec.yml").as_deref(), Some("-.-..-x"));
        assert_eq!(file_part(".git/hooks"), "-git-hooks");
        assert_eq!(file_part("Größe_1.2"), "Größe_1.2");
        assert_eq!(super::stem("dev", None).as_deref(), Some("dev"));
    }

    #[test]
    fn default_names() {
        let names = |stem| Format::ALL.map(|format| default_name(format, stem, Platform::Linux64));
        assert_eq!(
            names(None),
            ["conda-linux-64.lock", "conda-lock.yml", "pixi.lock", "conda-linux-64.lock.yml"]
        );
        assert_eq!(
            names(Some("predict")),
            [
                "predict-linux-64.lock",
                "predict.conda-lock.yml",
                "pixi.lock",
                "predict-linux-64.lock.yml"
            ]
        );
    }

    #[test]
    fn names_of_pypi_files() {
        let platform = Platform::Linux64;
        assert_eq!(requirements_name(None, platform), "requirements-linux-64.txt");
        assert_eq!(requirements_name(Some("a.b"), platform), "a.b-requirements-linux-64.txt");
        assert_eq!(pylock_name(None, platform), "pylock.linux-64.toml");
        assert_eq!(pylock_name(Some("a.b"), platform), "pylock.a-b-linux-64.toml");
    }

    #[test]
    fn templates() {
        let values = TemplateValues {
            platform: Platform::OsxArm64,
            dev_dependencies: true,
            input_hash: "abc",
            version: "0.1.0",
            timestamp: "2026-01-31T23:59:59Z".parse().unwrap(),
        };
        let text = "l/{{{platform}}}-{dev-dependencies}-{input-hash}-{version}-{timestamp}.lock";
        let template = FilenameTemplate::parse(text).unwrap();
        let name = "l/{osx-arm64}-true-abc-0.1.0-20260131T235959Z.lock";
        assert_eq!(template.file_name(Format::Explicit, &values), name);
        assert_eq!(template.file_name(Format::Env, &values), format!("{name}.yml"));
        assert_eq!(template.check_platforms(2), Ok(()));
        assert_eq!(FilenameTemplate::parse("one.lock").unwrap().check_platforms(1), Ok(()));
    }
}
