//! From what was asked for, specs and `lockit.toml` to environments.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use lockit_diagnostic::{Diagnostic, SourceFile};
use lockit_lockfile::lock_specification::VirtualRepodata;
use lockit_lockfile::names::DEFAULT_ENVIRONMENT;
use lockit_spec::{
    Environment, EnvironmentFile, EnvironmentRequest, PipSection, Platform, ReadOptions, Rewrites,
    Settings, VirtualPackageOverrides, did_you_mean, out_of_reach, read_spec,
};

use super::confined::check_setting;
use super::declared::Declared;
use super::error::{ProjectError, not_read};
use super::lineage::check_bases;
use super::output_names::Output;
use super::overrides::Overrides;
use super::part::Part;
use super::selection::Selection;
use super::shared_name::SharedName;
use super::solve_groups::SolveGroup;
use super::spec_names::environment_of;
use super::surroundings::Surroundings;
use super::wanted::Wanted;

/// Everything a command works on.
#[derive(Debug)]
pub struct Inputs {
    /// Where lockfiles go: the project's folder, else the working folder.
    pub root: PathBuf,
    /// The environments, in the order of their declaration.
    pub environments: Vec<Wanted>,
    /// What is solved for environments that are solved together.
    pub groups: Vec<SolveGroup>,
    /// Whether these are all environments of the project; otherwise there may be others, whose
    /// locks are none of this run's business.
    pub complete: bool,
    /// What asks for the whole project, where these are the environments that somebody named.
    pub whole: Option<Selection>,
    /// Whether PyPI packages are left out.
    pub skip_pip: bool,
    /// `[rewrite]` of lockit.toml.
    pub rewrites: Rewrites,
    /// What to look at although it can be worked with.
    pub warnings: Vec<Diagnostic>,
}

impl Inputs {
    /// Reads everything that a selection names.
    ///
    /// # Errors
    /// What cannot be read, every mistake of what can, and environments that do not go together.
    pub fn gather(asked: &Selection, around: &Surroundings) -> Result<Self, ProjectError> {
        let mut warnings = Vec::new();
        let project = around.files.project(&around.directory)?.map(|mut parsed| {
            parsed.name_secrets(&around.secrets);
            warnings.extend(parsed.warnings);
            parsed.value
        });
        let settings_file = project.as_ref().map(|project| project.file.clone());
        let rewrites = project.as_ref().map(|project| project.rewrites.clone()).unwrap_or_default();
        let overrides = Overrides::read(asked, project.as_ref(), around, &mut warnings)?;
        let declared = Declared::all(asked, &overrides, project.as_ref(), around)?;
        let mut gatherer = Gatherer {
            asked,
            overrides,
            around,
            settings_file,
            root: declared.root,
            categories: BTreeSet::new(),
            warnings,
        };
        let declared_by_workspace = declared.is_workspace;
        let mut environments = Vec::new();
        let mut errors = Vec::new();
        for one in declared.environments {
            match gatherer.read(one) {
                Ok(environment) => environments.push(environment),
                Err(diagnostics) => errors.extend(diagnostics),
            }
        }
        if !errors.is_empty() {
            return Err(ProjectError::from(errors));
        }
        gatherer.check_categories()?;
        check_bases(&environments)?;
        let groups = SolveGroup::all(&mut environments);
        gatherer.warn_about_useless_names(&environments);
        gatherer.warn_about_useless_categories(&environments);
        let has_others = project.is_some_and(|project| !project.environments.is_empty());
        let is_of_project = asked.files.is_empty() && asked.given.is_empty() && has_others;
        // Those of lockit.toml may be in the same pixi.lock.
        let is_all_of_manifest = declared_by_workspace && !has_others;
        let complete = asked.environments.is_empty() && (is_of_project || is_all_of_manifest);
        let whole = (!asked.environments.is_empty()).then(|| Selection {
            environments: Vec::new(),
            kinds: Vec::new(),
            ..asked.clone()
        });
        Ok(Self {
            root: gatherer.root,
            environments,
            groups,
            complete,
            whole,
            skip_pip: asked.skip_pip,
            rewrites,
            warnings: gatherer.warnings,
        })
    }
}

