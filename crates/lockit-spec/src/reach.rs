//! Which files a file may name.
//!
//! A spec that says `-r /proc/self/environ` would have the variables of a CI job printed as lines that cannot be read, and
//! `-r ../../.ssh/id_ed25519` a key. What a file names is read only when it lies in the same project, links followed, and is
//! a file that people write. What a person names with a flag is that person's business.

use std::path::{Component, Path, PathBuf};

/// The largest file that is read because another one names it, in bytes.
const LARGEST: u64 = 16 << 20;

/// A file is not read, though another one names it. None of its lines are shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutOfReach {
    /// It lies elsewhere, or a link leads elsewhere.
    #[error("`{}` is outside of the project, which is `{}`", path.display(), root.display())]
    Outside {
        /// The file as it is named.
        path: PathBuf,
        /// The folder that it must lie in.
        root: PathBuf,
    },
    /// It is a device, a pipe, a folder or the like.
    #[error("`{}` is no regular file", .0.display())]
    Irregular(PathBuf),
    /// It is git's own, or a hidden file such as `.netrc`.
    #[error("`{}` is hidden, and such files often hold secrets", .0.display())]
    Hidden(PathBuf),
    /// It is too large for a file that people write.
    #[error("`{}` is larger than {} MiB", .0.display(), LARGEST >> 20)]
    TooLarge(PathBuf),
}

/// Why a file may not be read because `named_in` names it. `None` where it may, and where there is no such file.
///
/// The project is the folder with `.git` around the file that names it, else that with `lockit.toml`, else the working folder if
/// it is around it, else the folder of the file.
pub fn out_of_reach(path: &Path, named_in: &Path) -> Option<OutOfReach> {
    let named_in = std::path::absolute(named_in).unwrap_or_else(|_| named_in.to_path_buf());
    // `../x/spec.yml` is not in the working folder, though its name begins with it.
    let named_in = crate::plain_path(&named_in);
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let root = root_of(&named_in);
    let real_root = fs_err::canonicalize(&root).unwrap_or_else(|_| root.clone());
    // What is not on the disk may come from elsewhere, and goes by its name.
    let real = fs_err::canonicalize(&absolute)
        .unwrap_or_else(|_| real_root.join(within(&absolute, &root).unwrap_or(absolute.clone())));
    let owned = || path.to_path_buf();
    let Some(below) = within(&real, &real_root) else {
        return Some(OutOfReach::Outside { path: owned(), root });
    };
    if is_hidden(&below) || within(&absolute, &root).is_some_and(|below| is_hidden(&below)) {
        return Some(OutOfReach::Hidden(owned()));
    }
    let about = fs_err::metadata(&real).ok()?;
    if !about.is_file() {
        return Some(OutOfReach::Irregular(owned()));
    }
    (about.len() > LARGEST).then(|| OutOfReach::TooLarge(owned()))
}

fn root_of(named_in: &Path) -> PathBuf {
    let folder = named_in.parent().unwrap_or(named_in);
    let with = |name: &str| folder.ancestors().find(|folder| folder.join(name).exists());
    let working = std::path::absolute(".").ok();
    let around = working.as_deref().filter(|working| folder.starts_with(working));
    let root = with(".git").or_else(|| with("lockit.toml")).or(around).unwrap_or(folder);
    root.to_path_buf()
}

/// The part of a path below a folder, `..` taken back.
fn within(path: &Path, folder: &Path) -> Option<PathBuf> {
    let below = crate::plain_path(path);
    let below = below.strip_prefix(crate::plain_path(folder)).ok()?;
    let is_below = below.components().all(|part| matches!(part, Component::Normal(_)));
    is_below.then(|| below.to_path_buf())
}

fn is_hidden(below: &Path) -> bool {
    let is_git = |part: Component<'_>| part.as_os_str().eq_ignore_ascii_case(".git");
    let name = below.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with('.') || below.components().any(is_git)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_folder_beside_the_working_folder_is_a_project_of_its_own() {
        let other = tempfile::tempdir().unwrap();
        let working = std::path::absolute(".").unwrap();
        let ups = "../".repeat(working.components().count() - 1);
        let beside = working.join(ups).join(other.path().strip_prefix("/").unwrap());
        fs_err::write(beside.join("a.yml"), "").unwrap();
        assert_eq!(out_of_reach(&beside.join("a.yml"), &beside.join("a.yml")), None);
        let outside = out_of_reach(&working.join("Cargo.toml"), &beside.join("a.yml"));
        assert!(matches!(outside, Some(OutOfReach::Outside { .. })));
    }

    #[test]
    fn a_file_names_what_lies_in_its_project() {
        let top = tempfile::tempdir().unwrap();
        let root = top.path().join("project");
        for folder in [".git", "sub", "linked"] {
            fs_err::create_dir_all(root.join(folder)).unwrap();
        }
        for file in ["a.txt", "sub/b.txt", ".git/config", ".netrc", "../outside.txt"] {
            fs_err::write(root.join(file), "six\n").unwrap();
        }
        let link = |to: &str, name: &str| {
            std::os::unix::fs::symlink(to, root.join(name)).unwrap();
        };
        link("../outside.txt", "sub/out.txt");
        link("../../outside.txt", "sub/out2.txt");
        link("/proc/self/environ", "environ.txt");
        link("sub", "there");
        link("a.txt", "same.txt");
        link(".git/config", "config.txt");
        link("/", "slash");
        let file = fs_err::File::create(root.join("large.txt")).unwrap();
        file.file().set_len(LARGEST + 1).unwrap();
        let spec = root.join("sub/environment.yml");
        let judge = |path: &str| out_of_reach(&root.join("sub").join(path), &spec);
        for path in ["b.txt", "../a.txt", "../there/b.txt", "../same.txt", "not-there.txt"] {
            assert_eq!(judge(path), None, "{path}");
        }
        for path in [
            "../../outside.txt",
            "out2.txt",
            "../environ.txt",
            "/proc/self/environ",
            "/dev/zero",
            "/etc/hostname",
            "../slash/etc/hostname",
            "../../not-there.txt",
        ] {
            assert!(matches!(judge(path), Some(OutOfReach::Outside { .. })), "{path}");
        }
        for path in ["../.git/config", "../config.txt", "../.netrc"] {
            assert!(matches!(judge(path), Some(OutOfReach::Hidden(_))), "{path}");
        }
        assert!(matches!(judge("../sub"), Some(OutOfReach::Irregular(_))));
        assert!(matches!(judge("../large.txt"), Some(OutOfReach::TooLarge(_))));
    }
}
