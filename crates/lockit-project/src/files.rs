//! The files that a run reads, each of them once.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use lockit_diagnostic::{Diagnostic, ReadError, SourceFile};
use lockit_lockfile::Pool;
use lockit_lockfile::detect::{self, Lockfile};
use lockit_spec::{Parsed, Project, from_disk, unreadable};

/// Where files come from: the disk, or what a merge is about to write.
pub trait FileSource: fmt::Debug + Send + Sync {
    /// Whether there is such a file.
    fn has(&self, path: &Path) -> bool {
        self.bytes(path).is_some()
    }

    /// What a file holds; `None` when there is none.
    fn bytes(&self, path: &Path) -> Option<Result<Vec<u8>, ReadError>>;

    /// A lockfile that has been put together and is in no file yet, and the text that it takes the place of.
    fn lockfile(&self, _path: &Path) -> Option<(Lockfile, SourceFile)> {
        None
    }
}

/// Files as they lie on the disk.
#[derive(Debug, Clone, Copy, Default)]
pub struct Disk;

impl FileSource for Disk {
    fn has(&self, path: &Path) -> bool {
        path.is_file()
    }

    fn bytes(&self, path: &Path) -> Option<Result<Vec<u8>, ReadError>> {
        from_disk(path)
    }
}

/// The files a run reads. What was read is kept, so that one run sees one state of a file, and what it wrote since
/// comes from where it was put together. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    source: Arc<dyn FileSource>,
    known: Arc<Mutex<Known>>,
    pool: Arc<Mutex<Pool>>,
}

/// What has been read.
#[derive(Debug, Default)]
struct Known {
    /// By absolute path. `None` where there is no such file.
    bytes: HashMap<PathBuf, Option<Arc<[u8]>>>,
    /// How many of these bytes are those of lockfiles.
    of_lockfiles: usize,
    /// Lockfiles that several environments share, by absolute path.
    shared: HashMap<PathBuf, Arc<Lockfile>>,
    /// What the run has written, the newest last.
    written: Vec<Arc<dyn FileSource>>,
}

/// How many bytes of lockfiles are kept. They are many and large in some projects, where the rest is read again when
/// it is asked for again.
const MOST_OF_LOCKFILES: usize = 8 << 20;

impl Files {
    /// Files of a source.
    pub fn new(source: impl FileSource + 'static) -> Self {
        Self { source: Arc::new(source), known: Arc::default(), pool: Arc::default() }
    }

