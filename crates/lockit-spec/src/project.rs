//! `lockit.toml`, or `[tool.lockit]` in `pyproject.toml`: environments and their settings.

use std::path::{Path, PathBuf};

use indexmap::IndexMap;
use lockit_diagnostic::{Diagnostic, SourceFile, Span, Spanned};
use toml::de::DeTable;

use crate::name_map;
use crate::parsed::{ParseResult, Parsed, ReadBytes, conflict, from_disk};
use crate::settings::{SETTING_KEYS, Settings};
use crate::spelling::did_you_mean;
use crate::toml_tree::{Key, Table, Toml, TomlItem};
use crate::{
    ChannelNames, DockerfileSettings, EnvironmentRequest, Lineage, NameMap, RefreshSettings,
    Rewrites, SbomSettings, SolveOptions,
};

/// What a project declares.
#[derive(Debug, Clone)]
pub struct Project {
    /// The file it was read from.
    pub file: SourceFile,
    /// The folder that the paths in it are relative to.
    pub root: PathBuf,
    /// Settings for every environment.
    pub settings: Settings,
    /// The environments, in file order.
    pub environments: IndexMap<String, ProjectEnvironment>,
    /// `[pypi-to-conda]`: how conda calls what PyPI calls otherwise, besides what is known anyway.
    pub names: NameMap,
    /// `[lint]`.
    pub lint: LintSettings,
    /// `[dockerfile]`.
    pub dockerfile: DockerfileSettings,
    /// `[refresh]`.
    pub refresh: RefreshSettings,
    /// `[sbom]`.
    pub sbom: SbomSettings,
    /// `[rewrite]`: mirrors that stand in files for a build behind a wall.
    pub rewrites: Rewrites,
}

/// `[lint]`: which rules are applied. The names are checked by those who know the rules.
#[derive(Debug, Clone, Default)]
pub struct LintSettings {
    /// `select`: codes or names of the only rules to apply; empty for the default ones.
    pub select: Vec<Spanned<String>>,
    /// `ignore`: codes or names of rules to leave out.
    pub ignore: Vec<Spanned<String>>,
}

/// One `[environments.NAME]`.
#[derive(Debug, Clone)]
pub struct ProjectEnvironment {
    /// The name and where it stands.
    pub name: Spanned<String>,
    /// Spec files of any kind, relative to the project's root. At least one.
    pub files: Vec<Spanned<PathBuf>>,
    /// The environment that every package must be shared with.
    pub same_versions_as: Option<Spanned<String>>,
    /// Settings that win over the project's.
    pub settings: Settings,
}

const FILE_NAME: &str = "lockit.toml";
const PYPROJECT: &str = "pyproject.toml";

impl Project {
    /// Looks for the project that a folder belongs to: the nearest `lockit.toml`, or `pyproject.toml`
    /// with a `[tool.lockit]` table, in the folder itself or above. The search ends at a folder that
    /// holds `.git`. In one folder, `lockit.toml` wins.
    ///
    /// # Errors
    /// The errors of the file that was found, or a diagnostic when it cannot be read.
    pub fn find(start: &Path) -> Result<Option<Parsed<Self>>, Vec<Diagnostic>> {
        Self::find_in(start, &from_disk)
    }

    /// As [`Project::find`], among files that need not lie on the disk: see [`ReadBytes`].
    ///
    /// # Errors
    /// As [`Project::find`].
    pub fn find_in(
        start: &Path,
        read: &ReadBytes<'_>,
    ) -> Result<Option<Parsed<Self>>, Vec<Diagnostic>> {
        for folder in start.ancestors() {
            for name in [FILE_NAME, PYPROJECT] {
                let Some(bytes) = read(&folder.join(name)) else { continue };
                // Called as it is seen from where the search started.
                let depth =
                    start.strip_prefix(folder).map_or(0, |below| below.components().count());
                let shown = format!("{}{name}", "../".repeat(depth));
                let file = match bytes.and_then(|bytes| SourceFile::decode(shown, &bytes)) {
                    Ok(file) => file,
                    // Somebody else's file is none of our business.
                    Err(_) if name == PYPROJECT => continue,
                    Err(error) => return Err(vec![Diagnostic::error(error.to_string())]),
                };
                // Saves a full parse, and the errors, of files that have nothing to say to us.
                if name == PYPROJECT && !file.text().contains("lockit") {
                    continue;
                }
                if let Some(parsed) = Self::read(&file, folder, name == PYPROJECT)? {
                    return Ok(Some(parsed));
                }
            }
            if folder.join(".git").exists() {
                break;
            }
        }
        Ok(None)
    }

