//! From locks to files: what each lockfile says, and putting it on disk.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::conda_lock::refused_by_conda_lock;
use lockit_lockfile::pixi::{Kept, WriteOptions};
use lockit_lockfile::write::Written;
use lockit_lockfile::{ExplicitOptions, Format, Lock, PipIndexes, PipSource, RenderOptions};
use lockit_spec::Platform;

use crate::args::recorded;
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use crate::world::outputs::{make_folders, remove, would_write, write};
use crate::world::texts::Texts;
use lockit_project::plan::{Entry, Plan};
use lockit_project::standing::Writing;

/// One file to be written.
#[cfg_attr(not(feature = "solve"), expect(dead_code, reason = "the summary of a solve reads it"))]
pub(crate) struct Rendered {
    pub(crate) path: PathBuf,
    /// Environment and platform; pixi.lock holds several environments, conda-lock.yml several
    /// platforms.
    pub(crate) of: Option<(String, Option<Platform>)>,
}

/// The lockfiles of a run, rendered one environment after the other.
pub(crate) struct Lockfiles<'a> {
    plan: &'a Plan,
    writing: Writing,
    files: Vec<Rendered>,
    /// What is to be told of what is written.
    warnings: Vec<Diagnostic>,
    /// What is to be said when something of it changes.
    notes: Vec<String>,
    texts: Texts,
    /// Those that hold several environments, which are rendered when all are known: each lock as the file calls it,
    /// with the environment that it is of.
    shared: BTreeMap<(PathBuf, Format), Vec<(String, Lock)>>,
}

impl<'a> Lockfiles<'a> {
    pub(crate) fn new(plan: &'a Plan, writing: Writing) -> Self {
        Self {
            plan,
            writing,
            files: Vec::new(),
            warnings: Vec::new(),
            notes: Vec::new(),
            texts: Texts::default(),
            shared: BTreeMap::new(),
        }
    }

    /// Renders the lockfiles of an environment, in every kind that was asked for.
    pub(crate) fn add(&mut self, entry: &Entry, lock: &Lock) -> Result<(), CommandError> {
        if lock.platforms.is_empty() {
            return Ok(());
        }
        self.say_variables(entry);
        for kind in entry.kinds().iter().copied() {
            for (platform, path) in entry.files(kind) {
                if platform.is_some_and(|platform| !lock.platforms.contains_key(&platform)) {
                    continue;
                }
                let mut lock = told(entry, lock, kind, platform, self.writing);
                let name = entry.wanted.environment.name.clone();
                if kind.is_shared() {
                    lock.environment = entry.shared_name_in(&path);
                    let environment = &entry.wanted.environment;
                    if !environment.pip.is_empty() {
                        lock.pip_indexes = Some(PipIndexes::of(&environment.pip_sources));
                        lock.state_purls(&environment.names);
                    }
                    self.shared.entry((path, kind)).or_default().push((name, lock));
                    continue;
                }
                let of = (platform, Some((name, platform)));
                self.put(path, kind, &[&lock], of, WriteOptions::default())?;
            }
        }
        Ok(())
    }

    /// Variables are in no lockfile but rendered environments.
    fn say_variables(&mut self, entry: &Entry) {
        let environment = &entry.wanted.environment;
        let without: Vec<String> = entry
            .kinds()
            .iter()
            .filter(|kind| !kind.keeps_variables())
            .map(|kind| format!("`{kind}`"))
            .collect();
        if environment.variables.is_empty() || without.is_empty() {
            return;
        }
        let names: Vec<&str> = environment.variables.keys().map(String::as_str).collect();
        self.notes.push(format!(
            "lockfiles of format {} do not hold the variables of `{}` ({}); `lockit install`, `lockit dockerfile` and `-k env` take them from the spec",
            without.join(", "),
            environment.name,
            names.join(", "),
        ));
    }

