//! Which lockfiles belong to an environment, what they hold now, and whether that is still right.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use lockit_diagnostic::Diagnostic;
use lockit_lockfile::lock_specification::{ContentHash, LockSpecification};
use lockit_lockfile::names::{FilenameTemplate, TemplateValues, default_name, stem};
use lockit_lockfile::satisfaction::{self, Basis, Reason, Report};
use lockit_lockfile::{Format, Lock, LockedOptions, input_hash};
use lockit_spec::{Platform, did_you_mean, normalise_pypi_name};

use crate::args::write::WriteArgs;
use crate::project::imposed::{Asked, imposed_on};
use crate::project::inputs::{Inputs, Wanted, shown};
use crate::project::part::Part;
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use crate::world::files::Files;

/// All environments of a run with the lockfiles they have.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) entries: Vec<Entry>,
    /// Whether these are all environments of the project.
    pub(crate) complete: bool,
    /// Whether PyPI packages are left out.
    pub(crate) skip_pip: bool,
    /// The project's folder.
    pub(crate) root: PathBuf,
    /// Where they were read.
    pub(crate) files: Files,
}

/// One environment with the lockfiles it has.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) wanted: Wanted,
    /// What environments that follow this one impose, per platform, as spec texts.
    constraints: BTreeMap<Platform, Vec<String>>,
    /// The input hash of each wanted platform.
    pub(crate) hashes: BTreeMap<Platform, String>,
    /// The same for files that hold a part of the lock.
    part_hashes: BTreeMap<Platform, String>,
    /// The inputs of each wanted platform as conda-lock counts them; empty when it could not read them.
    pub(crate) content_hashes: BTreeMap<Platform, ContentHash>,
    /// Lockfiles there are, in the order in which they are believed.
    pub(crate) existing: Vec<Existing>,
    root: PathBuf,
    now: Timestamp,
    files: Files,
    pub(crate) skip_pip: bool,
}

/// What one kind of lockfile holds for an environment.
#[derive(Debug)]
pub(crate) struct Existing {
    pub(crate) kind: Format,
    pub(crate) lock: Lock,
    /// What a person should know about the files.
    pub(crate) warnings: Vec<Diagnostic>,
}

/// An environment as conda-lock understands it.
pub(crate) fn lock_specification(wanted: &Wanted, context: &Context) -> LockSpecification {
    let is_folder = |path: &Path| context.directory.join(path).is_dir();
    LockSpecification::of(&wanted.environment, &is_folder)
}

/// The inputs of each platform as conda-lock counts them; what it could not read is not there.
pub(crate) fn content_hashes(
    wanted: &Wanted,
    context: &Context,
) -> BTreeMap<Platform, ContentHash> {
    let specification = lock_specification(wanted, context);
    let platforms = wanted.environment.platforms.iter();
    platforms
        .filter_map(|platform| {
            let hash = specification.content_hash(*platform, &wanted.virtual_repodata)?;
            Some((*platform, hash))
        })
        .collect()
}

/// Why one kind of lockfile is not up to date.
#[derive(Debug)]
pub(crate) struct Staleness {
    pub(crate) kind: Format,
    pub(crate) diagnostics: Vec<Diagnostic>,
    /// Platforms judged by the recorded input hash, because the format has no dependencies.
    pub(crate) by_hash: Vec<Platform>,
}

impl Existing {
    /// Whether it says that PyPI packages were left out.
    pub(crate) fn skips_pip(&self) -> bool {
        self.lock.platforms.values().any(|locked| locked.skipped_pip > 0)
    }
}

