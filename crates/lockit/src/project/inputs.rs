//! From flags and `lockit.toml` to environments: what is wanted, and where its lockfiles go.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use lockit_diagnostic::{Diagnostic, SourceFile, Span, Spanned};
use lockit_lockfile::Format;
use lockit_lockfile::lock_specification::{Cuda, VirtualRepodata};
use lockit_spec::{
    ChannelPriority, ChannelRef, Environment, EnvironmentFile, EnvironmentRequest, ExcludeNewer,
    KnownSecrets, NameMap, PipSection, Platform, Project, ReadOptions, Settings, SolveOptions,
    Strategy, VirtualPackageOverrides, VirtualPackageSpec, did_you_mean, parse_platform,
    pyproject_names_dependencies, read_spec,
};

use crate::args::categories::is_usual;
use crate::args::selection::{PriorityArg, SelectionArgs, StrategyArg};
use crate::project::part::Part;
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use crate::world::files::Files;

/// Everything a command works on.
#[derive(Debug)]
pub(crate) struct Inputs {
    /// Where lockfiles go: the project's folder, else the working folder.
    pub(crate) root: PathBuf,
    /// The environments, in the order of their declaration.
    pub(crate) environments: Vec<Wanted>,
    /// Whether these are all environments of the project; otherwise there may be others, whose
    /// locks are none of this run's business.
    pub(crate) complete: bool,
    /// Whether PyPI packages are left out.
    pub(crate) skip_pip: bool,
    /// What to look at although it can be worked with.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// One environment and where its lockfiles go.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) environment: Environment,
    /// Its files, relative to the root where they lie below it.
    pub(crate) sources: Vec<PathBuf>,
    /// Formats that were asked for; empty when nobody said.
    pub(crate) kinds: Vec<Format>,
    /// `--lockfile`.
    pub(crate) lockfile: Option<String>,
    /// `--filename-template`.
    pub(crate) template: Option<String>,
    /// Whether files or `lockit.toml` say which platforms there are. Flags may be about a part of
    /// them, so lockfiles of other platforms are none of their business.
    pub(crate) platforms_declared: bool,
    /// The platforms that files and `lockit.toml` name, whatever flags say.
    pub(crate) declared: Vec<Platform>,
    /// How to make it again, platforms and kinds left out.
    pub(crate) command: String,
    /// What goes into files of one platform each, when it is not all.
    pub(crate) part: Option<Part>,
    /// Whether developers' packages are wanted, for names of files.
    pub(crate) dev_dependencies: bool,
    /// The virtual packages that conda-lock would assume.
    pub(crate) virtual_repodata: VirtualRepodata,
}

impl Inputs {
    /// Reads everything that the flags name.
    pub(crate) fn gather(args: &SelectionArgs, context: &Context) -> Result<Self, CommandError> {
        let mut gatherer = Gatherer::new(args, context)?;
        let environments = gatherer.environments()?;
        check_bases(&environments)?;
        gatherer.warn_about_useless_names(&environments);
        gatherer.warn_about_useless_categories(&environments);
        let complete = args.files.is_empty()
            && args.env.is_empty()
            && args.environment.is_empty()
            && gatherer.project.is_some_and(|project| !project.environments.is_empty());
        let skip_pip = args.skip_pip;
        Ok(Self {
            root: gatherer.root,
            environments,
            complete,
            skip_pip,
            warnings: gatherer.warnings,
        })
    }
}

/// An environment before its files are read.
struct Declared {
    request: EnvironmentRequest,
    files: Vec<PathBuf>,
    settings: Settings,
    command: String,
}

struct Gatherer<'a> {
    args: &'a SelectionArgs,
    root: PathBuf,
    project: Option<Project>,
    /// `--channel`.
    channels: Vec<ChannelRef>,
    secrets: KnownSecrets,
    platforms: Vec<Platform>,
    kinds: Vec<Format>,
    virtual_packages: Option<VirtualPackageSpec>,
    cuda: VirtualPackageOverrides,
    exclude_newer: Option<ExcludeNewer>,
    names: NameMap,
    /// Every category that a file knows.
    categories: BTreeSet<String>,
    warnings: Vec<Diagnostic>,
    files: &'a Files,
}

