//! Reading the lockfiles that an environment has.

use std::path::Path;

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::detect;
use lockit_lockfile::{Format, Lock};

use super::error::ProjectError;
use super::existing::{Existing, Rewritten};
use super::plan::Entry;

const MEND: &str = "mend it or take it back from version control; `lockit --upgrade` makes a new one without looking at it";

/// The kinds, that which is written unasked first.
const USUAL_FIRST: [Format; 4] = [Format::Explicit, Format::Pixi, Format::CondaLock, Format::Env];

/// Why a lockfile is not read.
enum Unread {
    /// It is there and cannot be.
    Broken(Diagnostic),
    /// It is one of another kind.
    OtherKind(Diagnostic),
}

/// What a file holds about one environment.
struct FileRead {
    lock: Lock,
    /// Every environment of the file.
    names: Vec<String>,
    warnings: Vec<Diagnostic>,
}

impl Entry {
    /// What one kind of lockfile holds.
    pub fn existing(&self, kind: Format) -> Option<&Existing> {
        self.existing.iter().find(|existing| existing.kind == kind)
    }

    /// Reads the lockfiles that a run renews: those of the kinds that were asked for, or of all kinds that are there.
    ///
    /// # Errors
    /// One that cannot be read, so that it is not written over by mistake; with `forget` it counts as empty.
    pub(super) fn read_existing(&mut self, forget: bool) -> Result<(), ProjectError> {
        for kind in self.kinds_to_read() {
            match self.read_kind(kind) {
                Ok(Some(existing)) => self.existing.push(existing),
                Ok(None) => {}
                Err(Unread::Broken(diagnostic)) if self.is_foreign(kind) => {
                    // It is not to be locked, a lockfile is to be put in its place.
                    let diagnostic = Diagnostic { hints: Vec::new(), ..diagnostic };
                    let hint = "move it away, or choose another name with `--lockfile` or `--filename-template`";
                    self.occupied.push((kind, diagnostic.hint(hint)));
                }
                Err(Unread::Broken(_)) if forget => self.forgotten.push(kind),
                Err(Unread::Broken(diagnostic)) => {
                    return Err(ProjectError::from(diagnostic.hint(MEND)));
                }
                Err(Unread::OtherKind(_)) if forget => {}
                // It is in the way only of a file of this kind.
                Err(Unread::OtherKind(diagnostic)) => {
                    self.occupied.push((kind, diagnostic.hint(MEND)));
                }
            }
        }
        Ok(())
    }

    /// Reads the lockfiles of kinds that nobody asked for. They tell what is locked now, but
    /// whether they are sound is not ours to judge.
    pub(super) fn read_rest(&mut self) {
        if self.wanted.kinds.is_empty() {
            return;
        }
        for kind in Format::MOST_FIRST {
            if self.existing(kind).is_none()
                && !self.wanted.kinds.contains(&kind)
                && let Ok(Some(existing)) = self.read_kind(kind)
            {
                self.existing.push(existing);
            }
        }
    }

    /// Takes up what the run has written since.
    ///
    /// # Errors
    /// A lockfile that cannot be read.
    pub(super) fn reread(&mut self) -> Result<(), ProjectError> {
        let is_written = |kind: &Format| {
            self.files(*kind).iter().any(|(_, path)| self.around.files.is_written(path))
        };
        let written: Vec<Format> = USUAL_FIRST.into_iter().filter(is_written).collect();
        for kind in &written {
            let existing = self.read_kind(*kind).map_err(|unread| {
                let (Unread::Broken(diagnostic) | Unread::OtherKind(diagnostic)) = unread;
                ProjectError::from(diagnostic)
            })?;
            self.existing.retain(|one| one.kind != *kind);
            self.existing.extend(existing);
        }
        self.forgotten.retain(|kind| !written.contains(kind));
        let mut order = self.kinds_to_read();
        order.extend(Format::MOST_FIRST);
        self.existing.sort_by_key(|one| order.iter().position(|kind| *kind == one.kind));
        self.believe_the_newest();
        Ok(())
    }

