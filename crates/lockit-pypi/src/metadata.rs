//! What packages say themselves that they need: the `pyproject.toml` of a folder (PEP 621), the metadata of a wheel that
//! lies here (core metadata, PEP 345 and 508). uv reads both and tells names alone.

use std::io::Read as _;
use std::path::Path;

use lockit_lockfile::is_wheel;
use serde::Deserialize;
use toml::{Table, Value};

/// No metadata of a package on PyPI has a quarter of it.
const LONGEST: u64 = 4 << 20;

/// What a package needs, extras and all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Metadata {
    /// PEP 508 requirements with markers.
    pub(crate) requires_dist: Vec<String>,
    /// Versions of python.
    pub(crate) requires_python: Option<String>,
}

#[derive(Debug, Deserialize)]
struct PyProject {
    project: Option<Project>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "kebab-case")]
struct Project {
    #[serde(default)]
    dynamic: Vec<String>,
    #[serde(default)]
    dependencies: Vec<String>,
    #[serde(default)]
    optional_dependencies: Table,
    requires_python: Option<String>,
}

impl Metadata {
    /// That of a folder, when it is known without building it.
    pub(crate) fn of_folder(folder: &Path) -> Option<Self> {
        Self::of_pyproject(&bounded(fs_err::File::open(folder.join("pyproject.toml")).ok()?)?)
    }

    /// `None` where a build decides, in whole or in part.
    fn of_pyproject(text: &str) -> Option<Self> {
        let project = toml::from_str::<PyProject>(text).ok()?.project?;
        let decided = ["dependencies", "optional-dependencies", "requires-python"];
        if project.dynamic.iter().any(|key| decided.contains(&key.as_str())) {
            return None;
        }
        let mut requires_dist = project.dependencies;
        for (extra, needs) in &project.optional_dependencies {
            let needs = needs.as_array().into_iter().flatten().filter_map(Value::as_str);
            requires_dist.extend(needs.map(|need| of_extra(need, extra)));
        }
        Some(Self { requires_dist, requires_python: project.requires_python })
    }

    /// That of a wheel on the disk.
    pub(crate) fn of_wheel(path: &Path) -> Option<Self> {
        if !is_wheel(&path.to_string_lossy()) {
            return None;
        }
        let mut archive = zip::ZipArchive::new(fs_err::File::open(path).ok()?).ok()?;
        let name = archive.file_names().filter_map(Result::ok).find(|name| {
            name.split_once('/')
                .is_some_and(|(folder, file)| file == "METADATA" && folder.ends_with(".dist-info"))
        });
        let name = name?.into_owned();
        let text = bounded(archive.by_name(&name).ok()?)?;
        Some(Self::of_core_metadata(&text))
    }

    /// The fields that are in front of the description.
    pub(crate) fn of_core_metadata(text: &str) -> Self {
        let mut metadata = Self::default();
        for line in text.lines().take_while(|line| !line.trim().is_empty()) {
            let Some((key, value)) = line.split_once(':') else { continue };
            let value = value.trim().to_owned();
            // A line that goes on begins with a space, and its key has one then.
            if key.eq_ignore_ascii_case("Requires-Dist") {
                metadata.requires_dist.push(value);
            } else if key.eq_ignore_ascii_case("Requires-Python") {
                metadata.requires_python = Some(value);
            }
        }
        metadata
    }
}

/// A requirement of an extra, as build tools write it into the metadata.
fn of_extra(need: &str, extra: &str) -> String {
    let extra = lockit_spec::normalise_pypi_name(extra);
    // The marker of an address stands behind a blank.
    let cut = if need.contains(" @ ") { need.find(" ;") } else { need.find(';') };
    match cut {
        Some(at) => {
            let marker = need[at..].trim_start_matches([' ', ';']).trim();
            format!("{} ; ({marker}) and extra == '{extra}'", need[..at].trim_end())
        }
        None => format!("{} ; extra == '{extra}'", need.trim_end()),
    }
}

fn bounded(file: impl std::io::Read) -> Option<String> {
    let mut text = String::new();
    file.take(LONGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_says_what_it_needs_with_its_extras() {
        let text = "
[project]
name = 'thing'
dynamic = ['version']
requires-python = '>=3.9'
dependencies = ['six >=1', \"tomli; python_version < '3.11'\"]
[project.optional-dependencies]
Fast_Mode = ['numpy>=1 ; sys_platform == \"linux\"', 'far @ https://host/a;b.whl']
";
        let read = Metadata::of_pyproject(text).unwrap();
        assert_eq!(read.requires_python.as_deref(), Some(">=3.9"));
        insta::assert_snapshot!(read.requires_dist.join("\n"), @r#"
        six >=1
        tomli; python_version < '3.11'
        numpy>=1 ; (sys_platform == "linux") and extra == 'fast-mode'
        far @ https://host/a;b.whl ; extra == 'fast-mode'
        "#);
    }

    #[test]
    fn what_only_a_build_knows_is_not_known() {
        for text in [
            "[project]\nname = 'a'\ndynamic = ['dependencies']\n",
            "[project]\nname = 'a'\ndynamic = ['version', 'optional-dependencies']\n",
            "[tool.poetry.dependencies]\nsix = '*'\n",
            "[project\n",
        ] {
            assert_eq!(Metadata::of_pyproject(text), None, "{text}");
        }
        assert_eq!(Metadata::of_pyproject("[project]\nname = 'a'\n"), Some(Metadata::default()));
    }

    #[test]
    fn fields_end_where_the_description_begins() {
        let text = "Metadata-Version: 2.1\nName: a\nRequires-Python: >=3.8\nrequires-dist: six (>=1)\n\
                    Requires-Dist: b ; extra == 'x'\n\nRequires-Dist: not-me\n";
        let read = Metadata::of_core_metadata(text);
        assert_eq!(read.requires_dist, ["six (>=1)", "b ; extra == 'x'"]);
        assert_eq!(read.requires_python.as_deref(), Some(">=3.8"));
    }
}