impl<'a> Gatherer<'a> {
    fn new(args: &'a SelectionArgs, context: &'a Context) -> Result<Self, CommandError> {
        let mut warnings = Vec::new();
        let secrets = Context::known_secrets();
        let project = context.files.project(&context.directory)?.map(|mut parsed| {
            parsed.name_secrets(&secrets);
            warnings.extend(parsed.warnings);
            parsed.value
        });
        let mut platforms = Vec::new();
        for text in &args.platforms {
            let platform = parse_platform(text)
                .map_err(|error| CommandError::error(error.to_string()).hint(error.hint()))?;
            if !platforms.contains(&platform) {
                platforms.push(platform);
            }
        }
        let mut kinds = Vec::new();
        for text in &args.kinds {
            let kind: Format = text.parse().map_err(|error| CommandError::from_source(&error))?;
            if !kinds.contains(&kind) {
                kinds.push(kind);
            }
        }
        let exclude_newer = match &args.exclude_newer {
            Some(text) => Some(
                ExcludeNewer::parse(text)
                    .map_err(|error| CommandError::error(error.to_string()).hint(error.hint()))?,
            ),
            None => None,
        };
        let virtual_packages = virtual_packages(args, context, &mut warnings)?;
        let cuda = cuda(args)?;
        if virtual_packages.is_some() && (args.with_cuda.is_some() || args.without_cuda) {
            warnings.push(
                Diagnostic::warning(
                    "what is said about CUDA does not hold for the platforms that the file of virtual packages lists",
                )
                .hint("write `__cuda` into that file"),
            );
        }
        let mut names =
            project.as_ref().map_or_else(NameMap::default, |project| project.names.clone());
        if let Some(place) = &args.pypi_to_conda {
            names.add_lookup_file(&lookup_file(place, context)?).map_err(|error| vec![*error])?;
        }
        warnings
            .extend(args.channels.iter().filter_map(|channel| folder_as_name(channel, context)));
        let channels = args
            .channels
            .iter()
            .filter(|channel| *channel != "nodefaults")
            .map(|text| ChannelRef::new(secrets.named(text).unwrap_or_else(|| text.clone())))
            .collect();
        Ok(Self {
            args,
            channels,
            secrets,
            root: context.directory.clone(),
            project,
            platforms,
            kinds,
            virtual_packages,
            cuda,
            exclude_newer,
            names,
            categories: BTreeSet::new(),
            warnings,
            files: &context.files,
        })
    }

    fn environments(&mut self) -> Result<Vec<Wanted>, CommandError> {
        let declared = if !self.args.files.is_empty() {
            vec![self.declare_files(self.args.files.clone())]
        } else if !self.args.env.is_empty() {
            self.args
                .env
                .iter()
                .map(|text| self.declare_flag(text))
                .collect::<Result<Vec<_>, _>>()?
        } else if let Some(project) =
            self.project.clone().filter(|project| !project.environments.is_empty())
        {
            self.declare_project(&project)?
        } else if self.args.environment.is_empty() {
            match sources_of_lockfile(self.args, &self.root, self.files)? {
                Some((lockfile, sources)) => {
                    let mut declared = self.declare_files(sources);
                    if declared.settings.kinds.is_empty() {
                        declared.settings.kinds = vec![Format::CondaLock];
                    }
                    if self.args.lockfile.is_none() {
                        declared.command.push_str(" --lockfile ");
                        declared.command.push_str(&shell_word(&lockfile));
                        declared.settings.lockfile = Some(Spanned::new(lockfile, Span::default()));
                    }
                    vec![declared]
                }
                None => vec![self.declare_files(vec![default_file(&self.root, self.files)?])],
            }
        } else {
            return Err(CommandError::error(
                "`--environment` selects from lockit.toml, and there is none here",
            )
            .hint("use `-f FILE`, or `--env NAME=FILE`"));
        };
        let mut wanted = Vec::new();
        let mut errors = Vec::new();
        for one in declared {
            match self.read(one) {
                Ok(environment) => wanted.push(environment),
                Err(diagnostics) => errors.extend(diagnostics),
            }
        }
        if !errors.is_empty() {
            return Err(CommandError::from(errors));
        }
        self.check_categories()?;
        Ok(wanted)
    }