    /// Parses `lockit.toml`, or the `[tool.lockit]` table when the file's name is `pyproject.toml`.
    ///
    /// # Errors
    /// Every error of the file; a `pyproject.toml` without the table is one as well.
    pub fn parse(file: &SourceFile, root: &Path) -> ParseResult<Self> {
        let pyproject = Path::new(file.name()).file_name().is_some_and(|name| name == PYPROJECT);
        Self::read(file, root, pyproject)?.ok_or_else(|| {
            vec![Diagnostic::error(format!("`{}` has no table `[tool.lockit]`", file.name())).hint(
                "add `[tool.lockit.environments.NAME]` with `files`, or write a `lockit.toml`",
            )]
        })
    }

    fn read(
        file: &SourceFile,
        root: &Path,
        pyproject: bool,
    ) -> Result<Option<Parsed<Self>>, Vec<Diagnostic>> {
        let tree = parse_table(file)?;
        let mut table = Table(tree.get_ref());
        if pyproject {
            let found = table
                .get("tool")
                .and_then(|tool| tool.as_table())
                .and_then(|tool| tool.get("lockit"));
            let Some(found) = found.and_then(|found| found.as_table()) else { return Ok(None) };
            table = found;
        }
        let mut toml = Toml { file, diagnostics: Vec::new() };
        let mut project = Self {
            file: file.clone(),
            root: root.to_path_buf(),
            settings: Settings::default(),
            environments: IndexMap::new(),
            names: NameMap::default(),
            lint: LintSettings::default(),
            dockerfile: DockerfileSettings::default(),
            refresh: RefreshSettings::default(),
            sbom: SbomSettings::default(),
            rewrites: Rewrites::default(),
        };
        for (key, item) in table.entries() {
            if project.settings.read(&mut toml, &key, &item) {
                continue;
            }
            match key.text {
                "environments" => project.environments(&mut toml, &item),
                "pypi-to-conda" => project.names.add(name_map::read_table(&mut toml, &item)),
                // What the file asks for itself, read when it is used as a spec.
                "dependencies" | "pypi" if pyproject => {}
                "lint" => project.lint = LintSettings::read(&mut toml, &item),
                "dockerfile" => {
                    project.dockerfile = DockerfileSettings::read(&mut toml, &item);
                }
                "refresh" => project.refresh = RefreshSettings::read(&mut toml, &item),
                "sbom" => project.sbom = SbomSettings::read(&mut toml, &item),
                "rewrite" => project.rewrites = Rewrites::read(&mut toml, &item),
                _ => {
                    let tables = [
                        "environments",
                        "pypi-to-conda",
                        "lint",
                        "dockerfile",
                        "refresh",
                        "sbom",
                        "rewrite",
                    ];
                    toml.unknown_key(&key, &[SETTING_KEYS.as_slice(), &tables].concat());
                }
            }
        }
        project.check_same_versions(&mut toml);
        Parsed::finish(project, toml.diagnostics).map(Some)
    }

    fn environments(&mut self, toml: &mut Toml<'_>, item: &TomlItem<'_>) {
        let Some(table) = item.as_table() else {
            toml.error(
                "`environments` must be a table".into(),
                item.span,
                format!("found {}", item.kind()),
                "write `[environments.dev]` and below it `files = [\"environment.yml\"]`".into(),
            );
            return;
        };
        for (key, item) in table.entries() {
            let Some(table) = item.as_table() else {
                let hint = item.as_str().map_or_else(String::new, |path| {
                    format!("write `{} = {{ files = [\"{path}\"] }}`", key.text)
                });
                toml.error(
                    format!("the environment `{}` must be a table", key.text),
                    item.span,
                    format!("found {}", item.kind()),
                    hint,
                );
                continue;
            };
            self.environment(toml, &key, table);
        }
    }

