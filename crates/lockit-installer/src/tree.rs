//! What lies in the folder that a package was unpacked to.

use std::collections::{BTreeMap, HashSet};
use std::io;
use std::path::{Path, PathBuf};

/// One thing in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Folder,
    /// A symbolic link, and where it leads by its own account.
    Link(PathBuf),
}

/// What one finds who reads through a link of the package where it was unpacked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Behind {
    /// A file of the package.
    File,
    /// Nothing.
    Nothing,
    /// Something else: a folder, or what is not of the package.
    Other,
}

/// Everything in the folder.
#[derive(Debug)]
pub(crate) struct Tree {
    top: PathBuf,
    /// The symbolic links, by their names with `/`.
    pub(crate) links: BTreeMap<String, PathBuf>,
    folders: HashSet<String>,
    files: HashSet<String>,
}

impl Tree {
    /// # Errors
    /// When a folder cannot be read.
    pub(crate) fn read(top: &Path) -> io::Result<Self> {
        let mut tree = Self {
            top: top.to_path_buf(),
            links: BTreeMap::new(),
            folders: HashSet::new(),
            files: HashSet::new(),
        };
        let mut folders = vec![(top.to_path_buf(), String::new())];
        while let Some((folder, name)) = folders.pop() {
            for entry in fs_err::read_dir(folder)? {
                let entry = entry?;
                let kind = entry.file_type()?;
                let name = format!("{name}{}", entry.file_name().to_string_lossy());
                if kind.is_symlink() {
                    tree.links.insert(name, fs_err::read_link(entry.path())?);
                } else if kind.is_dir() {
                    folders.push((entry.path(), format!("{name}/")));
                    tree.folders.insert(name);
                } else {
                    tree.files.insert(name);
                }
            }
        }
        Ok(tree)
    }

    /// What has this name. The disk is asked as well: it may know other spellings.
    pub(crate) fn kind(&self, name: &str) -> Option<Kind> {
        if let Some(aim) = self.links.get(name) {
            return Some(Kind::Link(aim.clone()));
        }
        if self.files.contains(name) {
            return Some(Kind::File);
        }
        if self.folders.contains(name) {
            return Some(Kind::Folder);
        }
        let path = self.top.join(name);
        let about = path.symlink_metadata().ok()?;
        if about.is_symlink() {
            return fs_err::read_link(path).ok().map(Kind::Link);
        }
        Some(if about.is_dir() { Kind::Folder } else { Kind::File })
    }

    /// What is read by whoever opens this link. All of the package is on the disk, so the kernel is asked.
    pub(crate) fn behind(&self, link: &str) -> Behind {
        let (Ok(top), Ok(end)) =
            (fs_err::canonicalize(&self.top), fs_err::canonicalize(self.top.join(link)))
        else {
            return Behind::Nothing;
        };
        if end.starts_with(top) && end.is_file() { Behind::File } else { Behind::Other }
    }
}

#[cfg(unix)]
#[cfg(test)]
mod tests {
    use fs_err::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn what_is_read_through_a_link_is_of_the_package() {
        let folder = tempfile::tempdir().unwrap();
        let top = folder.path().join("app-1.0-0");
        fs_err::create_dir_all(top.join("lib")).unwrap();
        fs_err::write(top.join("lib/x"), "x").unwrap();
        fs_err::write(folder.path().join("secret"), "x").unwrap();
        for (at, aim) in [
            ("x", "lib/x"),
            ("y", "x"),
            ("out", "../secret"),
            ("round", "lib/../../secret"),
            ("lib64", "lib"),
            ("self", "self"),
            ("gone", "lib/gone"),
        ] {
            symlink(aim, top.join(at)).unwrap();
        }
        let tree = Tree::read(&top).unwrap();
        for (link, behind) in [
            ("x", Behind::File),
            ("y", Behind::File),
            ("out", Behind::Other),
            ("round", Behind::Other),
            ("lib64", Behind::Other),
            ("self", Behind::Nothing),
            ("gone", Behind::Nothing),
        ] {
            assert_eq!(tree.behind(link), behind, "{link}");
        }
        assert_eq!(tree.kind("lib/x"), Some(Kind::File));
        assert_eq!(tree.kind("lib"), Some(Kind::Folder));
        assert_eq!(tree.kind("lib64"), Some(Kind::Link("lib".into())));
        assert_eq!(tree.kind("lib/gone"), None);
    }
}
