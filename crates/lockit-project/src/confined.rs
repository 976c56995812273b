//! Where a file may have something written: below the top of its repository, and not where git and the systems that run
//! jobs look for orders.
//!
//! A lockit.toml comes with a pull request. Who runs lockit on it has not read it yet, and must not find a file in
//! the home folder changed. Nor may it find a file that other programs obey: `output_names.rs` says how outputs are called.
//! What a person says in a flag is theirs to say.

use std::path::{Component, Path, PathBuf};

use lockit_diagnostic::{Diagnostic, SourceFile, Spanned, is_hidden};

use super::output_names::Output;

/// Why a path that a file names is not written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PlaceError {
    /// `/x`, `\x`, `\\host\x`, `C:\x`.
    #[error("it is absolute")]
    Absolute,
    /// More `..` than there are folders.
    #[error("it leads out of the repository")]
    Outside,
    /// `~/x`, which a shell would take for another folder.
    #[error("`~` is not replaced by the home directory here")]
    Home,
    /// A name that Windows takes for a device or for a part of another file.
    #[error("Windows does not take it for a file")]
    Device,
    /// Characters that cannot be seen.
    #[error("it has invisible characters")]
    Invisible,
    /// `.git`, `.github/workflows`.
    #[error("git and CI take orders from there")]
    Orders,
    /// `.vscode/x`, `.npmrc`.
    #[error("it has a hidden part, and tools look there for their settings")]
    Hidden,
    /// `setup.py`.
    #[error("this is not what {0} is called")]
    Name(Output),
}

/// Names of folders and files from which git, its hooks and jobs take orders, relative to the top or to any folder. Links
/// may lead to no such place; what a setting names has to pass [`check_output`] besides.
const ORDERS: [&[&str]; 16] = [
    &[".git"],
    &[".gitmodules"],
    &[".gitattributes"],
    &[".hg"],
    &[".husky"],
    &[".github", "workflows"],
    &[".github", "actions"],
    &[".gitlab"],
    &[".gitlab-ci.yml"],
    &[".circleci"],
    &[".forgejo"],
    &[".gitea"],
    &[".woodpecker"],
    &[".buildkite"],
    &["azure-pipelines.yml"],
    &[".travis.yml"],
];

/// The top of the repository that a folder belongs to; the folder itself where there is none.
pub fn top_of(folder: &Path) -> &Path {
    folder.ancestors().find(|folder| folder.join(".git").exists()).unwrap_or(folder)
}

/// Whether a path that a file names, relative to `folder`, is a place in the repository. It goes by the text, the same on
/// every system; links are looked at when it is written.
///
/// # Errors
/// Why not.
pub fn check(path: &str, folder: &Path) -> Result<(), PlaceError> {
    place(path, folder).map(|_| ())
}

/// Whether an output may be written to a path that a file names: a place in the repository, without a hidden part, whose name says
/// what it is.
///
/// # Errors
/// Why not.
pub fn check_output(path: &str, folder: &Path, output: Output) -> Result<(), PlaceError> {
    let place = place(path, folder)?;
    if place.named().iter().any(|part| part.starts_with('.')) {
        return Err(PlaceError::Hidden);
    }
    // A path that ends in a slash names no file.
    let is_file = !path.ends_with(['/', '\\']);
    // What is empty names nothing, and whoever wants a name says so.
    if path.is_empty() || is_file && output.may_be_called(place.named()) {
        Ok(())
    } else {
        Err(PlaceError::Name(output))
    }
}

/// A path below the top of the repository.
struct Place {
    parts: Vec<String>,
    /// How many of the parts are those of the folder that the path is relative to.
    own: usize,
}

impl Place {
    /// What the path itself names.
    fn named(&self) -> &[String] {
        &self.parts[self.own..]
    }
}

