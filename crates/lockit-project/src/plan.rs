//! Which lockfiles belong to each environment, and what they hold now.

use std::collections::{BTreeMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::lock_specification::ContentHash;
use lockit_lockfile::satisfaction::ParsedRecords;
use lockit_lockfile::{Format, InputHash, Lock, LockedOptions, input_hash};
use lockit_spec::{Platform, Rewrites};

use super::categories::Categories;
use super::conda_lock_inputs::content_hashes;
use super::error::ProjectError;
use super::existing::Existing;
use super::gather::Inputs;
use super::lineage::Imposed;
use super::part::Part;
use super::selection::Selection;
use super::solve_groups::SolveGroup;
use super::surroundings::Surroundings;
use super::wanted::Wanted;

/// All environments of a run with the lockfiles they have.
#[derive(Debug)]
pub struct Plan {
    /// The environments, in the order of their declaration.
    pub entries: Vec<Entry>,
    /// What is solved for entries that are solved together.
    pub groups: Vec<SolveGroup>,
    /// Whether these are all environments of the project.
    pub complete: bool,
    /// Whether PyPI packages are left out.
    pub skip_pip: bool,
    /// The project's folder.
    pub root: PathBuf,
    /// What a person should know about lockfiles that can be worked with.
    pub warnings: Vec<Diagnostic>,
    /// Where it was read.
    pub around: Arc<Surroundings>,
    by_name: BTreeMap<String, usize>,
    /// What lockfiles ask for, parsed once for all of them.
    pub(super) parsed: Mutex<ParsedRecords>,
}

/// One environment with the lockfiles it has.
#[derive(Debug)]
pub struct Entry {
    /// What is wanted.
    pub wanted: Wanted,
    /// What environments that follow this one impose, per platform, as spec texts.
    constraints: BTreeMap<Platform, Vec<String>>,
    /// The input hash of each wanted platform.
    pub hashes: BTreeMap<Platform, InputHash>,
    /// The same for files that hold a part of the lock.
    part_hashes: BTreeMap<Platform, InputHash>,
    content_hashes: OnceLock<BTreeMap<Platform, ContentHash>>,
    /// Lockfiles there are, in the order in which they are believed.
    pub existing: Vec<Existing>,
    /// The kinds that a run writes.
    kinds: Vec<Format>,
    /// Kinds whose places hold something else, and what is to be said when they are to be written.
    pub(super) occupied: Vec<(Format, Diagnostic)>,
    /// Kinds that are there and are not to be looked at.
    pub(super) forgotten: Vec<Format>,
    pub(super) root: PathBuf,
    pub(super) around: Arc<Surroundings>,
    /// What addresses of mirrors stand for, by `[rewrite]` of lockit.toml.
    pub(super) mirrors: Arc<Rewrites>,
    /// Whether PyPI packages are left out.
    pub skip_pip: bool,
}

/// Which lockfiles a plan reads.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Reading {
    /// Also those of kinds that are not to be written.
    pub all: bool,
    /// Lockfiles that cannot be read count as empty. Else they are an error, so that they are not written over by
    /// mistake.
    pub forget: bool,
}

impl Plan {
    /// Finds and reads the lockfiles of every environment.
    ///
    /// # Errors
    /// Lockfiles that cannot be read, names that cannot be, and files that would be written over.
    pub fn new(
        inputs: Inputs,
        around: &Surroundings,
        reading: Reading,
    ) -> Result<Self, ProjectError> {
        let imposed = Imposed::new(&inputs.environments);
        let Inputs { root, environments, groups, complete, whole, skip_pip, rewrites, warnings: _ } =
            inputs;
        let mirrors = Arc::new(rewrites.undone());
        let mut warnings = Vec::new();
        let around = Arc::new(around.clone());
        let mut entries = Vec::with_capacity(environments.len());
        for wanted in environments {
            let mut entry = Entry {
                constraints: imposed.on(&wanted.environment),
                content_hashes: OnceLock::new(),
                wanted,
                hashes: BTreeMap::new(),
                part_hashes: BTreeMap::new(),
                existing: Vec::new(),
                kinds: Vec::new(),
                occupied: Vec::new(),
                forgotten: Vec::new(),
                root: root.clone(),
                around: Arc::clone(&around),
                mirrors: Arc::clone(&mirrors),
                skip_pip,
            };
            entry.hashes = entry.hashes_of_all(skip_pip);
            if let Some(part) = &entry.wanted.part {
                entry.part_hashes = part.hashes(&entry.hashes);
            }
            entry.check_names()?;
            entry.read_existing(reading.forget)?;
            if reading.all {
                entry.read_rest();
            }
            entries.push(entry);
        }
        choose_kinds(&mut entries, || whole.map(|whole| kinds_of(&whole, &around)))?;
        for entry in &mut entries {
            entry.believe_the_newest();
            let read = entry.existing.iter().filter(|one| entry.kinds.contains(&one.kind));
            warnings.extend(read.flat_map(|existing| existing.warnings.iter().cloned()));
        }
        let by_name = by_name(&entries);
        let parsed = Mutex::default();
        let plan =
            Self { entries, groups, complete, skip_pip, root, warnings, around, by_name, parsed };
        plan.check_collisions()?;
        Ok(plan)
    }

