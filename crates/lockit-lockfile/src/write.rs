//! Files that are either the old ones or the new ones, never something between.
//!
//! A file is written beside its place, synced, and renamed over it. Of several files, all are
//! written before the first is renamed: a full disk or a kill leaves every old file as it was.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use lockit_diagnostic::Hint;
use tempfile::TempPath;

/// Start of the name of a file that is being written. A leftover of a killed run can be deleted;
/// it is never read, see [`is_leftover`].
pub const TEMPORARY_PREFIX: &str = ".lockit-tmp-";

/// What became of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    /// It had this content already and was not touched.
    Unchanged,
    /// It was not there before.
    Created,
    /// It has new content.
    Updated,
}

/// Why a file was not written. Every old file is as it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The folder is not there.
    #[error("cannot write `{}`: its folder `{}` does not exist", path.display(), folder.display())]
    FolderMissing {
        /// The file.
        path: PathBuf,
        /// The missing folder.
        folder: PathBuf,
    },
    /// The path is a folder.
    #[error("cannot write `{}`: it is a folder", path.display())]
    IsFolder {
        /// The path.
        path: PathBuf,
    },
    /// Files cannot be made in the folder.
    #[error("cannot write `{}`: the folder `{}` is read-only", path.display(), folder.display())]
    ReadOnly {
        /// The file.
        path: PathBuf,
        /// Its folder.
        folder: PathBuf,
        /// What the system said, about a temporary file.
        reason: io::Error,
    },
    /// No space or no quota left.
    #[error("cannot write `{}`: no space left on the disk; the old file is as it was", path.display())]
    NoSpace {
        /// The file.
        path: PathBuf,
        /// What the system said, about a temporary file.
        reason: io::Error,
    },
    /// Anything else.
    #[error("cannot write `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
}

/// The text says all of it; the system's words are about a temporary file.
impl Hint for WriteError {
    fn hints(&self) -> Vec<String> {
        let hint = match self {
            Self::NoSpace { .. } => "free some space and run it again; no file was changed",
            Self::ReadOnly { .. } => {
                "no file was changed; make the folder writable, or write somewhere else"
            }
            Self::IsFolder { .. } => "move it away, or choose another name",
            Self::FolderMissing { .. } | Self::Io { .. } => return Vec::new(),
        };
        vec![hint.to_owned()]
    }
}

/// Whether a file name is that of a file which was being written when a run was killed.
pub fn is_leftover(file_name: &str) -> bool {
    file_name.starts_with(TEMPORARY_PREFIX)
}

/// Writes a file if its content is another one; see [`write_all`].
///
/// # Errors
/// See [`WriteError`]; the old file is as it was.
pub fn write_if_changed(path: &Path, bytes: &[u8]) -> Result<Written, WriteError> {
    stage(path, bytes, None)?.map_or(Ok(Written::Unchanged), Staged::put_in_place)
}

/// Writes several files so that, short of a crash between two renames, all change or none does.
///
/// A file with this content already is not touched (its modification time stays). An existing
/// file keeps its mode; a symbolic link stays and its target is written.
///
/// # Errors
/// See [`WriteError`]. An error before the first rename leaves every file as it was, which covers
/// all that can go wrong with folders, permissions and space.
pub fn write_all<'a>(
    files: impl IntoIterator<Item = (&'a Path, &'a [u8])>,
) -> Result<Vec<Written>, WriteError> {
    let mut staging = Staging::default();
    for (path, bytes) in files {
        staging.add(path, bytes)?;
    }
    staging.put_in_place()
}

/// Several files on their way, for what is too much to have in memory at once; see [`write_all`].
/// Dropping it leaves every file as it was.
#[derive(Debug, Default)]
pub struct Staging {
    files: Vec<Option<Staged>>,
}

impl Staging {
    /// Writes a file beside its place, if its content is another one.
    ///
    /// # Errors
    /// See [`WriteError`]; the old file is as it was.
    pub fn add(&mut self, path: &Path, bytes: &[u8]) -> Result<(), WriteError> {
        self.add_to(path, bytes, None)
    }