fn place(path: &str, folder: &Path) -> Result<Place, PlaceError> {
    if path.contains(is_hidden) {
        return Err(PlaceError::Invisible);
    }
    if path.starts_with(['/', '\\']) || Path::new(path).is_absolute() || has_drive(path) {
        return Err(PlaceError::Absolute);
    }
    if path.starts_with('~') {
        return Err(PlaceError::Home);
    }
    let below = folder.strip_prefix(top_of(folder)).unwrap_or(Path::new(""));
    let mut parts: Vec<String> = below
        .components()
        .filter(|part| matches!(part, Component::Normal(_)))
        .map(|part| part.as_os_str().to_string_lossy().into_owned())
        .collect();
    let mut own = parts.len();
    for part in path.split(['/', '\\']) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop().ok_or(PlaceError::Outside)?;
                own = own.min(parts.len());
            }
            part if is_device(part) => return Err(PlaceError::Device),
            // Windows drops them at the end, so `.. ` is `..`.
            part if part.trim_end_matches(['.', ' ']).is_empty() => return Err(PlaceError::Device),
            part => parts.push(part.to_owned()),
        }
    }
    if takes_orders(parts.iter().map(String::as_str)) {
        return Err(PlaceError::Orders);
    }
    Ok(Place { parts, own })
}

/// Whether git or a job takes orders from a path, given by its parts.
pub fn takes_orders<'a>(parts: impl Iterator<Item = &'a str>) -> bool {
    let parts: Vec<String> = parts.map(as_found).collect();
    ORDERS.iter().any(|order| {
        parts.windows(order.len()).any(|some| some.iter().zip(*order).all(|(a, b)| a == b))
    })
}

/// A name as file systems find it: in any case, without what Windows drops, and by its short name.
fn as_found(part: &str) -> String {
    let part = part.trim_end_matches(['.', ' ']).to_lowercase();
    match part.strip_suffix("~1") {
        Some("git") => ".git".to_owned(),
        Some("github") => ".github".to_owned(),
        Some("gitlab") => ".gitlab".to_owned(),
        _ => part,
    }
}

/// `C:`, in front.
fn has_drive(path: &str) -> bool {
    let bytes = path.as_bytes();
    bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':')
}

/// What Windows takes for a device (`NUL`, `com1.txt`) or for a stream of a file (`a:b`).
fn is_device(part: &str) -> bool {
    let stem = part.split('.').next().unwrap_or(part).trim_end().to_ascii_uppercase();
    let numbered = |name: &str| {
        stem.strip_prefix(name)
            .is_some_and(|rest| rest.len() == 1 && rest.bytes().all(|byte| byte.is_ascii_digit()))
    };
    part.contains(':')
        || ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&stem.as_str())
        || numbered("COM")
        || numbered("LPT")
}

/// The same for a setting of a file: with its place, and what a person can say instead (`flag`).
///
/// # Errors
/// What to show.
pub fn check_setting(
    key: &str,
    setting: &Spanned<String>,
    file: &SourceFile,
    folder: &Path,
    output: Output,
    flag: &str,
) -> Result<(), Box<Diagnostic>> {
    check_output(&setting.value, folder, output).map_err(|error| {
        let possible = output.possible();
        Box::new(
            Diagnostic::error(format!(
                "`{key}` names a place that `{}` may not choose",
                file.name()
            ))
            .label(file, setting.span, error.to_string())
            .note(format!(
                "what a file names is written below the top of its repository, in directories that are not hidden; {output} is called {possible}"
            ))
            .hint(format!("choose such a name, or say it yourself: {flag}")),
        )
    })
}