    /// Every category that is asked for is one of some file.
    fn check_categories(&self) -> Result<(), CommandError> {
        let mut extras = self.args.categories.extras().iter();
        let Some(extra) =
            extras.find(|extra| !is_usual(extra) && !self.categories.contains(*extra))
        else {
            return Ok(());
        };
        let names: Vec<&str> = self.categories.iter().map(String::as_str).collect();
        let error = CommandError::error(format!("no spec has the category `{extra}`"));
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
        let categories = &self.args.categories;
        if self.args.filter_categories {
            file.requirements.retain(|requirement| categories.wants(&requirement.category));
            file.pip.retain(|requirement| categories.wants(&requirement.category));
        }
    }

    fn declare_files(&self, files: Vec<PathBuf>) -> Declared {
        let mut command = String::from("lockit");
        for file in &files {
            command.push_str(" -f ");
            command.push_str(&shell_word(&file.to_string_lossy()));
        }
        self.declare(String::new(), files, None, command)
    }

    /// `NAME=FILE[,FILE…][:OTHER]`.
    fn declare_flag(&self, text: &str) -> Result<Declared, CommandError> {
        let malformed = || {
            CommandError::error(format!("`--env {text}` is not understood"))
                .hint("write `--env NAME=FILE`, `--env NAME=FILE,FILE` or `--env NAME=FILE:OTHER`")
        };
        let (name, rest) = text.split_once('=').ok_or_else(malformed)?;
        // A drive letter of Windows is one letter before the colon.
        let (files, base) = match rest.rsplit_once(':') {
            Some((files, base)) if !base.contains(['/', '\\']) && files.len() > 1 => {
                (files, Some(base.to_owned()))
            }
            _ => (rest, None),
        };
        let files: Vec<PathBuf> =
            files.split(',').filter(|file| !file.is_empty()).map(PathBuf::from).collect();
        let name_is_valid = !name.is_empty()
            && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'));
        if files.is_empty() || !name_is_valid || base.as_deref() == Some("") {
            return Err(malformed());
        }
        let command =
            self.args.env.iter().fold(String::from("lockit"), |line, env| {
                format!("{line} --env {}", shell_word(env))
            });
        Ok(self.declare(name.to_owned(), files, base, command))
    }

    fn declare_project(&mut self, project: &Project) -> Result<Vec<Declared>, CommandError> {
        self.root.clone_from(&project.root);
        let mut chosen: Vec<&str> = Vec::new();
        for name in &self.args.environment {
            if !project.environments.contains_key(name) {
                let names = project.environments.keys().map(String::as_str);
                let error = CommandError::error(format!(
                    "`{}` declares no environment `{name}`",
                    project.file.name()
                ));
                let hint = did_you_mean(name, names.clone()).unwrap_or_else(|| {
                    format!("it declares {}", names.collect::<Vec<_>>().join(", "))
                });
                return Err(error.hint(hint));
            }
            chosen.push(name);
        }
        // An environment is solved together with the one whose versions it takes, and with those
        // that take its versions: what they ask for narrows it.
        let mut next = 0;
        while next < chosen.len() {
            let current = chosen[next];
            for (name, other) in &project.environments {
                let follows =
                    other.same_versions_as.as_ref().is_some_and(|base| base.value == current);
                if follows && !chosen.contains(&name.as_str()) {
                    chosen.push(name);
                }
            }
            let base = project.environments[chosen[next]].same_versions_as.as_ref();
            if let Some(base) = base.map(|base| base.value.as_str())
                && !chosen.contains(&base)
            {
                chosen.push(base);
            }
            next += 1;
        }
        let mut declared = Vec::new();
        for (name, environment) in &project.environments {
            if !chosen.is_empty() && !chosen.contains(&name.as_str()) {
                continue;
            }
            let files = environment.files.iter().map(|file| file.value.clone()).collect();
            let mut request = project.request(name).unwrap_or_default();
            self.apply_flags(&mut request);
            declared.push(Declared {
                request,
                files,
                settings: project.settings_of(name),
                command: "lockit".to_owned(),
            });
        }
        Ok(declared)
    }