impl Plan {
    /// Finds and reads the lockfiles of every environment.
    ///
    /// Only the kinds that are going to be written are read, unless `all` are wanted. A lockfile
    /// that cannot be read is an error, so that it is not written over by mistake; with `forget`
    /// it is treated as absent.
    pub(crate) fn new(
        inputs: Inputs,
        context: &Context,
        all: bool,
        forget: bool,
    ) -> Result<Self, CommandError> {
        let asked: Vec<Asked> =
            inputs.environments.iter().map(|wanted| Asked::new(&wanted.environment)).collect();
        let (complete, skip_pip) = (inputs.complete, inputs.skip_pip);
        let mut entries = Vec::new();
        for wanted in inputs.environments {
            let constraints = imposed_on(&wanted.environment, &asked);
            let content_hashes = content_hashes(&wanted, context);
            let mut entry = Entry {
                wanted,
                constraints,
                hashes: BTreeMap::new(),
                part_hashes: BTreeMap::new(),
                content_hashes,
                existing: Vec::new(),
                root: inputs.root.clone(),
                now: context.now,
                files: context.files.clone(),
                skip_pip,
            };
            entry.hashes = entry.hashes_of_all(skip_pip);
            if let Some(part) = &entry.wanted.part {
                entry.part_hashes = part.hashes(&entry.hashes);
            }
            entry.check_names()?;
            entry.read_existing(&entry.kinds(), forget)?;
            if all {
                entry.read_rest();
            }
            entries.push(entry);
        }
        let plan =
            Self { entries, complete, skip_pip, root: inputs.root, files: context.files.clone() };
        plan.check_collisions()?;
        for entry in &plan.entries {
            let kinds = entry.kinds_to_check();
            for existing in entry.existing.iter().filter(|one| kinds.contains(&one.kind)) {
                context.printer.diagnostics(&existing.warnings);
            }
        }
        Ok(plan)
    }

    /// Reads what [`Plan::new`] has left out.
    pub(crate) fn read_rest(&mut self) {
        self.entries.iter_mut().for_each(Entry::read_rest);
    }