    fn environment(&mut self, toml: &mut Toml<'_>, key: &Key<'_>, table: Table<'_>) {
        // The name becomes a part of file names.
        let valid = !key.text.is_empty()
            && !key.text.starts_with(['.', '-'])
            && key.text.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if !valid {
            toml.error(
                format!("`{}` cannot be the name of an environment", key.text),
                key.span,
                "it becomes a part of file names",
                "use letters, digits, `-`, `_` and `.`".into(),
            );
        }
        let mut environment = ProjectEnvironment {
            name: Spanned::new(key.text.to_owned(), key.span),
            files: Vec::new(),
            same_versions_as: None,
            settings: Settings::default(),
        };
        let mut named_files = false;
        for (key, item) in table.entries() {
            if environment.settings.read(toml, &key, &item) {
                continue;
            }
            match key.text {
                "files" => {
                    named_files = true;
                    let before = toml.diagnostics.len();
                    for path in toml.strings("files", &item) {
                        environment.files.push(Spanned::new(PathBuf::from(path.value), path.span));
                    }
                    if environment.files.is_empty() && toml.diagnostics.len() == before {
                        toml.error(
                            "`files` is empty".into(),
                            item.span,
                            "",
                            "name at least one environment file".into(),
                        );
                    }
                }
                "same-versions-as" => environment.same_versions_as = toml.string(key.text, &item),
                _ => {
                    let known = [&["files", "same-versions-as"], SETTING_KEYS.as_slice()].concat();
                    toml.unknown_key(&key, &known);
                }
            }
        }
        if !named_files {
            toml.error(
                format!("the environment `{}` names no files", key.text),
                key.span,
                "expected `files` in this table",
                "add for example `files = [\"environment.yml\"]`".into(),
            );
        }
        self.environments.insert(key.text.to_owned(), environment);
    }

    /// Every `same-versions-as` names another environment, and following them comes to an end.
    fn check_same_versions(&self, toml: &mut Toml<'_>) {
        let lineage = self.lineage();
        let circles = lineage.circles();
        for (name, environment) in &self.environments {
            let Some(target) = &environment.same_versions_as else { continue };
            if !self.environments.contains_key(&target.value) {
                let names =
                    self.environments.keys().map(String::as_str).filter(|other| other != name);
                let hint = did_you_mean(&target.value, names)
                    .unwrap_or_else(|| format!("declare it: `[environments.{}]`", target.value));
                toml.error(
                    format!("there is no environment `{}`", target.value),
                    target.span,
                    "",
                    hint,
                );
                continue;
            }
            if let Some(circle) = circles.iter().find(|circle| circle[0] == name) {
                let path: Vec<String> = circle.iter().map(|name| format!("`{name}`")).collect();
                toml.error(
                    "`same-versions-as` goes in a circle".into(),
                    target.span,
                    path.join(" -> "),
                    "one environment must be solved first: drop the key there".into(),
                );
            }
        }
    }