    fn declare(
        &self,
        name: String,
        files: Vec<PathBuf>,
        same_versions_as: Option<String>,
        command: String,
    ) -> Declared {
        let settings =
            self.project.as_ref().map(|project| project.settings.clone()).unwrap_or_default();
        let mut request = EnvironmentRequest {
            name,
            fallback_platforms: settings.platforms.clone(),
            fallback_channels: settings.channels.clone(),
            same_versions_as,
            virtual_packages: settings.virtual_packages.clone(),
            ..EnvironmentRequest::default()
        };
        request.options.channel_priority = settings.channel_priority.unwrap_or_default();
        request.options.strategy = settings.strategy.unwrap_or_default();
        request.options.exclude_newer.clone_from(&settings.exclude_newer);
        self.apply_flags(&mut request);
        Declared { request, files, settings, command }
    }

    fn apply_flags(&self, request: &mut EnvironmentRequest) {
        if !self.platforms.is_empty() {
            request.platforms.clone_from(&self.platforms);
        }
        if !self.args.channels.is_empty() {
            request.channels.clone_from(&self.channels);
        }
        request.virtual_package_spec.clone_from(&self.virtual_packages);
        request.virtual_packages = request.virtual_packages.then(&self.cuda);
        let options = &mut request.options;
        match self.args.channel_priority {
            Some(PriorityArg::Strict) => options.channel_priority = ChannelPriority::Strict,
            Some(PriorityArg::Flexible) => options.channel_priority = ChannelPriority::Flexible,
            Some(PriorityArg::Disabled) => options.channel_priority = ChannelPriority::Disabled,
            None => {}
        }
        match self.args.strategy {
            Some(StrategyArg::Highest) => options.strategy = Strategy::Highest,
            Some(StrategyArg::Lowest) => options.strategy = Strategy::Lowest,
            Some(StrategyArg::LowestDirect) => options.strategy = Strategy::LowestDirect,
            None => {}
        }
        if let Some(cutoff) = &self.exclude_newer {
            options.exclude_newer = Some(cutoff.clone());
        }
    }

    fn read(&mut self, declared: Declared) -> Result<Wanted, Vec<Diagnostic>> {
        let pip = if self.args.skip_pip { PipSection::Skip } else { PipSection::Check };
        let mut files = Vec::new();
        let mut errors = Vec::new();
        for path in &declared.files {
            // Relative to the working folder where possible, so that messages show short names.
            let path = shown(&self.root.join(path));
            let disk = self.files;
            let read = |path: &Path| disk.bytes(path);
            let options = ReadOptions { pip, names: &self.names, read: &read };
            match self.files.spec(&path).and_then(|file| read_spec(&file, options)) {
                Ok(mut parsed) => {
                    parsed.name_secrets(&self.secrets);
                    self.warnings.extend(parsed.warnings);
                    self.filter(&mut parsed.value);
                    files.push(parsed.value);
                }
                Err(diagnostics) => errors.extend(diagnostics),
            }
        }
        if !errors.is_empty() {
            return Err(errors);
        }
        let platforms_declared = self.platforms.is_empty()
            && (!declared.request.platforms.is_empty()
                || !declared.request.fallback_platforms.is_empty()
                || files.iter().any(|file| !file.platforms.is_empty()));
        let mut named: Vec<Platform> =
            files.iter().flat_map(|file| &file.platforms).map(|platform| platform.value).collect();
        named.extend(&declared.settings.platforms);
        let mut request = declared.request;
        request.names = self.names.clone();
        if request.name.is_empty() {
            request.name = environment_name(&files[0], &declared.files[0]);
        }
        let mut merged = Environment::merge(request, &files)?;
        if !self.args.skip_pip {
            merged.value.require_installer();
        }
        self.warnings.extend(merged.warnings);
        // Flags may choose a part of what is declared; without them it is what counts.
        let declared_platforms =
            if self.platforms.is_empty() { merged.value.platforms.clone() } else { named };
        let text = |setting: &Option<lockit_diagnostic::Spanned<String>>| {
            setting.as_ref().map(|setting| setting.value.clone())
        };
        let mut command = declared.command;
        self.repeat_flags(&mut command);
        let categories = &self.args.categories;
        let part = Part::of(&merged.value, categories).filter(|_| !self.args.filter_categories);
        Ok(Wanted {
            part,
            dev_dependencies: categories.dev(),
            environment: merged.value,
            sources: declared.files,
            kinds: if self.kinds.is_empty() {
                declared.settings.kinds.clone()
            } else {
                self.kinds.clone()
            },
            lockfile: self
                .args
                .lockfile
                .as_ref()
                .map(|path| path.to_string_lossy().into_owned())
                .or_else(|| text(&declared.settings.lockfile)),
            template: self
                .args
                .filename_template
                .clone()
                .or_else(|| text(&declared.settings.filename_template)),
            platforms_declared,
            declared: declared_platforms,
            command,
            virtual_repodata: self.virtual_repodata(),
        })
    }

