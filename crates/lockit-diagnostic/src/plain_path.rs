//! One name for one file.

use std::path::{Path, PathBuf};

/// A path without `.` and with `..` taken back where that can be done, so that the same file has one name.
///
/// It goes by the text alone: what it names need not exist, and links are not followed.
///
/// ```
/// use std::path::Path;
///
/// assert_eq!(lockit_diagnostic::plain_path(Path::new("./a/../b/./c.txt")), Path::new("b/c.txt"));
/// assert_eq!(lockit_diagnostic::plain_path(Path::new("../a.txt")), Path::new("../a.txt"));
/// assert_eq!(lockit_diagnostic::plain_path(Path::new("/a/../../b.txt")), Path::new("/b.txt"));
/// ```
pub fn plain_path(path: &Path) -> PathBuf {
    use std::path::Component;
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => match plain.components().next_back() {
                Some(Component::Normal(_)) => {
                    plain.pop();
                }
                // Above the root is the root.
                Some(Component::RootDir) => {}
                _ => plain.push(part),
            },
            other => plain.push(other),
        }
    }
    plain
}