    /// Which environment follows which.
    pub fn lineage(&self) -> Lineage<'_> {
        self.environments
            .iter()
            .map(|(name, environment)| {
                let base = environment.same_versions_as.as_ref();
                (name.as_str(), base.map(|base| base.value.as_str()))
            })
            .collect()
    }

    /// The settings of an environment: its own, and the project's where it says nothing.
    pub fn settings_of(&self, name: &str) -> Settings {
        match self.environments.get(name) {
            Some(environment) => self.settings.overridden_by(&environment.settings),
            None => self.settings.clone(),
        }
    }

    /// What is to be merged for an environment, `None` when there is no such environment.
    ///
    /// The environment's own platforms and channels replace what its files say; the project's count
    /// only for files that say nothing.
    pub fn request(&self, name: &str) -> Option<EnvironmentRequest> {
        let environment = self.environments.get(name)?;
        let settings = self.settings_of(name);
        Some(EnvironmentRequest {
            name: name.to_owned(),
            platforms: environment.settings.platforms.clone(),
            fallback_platforms: self.settings.platforms.clone(),
            channels: environment.settings.channels.clone(),
            fallback_channels: self.settings.channels.clone(),
            channel_names: ChannelNames::default(),
            same_versions_as: environment
                .same_versions_as
                .as_ref()
                .map(|target| target.value.clone()),
            virtual_packages: settings.virtual_packages,
            virtual_package_spec: None,
            names: NameMap::default(),
            index_strategy: settings.index_strategy,
            options: SolveOptions {
                channel_priority: settings.channel_priority.unwrap_or_default(),
                strategy: settings.strategy.unwrap_or_default(),
                exclude_newer: settings.exclude_newer,
                exclude_newer_package: settings.exclude_newer_package,
                builds: settings.builds,
                ..SolveOptions::default()
            },
        })
    }
}

impl LintSettings {
    fn read(toml: &mut Toml<'_>, item: &TomlItem<'_>) -> Self {
        let mut settings = Self::default();
        let Some(table) = item.as_table() else {
            toml.error(
                "`lint` must be a table".into(),
                item.span,
                format!("found {}", item.kind()),
                "write `[lint]` and below it for example `ignore = [\"LK005\"]`".into(),
            );
            return settings;
        };
        for (key, item) in table.entries() {
            match key.text {
                "select" => settings.select = toml.strings(key.text, &item),
                "ignore" => settings.ignore = toml.strings(key.text, &item),
                _ => toml.unknown_key(&key, &["select", "ignore"]),
            }
        }
        settings
    }
}

/// Reads a file as TOML.
///
/// # Errors
/// Every syntax error.
pub(crate) fn parse_table(
    file: &SourceFile,
) -> Result<toml::Spanned<DeTable<'_>>, Vec<Diagnostic>> {
    let (tree, errors) = DeTable::parse_recoverable(file.text());
    if errors.is_empty() {
        return Ok(tree);
    }
    if let Some(conflict) = conflict(file) {
        return Err(vec![conflict]);
    }
    Err(errors.iter().map(|error| syntax_error(file, error)).collect())
}