    /// What conda-lock would assume after the same flags. lockit.toml it does not know.
    fn virtual_repodata(&self) -> VirtualRepodata {
        match (&self.virtual_packages, &self.args.with_cuda) {
            (Some(spec), _) => VirtualRepodata::from_spec(spec),
            (None, Some(version)) => {
                VirtualRepodata::conda_lock_default(&Cuda::Version(version.clone()))
            }
            (None, None) if self.args.without_cuda => {
                VirtualRepodata::conda_lock_default(&Cuda::Absent)
            }
            (None, None) => VirtualRepodata::conda_lock_default(&Cuda::Default),
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
                    self.args.categories.flags().trim_start()
                ))
                .hint("`install` and `render` take the same flags; `--filter-categories` leaves them out of the lock"),
            );
        }
    }

    /// A name that was given for lockfiles which nobody asked for.
    fn warn_about_useless_names(&mut self, environments: &[Wanted]) {
        let is_written = |per_platform: bool| {
            environments.iter().any(|wanted| {
                (wanted.kinds.is_empty() && per_platform)
                    || wanted.kinds.iter().any(|kind| kind.is_per_platform() == per_platform)
            })
        };
        if self.args.lockfile.is_some() && !is_written(false) {
            self.warnings.push(
                Diagnostic::warning(
                    "`--lockfile` has no effect: it names lockfiles of all platforms",
                )
                .hint("add `-k lock` or `-k pixi`, or use `--filename-template`"),
            );
        }
        if self.args.filename_template.is_some() && !is_written(true) {
            self.warnings.push(
                Diagnostic::warning(
                    "`--filename-template` has no effect: it names lockfiles of one platform each",
                )
                .hint("add `-k explicit` or `-k env`, or use `--lockfile`"),
            );
        }
    }

    /// Adds the flags that change the result, so that the command in a lockfile makes it again.
    fn repeat_flags(&self, command: &mut String) {
        let mut add = |flag: &str, value: &str| {
            command.push(' ');
            command.push_str(flag);
            if !value.is_empty() {
                command.push(' ');
                command.push_str(&shell_word(value));
            }
        };
        for channel in &self.channels {
            add("-c", &channel.public());
        }
        if let Some(priority) = self.args.channel_priority {
            add("--channel-priority", &value_name(&priority));
        }
        if let Some(strategy) = self.args.strategy {
            add("--strategy", &value_name(&strategy));
        }
        if let Some(cutoff) = &self.args.exclude_newer {
            add("--exclude-newer", cutoff);
        }
        if let Some(spec) = &self.args.virtual_package_spec {
            add("--virtual-package-spec", &spec.to_string_lossy());
        }
        if let Some(version) = &self.args.with_cuda {
            add("--with-cuda", version);
        }
        if self.args.without_cuda {
            add("--without-cuda", "");
        }
        if let Some(names) = &self.args.pypi_to_conda {
            add("--pypi_to_conda_lookup_file", names);
        }
        if self.args.filter_categories {
            add(&format!("--filter-categories{}", self.args.categories.flags()), "");
        }
        if self.args.skip_pip {
            add("--skip-pip", "");
        }
        if let Some(lockfile) = &self.args.lockfile {
            add("--lockfile", &lockfile.to_string_lossy());
        }
        if let Some(template) = &self.args.filename_template {
            add("--filename-template", template);
        }
    }
}

