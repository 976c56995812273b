//! One requirement of pip, checked against PEP 508.

use std::ops::Range;
use std::path::Path;
use std::str::FromStr;

use pep508_rs::{MarkerTree, Requirement as Pep508};
use url::Url;

use crate::archive_digest::ALGORITHMS;
use crate::{SpecError, split_pypi_name};

/// Checks a requirement: PEP 508 with `--hash=` options behind it as pip and conda-lock take them, a bare URL such
/// as `git+https://…`, or the path of a folder or an archive. Gives its environment marker.
pub(crate) fn check(text: &str) -> Result<MarkerTree, SpecError> {
    if text.is_empty() {
        return Err(SpecError::new(text, "an item of the `pip:` section is empty"));
    }
    if bare_url(text) || is_path(text) {
        return marker_behind(text);
    }
    let requirement = strip_hashes(text)?;
    if let Some(at) = dangling_separator(requirement) {
        let mut error = SpecError::new(text, format!("`{text}` is not a pip requirement"));
        error.range = at..at + 1;
        error.label = "a name ends with a letter or a digit".into();
        return Err(error);
    }
    Pep508::<Url>::from_str(requirement).map(|parsed| parsed.marker).or_else(|error| {
        // `name @ ./path` is fine; the parser merely has no folder to look from.
        if relative_path(requirement) {
            return marker_behind(requirement);
        }
        // The parser counts characters.
        let offset = |count: usize| {
            requirement.char_indices().nth(count).map_or(requirement.len(), |(at, _)| at)
        };
        let start = offset(error.start).min(requirement.trim_end().len().saturating_sub(1));
        let end = offset(error.start + error.len).max(start + 1).min(text.len());
        let start = (0..=start).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        let end = (end..=text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(text.len());
        let message = error.message.to_string();
        let message = message.lines().next().unwrap_or("").trim_end_matches('.').to_owned();
        Err(SpecError {
            message: format!("`{text}` is not a pip requirement"),
            range: start..end,
            label: fragment(message),
            hint: advice(requirement),
            unsupported: false,
        })
    })
}

/// The parser's sentence in the manner of our messages.
pub(crate) fn fragment(message: String) -> String {
    let mut chars = message.chars();
    match (chars.next(), chars.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => {
            first.to_lowercase().chain(message.chars().skip(1)).collect()
        }
        _ => message,
    }
}

/// The last character of a name, or of an extra's, that ends with `-`, `_` or `.`: the parser panics
/// on these.
fn dangling_separator(requirement: &str) -> Option<usize> {
    let (name, after) = split_pypi_name(requirement);
    let name = name.len();
    let open = after.len() - after.trim_start().len();
    let extras =
        after[open..].strip_prefix('[').map_or("", |rest| rest.split(']').next().unwrap_or(""));
    let mut end = name + open + 1;
    let ends = extras.split(',').flat_map(|extra| {
        // The parser takes an extra to be over at a blank, whatever comes behind it.
        let blank = extra.len() - extra.trim_start().len();
        let word = extra[blank..].find(char::is_whitespace).map_or(extra.len(), |at| blank + at);
        let both = [end + word, end + extra.trim_end().len()];
        end += extra.len() + 1;
        both
    });
    std::iter::once(name)
        .chain(ends.filter(|_| !extras.is_empty()))
        .find(|end| requirement[..*end].ends_with(['-', '_', '.']))
        .map(|end| end - 1)
}

/// Checks what stands behind `-e`: a folder, or the address of a repository. Gives its environment marker.
pub(crate) fn check_editable(target: &str) -> Result<MarkerTree, SpecError> {
    let place = without_marker(target);
    let is_requirement = !bare_url(place)
        && !place.contains('@')
        && place.contains(['=', '<', '>', '~', '!'])
        && !place.starts_with('~');
    if is_requirement {
        return Err(SpecError::new(target, format!("`{target}` cannot be edited")).hint(
            "`-e` takes a folder, for example `-e ./package`, or the address of a repository",
        ));
    }
    marker_behind(target)
}

/// The part in front of an environment marker. Addresses and paths may hold `;`, so a blank comes before it.
fn without_marker(text: &str) -> &str {
    text.find(" ;").map_or(text, |at| text[..at].trim_end())
}

/// The environment marker behind an address or a path.
fn marker_behind(text: &str) -> Result<MarkerTree, SpecError> {
    let Some(at) = text.find(" ;") else { return Ok(MarkerTree::TRUE) };
    let marker = text[at + 2..].split(" --").next().unwrap_or_default();
    MarkerTree::from_str(marker.trim()).map_err(|error| {
        let message = error.message.to_string();
        let message = message.lines().next().unwrap_or("").trim_end_matches('.').to_owned();
        SpecError::new(text, "the environment marker cannot be read")
            .at(at + 1..text.len(), fragment(message))
    })
}

/// Where a line names a folder or an archive by a path that is relative; `None` for all other lines.
pub(crate) fn relative_path_of(line: &str) -> Option<Range<usize>> {
    let (start, rest) = match line.strip_prefix("-e ") {
        Some(rest) => (3, rest),
        None => (0, line),
    };
    if rest.contains("://") {
        return None;
    }
    let (start, rest) = match rest.split_once('@') {
        Some((_, target)) if relative_path(rest) => {
            let blanks = target.len() - target.trim_start().len();
            (line.len() - target.len() + blanks, &target[blanks..])
        }
        _ if start > 0 || is_path(rest) => (start, rest),
        _ => return None,
    };
    let path = without_marker(rest);
    let path = path.split(" --").next().unwrap_or(path);
    let path = path.split('[').next().unwrap_or(path).trim_end();
    let absolute = path.starts_with(['/', '~', '\\', '$']) || path.get(1..2) == Some(":");
    (!absolute && !path.is_empty()).then(|| start..start + path.len())
}

/// `./folder`, `/folder`, `dist/name-1.0.tar.gz`, as opposed to `name @ https://…/name.whl`.
fn is_path(text: &str) -> bool {
    let path = without_marker(text);
    let path = path.split(" --").next().unwrap_or(path);
    let archive = || {
        [".whl", ".tar.gz", ".tar.bz2", ".zip"].iter().any(|end| {
            path.len() > end.len()
                && path
                    .get(path.len() - end.len()..)
                    .is_some_and(|last| last.eq_ignore_ascii_case(end))
        })
    };
    // No name has a slash, and no version: pip looks for such a folder.
    let has_slash = || {
        let place = path.split('[').next().unwrap_or(path);
        place.contains('/') && !path.contains('@') && !path.contains([' ', ';', '=', '<', '>'])
    };
    text.starts_with(['.', '/', '~'])
        || (!path.contains("://") && has_slash())
        || (!path.contains(" @ ") && !path.contains("://") && archive())
        || Path::new(path).is_absolute()
}

fn bare_url(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once("://") else { return false };
    let mut schemes = scheme.split('+');
    !rest.is_empty()
        && schemes.all(|part| {
            matches!(part, "git" | "hg" | "svn" | "bzr" | "http" | "https" | "ssh" | "file")
        })
}

fn relative_path(requirement: &str) -> bool {
    requirement.split_once('@').is_some_and(|(name, target)| {
        let name = name.trim();
        let target = target.trim_start();
        Pep508::<Url>::from_str(name).is_ok() && !target.is_empty() && !target.contains("://")
    })
}

/// The requirement before any `--hash=algorithm:digest`.
fn strip_hashes(text: &str) -> Result<&str, SpecError> {
    let Some(start) = text.find(" --") else { return Ok(text) };
    let mut rest = &text[start..];
    loop {
        rest = rest.trim_start();
        if rest.is_empty() {
            return Ok(text[..start].trim_end());
        }
        let at = text.len() - rest.len();
        let length = rest.find(char::is_whitespace).unwrap_or(rest.len());
        let hash = rest[..length].strip_prefix("--hash=").and_then(|hash| hash.split_once(':'));
        let valid = hash.is_some_and(|(algorithm, digest)| {
            ALGORITHMS.contains(&algorithm)
                && !digest.is_empty()
                && digest.chars().all(|c| c.is_ascii_hexdigit())
        });
        if !valid {
            let mut error = SpecError::new(text, "only `--hash=` can follow a pip requirement");
            error.range = at..at + length;
            error.label = "expected for example `--hash=sha256:…`".into();
            return Err(error);
        }
        rest = &rest[length..];
    }
}

fn advice(text: &str) -> Option<String> {
    let single = text.find('=').filter(|at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + 1..].chars().next();
        after != Some('=') && !matches!(before, Some('<' | '>' | '!' | '~' | '='))
    });
    if text.contains("::") {
        return Some("a channel in front of a name is conda's notation; move the line out of the `pip:` section".into());
    }
    single.map(|at| {
        format!(
            "pip wants two equal signs: `{}=={}`",
            text[..at].trim_end(),
            text[at + 1..].trim_start()
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_pip_takes_is_taken() {
        for text in [
            "requests",
            "requests >=2, <3",
            "uvicorn[standard]==0.30",
            "tomli; python_version < '3.11'",
            "six==1.16.0 --hash=sha256:00ff --hash=md5:aa",
            "git+https://host/org/repo.git@main#egg=repo",
            "ssh://git@host/repo",
            "https://host/abc-1.0.tar.gz",
            "repo @ git+https://host/org/repo@v1#subdirectory=x",
            "thing @ file:///opt/thing",
            "thing @ /opt/thing",
            "thing @ ./thing",
            "./local",
            "../a/b[extra] ; sys_platform == 'linux'",
            "dist/thing-1.0-py3-none-any.whl",
            "thing-1.0.tar.gz --hash=sha256:00ff",
            "submodules/simple-knn",
            "submodules/simple-knn/",
            "packages/a[dev] ; os_name == 'nt'",
        ] {
            check(text).unwrap_or_else(|error| panic!("{text}: {error} {error:?}"));
        }
    }

    #[test]
    fn other_things_are_refused_with_advice() {
        let explain = |text: &str| {
            let error = check(text).unwrap_err();
            format!(
                "{error} | {} | {}",
                &text[error.range.clone()],
                error.hint.clone().unwrap_or_default()
            )
        };
        assert!(explain("numpy=1.2").ends_with("| pip wants two equal signs: `numpy==1.2`"));
        assert!(
            explain("six==1 --no-deps")
                .starts_with("only `--hash=` can follow a pip requirement | --no-deps")
        );
        assert!(explain("conda-forge::six").ends_with("move the line out of the `pip:` section"));
        assert!(explain("a- >1").contains(" | - | "));
        assert!(explain("a [b, c_ ,d").contains(" | _ | "));
        assert!(explain("a[b-]").contains(" | - | "));
        for text in ["0[A_ - numpy >=1", "a[b_ c]", "a[b, c. d, e]", "a[ b- ; os_name"] {
            assert!(explain(text).contains("is not a pip requirement | "), "{text}");
        }
        assert!(explain("é é").starts_with("`é é` is not a pip requirement"));
    }

    #[test]
    fn relative_paths_are_found_in_lines() {
        for (line, path) in [
            ("./local", Some("./local")),
            ("-e .", Some(".")),
            ("-e ../x[dev,test] ; os_name == 'nt'", Some("../x")),
            ("thing @ ./thing", Some("./thing")),
            ("thing[a] @ sub/thing ; os_name == 'nt'", Some("sub/thing")),
            (
                "dist/thing-1.0-py3-none-any.whl --hash=sha256:00",
                Some("dist/thing-1.0-py3-none-any.whl"),
            ),
            ("submodules/simple-knn", Some("submodules/simple-knn")),
            ("packages/a[dev] ; os_name == 'nt'", Some("packages/a")),
            ("/opt/thing", None),
            ("thing @ /opt/thing", None),
            ("thing @ file:///opt/thing", None),
            ("-e git+https://host/thing", None),
            ("requests >=2", None),
        ] {
            assert_eq!(relative_path_of(line).map(|range| &line[range]), path, "{line}");
        }
    }
}