    /// Reads what [`Plan::new`] has left out.
    pub fn read_rest(&mut self) {
        self.entries.iter_mut().for_each(Entry::read_rest);
    }

    /// Reads the lockfiles that the run has written since, so that what is made from locks is made from these.
    ///
    /// # Errors
    /// One that cannot be read.
    pub fn reread(&mut self) -> Result<(), ProjectError> {
        self.entries.iter_mut().try_for_each(Entry::reread)
    }

    /// The entry of an environment.
    pub fn entry(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name).map(|nth| &self.entries[*nth])
    }

    /// Keeps the environments of which something is left to do.
    pub(super) fn retain(&mut self, is_kept: impl Fn(&Entry) -> bool) {
        self.entries.retain(is_kept);
        self.by_name = by_name(&self.entries);
    }

    /// No lockfile takes the place of a spec, and two environments do not share one, except
    /// pixi.lock, which holds all of them.
    fn check_collisions(&self) -> Result<(), ProjectError> {
        let sources = SourceFiles::of(self);
        let mut seen: BTreeMap<PathBuf, (&str, Format)> = BTreeMap::new();
        for entry in &self.entries {
            let name = entry.wanted.environment.name.as_str();
            for kind in entry.kinds().iter().copied() {
                for (_, path) in entry.files(kind) {
                    if sources.has(&path) {
                        return Err(ProjectError::new(format!(
                            "the lockfile of `{name}` would be written over the spec `{}`",
                            self.around.shown(&path).display()
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
                    return Err(ProjectError::new(format!(
                        "{whose} would both be written to `{}`",
                        self.around.shown(&path).display()
                    ))
                    .hint("give each a `lockfile` or `filename-template` of its own"));
                }
            }
        }
        Ok(())
    }
}

/// Where each environment stands.
fn by_name(entries: &[Entry]) -> BTreeMap<String, usize> {
    entries.iter().map(|entry| entry.wanted.environment.name.clone()).zip(0..).collect()
}

/// The kinds that each environment is written in: those that were asked for, else those that it has, else those
/// that other environments of the run have, else those that others of the project have, else explicit files.
fn choose_kinds(
    entries: &mut [Entry],
    of_project: impl FnOnce() -> Option<Vec<Format>>,
) -> Result<(), ProjectError> {
    let mut of_others: Vec<Format> = Vec::new();
    for entry in entries.iter_mut() {
        entry.kinds = entry.own_kinds();
        if entry.wanted.kinds.is_empty() {
            for kind in &entry.kinds {
                if !of_others.contains(kind) {
                    of_others.push(*kind);
                }
            }
        }
    }
    if of_others.is_empty() && entries.iter().any(|entry| entry.kinds.is_empty()) {
        of_others = of_project().unwrap_or_default();
    }
    if of_others.is_empty() {
        of_others.push(Format::Explicit);
    }
    for entry in entries {
        if entry.kinds.is_empty() {
            entry.kinds.clone_from(&of_others);
        }
        let blocked = entry.occupied.iter().find(|(kind, _)| entry.kinds.contains(kind));
        if let Some((_, diagnostic)) = blocked {
            return Err(ProjectError::from(diagnostic.clone()));
        }
    }
    Ok(())
}

/// The kinds of the lockfiles that there are of a selection. What is broken elsewhere is none of this run's business.
fn kinds_of(selection: &Selection, around: &Surroundings) -> Vec<Format> {
    let Ok(inputs) = Inputs::gather(selection, around) else { return Vec::new() };
    let Ok(plan) = Plan::new(inputs, around, Reading { all: false, forget: true }) else {
        return Vec::new();
    };
    let existing = plan.entries.iter().flat_map(|entry| &entry.existing);
    let kinds: HashSet<Format> = existing.map(|existing| existing.kind).collect();
    Format::MOST_FIRST.into_iter().filter(|kind| kinds.contains(kind)).collect()
}

impl Entry {
    /// The kinds to write, and to check.
    pub fn kinds(&self) -> &[Format] {
        &self.kinds
    }

    /// The kinds that were asked for or are there, and those that a name was given for. Empty where nothing says.
    fn own_kinds(&self) -> Vec<Format> {
        if !self.wanted.kinds.is_empty() {
            return self.wanted.kinds.clone();
        }
        let mut kinds: Vec<Format> = self
            .existing
            .iter()
            .map(|existing| existing.kind)
            .chain(self.forgotten.iter().copied())
            .collect();
        if let Some(name) = &self.wanted.lockfile {
            // One file cannot be of two kinds: a broken one counts as what it is called like.
            let called = kind_called(Path::new(name));
            kinds.retain(|kind| {
                kind.is_per_platform() || *kind == called || !self.forgotten.contains(kind)
            });
        }
        let has = |kinds: &[Format], per_platform: bool| {
            kinds.iter().any(|kind| kind.is_per_platform() == per_platform)
        };
        if let Some(name) = &self.wanted.recorded.lockfile
            && !has(&kinds, false)
        {
            kinds.push(kind_called(name));
        }
        if self.wanted.recorded.filename_template.is_some() && !has(&kinds, true) {
            kinds.push(Format::Explicit);
        }
        kinds
    }

    /// The inputs of each wanted platform as conda-lock counts them; empty when it could not read them. Few lockfiles
    /// record them, and they are made when the first one does.
    pub fn content_hashes(&self) -> &BTreeMap<Platform, ContentHash> {
        self.content_hashes.get_or_init(|| content_hashes(&self.wanted, &self.around))
    }

    /// How it is solved, as a lockfile tells it.
    pub fn solved_with(&self) -> LockedOptions {
        let options = &self.wanted.environment.options;
        LockedOptions {
            strategy: options.strategy,
            channel_priority: options.channel_priority,
            prereleases: self.wanted.environment.pip_sources.prereleases,
        }
    }

    /// What to ask for to make lockfiles of some kinds again, for one platform or for all.
    pub fn recorded(&self, kinds: &[Format], platform: Option<Platform>) -> Selection {
        let mut recorded = self.wanted.recorded.clone();
        if !self.wanted.platforms_declared {
            // In whatever order they were given, and whether or not they are solved now.
            let all = self.hashes.keys().filter(|one| platform.is_none_or(|only| only == **one));
            recorded.platforms = all.copied().collect();
        }
        if kinds != [Format::Explicit] {
            recorded.kinds = kinds.to_vec();
        }
        let is_part = self.wanted.part.is_some()
            && (kinds.is_empty() || kinds.iter().any(|kind| kind.is_per_platform()));
        if !is_part && !recorded.filter_categories {
            recorded.categories = Categories::default();
        }
        recorded
    }

    /// What goes into a file of a kind, when it is not all that is locked.
    pub fn part(&self, kind: Format) -> Option<&Part> {
        self.wanted.part.as_ref().filter(|_| kind.is_per_platform())
    }

    /// What all the lockfiles that there are hold, when it is not all that is locked.
    pub fn part_of_all(&self) -> Option<&Part> {
        self.existing.iter().try_fold(None, |_, existing| self.part(existing.kind).map(Some))?
    }

    /// The input hash of each wanted platform.
    pub(super) fn hashes_of_all(&self, skip_pip: bool) -> BTreeMap<Platform, InputHash> {
        let environment = &self.wanted.environment;
        let hash = |platform: &Platform| {
            let imposed = self.constraints.get(platform).map(Vec::as_slice).unwrap_or_default();
            let hash = input_hash(environment, *platform, imposed, skip_pip);
            let folders = if skip_pip { Vec::new() } else { self.folder_needs(*platform) };
            (*platform, hash.with_folders(&folders))
        };
        environment.platforms.iter().map(hash).collect()
    }

    /// The input hashes that a file of a kind records.
    pub(super) fn hashes_of(&self, kind: Format) -> &BTreeMap<Platform, InputHash> {
        if self.part(kind).is_some() { &self.part_hashes } else { &self.hashes }
    }

    /// What is locked now, from every lockfile there is; the most trusted one wins per platform, and one that holds
    /// everything before one that holds a part.
    pub fn previous(&self) -> Option<Lock> {
        let mut existing: Vec<&Existing> = self.existing.iter().collect();
        existing.sort_by_key(|existing| self.part(existing.kind).is_some());
        let mut locks = existing.into_iter().map(|existing| existing.lock.clone());
        let mut first = locks.next()?;
        for lock in locks {
            first.absorb(lock);
        }
        Some(first)
    }
}

/// The kind of a lockfile of all platforms, by its name.
fn kind_called(name: &Path) -> Format {
    let is_pixi = name.file_name().is_some_and(|name| name == "pixi.lock");
    if is_pixi { Format::Pixi } else { Format::CondaLock }
}

/// The specs of a plan, by what they are rather than by what they are called.
struct SourceFiles {
    paths: HashSet<PathBuf>,
    files: HashSet<FileId>,
}

#[cfg(unix)]
type FileId = (u64, u64);
#[cfg(not(unix))]
type FileId = PathBuf;

/// What tells one file from another, whatever it is called.
fn file_id(path: &Path) -> Option<FileId> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = std::fs::metadata(path).ok()?;
        Some((metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    fs_err::canonicalize(path).ok()
}

impl SourceFiles {
    fn of(plan: &Plan) -> Self {
        let paths: HashSet<PathBuf> = plan
            .entries
            .iter()
            .flat_map(|entry| entry.wanted.sources.iter().map(|source| entry.root.join(source)))
            .collect();
        let files = paths.iter().filter_map(|path| file_id(path)).collect();
        Self { paths, files }
    }

    fn has(&self, path: &Path) -> bool {
        self.paths.contains(path) || file_id(path).is_some_and(|id| self.files.contains(&id))
    }
}