    /// The entry of an environment.
    pub(crate) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.wanted.environment.name == name)
    }

    /// Why the lockfiles of an entry do not hold, for each of the kinds.
    pub(crate) fn staleness(&self, entry: &Entry, kinds: &[Format]) -> Vec<Staleness> {
        kinds.iter().map(|kind| self.staleness_of(entry, *kind)).collect()
    }

    fn staleness_of(&self, entry: &Entry, kind: Format) -> Staleness {
        let Some(existing) = entry.existing(kind) else {
            let name = &entry.wanted.environment.name;
            return Staleness {
                kind,
                diagnostics: vec![Diagnostic::error(
                    if entry.files(kind).iter().any(|(_, path)| entry.files.has(path)) {
                        format!(
                            "`{name}` is not locked: {} does not hold it",
                            entry.files_text(kind)
                        )
                    } else {
                        format!("`{name}` is not locked: there is no {}", entry.files_text(kind))
                    },
                )],
                by_hash: Vec::new(),
            };
        };
        let (basis, reasons) = self.reasons(entry, existing);
        let mut diagnostics = satisfaction::diagnostics(&reasons);
        diagnostics.extend(entry.dropped_files(&[kind]).iter().map(|path| {
            Diagnostic::error(format!(
                "`{}` is superfluous: its platform is no longer wanted",
                shown(path).display()
            ))
        }));
        Staleness {
            kind,
            diagnostics,
            by_hash: basis
                .iter()
                .filter(|(_, basis)| **basis == Basis::InputHash)
                .map(|(platform, _)| *platform)
                .collect(),
        }
    }

    /// Why a lock of an entry does not hold, and what decided about each platform.
    pub(crate) fn reasons(
        &self,
        entry: &Entry,
        existing: &Existing,
    ) -> (BTreeMap<Platform, Basis>, Vec<Reason>) {
        let Report { basis, mut reasons } = entry.report(existing);
        // Flags may choose a part of the platforms; the others are none of this run's business.
        reasons.retain(|reason| match reason {
            Reason::PlatformSuperfluous { platform, .. } => {
                !entry.wanted.declared.contains(platform)
            }
            // The records are those of the environment that is followed, and so are the channels.
            Reason::ForeignChannel { .. } => entry.wanted.environment.same_versions_as.is_none(),
            _ => true,
        });
        // That the inputs changed goes without saying where it is known in what way.
        let told: Vec<Platform> = reasons
            .iter()
            .filter(|reason| !matches!(reason, Reason::InputsChanged { .. }))
            .filter_map(Reason::platform)
            .collect();
        reasons.retain(|reason| match reason {
            Reason::InputsChanged { platform } => !told.contains(platform),
            _ => true,
        });
        let base = entry.wanted.environment.same_versions_as.as_ref();
        if let Some(base) = base.and_then(|base| self.entry(base))
            && let Some(base) = base.existing(existing.kind).or_else(|| base.existing.first())
        {
            reasons.extend(satisfaction::same_records(&existing.lock, &base.lock));
        }
        (basis, reasons)
    }

    /// Whether locking again would change nothing: every lockfile is there, satisfies its specs,
    /// and was made from the same inputs.
    pub(crate) fn is_fresh(
        &self,
        kinds_of: impl Fn(&Entry) -> Vec<Format>,
        args: &WriteArgs,
    ) -> bool {
        self.entries.iter().all(|entry| {
            kinds_of(entry).iter().all(|kind| {
                let Some(existing) = entry.existing(*kind) else { return false };
                let same_inputs = entry.hashes_of(*kind).iter().all(|(platform, hash)| {
                    existing.lock.platforms.get(platform).is_some_and(|locked| {
                        let Some(recorded) = &locked.input_hash else { return true };
                        let told =
                            entry.content_hashes.get(platform).zip(locked.content_hash.as_ref());
                        // Only lockit's own files follow a change of words that changes nothing else.
                        recorded == hash && told.is_none_or(|(now, recorded)| now.accepts(recorded))
                    })
                });
                let digests = *kind != Format::Explicit
                    || existing.lock.platforms.values().flat_map(|locked| &locked.records).all(
                        // An explicit file names one digest for each package.
                        |record| {
                            if args.md5 { record.sha256.is_none() } else { record.md5.is_none() }
                        },
                    );
                // They can always be taken out; that they are back is seen where the file says what it lacks.
                let credentials = if args.strip_auth {
                    !existing.lock.has_credentials()
                } else {
                    existing.lock.authenticated.is_empty()
                };
                same_inputs
                    && digests
                    && credentials
                    && self.staleness_of(entry, *kind).diagnostics.is_empty()
            }) && entry.dropped_files(&kinds_of(entry)).is_empty()
        })
    }

    /// Leaves out the platforms whose lockfiles record the hash that conda-lock makes of the inputs as they are
    /// now (`--check-input-hash`), and the environments of which nothing is left. Returns the platforms.
    pub(crate) fn leave_out_known_inputs(&mut self) -> BTreeSet<Platform> {
        let mut known = BTreeSet::new();
        for entry in &mut self.entries {
            let kinds = entry.kinds();
            let is_known = |platform: &Platform| {
                let Some(now) = entry.content_hashes.get(platform) else { return false };
                kinds.iter().all(|kind| {
                    entry
                        .existing(*kind)
                        .and_then(|existing| existing.lock.platforms.get(platform))
                        .and_then(|locked| locked.content_hash.as_ref())
                        .is_some_and(|recorded| now.accepts(recorded))
                })
            };
            let (leave, keep): (Vec<Platform>, Vec<Platform>) =
                entry.wanted.environment.platforms.iter().copied().partition(is_known);
            // The file goes on holding them.
            entry.wanted.declared.extend(&leave);
            known.extend(leave);
            entry.wanted.environment.platforms = keep;
        }
        self.entries.retain(|entry| !entry.wanted.environment.platforms.is_empty());
        known
    }

    /// Names that are in some lock or spec.
    pub(crate) fn known_packages(&self) -> BTreeSet<&str> {
        self.entries
            .iter()
            .flat_map(|entry| {
                let locked = entry.existing.iter().flat_map(|existing| {
                    let platforms = existing.lock.platforms.values();
                    platforms.flat_map(|locked| {
                        let conda = locked.records.iter().map(|record| record.name.as_str());
                        conda.chain(locked.pip.iter().map(|record| record.name.as_str()))
                    })
                });
                let wanted = entry.wanted.environment.requirements.iter();
                locked.chain(wanted.map(|requirement| requirement.name.as_normalized()))
            })
            .collect()
    }

    /// A name as locks and specs have it: conda's are lower case, and PyPI's are spelled as PEP 503 says unless
    /// conda has the name as it stands.
    pub(crate) fn spelled(&self, name: &str) -> String {
        let lower = name.to_lowercase();
        let known = self.known_packages();
        let normal = normalise_pypi_name(&lower);
        if !known.contains(lower.as_str()) && known.contains(normal.as_str()) {
            normal
        } else {
            lower
        }
    }

    /// Refuses names that are in no lock and no spec, for `--upgrade-package`.
    pub(crate) fn check_upgrade(&self, names: &BTreeSet<String>) -> Result<(), CommandError> {
        let known = self.known_packages();
        for name in names {
            if let Some(at) = name.find(|c: char| "=<>!~ []".contains(c)) {
                return Err(CommandError::error(format!("`{name}` is more than a package name"))
                    .hint(format!(
                        "write the version into the spec; `lockit update {}` takes the newest that fits",
                        &name[..at]
                    )));
            }
            if !known.contains(name.as_str()) {
                let error = CommandError::error(format!(
                    "`{name}` is in no lockfile and in no spec, so it cannot be updated"
                ));
                return Err(error.hint(did_you_mean(name, known.iter().copied()).unwrap_or_else(
                    || "to add it, write it into the spec and run `lockit`".to_owned(),
                )));
            }
        }
        Ok(())
    }

    /// Whether a path is that of an environment file.
    fn is_source(&self, path: &Path) -> bool {
        let same = |source: PathBuf| {
            source == path
                || fs_err::canonicalize(source)
                    .is_ok_and(|source| fs_err::canonicalize(path).is_ok_and(|path| path == source))
        };
        self.entries
            .iter()
            .any(|entry| entry.wanted.sources.iter().any(|source| same(entry.root.join(source))))
    }

    /// No lockfile takes the place of a spec, and two environments do not share one, except
    /// pixi.lock, which holds all of them.
    fn check_collisions(&self) -> Result<(), CommandError> {
        let mut seen: BTreeMap<PathBuf, (&str, Format)> = BTreeMap::new();
        for entry in &self.entries {
            let name = entry.wanted.environment.name.as_str();
            for kind in entry.kinds() {
                for (_, path) in entry.files(kind) {
                    if self.is_source(&path) {
                        return Err(CommandError::error(format!(
                            "the lockfile of `{name}` would be written over the spec `{}`",
                            shown(&path).display()
                        ))
                        .hint("give the lockfile another name"));
                    }
                    let Some((other, other_kind)) = seen.get(&path) else {
                        seen.insert(path, (name, kind));
                        continue;
                    };
                    if kind == *other_kind && kind.is_shared() {
                        continue;
                    }
                    let whose = if *other == name {
                        format!("kinds `{other_kind}` and `{kind}`")
                    } else {
                        format!("`{other}` and `{name}`")
                    };
                    return Err(CommandError::error(format!(
                        "{whose} would both be written to `{}`",
                        shown(&path).display()
                    ))
                    .hint("give each a `lockfile` or `filename-template` of its own"));
                }
            }
        }
        Ok(())
    }
}

