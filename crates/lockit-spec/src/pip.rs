//! One item of a `pip:` section, checked against PEP 508.

use std::path::Path;
use std::str::FromStr;

use pep508_rs::Requirement as Pep508;
use url::Url;

use crate::SpecError;

/// Checks an item: a PEP 508 requirement, with `--hash=` options behind it as pip and conda-lock
/// take them, or a bare URL such as `git+https://…`.
pub(crate) fn check(text: &str) -> Result<(), SpecError> {
    if text.is_empty() {
        return Err(SpecError::new(text, "an item of the `pip:` section is empty"));
    }
    if text.starts_with('-') {
        return Err(option(text));
    }
    if bare_url(text) {
        return Ok(());
    }
    if text.starts_with(['.', '/', '~']) || is_wheel_path(text) {
        return Err(SpecError::new(text, "local paths in a `pip:` section are not supported yet")
            .unsupported()
            .hint("give it a name: `name @ file:///path`, or install it separately"));
    }
    let requirement = strip_hashes(text)?;
    if let Some(at) = dangling_separator(requirement) {
        let mut error = SpecError::new(text, format!("`{text}` is not a pip requirement"));
        error.range = at..at + 1;
        error.label = "a name ends with a letter or a digit".into();
        return Err(error);
    }
    Pep508::<Url>::from_str(requirement).map(drop).or_else(|error| {
        // `name @ ./path` is fine; the parser merely has no folder to look from.
        if relative_path(requirement) {
            return Ok(());
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
fn fragment(message: String) -> String {
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
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let name = requirement.find(|c: char| !is_name(c)).unwrap_or(requirement.len());
    let after = &requirement[name..];
    let open = after.len() - after.trim_start().len();
    let extras =
        after[open..].strip_prefix('[').map_or("", |rest| rest.split(']').next().unwrap_or(""));
    let mut end = name + open + 1;
    let ends = extras.split(',').map(|extra| {
        let at = end + extra.trim_end().len();
        end += extra.len() + 1;
        at
    });
    std::iter::once(name)
        .chain(ends.filter(|_| !extras.is_empty()))
        .find(|end| requirement[..*end].ends_with(['-', '_', '.']))
        .map(|end| end - 1)
}

fn option(text: &str) -> SpecError {
    let name = text.split([' ', '=']).next().unwrap_or(text);
    let error = SpecError::new(
        text,
        format!("the pip option `{name}` is not supported yet in a `pip:` section"),
    )
    .unsupported();
    match name {
        "-e" | "--editable" => error.hint("leave it out of the spec and install it after the environment is made: `pip install --no-deps -e .`"),
        "-r" | "--requirement" | "-c" | "--constraint" => error.hint("list the requirements of that file here"),
        _ => error.hint("only requirements can stand here, for example `requests >=2`"),
    }
}

/// `dist/name-1.0-py3-none-any.whl`, as opposed to `name @ https://…/name.whl`.
fn is_wheel_path(text: &str) -> bool {
    !text.contains(" @ ") && Path::new(text).extension().is_some_and(|end| end == "whl")
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
            matches!(algorithm, "md5" | "sha1" | "sha224" | "sha256" | "sha384" | "sha512")
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
        assert!(
            explain("-e .")
                .starts_with("the pip option `-e` is not supported yet in a `pip:` section | -e .")
        );
        assert!(
            explain("--extra-index-url https://host")
                .contains("`--extra-index-url` is not supported yet")
        );
        assert!(
            explain("-r requirements.txt").ends_with("list the requirements of that file here")
        );
        assert!(explain("./local").starts_with("local paths"));
        assert!(explain("numpy=1.2").ends_with("| pip wants two equal signs: `numpy==1.2`"));
        assert!(
            explain("six==1 --no-deps")
                .starts_with("only `--hash=` can follow a pip requirement | --no-deps")
        );
        assert!(explain("conda-forge::six").ends_with("move the line out of the `pip:` section"));
        assert!(explain("a- >1").contains(" | - | "));
        assert!(explain("a [b, c_ ,d").contains(" | _ | "));
        assert!(explain("a[b-]").contains(" | - | "));
        assert!(explain("é é").starts_with("`é é` is not a pip requirement"));
    }
}