struct Gatherer<'a> {
    asked: &'a Selection,
    overrides: Overrides,
    around: &'a Surroundings,
    /// Where settings stand.
    settings_file: Option<SourceFile>,
    root: PathBuf,
    /// Every category that a file knows.
    categories: BTreeSet<String>,
    warnings: Vec<Diagnostic>,
}

impl Gatherer<'_> {
    /// Every category that is asked for is one of some file.
    fn check_categories(&self) -> Result<(), ProjectError> {
        let Some(extra) = self.asked.categories.unknown(&self.categories) else { return Ok(()) };
        let names: Vec<&str> = self.categories.iter().map(String::as_str).collect();
        let error = ProjectError::new(format!("no spec has the category `{extra}`"));
        Err(error.hint(
            did_you_mean(extra, names.iter().copied())
                .unwrap_or_else(|| format!("there is {}", names.join(", "))),
        ))
    }

    /// Drops what is in no category that is asked for, when it is not to be solved either.
    fn filter(&mut self, file: &mut EnvironmentFile) {
        let of_file = file.requirements.iter().map(|requirement| &requirement.category);
        let of_pip = file.pip.iter().map(|requirement| &requirement.category);
        self.categories.extend(of_file.chain(of_pip).cloned());
        let categories = &self.asked.categories;
        if self.asked.filter_categories {
            file.requirements.retain(|requirement| categories.wants(&requirement.category));
            file.pip.retain(|requirement| categories.wants(&requirement.category));
        }
    }

    /// A file chooses no place outside of its repository; a flag may.
    fn check_places(&self, declared: &Declared) -> Result<(), Vec<Diagnostic>> {
        let Some(file) = &self.settings_file else { return Ok(()) };
        let settings = &declared.settings;
        // One that stands in no file was found where it is, or given.
        let lockfile = settings.lockfile.as_ref().filter(|_| declared.recorded.lockfile.is_none());
        let template =
            settings.filename_template.as_ref().filter(|_| self.asked.filename_template.is_none());
        for (key, setting, flag) in [
            ("lockfile", lockfile, "`--lockfile PATH`"),
            ("filename-template", template, "`--filename-template TEMPLATE`"),
        ] {
            if let Some(setting) = setting {
                check_setting(key, setting, file, &self.root, Output::Lockfile, flag)
                    .map_err(|refused| vec![*refused])?;
            }
        }
        Ok(())
    }

    /// Keeps what is to be said of a file. Several environments may read the same one.
    fn warn(&mut self, warnings: Vec<Diagnostic>) {
        for warning in warnings {
            if !self.warnings.contains(&warning) {
                self.warnings.push(warning);
            }
        }
    }

    fn read(&mut self, declared: Declared) -> Result<Wanted, Vec<Diagnostic>> {
        let pip = if self.asked.skip_pip { PipSection::Skip } else { PipSection::Check };
        let mut files = Vec::new();
        let mut errors = Vec::new();
        // Of a manifest that is merged with other files, or that an environment of lockit.toml is made of, the
        // environment of that name counts, else its `default`.
        let of_manifest =
            declared.of_manifest.as_deref().unwrap_or(match declared.request.name.as_str() {
                "" => DEFAULT_ENVIRONMENT,
                name => name,
            });
        for path in &declared.files {
            // Relative to the working folder where possible, so that messages show short names.
            let path = self.around.shown(&self.root.join(path));
            // What a person names is that person's business.
            let is_named_by_person = self.asked.named_files().next().is_some();
            if let Some(reason) =
                out_of_reach(&path, &self.root.join("lockit.toml")).filter(|_| !is_named_by_person)
            {
                errors.push(not_read(&reason));
                continue;
            }
            let store = &self.around.files;
            let read = |path: &Path| store.bytes(path);
            let options = ReadOptions {
                pip,
                names: &self.overrides.names,
                environment: Some(of_manifest),
                read: &read,
            };
            match store.spec(&path).and_then(|file| read_spec(&file, options)) {
                Ok(mut parsed) => {
                    parsed.name_secrets(&self.around.secrets);
                    self.warn(parsed.warnings);
                    self.filter(&mut parsed.value);
                    files.push(parsed.value);
                }
                Err(diagnostics) => errors.extend(diagnostics),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        self.check_places(&declared)?;
        let is_workspace = matches!(files.as_slice(), [file] if file.is_workspace);
        let asked = self.asked;
        let platforms_declared = asked.platforms.is_empty()
            && (!declared.request.platforms.is_empty()
                || !declared.request.fallback_platforms.is_empty()
                || files.iter().any(|file| !file.platforms.is_empty()));
        let mut named: Vec<Platform> =
            files.iter().flat_map(|file| &file.platforms).map(|platform| platform.value).collect();
        named.extend(&declared.settings.platforms);
        let mut request = declared.request;
        let mut recorded = declared.recorded;
        let of_files = files.iter().flat_map(|file| &file.channels);
        let mut listed = request.channels.iter().chain(&request.fallback_channels).chain(of_files);
        let is_changed = listed.any(|one| self.around.conda.channel_names.is_changed(&one.text));
        request.names = self.overrides.names.clone();
        self.heed(&files, &declared.settings, &mut request, &mut recorded);
        let shared_name = if request.name.is_empty() {
            request.name = environment_name(&files[0], &declared.files[0]);
            SharedName::of_spec(&request.name, is_workspace)
        } else {
            SharedName::given(&request.name)
        };
        let mut merged = Environment::merge(request, &files)?;
        if is_changed {
            let channels = merged.value.channels.iter();
            recorded.channels = channels.map(|one| one.public().into_owned()).collect();
            // Others have channels of their own.
            let is_of_project = recorded.files.is_empty() && recorded.given.is_empty();
            if is_of_project || declared.of_manifest.is_some() {
                recorded.environments = vec![merged.value.name.clone()];
            }
        }
        let no_binary = declared.settings.no_binary.iter().cloned();
        merged.value.pip_sources.archives.only_sources_of(no_binary);
        // pixi installs PyPI packages itself.
        if !asked.skip_pip && !is_workspace {
            merged.value.require_installer();
        }
        self.warn(merged.warnings);
        // Flags may choose a part of what is declared; without them it is what counts.
        let declared_platforms =
            if asked.platforms.is_empty() { merged.value.platforms.clone() } else { named };
        let text = |setting: &Option<lockit_diagnostic::Spanned<String>>| {
            setting.as_ref().map(|setting| setting.value.clone())
        };
        let part = Part::of(&merged.value, &asked.categories).filter(|_| !asked.filter_categories);
        let lockfile = recorded.lockfile.clone();
        Ok(Wanted {
            part,
            dev_dependencies: asked.categories.dev(),
            environment: merged.value,
            shared_name,
            of_manifest: declared.of_manifest,
            solve_group: declared.solve_group,
            sources: declared.files,
            kinds: if asked.kinds.is_empty() {
                declared.settings.kinds.clone()
            } else {
                asked.kinds.clone()
            },
            lockfile: lockfile
                .as_ref()
                .map(|path| path.to_string_lossy().into_owned())
                .or_else(|| text(&declared.settings.lockfile)),
            template: asked
                .filename_template
                .clone()
                .or_else(|| text(&declared.settings.filename_template)),
            platforms_declared,
            declared: declared_platforms,
            recorded,
            virtual_repodata: self.virtual_repodata(),
        })
    }

    /// Takes what files say about how they are solved, and behind them the configuration of conda, where neither flags
    /// nor lockit.toml say it.
    fn heed(
        &self,
        files: &[EnvironmentFile],
        settings: &Settings,
        request: &mut EnvironmentRequest,
        recorded: &mut Selection,
    ) {
        let stated = || files.iter().map(|file| &file.stated);
        let options = &mut request.options;
        if self.asked.channel_priority.or(settings.channel_priority).is_none() {
            if let Some(priority) = stated().find_map(|one| one.channel_priority) {
                options.channel_priority = priority;
            } else if let Some(of_conda) = self.around.conda.channel_priority {
                options.channel_priority = of_conda;
                // Elsewhere nobody has this configuration.
                recorded.channel_priority = Some(of_conda);
            }
        }
        if let Some(strategy) = stated().find_map(|one| one.strategy)
            && self.asked.strategy.or(settings.strategy).is_none()
        {
            options.strategy = strategy;
        }
        if options.exclude_newer.is_none() {
            options.exclude_newer = stated().find_map(|one| one.exclude_newer.clone());
        }
        // Flags and lockit.toml come behind, where the last word counts.
        let of_files = stated().flat_map(|one| one.exclude_newer_package.iter().cloned());
        let said = std::mem::take(&mut options.exclude_newer_package);
        options.exclude_newer_package = of_files.chain(said).collect();
        let of_files = stated()
            .fold(VirtualPackageOverrides::default(), |all, one| all.then(&one.virtual_packages));
        request.virtual_packages = of_files.then(&request.virtual_packages);
    }

    /// What conda-lock would assume after the same flags. lockit.toml it does not know.
    fn virtual_repodata(&self) -> VirtualRepodata {
        match &self.overrides.virtual_packages {
            Some(spec) => VirtualRepodata::from_spec(spec),
            None => VirtualRepodata::conda_lock_default(&self.asked.cuda),
        }
    }

    /// A name that was given for lockfiles which are not among those that were asked for.
    fn warn_about_useless_names(&mut self, environments: &[Wanted]) {
        let is_written = |per_platform: bool| {
            environments.iter().any(|wanted| {
                wanted.kinds.is_empty()
                    || wanted.kinds.iter().any(|kind| kind.is_per_platform() == per_platform)
            })
        };
        if self.asked.lockfile.is_some() && !is_written(false) {
            self.warnings.push(
                Diagnostic::warning(
                    "`--lockfile` has no effect: it names lockfiles of all platforms",
                )
                .hint("add `-k lock` or `-k pixi`, or use `--filename-template`"),
            );
        }
        if self.asked.filename_template.is_some() && !is_written(true) {
            self.warnings.push(
                Diagnostic::warning(
                    "`--filename-template` has no effect: it names lockfiles of one platform each",
                )
                .hint("add `-k explicit` or `-k env`, or use `--lockfile`"),
            );
        }
    }

    /// Categories that were chosen for lockfiles which hold all of them.
    fn warn_about_useless_categories(&mut self, environments: &[Wanted]) {
        let holds_all = |wanted: &Wanted| {
            wanted.part.is_some()
                && !wanted.kinds.is_empty()
                && !wanted.kinds.iter().any(|kind| kind.is_per_platform())
        };
        if environments.iter().any(holds_all) {
            self.warnings.push(
                Diagnostic::warning(format!(
                    "`{}` has no effect: lockfiles of all platforms hold all categories",
                    self.asked.categories.words().join(" ")
                ))
                .hint("`install` and `render` take the same flags; `--filter-categories` leaves them out of the lock"),
            );
        }
    }
}

/// CEP 24 `name` of the file, else the file's own name without what all such files are called.
fn environment_name(file: &EnvironmentFile, path: &Path) -> String {
    match &file.name {
        Some(name) => name.value.clone(),
        None => environment_of(path),
    }
}
