//! The files that a run reads, each of them once.

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use lockit_diagnostic::{Diagnostic, ReadError, SourceFile};
use lockit_lockfile::detect::{self, Lockfile};
use lockit_spec::{Parsed, Project, unreadable};

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
        path.is_file().then(|| fs_err::read(path).map_err(ReadError::from))
    }
}

/// The files a run reads. What was read is kept, so that one run sees one state of a file. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Files {
    source: Arc<dyn FileSource>,
    known: Arc<Mutex<Known>>,
}

/// What has been read.
#[derive(Debug, Default)]
struct Known {
    /// Specs and settings, by absolute path. `None` where there is no such file.
    bytes: HashMap<PathBuf, Option<Arc<[u8]>>>,
    /// Lockfiles that several environments share, by absolute path.
    shared: HashMap<PathBuf, Arc<Lockfile>>,
}

impl Files {
    /// Files of a source.
    pub fn new(source: impl FileSource + 'static) -> Self {
        Self { source: Arc::new(source), known: Arc::default() }
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

    /// The bytes of a spec or of settings; `None` when there is no such file.
    pub fn bytes(&self, path: &Path) -> Option<Result<Vec<u8>, ReadError>> {
        let key = absolute(path);
        if let Some(known) = self.known().bytes.get(&key) {
            return known.as_ref().map(|bytes| Ok(bytes.to_vec()));
        }
        let read = self.source.bytes(path);
        match &read {
            // What cannot be read now is asked for again: somebody may be told why.
            Some(Err(_)) => {}
            Some(Ok(bytes)) => {
                self.known().bytes.insert(key, Some(bytes.as_slice().into()));
            }
            None => {
                self.known().bytes.insert(key, None);
            }
        }
        read
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

    /// A lockfile. One of several environments is read once for all of them.
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
        // Lockfiles are many and large: their bytes are not kept.
        let file = decoded(path, self.source.bytes(path))
            .map_err(|error| Box::new(unreadable(path, &error)))?;
        let lockfile = Arc::new(detect::read_source(&file)?);
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
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    /// Counts how often it is asked.
    #[derive(Debug, Default)]
    struct Counting(Arc<AtomicUsize>);

    impl FileSource for Counting {
        fn bytes(&self, path: &Path) -> Option<Result<Vec<u8>, ReadError>> {
            self.0.fetch_add(1, Ordering::Relaxed);
            path.ends_with("environment.yml").then(|| Ok(b"name: dev\n".to_vec()))
        }
    }

    #[test]
    fn a_file_is_read_once_whoever_asks_and_however_it_is_called() {
        let count = Arc::new(AtomicUsize::new(0));
        let files = Files::new(Counting(Arc::clone(&count)));
        let absolute = absolute(Path::new("environment.yml"));
        assert_eq!(files.spec(Path::new("environment.yml")).unwrap().text(), "name: dev\n");
        assert_eq!(files.read(&absolute).unwrap().text(), "name: dev\n");
        assert!(files.bytes(Path::new("lockit.toml")).is_none());
        assert!(files.bytes(Path::new("lockit.toml")).is_none());
        assert_eq!(count.load(Ordering::Relaxed), 2);
    }
}