    /// Renders what holds several environments.
    pub(crate) fn finish(&mut self) -> Result<(), CommandError> {
        for ((path, kind), members) in std::mem::take(&mut self.shared) {
            let others = other_environments(self.plan, &path);
            let is_written = |name: &str| members.iter().any(|(_, lock)| lock.environment == name);
            let kept: Vec<Kept<'_>> = others
                .iter()
                .filter(|(_, lock)| !is_written(&lock.environment))
                .map(|(from, lock)| Kept { from, lock })
                .collect();
            let replaces = self.plan.around.files.read(&path).ok();
            let pixi = WriteOptions {
                replaces: replaces.as_ref(),
                kept: &kept,
                version: self.writing.pixi_version,
            };
            let all: Vec<&Lock> = members.iter().map(|(_, lock)| lock).collect();
            let of = match members.as_slice() {
                [(name, _)] => Some((name.clone(), None)),
                _ => None,
            };
            self.put(path, kind, &all, (None, of), pixi)?;
        }
        Ok(())
    }

    fn put(
        &mut self,
        path: PathBuf,
        kind: Format,
        locks: &[&Lock],
        (platform, of): (Option<Platform>, Option<(String, Option<Platform>)>),
        pixi: WriteOptions<'_>,
    ) -> Result<(), CommandError> {
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        let explicit = ExplicitOptions { md5: self.writing.md5 };
        let options = RenderOptions { explicit, pixi, file_name: &file_name };
        let text = lockit_lockfile::render(kind, locks, platform, options)?;
        if kind == Format::CondaLock {
            self.warnings.extend(refused_by_conda_lock(locks, &file_name));
        }
        self.texts.add(path.clone(), &text)?;
        self.files.push(Rendered { path, of });
        Ok(())
    }

    /// What there is to write.
    #[cfg_attr(not(feature = "solve"), expect(dead_code, reason = "only a run that solves writes"))]
    pub(crate) fn files(&self) -> &[Rendered] {
        &self.files
    }

    /// The text of one file; `None` for a path that is not among them.
    pub(crate) fn text(&self, path: &Path) -> Result<Option<String>, CommandError> {
        let text = self.texts.text(path)?;
        Ok(text.map(|text| String::from_utf8(text).expect("it was a text when it was put there")))
    }

    /// Writes the files; says what a write would do on a dry run.
    #[cfg_attr(not(feature = "solve"), expect(dead_code, reason = "only a run that solves writes"))]
    pub(crate) fn put_away(
        &mut self,
        dry_run: bool,
        context: &Context,
    ) -> Result<Vec<Written>, CommandError> {
        context.printer.diagnostics(&std::mem::take(&mut self.warnings));
        let texts = std::mem::take(&mut self.texts);
        if dry_run {
            return would_write(&texts, context);
        }
        make_folders(&texts, context)?;
        let written = write(texts, context)?;
        if written.iter().any(|one| *one != Written::Unchanged) {
            for note in &self.notes {
                context.printer.status(&format!("note: {note}"));
            }
        }
        Ok(written)
    }
}

/// What a shared lockfile holds of environments that this run does not write: those that could not
/// be solved now, and those that it was not asked for. Each with what the file calls it now, and as it is to be called.
fn other_environments(plan: &Plan, path: &Path) -> Vec<(String, Lock)> {
    // There may be none. A broken file would have stopped the run, unless it is to be forgotten.
    let Ok(lockfile) = plan.around.files.lockfile(path) else { return Vec::new() };
    let held: Vec<&str> = lockfile.locks.iter().map(|lock| lock.environment.as_str()).collect();
    let names = || plan.entries.iter().map(|entry| &entry.wanted.shared_name);
    let kept = lockfile.locks.iter().filter_map(|lock| {
        let name = lock.environment.as_str();
        let kept = match names().find(|one| one.is(name, &held)) {
            // A copy under an earlier name beside the one that counts is of no use to anybody.
            Some(ours) => (ours.find(&held) == Some(name))
                .then(|| Lock { environment: ours.written(&held).to_owned(), ..lock.clone() }),
            None => (!plan.complete).then(|| lock.clone()),
        };
        kept.map(|lock| (name.to_owned(), lock))
    });
    kept.collect()
}

