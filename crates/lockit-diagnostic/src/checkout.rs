//! Reading files of a checkout, where links are part of what others wrote.
//!
//! A repository may hold a link called `lockit.toml` to a key, or to what the system says of this very process. Reading it
//! would show lines of that as lines that cannot be understood.

use std::io;
use std::path::Path;

use crate::plain_path::plain_path;

/// Folders in which a system tells of itself and its processes.
const OF_THE_SYSTEM: [&str; 3] = ["/proc", "/sys", "/dev"];

/// The bytes of a file, unless a link in its repository leads out of that.
///
/// # Errors
/// Those of reading a file, with the path in the text.
pub fn read_bytes(path: &Path) -> io::Result<Vec<u8>> {
    match led_out(path) {
        Some(reason) => Err(io::Error::other(reason)),
        None => fs_err::read(path),
    }
}

/// What to say of a file that is not in the repository that it seems to be in. Where no repository is, nobody else wrote
/// the link.
fn led_out(path: &Path) -> Option<String> {
    let real = fs_err::canonicalize(path).ok()?;
    let name = path.display();
    if OF_THE_SYSTEM.iter().any(|folder| real.starts_with(folder)) {
        return Some(format!("`{name}` is no file that people write"));
    }
    let absolute = plain_path(&std::path::absolute(path).ok()?);
    if real == absolute {
        // The usual case: there is no link on the way.
        return None;
    }
    // The outermost counts: a link may lead into another repository, and a submodule lies in one.
    let root = absolute.ancestors().skip(1).filter(|folder| folder.join(".git").exists()).last()?;
    let real_root = fs_err::canonicalize(root).ok()?;
    (!real.starts_with(real_root)).then(|| {
        format!(
            "`{name}` is not read, since a link there leads out of the repository; name the file that it leads to, `{}`",
            real.display()
        )
    })
}

#[cfg(all(test, unix))]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_leads_to_what_is_in_the_repository() {
        let top = tempfile::tempdir().unwrap();
        let at = |path: &str| top.path().join(path);
        for folder in ["repo/.git", "repo/sub/.git", "other/.git", "repo/plain"] {
            fs_err::create_dir_all(at(folder)).unwrap();
        }
        for file in ["repo/a.yml", "repo/sub/b.yml", "other/key", "secret"] {
            fs_err::write(at(file), "six").unwrap();
        }
        for (to, link) in [
            ("a.yml", "repo/same.yml"),
            ("../a.yml", "repo/sub/up.yml"),
            ("sub", "repo/there"),
            ("../secret", "repo/out.yml"),
            ("../other", "repo/away"),
            ("/proc/self/environ", "environ.yml"),
            ("secret", "mine.yml"),
            ("repo", "entry"),
        ] {
            symlink(to, at(link)).unwrap();
        }
        let reads = |path: &str| read_bytes(&at(path)).is_ok();
        for path in [
            "repo/a.yml",
            "repo/same.yml",
            "repo/sub/up.yml",
            "repo/there/b.yml",
            "repo/../secret",
            "repo/plain/../../secret",
            // Nobody else wrote these.
            "mine.yml",
            "entry/a.yml",
            "entry/same.yml",
        ] {
            assert!(reads(path), "{path}");
        }
        for path in
            ["repo/out.yml", "repo/away/key", "repo/sub/../out.yml", "environ.yml", "entry/out.yml"]
        {
            assert!(!reads(path), "{path}");
        }
        let error = read_bytes(&at("repo/not-there.yml")).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::NotFound);
    }
}
