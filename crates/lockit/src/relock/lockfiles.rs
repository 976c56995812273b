//! From locks to files: what each lockfile says, and putting it on disk.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::conda_lock::refused_by_conda_lock;
use lockit_lockfile::write::Written;
use lockit_lockfile::{ExplicitOptions, Format, Lock, PipSource, RenderOptions};
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
    texts: Texts,
    /// Those that hold several environments, which are rendered when all are known.
    shared: BTreeMap<(PathBuf, Format), Vec<Lock>>,
}

impl<'a> Lockfiles<'a> {
    pub(crate) fn new(plan: &'a Plan, writing: Writing) -> Self {
        Self {
            plan,
            writing,
            files: Vec::new(),
            warnings: Vec::new(),
            texts: Texts::default(),
            shared: BTreeMap::new(),
        }
    }

    /// Renders the lockfiles of an environment, in every kind that was asked for.
    pub(crate) fn add(&mut self, entry: &Entry, lock: &Lock) -> Result<(), CommandError> {
        if lock.platforms.is_empty() {
            return Ok(());
        }
        for kind in entry.kinds().iter().copied() {
            for (platform, path) in entry.files(kind) {
                if platform.is_some_and(|platform| !lock.platforms.contains_key(&platform)) {
                    continue;
                }
                let lock = told(entry, lock, kind, platform, self.writing);
                if kind.is_shared() {
                    self.shared.entry((path, kind)).or_default().push(lock);
                    continue;
                }
                let name = entry.wanted.environment.name.clone();
                self.put(path, kind, &[&lock], platform, Some((name, platform)))?;
            }
        }
        Ok(())
    }

    /// Renders what holds several environments.
    pub(crate) fn finish(&mut self) -> Result<(), CommandError> {
        for ((path, kind), members) in std::mem::take(&mut self.shared) {
            let others = other_environments(self.plan, &members, &path);
            let all: Vec<&Lock> = members.iter().chain(&others).collect();
            let of = match members.as_slice() {
                [lock] => Some((lock.environment.clone(), None)),
                _ => None,
            };
            self.put(path, kind, &all, None, of)?;
        }
        Ok(())
    }

    fn put(
        &mut self,
        path: PathBuf,
        kind: Format,
        locks: &[&Lock],
        platform: Option<Platform>,
        of: Option<(String, Option<Platform>)>,
    ) -> Result<(), CommandError> {
        let file_name = path.file_name().unwrap_or_default().to_string_lossy();
        let explicit = ExplicitOptions { md5: self.writing.md5 };
        let options = RenderOptions { explicit, file_name: &file_name };
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
        write(texts, context)
    }
}

/// What a shared lockfile holds of environments that this run does not write: those that could not
/// be solved now, and those that it was not asked for.
fn other_environments(plan: &Plan, members: &[Lock], path: &Path) -> Vec<Lock> {
    if !plan.around.files.has(path) {
        return Vec::new();
    }
    // A broken file would have stopped the run, unless it is to be forgotten.
    let Ok(lockfile) = plan.around.files.lockfile(path) else { return Vec::new() };
    let is_written = |name: &str| members.iter().any(|lock| lock.environment == name);
    let is_gone = |name: &str| plan.complete && plan.entry(name).is_none();
    let is_kept = |lock: &&Lock| !is_written(&lock.environment) && !is_gone(&lock.environment);
    lockfile.locks.iter().filter(is_kept).cloned().collect()
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
    lock.command = Some(recorded::write(&recorded, Writing { md5, ..writing }));
    if writing.strip_auth {
        lock.strip_credentials();
    }
    // `../` for each folder between the root and the lockfile.
    let path = entry.files(kind).into_iter().next().map(|(_, path)| path).unwrap_or_default();
    let depth = match (&entry.wanted.lockfile, &entry.wanted.template) {
        (Some(name), _) if !kind.is_per_platform() => folders_in(name),
        (_, Some(name)) if kind.is_per_platform() => folders_in(name),
        _ => 0,
    };
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
