//! Notations of pip, poetry and others, and the usual slips, that cannot stand as a conda spec.

use std::ops::Range;

use crate::SpecError;

/// pip's and poetry's notations, refused before a lenient parser makes something else of them.
pub(crate) fn refuse_other_languages(text: &str) -> Result<(), SpecError> {
    let trimmed = text.trim();
    if let Some(at) = text.find('[').filter(|at| !text[*at..].contains(']')) {
        return Err(SpecError::new(text, "`[` is opened and never closed")
            .at(at..text.len(), "expected `]`"));
    }
    if trimmed.is_empty() {
        return Err(SpecError::new(text, "a dependency is empty")
            .hint("write a package name, or remove the item"));
    }
    if trimmed.starts_with('-') {
        return Err(SpecError::new(text, "pip options cannot stand among conda dependencies")
            .hint("packages for pip go into a `pip:` section: `- pip: [...]`; local packages are installed separately"));
    }
    if trimmed.starts_with("git+") {
        return Err(SpecError::new(text, "conda cannot install from a git repository")
            .hint(format!("put it into a `pip:` section: `- pip: [\"{trimmed}\"]`")));
    }
    if let Some(at) = text.find(" @ ") {
        return Err(SpecError::new(text, "`name @ url` is a pip requirement")
            .at(at + 1..text.len(), "conda has no such form")
            .hint("put the line into a `pip:` section"));
    }
    if let Some(at) = marker_start(text) {
        return Err(SpecError::new(text, "environment markers exist only in pip requirements")
            .at(at..text.len(), "conda does not understand this")
            .hint("use a selector in a comment, for example `# [win]`, or put the line into a `pip:` section"));
    }
    refuse_operators(text)
}

/// The `;` of `name; python_version < "3.9"`.
fn marker_start(text: &str) -> Option<usize> {
    let at = text.find(';')?;
    let after = text[at + 1..].trim_start();
    let word = after.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next()?;
    let markers = [
        "python_version",
        "python_full_version",
        "os_name",
        "sys_platform",
        "platform_system",
        "platform_machine",
        "platform_release",
        "platform_version",
        "platform_python_implementation",
        "implementation_name",
        "implementation_version",
        "extra",
    ];
    (markers.contains(&word) || after.starts_with('(')).then_some(at)
}

/// The bracket of `name[extra1,extra2]`: no `=` in it.
pub(crate) fn pip_extras(text: &str) -> Option<Range<usize>> {
    let open = text.find('[')?;
    let close = open + text[open..].find(']')?;
    let inner = &text[open + 1..close];
    let names = !inner.trim().is_empty()
        && inner
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | ',' | ' '));
    (names && !text[..open].contains(['=', '<', '>', ' '])).then_some(open..close + 1)
}

/// Operators that conda does not have, and two of them in a row.
fn refuse_operators(text: &str) -> Result<(), SpecError> {
    // Brackets may hold anything in quotes.
    let positional = &text[..text.find('[').unwrap_or(text.len())];
    let find = |operator: &str| positional.find(operator).map(|at| at..at + operator.len());
    let swap = |range: Range<usize>, right: &str| {
        let wrong = &text[range.clone()];
        Err(SpecError::new(text, format!("`{wrong}` is not an operator"))
            .at(range.clone(), format!("expected `{right}`"))
            .hint(format!("write `{}{right}{}`", &text[..range.start], &text[range.end..])))
    };
    let end = positional.trim_end();
    let operator = end.trim_end_matches(['<', '>', '=', '!', '~']).len()..end.len();
    if !operator.is_empty() && operator.start > 0 && positional.len() == text.len() {
        return Err(SpecError::new(text, format!("nothing follows `{}`", &text[operator.clone()]))
            .at(operator, "expected a version or a build")
            .hint("leave the operator out to take any"));
    }
    if let Some(range) = find("===") {
        return swap(range, "==");
    }
    for (wrong, right) in [
        ("=>", ">="),
        ("=<", "<="),
        ("= =", "=="),
        ("> =", ">="),
        ("< =", "<="),
        ("! =", "!="),
        ("~ =", "~="),
        ("=!", "!="),
        ("><", "!="),
        ("<>", "!="),
    ] {
        if let Some(range) = find(wrong) {
            return swap(range, right);
        }
    }
    if let Some(at) = positional.find('^')
        && !positional.contains('$')
    {
        let version = positional[at + 1..].trim();
        return Err(SpecError::new(text, "conda has no `^` operator")
            .at(at..at + 1, "poetry's and npm's notation")
            .hint(caret(version).map_or_else(
                || "write the range out, for example `>=1.2,<2`".to_owned(),
                |range| {
                    format!("write `{} {range}`", positional[..at].trim_end_matches(['=', ' ']))
                },
            )));
    }
    if let Some(at) = missing_comma(positional) {
        return Err(SpecError::new(text, "two version constraints without a comma between them")
            .at(at..at + 1, "expected `,` before this")
            .hint(format!("write `{},{}`", text[..at].trim_end(), &text[at..])));
    }
    Ok(())
}