    /// The kinds that were asked for, else all.
    fn kinds_to_read(&self) -> Vec<Format> {
        let asked = &self.wanted.kinds;
        if asked.is_empty() { USUAL_FIRST.to_vec() } else { asked.clone() }
    }

    /// Whether something that never was a lockfile lies in the place of one.
    fn is_foreign(&self, kind: Format) -> bool {
        self.files(kind).iter().filter(|(_, path)| path.is_file()).any(|(_, path)| {
            // What cannot be read is for the reader to explain.
            fs_err::read(path)
                .is_ok_and(|bytes| std::str::from_utf8(&bytes).map_or(true, detect::is_foreign))
        })
    }

    /// What a lockfile of several environments is to call this one.
    pub fn shared_name_in(&self, path: &Path) -> String {
        let found = self.around.files.lockfile(&self.around.shown(path));
        let locks = found.as_ref().map(|found| found.locks.as_slice()).unwrap_or_default();
        let held: Vec<&str> = locks.iter().map(|lock| lock.environment.as_str()).collect();
        self.wanted.shared_name.written(&held).to_owned()
    }

    fn read_kind(&self, kind: Format) -> Result<Option<Existing>, Unread> {
        let mut found: Option<Lock> = None;
        let mut has_former_name = false;
        let mut held = Vec::new();
        let mut seen = Vec::new();
        for (_, path) in self.files(kind) {
            if !self.around.files.has(&path) {
                continue;
            }
            let Some(read) = self.read_file(kind, &path)? else { continue };
            let FileRead { mut lock, names, warnings } = read;
            seen.extend(warnings);
            if kind.is_shared() {
                has_former_name =
                    lock.environment != self.wanted.shared_name.written(&strs(&names));
                lock.environment.clone_from(&self.wanted.environment.name);
                held = names;
            }
            match &mut found {
                Some(known) => known.absorb(lock),
                None => found = Some(lock),
            }
        }
        Ok(found.map(|mut lock| {
            let rewritten = (!self.mirrors.is_empty()).then(|| {
                let written = lock.clone();
                Rewritten { mirrors: lock.rewrite(&self.mirrors), lock: written }
            });
            let rewritten = rewritten.filter(|one| !one.mirrors.is_empty());
            Existing { kind, lock, rewritten, has_former_name, held, warnings: seen }
        }))
    }

    /// `None` when the file holds nothing about this environment.
    fn read_file(&self, kind: Format, path: &Path) -> Result<Option<FileRead>, Unread> {
        let path = self.around.shown(path);
        let found =
            self.around.files.lockfile(&path).map_err(|diagnostic| Unread::Broken(*diagnostic))?;
        if found.format != kind {
            return Err(Unread::OtherKind(Diagnostic::error(format!(
                "`{}` should be a lockfile of kind `{kind}`, but its kind is `{}`",
                path.display(),
                found.format
            ))));
        }
        let names: Vec<String> = found.locks.iter().map(|lock| lock.environment.clone()).collect();
        let name = self.wanted.shared_name.find(&strs(&names)).map(str::to_owned);
        let of_this = |lock: &&Lock| !kind.is_shared() || Some(&lock.environment) == name.as_ref();
        match std::sync::Arc::try_unwrap(found) {
            Ok(mut found) => {
                let nth = found.locks.iter().position(|lock| of_this(&lock));
                Ok(nth.map(|nth| FileRead {
                    lock: found.locks.swap_remove(nth),
                    names,
                    warnings: found.warnings,
                }))
            }
            Err(shared) => {
                let lock = shared.locks.iter().find(of_this).cloned();
                Ok(lock.map(|lock| FileRead { lock, names, warnings: shared.warnings.clone() }))
            }
        }
    }
}

fn strs(names: &[String]) -> Vec<&str> {
    names.iter().map(String::as_str).collect()
}