impl Entry {
    /// The kinds to write.
    pub(crate) fn kinds(&self) -> Vec<Format> {
        if self.wanted.kinds.is_empty() {
            vec![Format::Explicit]
        } else {
            self.wanted.kinds.clone()
        }
    }

    /// The kinds to check: those that were asked for, else those that are there.
    pub(crate) fn kinds_to_check(&self) -> Vec<Format> {
        if self.wanted.kinds.is_empty() && !self.existing.is_empty() {
            self.existing.iter().map(|existing| existing.kind).collect()
        } else {
            self.kinds()
        }
    }

    /// How it is solved, as a lockfile tells it.
    pub(crate) fn solved_with(&self) -> LockedOptions {
        let options = &self.wanted.environment.options;
        LockedOptions {
            strategy: options.strategy,
            channel_priority: options.channel_priority,
            ..LockedOptions::default()
        }
    }

    /// The command that makes lockfiles again, for one platform or for all.
    pub(crate) fn command(&self, kinds: &[Format], platform: Option<Platform>) -> String {
        let mut command = self.wanted.command.clone();
        if !self.wanted.platforms_declared {
            // In whatever order they were given, and whether or not they are solved now.
            for one in self.hashes.keys().filter(|one| platform.is_none_or(|only| only == **one)) {
                command.push_str(" -p ");
                command.push_str(one.as_str());
            }
        }
        if !kinds.is_empty() && kinds != [Format::Explicit] {
            let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            command.push_str(" -k ");
            command.push_str(&names.join(","));
        }
        if let Some(part) = &self.wanted.part
            && (kinds.is_empty() || kinds.iter().any(|kind| kind.is_per_platform()))
        {
            command.push_str(&part.flags);
        }
        command
    }

    /// A path of a source, as it can be read.
    pub(crate) fn source_path(&self, source: &str) -> PathBuf {
        self.root.join(source)
    }

    /// What one kind of lockfile holds.
    pub(crate) fn existing(&self, kind: Format) -> Option<&Existing> {
        self.existing.iter().find(|existing| existing.kind == kind)
    }

    /// What goes into a file of a kind, when it is not all that is locked.
    pub(crate) fn part(&self, kind: Format) -> Option<&Part> {
        self.wanted.part.as_ref().filter(|_| kind.is_per_platform())
    }