    /// The same where it may be known whether the file has this content, so that it need not be read again.
    ///
    /// # Errors
    /// As [`Staging::add`].
    pub fn add_to(
        &mut self,
        path: &Path,
        bytes: &[u8],
        is_same: Option<bool>,
    ) -> Result<(), WriteError> {
        self.files.push(stage(path, bytes, is_same)?);
        Ok(())
    }

    /// Puts all files in their places, and says what became of each, in the order in which they came.
    ///
    /// # Errors
    /// See [`WriteError`].
    pub fn put_in_place(self) -> Result<Vec<Written>, WriteError> {
        let files = self.files.into_iter();
        files.map(|file| file.map_or(Ok(Written::Unchanged), Staged::put_in_place)).collect()
    }
}

/// A file written beside its place; dropping it removes it. It is closed: there may be more files than a
/// process may have open.
#[derive(Debug)]
struct Staged {
    temporary: TempPath,
    target: PathBuf,
    folder: PathBuf,
    outcome: Written,
}

/// Writes and syncs a file beside its place. `None` when nothing has to change.
fn stage(path: &Path, bytes: &[u8], is_same: Option<bool>) -> Result<Option<Staged>, WriteError> {
    let target = follow_links(path)?;
    let metadata = match std::fs::metadata(&target) {
        Ok(metadata) if metadata.is_dir() => {
            return Err(WriteError::IsFolder { path: path.to_owned() });
        }
        Ok(metadata) => Some(metadata),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(classify(path, &target, error)),
    };
    // An unreadable file counts as changed; what is wrong with it shows when it is replaced.
    if metadata.as_ref().is_some_and(|old| old.len() == bytes.len() as u64)
        && is_same.unwrap_or_else(|| fs_err::read(&target).is_ok_and(|old| old == bytes))
    {
        return Ok(None);
    }
    let folder = folder_of(&target).to_owned();
    let wrap = |error| classify(path, &target, error);
    let mut builder = tempfile::Builder::new();
    builder.prefix(TEMPORARY_PREFIX);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        // What a plain new file would get; the umask takes its part.
        builder.permissions(std::fs::Permissions::from_mode(0o666));
    }
    let mut temporary = builder.tempfile_in(&folder).map_err(wrap)?;
    temporary.write_all(bytes).map_err(wrap)?;
    if let Some(old) = &metadata {
        temporary.as_file().set_permissions(old.permissions()).map_err(wrap)?;
    }
    // Delayed allocation can report a full disk only here.
    temporary.as_file().sync_all().map_err(wrap)?;
    let outcome = if metadata.is_some() { Written::Updated } else { Written::Created };
    Ok(Some(Staged { temporary: temporary.into_temp_path(), target, folder, outcome }))
}

impl Staged {
    fn put_in_place(self) -> Result<Written, WriteError> {
        let Self { temporary, target, folder, outcome } = self;
        if let Err(error) = temporary.persist(&target) {
            return Err(classify(&target, &target, error.error));
        }
        sync_folder(&folder).map_err(|error| classify(&target, &target, error))?;
        Ok(outcome)
    }
}

/// Makes a rename survive a power cut.
fn sync_folder(folder: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        // A folder cannot be opened as a file there, and renames are journaled.
        return Ok(());
    }
    match File::open(folder).and_then(|folder| folder.sync_all()) {
        // Some network file systems cannot sync a folder; a folder may be writable but not readable.
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::InvalidInput
                    | io::ErrorKind::Unsupported
                    | io::ErrorKind::PermissionDenied
            ) =>
        {
            Ok(())
        }
        other => other,
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The file that a path means in the end, also when that file does not exist yet.
///
/// # Errors
/// Links that lead to each other.
pub fn follow_links(path: &Path) -> Result<PathBuf, WriteError> {
    const MOST: usize = 40;
    let mut target = path.to_owned();
    for _ in 0..MOST {
        match std::fs::read_link(&target) {
            Ok(next) => target = folder_of(&target).join(next),
            // No link, or nothing there.
            Err(_) => return Ok(target),
        }
    }
    Err(WriteError::Io {
        path: path.to_owned(),
        source: io::Error::other("too many levels of symbolic links"),
    })
}

