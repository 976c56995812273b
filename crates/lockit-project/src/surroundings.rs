//! Where a command works.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use lockit_spec::{CondaConfig, KnownSecrets};

use super::files::Files;

/// Folder, clock, files, and the secrets that may be written out where a variable could stand.
#[derive(Debug, Clone)]
pub struct Surroundings {
    /// The folder the command works in, absolute.
    pub directory: PathBuf,
    /// The folder of the process, to which names in messages are relative. It is the same folder, but for work on a
    /// lockfile that was made elsewhere.
    pub here: PathBuf,
    /// When the run started.
    pub now: Timestamp,
    /// The files that are read.
    pub files: Files,
    /// Values of variables.
    pub secrets: Arc<KnownSecrets>,
    /// What the user's configuration of conda says.
    pub conda: Arc<CondaConfig>,
}

impl Surroundings {
    /// A path as people see it: relative to the working folder when it lies below it.
    pub fn shown(&self, path: &Path) -> PathBuf {
        path.strip_prefix(&self.here).map_or_else(|_| path.to_path_buf(), Path::to_path_buf)
    }

    /// The same, from another folder.
    #[must_use]
    pub fn at(&self, directory: PathBuf) -> Self {
        Self { directory, ..self.clone() }
    }
}