    /// What all the lockfiles that there are hold, when it is not all that is locked.
    pub(crate) fn part_of_all(&self) -> Option<&Part> {
        self.existing.iter().try_fold(None, |_, existing| self.part(existing.kind).map(Some))?
    }

    /// The input hash of each wanted platform.
    fn hashes_of_all(&self, skip_pip: bool) -> BTreeMap<Platform, String> {
        let environment = &self.wanted.environment;
        let hash = |platform: &Platform| {
            let imposed = self.constraints.get(platform).map(Vec::as_slice).unwrap_or_default();
            (*platform, input_hash(environment, *platform, imposed, skip_pip))
        };
        environment.platforms.iter().map(hash).collect()
    }

    /// The input hashes that a file of a kind records.
    fn hashes_of(&self, kind: Format) -> &BTreeMap<Platform, String> {
        if self.part(kind).is_some() { &self.part_hashes } else { &self.hashes }
    }

    /// What is locked now, from every lockfile there is; the most trusted one wins per platform, and one that holds
    /// everything before one that holds a part.
    pub(crate) fn previous(&self) -> Option<Lock> {
        let mut existing: Vec<&Existing> = self.existing.iter().collect();
        existing.sort_by_key(|existing| self.part(existing.kind).is_some());
        let mut locks = existing.into_iter().map(|existing| existing.lock.clone());
        let mut first = locks.next()?;
        for lock in locks {
            first.absorb(lock);
        }
        Some(first)
    }

    /// Why a lock does not satisfy this environment.
    fn report(&self, existing: &Existing) -> Report {
        // A lock that says that it leaves them out is what it says.
        let skip_pip = self.skip_pip || existing.skips_pip();
        let input_hashes = match self.part(existing.kind) {
            Some(part) => part.hashes(&self.hashes_of_all(skip_pip)),
            None => self.hashes_of_all(skip_pip),
        };
        satisfaction::check(
            &existing.lock,
            satisfaction::Wanted {
                environment: self
                    .part(existing.kind)
                    .map_or(&self.wanted.environment, |part| &part.environment),
                input_hashes: &input_hashes,
                skip_pip,
                content_hashes: &self.content_hashes,
            },
        )
    }

    /// The lockfiles of one kind: one per platform, or one with no platform.
    pub(crate) fn files(&self, kind: Format) -> Vec<(Option<Platform>, PathBuf)> {
        let platforms = &self.wanted.environment.platforms;
        if kind.is_per_platform() {
            platforms.iter().map(|platform| (Some(*platform), self.path(kind, *platform))).collect()
        } else {
            let platform = platforms.first().copied().unwrap_or(Platform::NoArch);
            vec![(None, self.path(kind, platform))]
        }
    }

    /// The names of the lockfiles of one kind, for messages.
    pub(crate) fn files_text(&self, kind: Format) -> String {
        let names: Vec<String> = self
            .files(kind)
            .iter()
            .map(|(_, path)| format!("`{}`", shown(path).display()))
            .collect();
        names.join(", ")
    }

    fn path(&self, kind: Format, platform: Platform) -> PathBuf {
        let first = self.wanted.sources.first().map(PathBuf::as_path);
        let stem = stem(&self.wanted.environment.name, first);
        let default = || default_name(kind, stem.as_deref(), platform);
        let name = if kind.is_per_platform() {
            match self.wanted.template.as_deref().map(FilenameTemplate::parse) {
                Some(Ok(template)) => template.file_name(
                    kind,
                    &TemplateValues {
                        platform,
                        dev_dependencies: self.wanted.dev_dependencies,
                        input_hash: self
                            .hashes_of(kind)
                            .get(&platform)
                            .map(String::as_str)
                            .unwrap_or_default(),
                        version: env!("CARGO_PKG_VERSION"),
                        timestamp: self.now,
                    },
                ),
                _ => default(),
            }
        } else {
            self.wanted.lockfile.clone().unwrap_or_else(default)
        };
        self.root.join(name)
    }

    fn check_names(&self) -> Result<(), CommandError> {
        for (flag, name) in
            [("lockfile", &self.wanted.lockfile), ("filename-template", &self.wanted.template)]
        {
            if name.as_ref().is_some_and(String::is_empty) {
                return Err(CommandError::error(format!("`{flag}` is empty"))
                    .hint("leave it out for the usual names"));
            }
        }
        if let Some(template) = &self.wanted.template {
            FilenameTemplate::parse(template)
                .and_then(|parsed| parsed.check_platforms(self.wanted.environment.platforms.len()))
                .map_err(|error| CommandError::from_source(&error))?;
        }
        Ok(())
    }