fn value_name(value: &impl clap::ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// A word as a POSIX shell takes it.
pub(crate) fn shell_word(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@%+{}".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// A path as people see it: relative to the working folder when it lies below it.
pub(crate) fn shown(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap_or_default();
    path.strip_prefix(&here).map_or_else(|_| path.to_path_buf(), Path::to_path_buf)
}

/// CEP 24 `name` of the file, else the file's own name without what all such files are called.
fn environment_name(file: &EnvironmentFile, path: &Path) -> String {
    let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    if let Some(name) = &file.name {
        return name.value.clone();
    }
    match stem.strip_suffix("-environment") {
        Some(name) if !name.is_empty() => name.to_owned(),
        _ => stem,
    }
}

/// A channel given as `a/b` is a name (a label of a channel), also when a folder is called so.
fn folder_as_name(channel: &str, context: &Context) -> Option<Diagnostic> {
    let is_name = !channel.contains(':') && !channel.starts_with(['.', '/', '~', '$']);
    (is_name && context.directory.join(channel).join("noarch").is_dir()).then(|| {
        Diagnostic::warning(format!("`{channel}` is taken as the name of a channel"))
            .hint(format!("for the folder of that name write `./{channel}`"))
    })
}

/// The conda-lock.yml here and what it was made from, as conda-lock takes it up again. `None` where there is no
/// such file, where it does not say, and where it is the spec that would be taken anyway.
fn sources_of_lockfile(
    args: &SelectionArgs,
    root: &Path,
    files: &Files,
) -> Result<Option<(String, Vec<PathBuf>)>, CommandError> {
    let name = args.lockfile.clone().unwrap_or_else(|| PathBuf::from("conda-lock.yml"));
    let path = root.join(&name);
    if !files.has(&path) {
        return Ok(None);
    }
    // What is wrong with the file is told where it is to be written.
    let Ok(lockfile) = files.lockfile(&path) else { return Ok(None) };
    let [lock] = lockfile.locks.as_slice() else { return Ok(None) };
    if lockfile.format != Format::CondaLock || lock.sources.is_empty() {
        return Ok(None);
    }
    let folder = name.parent().unwrap_or(Path::new(""));
    let sources: Vec<PathBuf> =
        lock.sources.iter().map(|source| plain(&folder.join(source))).collect();
    if let Some(missing) = sources.iter().find(|source| !files.has(&root.join(source))) {
        return Err(CommandError::error(format!(
            "`{}` is made from `{}`, and there is no such file",
            name.display(),
            missing.display()
        ))
        .hint("say what to lock with `-f`"));
    }
    if default_file(root, files).is_ok_and(|usual| sources == [usual]) {
        return Ok(None);
    }
    Ok(Some((name.to_string_lossy().into_owned(), sources)))
}

/// A path without `folder/..` in it.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        let is_named = matches!(out.components().next_back(), Some(Component::Normal(_)));
        if part == Component::ParentDir && is_named {
            out.pop();
        } else {
            out.push(part);
        }
    }
    out
}

fn default_file(root: &Path, files: &Files) -> Result<PathBuf, CommandError> {
    let found: Vec<&str> = ["environment.yml", "environment.yaml"]
        .into_iter()
        .filter(|name| files.has(&root.join(name)))
        .collect();
    match found.as_slice() {
        [one] => Ok(PathBuf::from(one)),
        [] if pyproject_is_spec(root, files) => Ok(PathBuf::from("pyproject.toml")),
        [] => {
            Err(CommandError::error("nothing to lock: no lockit.toml and no environment.yml here")
                .hint("name a file with `-f`, or declare environments in lockit.toml"))
        }
        _ => Err(CommandError::error("both environment.yml and environment.yaml are here")
            .hint("say which one with `-f`")),
    }
}

fn cuda(args: &SelectionArgs) -> Result<VirtualPackageOverrides, CommandError> {
    if args.with_cuda.is_none() && !args.without_cuda {
        return Ok(VirtualPackageOverrides::default());
    }
    VirtualPackageOverrides::cuda(args.with_cuda.as_deref()).map_err(|message| {
        CommandError::error(format!("`--with-cuda`: {message}"))
            .hint("write for example `--with-cuda 12.4`")
    })
}