fn classify(path: &Path, target: &Path, source: io::Error) -> WriteError {
    let path = path.to_owned();
    let folder = folder_of(target).to_owned();
    match source.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory if !folder.is_dir() => {
            WriteError::FolderMissing { path, folder }
        }
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            WriteError::ReadOnly { path, folder, reason: source }
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            WriteError::NoSpace { path, reason: source }
        }
        io::ErrorKind::IsADirectory => WriteError::IsFolder { path },
        _ => WriteError::Io { path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn same_content_leaves_the_file_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        assert_eq!(write_if_changed(&path, b"1").unwrap(), Written::Created);
        let old = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1000);
        File::options().write(true).open(&path).unwrap().set_modified(old).unwrap();
        assert_eq!(write_if_changed(&path, b"1").unwrap(), Written::Unchanged);
        assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), old);
        assert_eq!(write_if_changed(&path, b"2").unwrap(), Written::Updated);
        assert_eq!(fs_err::read(&path).unwrap(), b"2");
        assert_eq!(names(folder.path()), ["x.lock"]);
    }

    #[test]
    fn nothing_changes_when_one_file_cannot_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let good = folder.path().join("good.lock");
        let bad = folder.path().join("missing").join("bad.lock");
        fs_err::write(&good, "old").unwrap();
        let error =
            write_all([(good.as_path(), &b"new"[..]), (bad.as_path(), b"new")]).unwrap_err();
        assert!(matches!(error, WriteError::FolderMissing { .. }), "{error:?}");
        assert_eq!(fs_err::read(&good).unwrap(), b"old");
        assert_eq!(names(folder.path()), ["good.lock"]);
    }

    #[test]
    fn a_folder_in_the_way_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let error = write_if_changed(folder.path(), b"1").unwrap_err();
        assert!(matches!(error, WriteError::IsFolder { .. }), "{error:?}");
        let file = folder.path().join("file");
        fs_err::write(&file, "").unwrap();
        let error = write_if_changed(&file.join("x.lock"), b"1").unwrap_err();
        assert!(matches!(error, WriteError::FolderMissing { .. }), "{error:?}");
    }

    #[cfg(unix)]
    #[test]
    fn links_and_modes_stay() {
        use std::os::unix::fs::PermissionsExt as _;

        let folder = tempfile::tempdir().unwrap();
        let real = folder.path().join("real.lock");
        let link = folder.path().join("link.lock");
        fs_err::write(&real, "old").unwrap();
        std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o640)).unwrap();
        std::os::unix::fs::symlink("real.lock", &link).unwrap();
        assert_eq!(write_if_changed(&link, b"new").unwrap(), Written::Updated);
        assert!(link.is_symlink());
        assert_eq!(fs_err::read(&real).unwrap(), b"new");
        assert_eq!(std::fs::metadata(&real).unwrap().permissions().mode() & 0o777, 0o640);
        let dangling = folder.path().join("dangling.lock");
        std::os::unix::fs::symlink("later.lock", &dangling).unwrap();
        assert_eq!(write_if_changed(&dangling, b"new").unwrap(), Written::Created);
        assert_eq!(names(folder.path()), ["dangling.lock", "later.lock", "link.lock", "real.lock"]);
        std::os::unix::fs::symlink("loop", folder.path().join("loop")).unwrap();
        assert!(write_if_changed(&folder.path().join("loop"), b"new").is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_leaves_nothing_behind() {
        // Every write to this device fails with "no space left"; the message must say so.
        let mut full = File::options().write(true).open("/dev/full").unwrap();
        let source = full.write_all(b"1").unwrap_err();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.lock");
        let error = classify(&path, &path, source);
        assert!(matches!(error, WriteError::NoSpace { .. }), "{error:?}");
    }

    #[test]
    fn leftovers_are_known() {
        let folder = tempfile::tempdir().unwrap();
        let staged = stage(&folder.path().join("x.lock"), b"1", None).unwrap().unwrap();
        let there = names(folder.path());
        assert!(there.len() == 1 && is_leftover(&there[0]), "{there:?}");
        drop(staged);
        assert!(names(folder.path()).is_empty());
        assert!(!is_leftover("x.lock"));
    }
}