    /// Lockfiles of platforms that specs or `lockit.toml` no longer name. Only files that say they
    /// were made by lockit, and only if nobody chose platforms by flag.
    pub(crate) fn dropped_files(&self, kinds: &[Format]) -> Vec<PathBuf> {
        if !self.wanted.platforms_declared {
            return Vec::new();
        }
        let mut dropped = Vec::new();
        for kind in kinds.iter().filter(|kind| kind.is_per_platform()) {
            // A run may be about a part of what is declared.
            let platforms = self.wanted.environment.platforms.iter().chain(&self.wanted.declared);
            let kept: Vec<PathBuf> =
                platforms.map(|platform| self.path(*kind, *platform)).collect();
            for platform in Platform::all() {
                let path = self.path(*kind, platform);
                let ours = || {
                    // Another environment may use the same names for other platforms.
                    fs_err::read_to_string(&path).is_ok_and(|text| {
                        let of = |line: &str| {
                            line.strip_prefix("# environment: ")
                                == Some(self.wanted.environment.name.as_str())
                        };
                        let by_lockit = |line: &str| line.starts_with("# Generated by lockit");
                        text.lines().any(by_lockit) && text.lines().any(of)
                    })
                };
                if !kept.contains(&path) && !dropped.contains(&path) && path.is_file() && ours() {
                    dropped.push(path);
                }
            }
        }
        dropped
    }

    fn read_existing(&mut self, kinds: &[Format], forget: bool) -> Result<(), CommandError> {
        for kind in kinds {
            match self.read_kind(*kind) {
                Ok(Some(existing)) => self.existing.push(existing),
                Ok(None) => {}
                Err(diagnostic) if self.holds_something_else(*kind) => {
                    let hint = "move it away, or choose another name with `--lockfile` or `--filename-template`";
                    return Err(CommandError::from(diagnostic.hint(hint)));
                }
                Err(_) if forget => {}
                Err(diagnostic) => {
                    let hint = "mend it or take it back from version control; `lockit --upgrade` makes a new one without looking at it";
                    return Err(CommandError::from(diagnostic.hint(hint)));
                }
            }
        }
        Ok(())
    }

    /// Whether something that never was a lockfile lies in the place of one.
    fn holds_something_else(&self, kind: Format) -> bool {
        self.files(kind).iter().filter(|(_, path)| path.is_file()).any(|(_, path)| {
            // What cannot be read is for the reader to explain.
            fs_err::read(path).is_ok_and(|bytes| {
                std::str::from_utf8(&bytes).map_or(true, lockit_lockfile::detect::is_foreign)
            })
        })
    }

    /// Reads the lockfiles of kinds that nobody asked for. They tell what is locked now, but
    /// whether they are sound is not ours to judge.
    fn read_rest(&mut self) {
        for kind in Format::MOST_FIRST {
            if self.existing(kind).is_none()
                && !self.kinds().contains(&kind)
                && let Ok(Some(existing)) = self.read_kind(kind)
            {
                self.existing.push(existing);
            }
        }
    }

    fn read_kind(&self, kind: Format) -> Result<Option<Existing>, Diagnostic> {
        let mut found: Option<Lock> = None;
        let mut seen = Vec::new();
        for (_, path) in self.files(kind) {
            if !self.files.has(&path) {
                continue;
            }
            let Some((lock, warnings)) = self.read_file(kind, &path)? else { continue };
            seen.extend(warnings);
            match &mut found {
                Some(known) => known.absorb(lock),
                None => found = Some(lock),
            }
        }
        Ok(found.map(|lock| Existing { kind, lock, warnings: seen }))
    }

    /// `None` when the file holds nothing about this environment.
    fn read_file(
        &self,
        kind: Format,
        path: &Path,
    ) -> Result<Option<(Lock, Vec<Diagnostic>)>, Diagnostic> {
        let path = shown(path);
        let found = self.files.lockfile(&path).map_err(|diagnostic| *diagnostic)?;
        if found.format != kind {
            return Err(Diagnostic::error(format!(
                "`{}` should be a lockfile of kind `{kind}`, but its kind is `{}`",
                path.display(),
                found.format
            )));
        }
        let name = &self.wanted.environment.name;
        let lock =
            found.locks.into_iter().find(|lock| !kind.is_shared() || lock.environment == *name);
        Ok(lock.map(|lock| (lock, found.warnings)))
    }
}