    /// Files on the disk.
    pub fn on_disk() -> Self {
        Self::new(Disk)
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is such a file.
    pub fn has(&self, path: &Path) -> bool {
        self.source.lockfile(path).is_some() || self.source.has(path)
    }

    /// The bytes of a file; `None` when there is no such file.
    pub fn bytes(&self, path: &Path) -> Option<Result<Vec<u8>, ReadError>> {
        self.keep(path, |_, _| true)
    }

    /// Reads a file, or knows what it holds. `is_kept` is asked about what is new.
    fn keep(
        &self,
        path: &Path,
        is_kept: impl FnOnce(&mut Known, &[u8]) -> bool,
    ) -> Option<Result<Vec<u8>, ReadError>> {
        let key = absolute(path);
        let written = {
            let known = self.known();
            if let Some(known) = known.bytes.get(&key) {
                return known.as_ref().map(|bytes| Ok(bytes.to_vec()));
            }
            known.written.clone()
        };
        if let Some(bytes) = written.iter().rev().find_map(|source| source.bytes(path)) {
            return Some(bytes);
        }
        let read = self.source.bytes(path);
        let mut known = self.known();
        match &read {
            // What cannot be read now is asked for again: somebody may be told why.
            Some(Err(_)) => {}
            Some(Ok(bytes)) => {
                if is_kept(&mut known, bytes) {
                    known.bytes.insert(key, Some(bytes.as_slice().into()));
                }
            }
            None => {
                known.bytes.insert(key, None);
            }
        }
        drop(known);
        read
    }

    /// Whether a file holds these bytes, as far as it was read or written in this run.
    pub fn is_known_as(&self, path: &Path, bytes: &[u8]) -> Option<bool> {
        let known = self.known();
        let known = known.bytes.get(&absolute(path))?.as_ref()?;
        Some(**known == *bytes)
    }

    /// What the run has written, by its paths. Whoever asks for one of these files from now on gets the new text, and
    /// the file is not opened.
    pub fn wrote(&self, texts: Arc<dyn FileSource>) {
        let mut known = self.known();
        known.bytes.retain(|path, _| !texts.has(path));
        known.shared.retain(|path, _| !texts.has(path));
        known.written.push(texts);
    }

    /// Whether the run has written a file.
    pub fn is_written(&self, path: &Path) -> bool {
        self.known().written.iter().any(|texts| texts.has(path))
    }

    /// The text of a file; of a lockfile that has been put together, the text that it takes the place of.
    ///
    /// # Errors
    /// A file that is not there, cannot be read, or is no text.
    pub fn read(&self, path: &Path) -> Result<SourceFile, ReadError> {
        if let Some((_, ours)) = self.source.lockfile(path) {
            return Ok(ours);
        }
        decoded(path, self.bytes(path))
    }

    /// The text of a spec, or what is to be said when there is none.
    ///
    /// # Errors
    /// As [`Files::read`].
    pub fn spec(&self, path: &Path) -> Result<SourceFile, Vec<Diagnostic>> {
        self.read(path).map_err(|error| vec![unreadable(path, &error)])
    }

    /// A lockfile. One of several environments is read once for all of them, and what several lockfiles hold is one in
    /// memory.
    ///
    /// # Errors
    /// A file that cannot be read, or is no lockfile.
    pub fn lockfile(&self, path: &Path) -> Result<Arc<Lockfile>, Box<Diagnostic>> {
        if let Some((lockfile, _)) = self.source.lockfile(path) {
            return Ok(Arc::new(lockfile));
        }
        let key = absolute(path);
        if let Some(known) = self.known().shared.get(&key) {
            return Ok(Arc::clone(known));
        }
        let bytes = self.keep(path, |known, bytes| {
            let fits = known.of_lockfiles + bytes.len() <= MOST_OF_LOCKFILES;
            known.of_lockfiles += if fits { bytes.len() } else { 0 };
            fits
        });
        let file = decoded(path, bytes).map_err(|error| Box::new(unreadable(path, &error)))?;
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        let lockfile = Arc::new(detect::read_into(&file, &mut pool)?);
        if lockfile.locks.len() > 1 {
            self.known().shared.insert(key, Arc::clone(&lockfile));
        }
        Ok(lockfile)
    }

    /// The project that a folder belongs to.
    ///
    /// # Errors
    /// Every mistake of its `lockit.toml`.
    pub fn project(&self, folder: &Path) -> Result<Option<Parsed<Project>>, Vec<Diagnostic>> {
        Project::find_in(folder, &|path| self.bytes(path))
    }
}

/// What was read as a text.
fn decoded(
    path: &Path,
    bytes: Option<Result<Vec<u8>, ReadError>>,
) -> Result<SourceFile, ReadError> {
    match bytes {
        Some(bytes) => SourceFile::decode(path.display().to_string(), &bytes?),
        // The system's own words for it.
        None => SourceFile::read(path),
    }
}

/// A path by which the same file is always known.
pub fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::Timestamp;

    use super::*;
    use crate::gather::Inputs;
    use crate::plan::{Plan, Reading};
    use crate::selection::Selection;
    use crate::surroundings::Surroundings;

    /// Files of a folder, and how often each was opened.
    #[derive(Debug, Clone, Default)]
    struct Folder {
        texts: BTreeMap<PathBuf, String>,
        opened: Arc<Mutex<BTreeMap<String, usize>>>,
    }

    impl Folder {
        fn with(mut self, name: &str, text: &str) -> Self {
            self.texts.insert(absolute(Path::new(name)), text.to_owned());
            self
        }