/// The lock as one file tells it: what that file had for platforms that could not be solved now,
/// sources relative to the file, and the command for that kind and platform.
fn told(
    entry: &Entry,
    lock: &Lock,
    kind: Format,
    platform: Option<Platform>,
    writing: Writing,
) -> Lock {
    let mut lock = match platform {
        Some(platform) => lock.on(platform),
        None => lock.clone(),
    };
    // `../` for each folder between the root and the lockfile.
    let path = entry.files(kind).into_iter().next().map(|(_, path)| path).unwrap_or_default();
    let name = match (&entry.wanted.lockfile, &entry.wanted.template) {
        (Some(name), _) if !kind.is_per_platform() => name.as_str(),
        (_, Some(name)) if kind.is_per_platform() => name.as_str(),
        _ => "",
    };
    // What the file has already is named from there.
    lock.moved(Path::new(""), Path::new(name).parent().unwrap_or(Path::new("")));
    let depth = folders_in(name);
    if let Some(part) = entry.part(kind) {
        part.keep(&mut lock);
    }
    if platform.is_none()
        && let Some(existing) = entry.existing(kind)
    {
        // Flags may choose a part of the platforms, the file holds them all.
        for wanted in entry.wanted.environment.platforms.iter().chain(&entry.wanted.declared) {
            if let Some(kept) = existing.lock.platforms.get(wanted) {
                lock.platforms.entry(*wanted).or_insert_with(|| kept.clone());
            }
        }
    }
    if let Some(existing) = entry.existing(kind) {
        // What people have added stays, as with conda-lock.
        for (name, text) in &existing.lock.metadata.custom {
            lock.metadata.custom.entry(name.clone()).or_insert_with(|| text.clone());
        }
    }
    let md5 = writing.md5 && kind == Format::Explicit;
    let recorded = entry.recorded(&[kind], platform);
    let writing = Writing { md5, ..writing };
    lock.command = Some(recorded::write(&recorded, writing));
    if writing.strip_auth {
        lock.strip_credentials();
    }
    if depth > 0 && !path.as_os_str().is_empty() {
        let from_file = |source: &str| {
            if Path::new(source).is_absolute() {
                source.to_owned()
            } else {
                format!("{}{source}", "../".repeat(depth))
            }
        };
        for source in &mut lock.sources {
            *source = from_file(source);
        }
        for record in lock.platforms.values_mut().flat_map(|locked| &mut locked.pip) {
            let (PipSource::Archive { url: path, .. } | PipSource::Folder { path, .. }) =
                &mut record.source
            else {
                continue;
            };
            if path.starts_with("./") || path.starts_with("../") {
                *path = from_file(path.strip_prefix("./").unwrap_or(path));
            }
        }
        let inputs = std::mem::take(&mut lock.metadata.inputs).into_iter();
        lock.metadata.inputs = inputs.map(|(name, one)| (from_file(&name), one)).collect();
    }
    lock
}

/// How many folders deep a name is.
fn folders_in(name: &str) -> usize {
    let names = Path::new(name).components().filter(|part| matches!(part, Component::Normal(_)));
    names.count().saturating_sub(1)
}

/// Removes lockfiles of platforms that are no longer wanted.
#[cfg_attr(not(feature = "solve"), expect(dead_code, reason = "only a run that solves writes"))]
pub(crate) fn drop_files(
    plan: &Plan,
    dry_run: bool,
    context: &Context,
) -> Result<(), CommandError> {
    for entry in &plan.entries {
        for path in entry.dropped_files(entry.kinds()) {
            let name = context.shown(&path);
            if dry_run {
                context.printer.status(&format!(
                    "would remove `{}`: its platform is no longer wanted",
                    name.display()
                ));
            } else {
                remove(&path, context)?;
                context.printer.status(&format!(
                    "removed `{}`: its platform is no longer wanted",
                    name.display()
                ));
            }
        }
    }
    Ok(())
}
