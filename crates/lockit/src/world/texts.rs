//! The texts of files that a run is going to write.

use std::collections::HashMap;
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use lockit_diagnostic::ReadError;
use lockit_project::files::{FileSource, absolute};
use tempfile::SpooledTempFile;

use crate::terminal::command_error::CommandError;

/// How much text is kept in memory. A run of many environments has more: that lies in a file without a
/// name, so that a run which is killed leaves nothing behind.
const MOST_IN_MEMORY: usize = 4 << 20;

/// Texts by the paths that they are for, in the order in which they came. Once they are written, later steps of the
/// run read them from here.
#[derive(Debug)]
pub(crate) struct Texts {
    paths: Vec<PathBuf>,
    /// Where the text of each absolute path is.
    places: HashMap<PathBuf, Range<u64>>,
    store: Mutex<SpooledTempFile>,
    length: u64,
}

impl Default for Texts {
    fn default() -> Self {
        Self {
            paths: Vec::new(),
            places: HashMap::new(),
            store: Mutex::new(SpooledTempFile::new(MOST_IN_MEMORY)),
            length: 0,
        }
    }
}

impl Texts {
    /// These texts.
    ///
    /// # Errors
    /// As [`Texts::add`].
    pub(crate) fn of(files: &[(PathBuf, String)]) -> Result<Self, CommandError> {
        let mut texts = Self::default();
        for (path, text) in files {
            texts.add(path.clone(), text)?;
        }
        Ok(texts)
    }

    /// Takes a text.
    ///
    /// # Errors
    /// There is no place for it.
    pub(crate) fn add(&mut self, path: PathBuf, text: &str) -> Result<(), CommandError> {
        let store = self.store.get_mut().unwrap_or_else(PoisonError::into_inner);
        let start = self.length;
        // Somebody may have read meanwhile.
        store
            .seek(SeekFrom::Start(start))
            .and_then(|_| store.write_all(text.as_bytes()))
            .map_err(|error| aside(&error))?;
        self.length += text.len() as u64;
        self.places.insert(absolute(&path), start..self.length);
        self.paths.push(path);
        Ok(())
    }

    /// The files.
    pub(crate) fn paths(&self) -> &[PathBuf] {
        &self.paths
    }

    /// The text of one file; `None` for a path that is not among them.
    ///
    /// # Errors
    /// It cannot be had from where it was put.
    pub(crate) fn text(&self, path: &Path) -> Result<Option<Vec<u8>>, CommandError> {
        self.read(path).transpose().map_err(|error| aside(&error))
    }

    fn read(&self, path: &Path) -> Option<io::Result<Vec<u8>>> {
        let place = self.places.get(&absolute(path))?;
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = Vec::new();
        let read = store
            .seek(SeekFrom::Start(place.start))
            .and_then(|_| (&mut *store).take(place.end - place.start).read_to_end(&mut text));
        Some(read.map(|_| text))
    }
}

impl FileSource for Texts {
    fn has(&self, path: &Path) -> bool {
        self.places.contains_key(&absolute(path))
    }

    fn bytes(&self, path: &Path) -> Option<Result<Vec<u8>, ReadError>> {
        Some(self.read(path)?.map_err(ReadError::from))
    }
}

/// The folder for temporary files is full, or there is none.
fn aside(error: &io::Error) -> CommandError {
    CommandError::error(format!("lockfiles cannot be put together in a temporary file: {error}"))
        .hint("no lockfile was changed; `TMPDIR` names the folder for temporary files")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_come_back_in_any_order() {
        let mut texts = Texts::default();
        texts.add("a.lock".into(), "one").unwrap();
        assert_eq!(texts.text(Path::new("a.lock")).unwrap().unwrap(), b"one");
        texts.add("b.lock".into(), "two").unwrap();
        assert_eq!(texts.text(&absolute(Path::new("b.lock"))).unwrap().unwrap(), b"two");
        assert_eq!(texts.text(Path::new("a.lock")).unwrap().unwrap(), b"one");
        assert!(texts.text(Path::new("c.lock")).unwrap().is_none());
    }
}