fn syntax_error(file: &SourceFile, error: &toml::de::Error) -> Diagnostic {
    let end = file.text().trim_end().len();
    let span =
        error.span().map_or_else(|| Span::new(end, end), |range| Span::new(range.start, range.end));
    let mut lines = error.message().lines();
    let message = lines.next().unwrap_or("syntax error").trim_end_matches('.').to_owned();
    let rest: Vec<&str> = lines.collect();
    let label = if message == "duplicate key" { "this key has a value already" } else { "" };
    let diagnostic =
        Diagnostic::error(format!("this is not valid TOML: {message}")).label(file, span, label);
    if rest.is_empty() { diagnostic } else { diagnostic.note(rest.join("\n")) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ChannelPriority, Platform, Strategy, resolve_virtual_packages};

    const FULL: &str = r#"
platforms = ["linux-64", "osx-arm64"]
channels = ["conda-forge", "nodefaults"]
kinds = ["explicit", "pixi"]
channel-priority = "flexible"
exclude-newer = 2026-01-31

[virtual-packages]
glibc = 2.30
cuda = "12.4"

[virtual-packages.linux-64]
glibc = "2.34"
archspec = "x86_64_v3"

[environments.dev]
files = ["environment.yml"]

[environments.predict]
files = ["predict-environment.yml", "extra.yml"]
same-versions-as = "dev"
platforms = ["linux-64", "linux-aarch64"]
strategy = "lowest"
virtual-packages = { cuda = false }
"#;

    fn parse(text: &str) -> Project {
        Project::parse(&SourceFile::new("lockit.toml", text), Path::new("")).unwrap().value
    }

    #[test]
    fn environments_override_the_project() {
        let project = parse(FULL);
        assert_eq!(project.environments.keys().collect::<Vec<_>>(), ["dev", "predict"]);
        let dev = project.request("dev").unwrap();
        assert!(dev.platforms.is_empty(), "the files come before the project");
        assert_eq!(dev.fallback_platforms, [Platform::Linux64, Platform::OsxArm64]);
        assert_eq!(dev.fallback_channels.len(), 1);
        assert_eq!(dev.options.strategy, Strategy::Highest);
        let predict = project.request("predict").unwrap();
        assert_eq!(predict.platforms, [Platform::Linux64, Platform::LinuxAarch64]);
        assert_eq!(predict.options.strategy, Strategy::Lowest);
        assert_eq!(predict.options.channel_priority, ChannelPriority::Flexible);
        assert_eq!(predict.options.exclude_newer.unwrap().text, "2026-01-31");
        assert_eq!(predict.same_versions_as.as_deref(), Some("dev"));
        assert!(project.request("nope").is_none());
    }

    #[test]
    fn virtual_packages_go_from_general_to_special() {
        let project = parse(FULL);
        let platforms = [Platform::Linux64, Platform::LinuxAarch64, Platform::OsxArm64];
        let show = |name: &str| {
            let overrides = project.settings_of(name).virtual_packages;
            let resolved = resolve_virtual_packages(&platforms, None, &overrides);
            resolved
                .iter()
                .map(|(platform, packages)| {
                    let packages: Vec<String> = packages
                        .iter()
                        .map(|package| {
                            format!("{}={}={}", package.name, package.version, package.build)
                        })
                        .collect();
                    format!("{platform}: {}\n", packages.join(" "))
                })
                .collect::<Vec<_>>()
                .concat()
        };
        insta::assert_snapshot!(show("dev"), @r"
        linux-64: __archspec=1=x86_64_v3 __cuda=12.4=0 __glibc=2.34=0 __linux=4.18=0 __unix=0=0
        linux-aarch64: __archspec=1=aarch64 __cuda=12.4=0 __glibc=2.30=0 __linux=4.18=0 __unix=0=0
        osx-arm64: __archspec=1=m1 __osx=13.0=0 __unix=0=0
        ");
        assert!(!show("predict").contains("__cuda"));
    }

    #[test]
    fn pyproject_has_a_table() {
        let text =
            "[project]\nname = 'x'\n[tool.lockit.environments.dev]\nfiles = ['environment.yml']\n";
        let file = SourceFile::new("sub/pyproject.toml", text);
        let project = Project::parse(&file, Path::new("sub")).unwrap().value;
        assert_eq!(project.environments.len(), 1);
        let none = SourceFile::new("pyproject.toml", "[project]\n");
        assert!(
            Project::parse(&none, Path::new("")).unwrap_err()[0].message.contains("[tool.lockit]")
        );
    }

    #[test]
    fn the_nearest_project_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("repo/a/b");
        fs_err::create_dir_all(&deep).unwrap();
        fs_err::write(folder.path().join("lockit.toml"), "").unwrap();
        fs_err::create_dir(folder.path().join("repo/.git")).unwrap();
        assert!(Project::find(&deep).unwrap().is_none(), "nothing above a repository counts");
        fs_err::write(folder.path().join("repo/lockit.toml"), "").unwrap();
        assert_eq!(Project::find(&deep).unwrap().unwrap().value.root, folder.path().join("repo"));
        fs_err::write(folder.path().join("repo/a/pyproject.toml"), "broken [ toml").unwrap();
        assert_eq!(Project::find(&deep).unwrap().unwrap().value.root, folder.path().join("repo"));
        fs_err::write(folder.path().join("repo/a/pyproject.toml"), "[tool.lockit]\n").unwrap();
        assert_eq!(Project::find(&deep).unwrap().unwrap().value.root, folder.path().join("repo/a"));
    }
}
