//! Files while git merges: what the merge is about to write.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use lockit_diagnostic::{ReadError, SourceFile};
use lockit_lockfile::detect::Lockfile;
use lockit_spec::from_disk;

use crate::world::git::{Git, MergedTree};
use lockit_project::files::{FileSource, absolute};

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

impl FileSource for Merged {
    fn lockfile(&self, path: &Path) -> Option<(Lockfile, SourceFile)> {
        let known = self.lockfiles.get(&absolute(path))?;
        Some((known.lockfile.clone(), known.ours.clone()))
    }

    fn bytes(&self, path: &Path) -> Option<Result<Vec<u8>, ReadError>> {
        let path = absolute(path);
        // Files outside of the repository are not merged by anybody.
        let inside = path.strip_prefix(&self.top).ok();
        let (Some(tree), Some(inside)) = (&self.tree, inside) else {
            return from_disk(&path);
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
