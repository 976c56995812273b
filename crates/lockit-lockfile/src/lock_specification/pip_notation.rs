//! A pip requirement as conda-lock keeps it.
//!
//! conda-lock cuts the text up before `packaging` parses it, and the pieces are what is hashed. So this
//! follows `parse_python_requirement` of conda-lock step by step.

use std::path::Path;

use super::{Common, Dependency, PathDependency, UrlDependency, VcsDependency, Versioned};
use crate::Manager;

/// Whether there is a folder of this name: conda-lock looks whether a path is one.
pub(super) type IsFolder<'a> = &'a dyn Fn(&Path) -> bool;

/// The dependency that conda-lock makes of a text. `None` where conda-lock refuses the text.
pub(super) fn dependency(
    text: &str,
    category: &str,
    is_folder: IsFolder<'_>,
) -> Option<Dependency> {
    let (requirement, markers) = match text.rsplit_once(';') {
        Some((requirement, markers)) => (requirement.trim(), Some(markers.trim().to_owned())),
        None => (text.trim(), None),
    };
    let named;
    let requirement = if ["git+", "https://", "ssh://"].iter().any(|s| requirement.starts_with(s)) {
        // What stands for a name: the last part of the address.
        let last = requirement.rsplit('/').next()?.split('@').next()?;
        named = format!("{} @ {requirement}", last.strip_suffix(".git").unwrap_or(last));
        &named
    } else {
        requirement
    };
    let (requirement, hash) = match requirement.split_once(" --hash=") {
        Some((requirement, hash)) => (requirement, Some(hash.to_owned())),
        None => (requirement, None),
    };
    if requirement.contains(" --") || hash.as_ref().is_some_and(|hash| hash.contains(' ')) {
        return None;
    }
    let Parts { name, extras, rest } = parts(requirement)?;
    let common = Common { extras, markers, ..Common::new(name, Manager::Pip, category) };
    let Some(url) = rest.strip_prefix('@') else {
        let version = version(rest)?;
        let versioned = Versioned { common, version, build: None, conda_channel: None, hash };
        return Some(Dependency::Versioned(versioned));
    };
    let url = url.trim();
    if url.is_empty() || url.contains(char::is_whitespace) {
        return None;
    }
    if url.starts_with("git+") {
        // conda-lock forgets the extras of these.
        let common = Common { extras: Vec::new(), ..common };
        return repository(url, common);
    }
    if url.starts_with("https://") || url.starts_with("ssh://") {
        let (url, fragment) = url.split_once('#').unwrap_or((url, ""));
        let hashes = vec![fragment.replace('=', ":")];
        return Some(Dependency::Url(UrlDependency { common, url: url.to_owned(), hashes }));
    }
    let path = posix_path(url.strip_prefix("file://").unwrap_or(url));
    let is_directory = is_folder(Path::new(&path));
    Some(Dependency::Path(PathDependency { common, path, is_directory, subdirectory: None }))
}

/// A name, its extras, and what follows them.
struct Parts<'a> {
    name: String,
    extras: Vec<String>,
    rest: &'a str,
}

fn parts(text: &str) -> Option<Parts<'_>> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let end = text.find(|c| !is_name(c)).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric())
        || !name.ends_with(|c: char| c.is_ascii_alphanumeric())
    {
        return None;
    }
    let rest = rest.trim();
    let (extras, rest) = match rest.strip_prefix('[') {
        Some(inner) => inner.split_once(']')?,
        None => ("", rest),
    };
    let mut extras: Vec<String> =
        extras.split(',').map(str::trim).filter(|one| !one.is_empty()).map(str::to_owned).collect();
    extras.sort_unstable();
    extras.dedup();
    Some(Parts { name: lockit_spec::normalise_pypi_name(name), extras, rest: rest.trim() })
}

/// Constraints, sorted as texts; `*` for none.
fn version(text: &str) -> Option<String> {
    let text = text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')).unwrap_or(text);
    let mut clauses = Vec::new();
    for clause in text.split(',').map(str::trim).filter(|clause| !clause.is_empty()) {
        let clause: String = clause.chars().filter(|c| !c.is_whitespace()).collect();
        let operators = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];
        let operator = operators.into_iter().find(|operator| clause.starts_with(operator))?;
        if clause.len() == operator.len() {
            return None;
        }
        clauses.push(clause.replace("===", "=="));
    }
    clauses.sort_unstable();
    clauses.dedup();
    Some(if clauses.is_empty() { "*".to_owned() } else { clauses.join(",") })
}