/// Whether a folder has a `pyproject.toml` that says itself what conda packages it wants.
pub(crate) fn pyproject_is_spec(folder: &Path, files: &Files) -> bool {
    files.read(&folder.join("pyproject.toml")).is_ok_and(|file| pyproject_names_dependencies(&file))
}

/// The file of `--pypi_to_conda_lookup_file`: a path or a `file://` address.
fn lookup_file(place: &str, context: &Context) -> Result<SourceFile, CommandError> {
    if place.starts_with("http://") || place.starts_with("https://") {
        return Err(CommandError::error(format!(
            "names are not fetched from `{}`",
            ChannelRef::new(place).public()
        ))
        .hint("download the file and name it: `--pypi_to_conda_lookup_file FILE`")
        .hint("for a few names write `[pypi-to-conda]` into lockit.toml; many are known anyway"));
    }
    let path = place.strip_prefix("file://").unwrap_or(place);
    Ok(context.files.spec(&shown(&context.directory.join(path)))?)
}

fn virtual_packages(
    args: &SelectionArgs,
    context: &Context,
    warnings: &mut Vec<Diagnostic>,
) -> Result<Option<VirtualPackageSpec>, CommandError> {
    let path = match &args.virtual_package_spec {
        Some(path) => path.clone(),
        // conda-lock looks for these two as well.
        None => match ["virtual-packages.yml", "virtual-packages.yaml"]
            .into_iter()
            .find(|name| context.files.has(&context.directory.join(name)))
        {
            Some(name) => PathBuf::from(name),
            None => return Ok(None),
        },
    };
    let file = context.files.spec(&shown(&context.directory.join(path)))?;
    let parsed = VirtualPackageSpec::parse(&file)?;
    warnings.extend(parsed.warnings);
    Ok(Some(parsed.value))
}

/// `same-versions-as` from flags; `lockit.toml` has checked its own.
fn check_bases(environments: &[Wanted]) -> Result<(), CommandError> {
    let find = |name: &str| environments.iter().find(|one| one.environment.name == name);
    for (index, wanted) in environments.iter().enumerate() {
        let name = &wanted.environment.name;
        if environments[..index].iter().any(|other| other.environment.name == *name) {
            return Err(CommandError::error(format!("two environments are called `{name}`")));
        }
        let Some(base) = &wanted.environment.same_versions_as else { continue };
        let Some(base) = find(base) else {
            let names = environments.iter().map(|one| one.environment.name.as_str());
            let error = CommandError::error(format!(
                "there is no environment `{base}` for `{name}` to follow"
            ));
            return Err(error.hint(
                did_you_mean(base, names)
                    .unwrap_or_else(|| format!("declare it: `--env {base}=FILE`")),
            ));
        };
        let lacking: Vec<&str> = wanted
            .environment
            .platforms
            .iter()
            .filter(|platform| !base.environment.platforms.contains(platform))
            .map(|platform| platform.as_str())
            .collect();
        if !lacking.is_empty() {
            return Err(CommandError::error(format!(
                "`{name}` takes its versions from `{}`, which is not locked for {}",
                base.environment.name,
                lacking.join(", ")
            ))
            .hint("give both the same platforms"));
        }
        let (ours, theirs) = (&wanted.environment.options, &base.environment.options);
        let cutoff = |options: &SolveOptions| {
            options.exclude_newer.as_ref().map(|cutoff| cutoff.text.clone())
        };
        let same_machines = wanted
            .environment
            .platforms
            .iter()
            .all(|one| ours.virtual_packages.get(one) == theirs.virtual_packages.get(one));
        if !same_machines || cutoff(ours) != cutoff(theirs) {
            return Err(CommandError::error(format!(
                "`{name}` takes its versions from `{}`, but has other virtual packages or another \
                 `exclude-newer`",
                base.environment.name
            ))
            .hint("give both the same"));
        }
        let mut at = base;
        for _ in 0..environments.len() {
            if at.environment.name == *name {
                return Err(CommandError::error(format!(
                    "`{name}` takes its versions from itself"
                ))
                .hint("one environment must be solved first"));
            }
            match at.environment.same_versions_as.as_deref().and_then(find) {
                Some(next) => at = next,
                None => break,
            }
        }
    }
    Ok(())
}