        fn opened(&self) -> Vec<String> {
            let opened = self.opened.lock().unwrap();
            opened.iter().map(|(name, count)| format!("{name} {count}")).collect()
        }
    }

    impl FileSource for Folder {
        fn has(&self, path: &Path) -> bool {
            self.texts.contains_key(&absolute(path))
        }

        fn bytes(&self, path: &Path) -> Option<Result<Vec<u8>, ReadError>> {
            let text = self.texts.get(&absolute(path))?;
            let name = path.file_name()?.to_string_lossy().into_owned();
            *self.opened.lock().unwrap().entry(name).or_default() += 1;
            Some(Ok(text.clone().into_bytes()))
        }
    }

    #[test]
    fn a_file_is_read_once_whoever_asks_and_however_it_is_called() {
        let folder = Folder::default().with("environment.yml", "name: dev\n");
        let files = Files::new(folder.clone());
        let absolute = absolute(Path::new("environment.yml"));
        assert_eq!(files.spec(Path::new("environment.yml")).unwrap().text(), "name: dev\n");
        assert_eq!(files.read(&absolute).unwrap().text(), "name: dev\n");
        assert!(files.bytes(Path::new("lockit.toml")).is_none());
        assert_eq!(folder.opened(), ["environment.yml 1"]);
    }

    fn explicit(version: &str) -> String {
        format!(
            "# platform: linux-64\n@EXPLICIT\n\
             https://conda.anaconda.org/conda-forge/linux-64/app-{version}-0.conda\n"
        )
    }

    fn pixi(version: &str) -> String {
        let url = format!("https://conda.anaconda.org/conda-forge/linux-64/app-{version}-0.conda");
        format!(
            "version: 6\nenvironments:\n  environment:\n    channels:\n    - url: https://conda.anaconda.org/conda-forge/\n    \
             packages:\n      linux-64:\n      - conda: {url}\npackages:\n- conda: {url}\n"
        )
    }

    #[test]
    fn a_run_opens_each_file_once_and_knows_what_it_wrote() {
        let folder = Folder::default()
            .with(
                "environment.yml",
                "channels: [conda-forge]\nplatforms: [linux-64]\ndependencies: [app]\n",
            )
            .with("conda-linux-64.lock", &explicit("1.0"))
            .with("pixi.lock", &pixi("1.0"));
        let directory = absolute(Path::new(""));
        let around = Surroundings {
            directory: directory.clone(),
            here: directory,
            now: Timestamp::UNIX_EPOCH,
            files: Files::new(folder.clone()),
            secrets: Arc::default(),
            conda: Arc::default(),
        };
        let asked = Selection { files: vec!["environment.yml".into()], ..Selection::default() };
        let planned = || {
            let inputs = Inputs::gather(&asked, &around).unwrap();
            Plan::new(inputs, &around, Reading { all: true, forget: false }).unwrap()
        };
        let versions = |plan: &Plan| -> Vec<String> {
            let locks = plan.entries[0].existing.iter().map(|one| &one.lock);
            let records =
                locks.flat_map(|lock| lock.platforms.values()).flat_map(|one| &one.records);
            records.map(|record| record.version.clone()).collect()
        };
        let mut plan = planned();
        assert_eq!(versions(&plan), ["1.0", "1.0"]);
        let files = &around.files;
        let known = |name: &str, text: &str| files.is_known_as(Path::new(name), text.as_bytes());
        assert_eq!(known("pixi.lock", &pixi("1.0")), Some(true));
        assert_eq!(known("pixi.lock", &pixi("2.0")), Some(false));
        assert_eq!(known("other.lock", ""), None);

        let written = Folder::default()
            .with("conda-linux-64.lock", &explicit("2.0"))
            .with("pixi.lock", &pixi("2.0"));
        files.wrote(Arc::new(written));
        plan.reread().unwrap();
        assert_eq!(versions(&plan), ["2.0", "2.0"]);
        assert_eq!(versions(&planned()), ["2.0", "2.0"]);
        assert_eq!(folder.opened(), ["conda-linux-64.lock 1", "environment.yml 1", "pixi.lock 1"]);
    }
}