/// The range that poetry's `^1.2.3` means.
fn caret(version: &str) -> Option<String> {
    let parts: Vec<u64> =
        version.split('.').map(|part| part.parse().ok()).collect::<Option<_>>()?;
    let at = parts.iter().position(|part| *part > 0).unwrap_or(parts.len() - 1);
    let mut upper = parts[..=at].to_vec();
    upper[at] = upper[at].checked_add(1)?;
    let upper = upper.iter().map(u64::to_string).collect::<Vec<_>>().join(".");
    Some(format!(">={version},<{upper}"))
}

/// Where an operator follows a version: `>3.8<3.10`, `>=3.8 <3.10`.
fn missing_comma(text: &str) -> Option<usize> {
    let mut in_version = false;
    let mut seen_operator = false;
    let mut previous = ' ';
    for (at, c) in text.char_indices() {
        match c {
            ',' | '|' | '(' => {
                in_version = false;
                seen_operator = false;
            }
            '<' | '>' => {
                if in_version && seen_operator {
                    return Some(at);
                }
                seen_operator = true;
                in_version = false;
            }
            '!' | '~' if text[at + 1..].starts_with('=') => {
                if in_version && seen_operator {
                    return Some(at);
                }
                seen_operator = true;
                in_version = false;
            }
            '=' if matches!(previous, '<' | '>' | '!' | '~') => {}
            // `==1.2=build` and `name=1=build` are fine: a `=` starts the build there.
            '=' => seen_operator = seen_operator || !in_version,
            c if !c.is_whitespace() => in_version = seen_operator,
            _ => {}
        }
        previous = c;
    }
    None
}

pub(crate) fn refuse_package_urls(text: &str) -> Result<(), SpecError> {
    let path = text.split(['#', '[']).next().unwrap_or("").trim();
    let archive = [".conda", ".tar.bz2", ".whl"].into_iter().find(|end| path.ends_with(end));
    let Some(archive) = archive.filter(|_| !text.contains("::")) else {
        if let Some(at) = text.find("://")
            && !text.contains("::")
            && !text[..at].contains("[channel")
            && !text[..at].replace(' ', "").contains(",channel=")
        {
            return Err(SpecError::new(text, "a URL is no dependency")
                .at(0..at + 3, "expected a package name")
                .hint("to take a package from a channel URL write `https://host/channel::name`"));
        }
        return Ok(());
    };
    if archive == ".whl" {
        return Err(SpecError::new(text, "a wheel cannot stand among conda dependencies")
            .hint("put it into a `pip:` section"));
    }
    let error = SpecError::new(text, "the URL of a package file cannot be a dependency")
        .at(0..path.len().min(text.len()), "a lock chooses the file itself, for each platform");
    Err(match pinned(path.strip_suffix(archive).unwrap_or(path)) {
        Some(spec) => error.hint(format!("write `{spec}` to ask for exactly this package")),
        None => error.hint("write the package's name and version, for example `xz=5.2.6`"),
    })
}

/// `https://host/channel/linux-64/name-version-build` as a spec.
fn pinned(url: &str) -> Option<String> {
    let (folder, file) = url.rsplit_once('/')?;
    let (channel, _subdir) = folder.rsplit_once('/')?;
    let mut parts = file.rsplitn(3, '-');
    let (build, version, name) = (parts.next()?, parts.next()?, parts.next()?);
    let channel = channel.strip_prefix("https://conda.anaconda.org/").unwrap_or(channel);
    let channel = if channel.contains('@') {
        return Some(format!("{name}={version}={build}"));
    } else {
        channel
    };
    Some(format!("{channel}::{name}={version}={build}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_between_constraints_are_asked_for() {
        assert_eq!(missing_comma("python>3.8<3.10"), Some(10));
        assert_eq!(missing_comma("python >=3.8 <3.10"), Some(13));
        assert_eq!(missing_comma("python >=3.8,<3.10"), None);
        assert_eq!(missing_comma("python >3.8|<3"), None);
        assert_eq!(missing_comma("python >=3.8=build"), None);
        assert_eq!(missing_comma("python 3.8 >2"), None);
    }

    #[test]
    fn poetry_ranges_are_spelled_out() {
        assert_eq!(caret("1.2.3").as_deref(), Some(">=1.2.3,<2"));
        assert_eq!(caret("0.2.3").as_deref(), Some(">=0.2.3,<0.3"));
        assert_eq!(caret("0").as_deref(), Some(">=0,<1"));
        assert_eq!(caret("x"), None);
    }
}