fn repository(url: &str, common: Common) -> Option<Dependency> {
    let url = url.strip_suffix(".git").unwrap_or(url);
    let url = url.strip_prefix("git+").unwrap_or(url);
    let pieces: Vec<&str> = url.split('@').collect();
    let (source, rev) = match pieces.as_slice() {
        [url] => ((*url).to_owned(), None),
        [url, rev] => ((*url).to_owned(), Some(*rev)),
        // One `@` belongs to the login.
        [login, url, rev] => (format!("{login}@{url}"), Some(*rev)),
        _ => return None,
    };
    let (rev, subdirectory) = match rev.and_then(|rev| rev.split_once("#subdirectory=")) {
        Some((rev, subdirectory)) => (Some(rev), Some(subdirectory.to_owned())),
        None => (rev, None),
    };
    let rev = rev.map(str::to_owned);
    Some(Dependency::Vcs(VcsDependency { common, source, vcs: "git", rev, subdirectory }))
}

/// A path as Python's `pathlib` writes it.
fn posix_path(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    match (path.starts_with('/'), parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What conda-lock 4.0.3 makes of each text.
    #[test]
    fn texts_become_what_conda_lock_makes_of_them() {
        let made = |text: &str| match dependency(text, "main", &|_| false) {
            None => "refused".to_owned(),
            Some(Dependency::Versioned(it)) => format!(
                "{} {} {}{}",
                it.common.name,
                it.version,
                it.common.extras.join("+"),
                it.hash.unwrap_or_default()
            ),
            Some(Dependency::Url(it)) => {
                format!("{} url {} {:?}", it.common.name, it.url, it.hashes)
            }
            Some(Dependency::Vcs(it)) => {
                format!("{} git {} {:?} {:?}", it.common.name, it.source, it.rev, it.subdirectory)
            }
            Some(Dependency::Path(it)) => format!("{} path {}", it.common.name, it.path),
        };
        for (text, expected) in [
            ("requests", "requests * "),
            ("Req_uests.X >=2, <3", "req-uests-x <3,>=2 "),
            ("A.b-_c", "a-b-c * "),
            ("a[b, a]==1", "a ==1 a+b"),
            ("a (>=1,<2)", "a <2,>=1 "),
            ("a===1", "a ==1 "),
            ("a~=1.1", "a ~=1.1 "),
            ("a >= 1.0RC1", "a >=1.0RC1 "),
            ("a>=1,<2,!=1.5,>1", "a !=1.5,<2,>1,>=1 "),
            ("a==1.0; python_version<'3'", "a ==1.0 "),
            ("six==1.16.0 --hash=sha256:00ff", "six ==1.16.0 sha256:00ff"),
            ("six==1 --hash=sha256:00 --hash=sha256:11", "refused"),
            ("six==1 --no-deps", "refused"),
            (
                "git+https://h/org/repo.git@main#egg=repo",
                "repo git https://h/org/repo.git Some(\"main#egg=repo\") None",
            ),
            ("git+https://h/org/repo.git", "repo git https://h/org/repo None None"),
            ("git+ssh://git@h/o/r.git", "r git ssh://git Some(\"h/o/r\") None"),
            (
                "r @ git+https://h/o/r@v1#subdirectory=x",
                "r git https://h/o/r Some(\"v1\") Some(\"x\")",
            ),
            ("r@git+ssh://git@h/o/r.git@v1", "r git ssh://git@h/o/r.git Some(\"v1\") None"),
            ("ssh://git@h/repo", "repo url ssh://git@h/repo [\"\"]"),
            ("https://h/abc-1.0.tar.gz", "abc-1-0-tar-gz url https://h/abc-1.0.tar.gz [\"\"]"),
            ("https://h/abc-1.0.tar.gz#sha256=ab", "refused"),
            ("t @ https://h/t-1.zip#sha256=ab", "t url https://h/t-1.zip [\"sha256:ab\"]"),
            ("t @ file:///opt/t", "t path /opt/t"),
            ("t @ ./t", "t path t"),
            ("t @ ../t/", "t path ../t"),
            ("hg+https://h/r", "refused"),
            ("a=>1", "refused"),
        ] {
            assert_eq!(made(text), expected, "{text}");
        }
    }
}