/// Where something that is written to a path really goes: links followed, `..` taken back, and what is not there yet
/// behind what is.
pub fn real_path(path: &Path) -> Option<PathBuf> {
    let mut missing = Vec::new();
    let mut there = path;
    loop {
        if let Ok(real) = fs_err::canonicalize(there) {
            let mut real = real;
            real.extend(missing.iter().rev());
            return Some(real);
        }
        // A folder that is not there has no parent to go back to.
        let Some(Component::Normal(name)) = there.components().next_back() else { return None };
        missing.push(name);
        there = there.parent()?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_may_name() {
        let repository = tempfile::tempdir().unwrap();
        fs_err::create_dir_all(repository.path().join(".git")).unwrap();
        let project = repository.path().join("a/b");
        fs_err::create_dir_all(&project).unwrap();
        let checked = |path: &str| check(path, &project);
        for inside in [
            "conda-lock.yml",
            "./x.lock",
            "locks/{platform}.lock",
            "../x.lock",
            "../../locks/x.lock",
            "../../a/../x.lock",
            "locks\\x.lock",
            ".devcontainer/Dockerfile",
            ".github/conda.lock",
            "..x/y",
            "größe/x y.lock",
            "console.lock",
            "gitx",
        ] {
            assert_eq!(checked(inside), Ok(()), "{inside}");
        }
        for (path, why) in [
            ("/etc/x", PlaceError::Absolute),
            ("\\x", PlaceError::Absolute),
            ("//host/share/x", PlaceError::Absolute),
            ("\\\\host\\share\\x", PlaceError::Absolute),
            ("C:\\x", PlaceError::Absolute),
            ("c:x", PlaceError::Absolute),
            ("../../../x", PlaceError::Outside),
            ("x/../../../../y", PlaceError::Outside),
            ("..\\..\\..\\x", PlaceError::Outside),
            ("..\\../../x", PlaceError::Outside),
            ("~/x", PlaceError::Home),
            ("~root/x", PlaceError::Home),
            ("NUL", PlaceError::Device),
            ("a/com1.lock", PlaceError::Device),
            ("xy:stream", PlaceError::Device),
            ("a/.. /x", PlaceError::Device),
            ("a\nb", PlaceError::Invisible),
            ("a\u{202e}b", PlaceError::Invisible),
            ("../../.git/hooks/pre-commit", PlaceError::Orders),
            (".GIT/x", PlaceError::Orders),
            ("x/.git./config", PlaceError::Orders),
            ("git~1/x", PlaceError::Orders),
            ("../../.github/workflows/x.yml", PlaceError::Orders),
            ("../../.GitHub/Workflows/x.yml", PlaceError::Orders),
            ("../../.gitlab-ci.yml", PlaceError::Orders),
            (".gitattributes", PlaceError::Orders),
        ] {
            assert_eq!(checked(path), Err(why), "{path}");
        }
        // Without a repository, the folder is all there is.
        let alone = tempfile::tempdir().unwrap();
        assert_eq!(check("../x", alone.path()), Err(PlaceError::Outside));
        assert_eq!(check("a/../x", alone.path()), Ok(()));
    }

    #[test]
    fn what_an_output_may_be() {
        let repository = tempfile::tempdir().unwrap();
        let project = repository.path().join(".ci/project");
        fs_err::create_dir_all(repository.path().join(".git")).unwrap();
        fs_err::create_dir_all(&project).unwrap();
        let checked = |path: &str| check_output(path, &project, Output::Lockfile);
        // What is hidden above the project is where the project is.
        for path in ["conda-lock.yml", "./locks/../x.lock", "../x.lock", "../../locks/all.yml"] {
            assert_eq!(checked(path), Ok(()), "{path}");
        }
        for path in [
            ".x.lock",
            ".vscode/x.lock",
            "../../.cargo/x.lock",
            "../../.ci/x.lock",
            "a\\.b\\x.lock",
            ".{platform}.lock",
        ] {
            assert_eq!(checked(path), Err(PlaceError::Hidden), "{path}");
        }
        for path in ["setup.py", "../../Jenkinsfile", "x.lock/", "..", "a/../x.lock/.."] {
            assert_eq!(checked(path), Err(PlaceError::Name(Output::Lockfile)), "{path}");
        }
        assert_eq!(checked("../../../x.lock"), Err(PlaceError::Outside));
        assert_eq!(checked("../../.github/workflows/x.lock"), Err(PlaceError::Orders));
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_to_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let top = fs_err::canonicalize(folder.path()).unwrap();
        fs_err::create_dir(top.join("real")).unwrap();
        std::os::unix::fs::symlink(top.join("real"), top.join("link")).unwrap();
        assert_eq!(real_path(&top.join("link/new/x")), Some(top.join("real/new/x")));
        assert_eq!(real_path(&top.join("link/../x")), Some(top.join("x")));
        assert_eq!(real_path(&top.join("none/../../x")), None);
    }
}
