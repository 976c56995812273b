//! Where a command finds specs and lockfiles: on the disk, or while git merges, in what the merge is
//! about to write.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use lockit_diagnostic::{Diagnostic, ReadError, SourceFile};
use lockit_lockfile::detect::{self, Lockfile};
use lockit_spec::{Parsed, Project, unreadable};

use crate::world::git::{Git, MergedTree};

/// The files a command reads.
#[derive(Debug, Clone)]
pub(crate) enum Files {
    /// As they lie on the disk.
    Disk,
    /// As a merge has them.
    Merged(Arc<Merged>),
}

/// What a merge makes of the files of a repository.
#[derive(Debug)]
pub(crate) struct Merged {
    /// The repository, at the top of its working tree.
    pub(crate) git: Git,
    /// The folder of the working tree.
    pub(crate) top: PathBuf,
    /// What git merges specs to. `None` when specs are those on the disk.
    pub(crate) tree: Option<MergedTree>,
    /// Lockfiles that have been put together, by their absolute paths.
    pub(crate) lockfiles: BTreeMap<PathBuf, MergedLockfile>,
}

/// A lockfile that has been put together.
#[derive(Debug)]
pub(crate) struct MergedLockfile {
    pub(crate) lockfile: Lockfile,
    /// Our side's text.
    pub(crate) ours: SourceFile,
}

impl Files {
    /// Whether there is such a file.
    pub(crate) fn has(&self, path: &Path) -> bool {
        match self {
            Self::Disk => path.is_file(),
            Self::Merged(merged) => merged.lockfile(path).is_some() || merged.bytes(path).is_some(),
        }
    }

    /// The text of a file; of a lockfile that has been put together, our side's.
    pub(crate) fn read(&self, path: &Path) -> Result<SourceFile, ReadError> {
        match self {
            Self::Disk => SourceFile::read(path),
            Self::Merged(merged) => {
                if let Some(known) = merged.lockfile(path) {
                    return Ok(known.ours.clone());
                }
                let missing = || ReadError::Io(io::Error::from(io::ErrorKind::NotFound));
                let bytes = merged.bytes(path).unwrap_or_else(|| Err(missing()))?;
                SourceFile::decode(path.display().to_string(), &bytes)
            }
        }
    }

    /// The bytes of a file that a spec includes; `None` when there is no such file.
    pub(crate) fn bytes(&self, path: &Path) -> Option<Result<Vec<u8>, ReadError>> {
        match self {
            Self::Disk => path.is_file().then(|| fs_err::read(path).map_err(ReadError::from)),
            Self::Merged(merged) => merged.bytes(path),
        }
    }

    /// The text of a spec, or what is to be said when there is none.
    pub(crate) fn spec(&self, path: &Path) -> Result<SourceFile, Vec<Diagnostic>> {
        self.read(path).map_err(|error| vec![unreadable(path, &error)])
    }

    /// A lockfile.
    pub(crate) fn lockfile(&self, path: &Path) -> Result<Lockfile, Box<Diagnostic>> {
        match self {
            Self::Disk => detect::read(path),
            Self::Merged(merged) => match merged.lockfile(path) {
                Some(known) => Ok(known.lockfile.clone()),
                None => self
                    .read(path)
                    .map_err(|error| Box::new(unreadable(path, &error)))
                    .and_then(|file| detect::read_source(&file)),
            },
        }
    }

    /// The project that a folder belongs to.
    pub(crate) fn project(
        &self,
        folder: &Path,
    ) -> Result<Option<Parsed<Project>>, Vec<Diagnostic>> {
        match self {
            Self::Disk => Project::find(folder),
            Self::Merged(merged) => Project::find_in(folder, &|path| merged.bytes(path)),
        }
    }
}

impl Merged {
    fn lockfile(&self, path: &Path) -> Option<&MergedLockfile> {
        self.lockfiles.get(&absolute(path))
    }

    /// The bytes of a file; `None` when there is none.
    fn bytes(&self, path: &Path) -> Option<Result<Vec<u8>, ReadError>> {
        let path = absolute(path);
        // Files outside of the repository are not merged by anybody.
        let inside = path.strip_prefix(&self.top).ok();
        let (Some(tree), Some(inside)) = (&self.tree, inside) else {
            return path.is_file().then(|| fs_err::read(&path).map_err(ReadError::from));
        };
        let inside = inside.to_string_lossy().replace('\\', "/");
        if tree.conflicts.contains(&inside) {
            let message = format!("`{inside}` has merge conflicts");
            return Some(Err(ReadError::Io(io::Error::other(message))));
        }
        let bytes = self.git.file_of(&tree.id, &inside).ok()??;
        Some(Ok(bytes))
    }
}

/// A path by which the same file is always known.
pub(crate) fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())
}
