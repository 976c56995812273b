//! Version constraints of Python's tools, in conda's words and in PEP 440's.
//!
//! The texts are those that conda-lock gives for the same input, since its `content_hash` depends on them.

use std::str::FromStr;

use pep508_rs::pep440_rs::Version;

use crate::{SpecError, split_pypi_name};

/// The version constraint of a PEP 508 requirement as it is written, without blanks.
pub(crate) fn of_requirement(text: &str) -> String {
    let text = text.split(';').next().unwrap_or_default();
    let text = text.split(" --").next().unwrap_or_default();
    let (_, rest) = split_pypi_name(text);
    let mut rest = rest.trim_start();
    if rest.starts_with('[') {
        rest = rest.split_once(']').map_or("", |(_, rest)| rest);
    }
    rest.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')')).collect()
}

/// A PEP 440 constraint for conda: sorted, and `===` as `==`.
pub(crate) fn to_conda(constraint: &str) -> String {
    let mut clauses: Vec<String> = constraint
        .split(',')
        .map(|clause| clause.trim().replace("===", "=="))
        .filter(|clause| !clause.is_empty())
        .collect();
    clauses.sort_unstable();
    clauses.join(",")
}

/// What `^` and `~` of poetry stand for. Clauses are separated by `,`, alternatives by `|`.
fn poetry(constraint: &str) -> Result<Vec<Vec<String>>, SpecError> {
    let mut alternatives = Vec::new();
    for alternative in constraint.split('|').map(str::trim).filter(|text| !text.is_empty()) {
        let mut clauses = Vec::new();
        for clause in split_clauses(alternative) {
            if clause.contains(char::is_whitespace) {
                return Err(SpecError::new(
                    constraint,
                    format!("`{clause}` is not a version constraint"),
                )
                .hint("separate constraints with commas"));
            }
            match (clause.strip_prefix('^'), clause.strip_prefix('~')) {
                (Some(version), _) => clauses.extend(range(constraint, version, caret_end)?),
                (None, Some(version)) if !version.starts_with('=') => {
                    clauses.extend(range(constraint, version, tilde_end)?);
                }
                _ => clauses.push(clause),
            }
        }
        alternatives.push(clauses);
    }
    Ok(alternatives)
}

/// Clauses stand between commas, or between blanks in front of an operator: `>=1 <2`.
fn split_clauses(text: &str) -> Vec<String> {
    let mut clauses: Vec<String> = vec![String::new()];
    let mut blank = false;
    for c in text.chars() {
        let last = clauses.len() - 1;
        if c == ',' {
            clauses.push(String::new());
        } else if c.is_whitespace() {
            blank = true;
            continue;
        } else if blank
            && matches!(c, '<' | '>' | '=' | '!' | '~' | '^')
            && clauses[last].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '*')
        {
            clauses.push(c.to_string());
        } else {
            let ends = |c: char| c.is_ascii_alphanumeric() || c == '*';
            if blank && ends(c) && clauses[last].ends_with(ends) {
                clauses[last].push(' ');
            }
            clauses[last].push(c);
        }
        blank = false;
    }
    clauses.retain(|clause| !clause.is_empty());
    clauses
}

/// `>=` a version with at least three parts, and `<` the end.
fn range(
    whole: &str,
    version: &str,
    end: fn(&[u64]) -> [u64; 3],
) -> Result<[String; 2], SpecError> {
    let parsed = Version::from_str(version).map_err(|_| {
        SpecError::new(whole, format!("`{version}` is not a version"))
            .hint("write for example `^1.2`, `~1.2` or `>=1.2,<2`")
    })?;
    let release: Vec<u64> = parsed.release().to_vec();
    let part = |index: usize| release.get(index).copied().unwrap_or(0);
    let epoch = match parsed.epoch() {
        0 => String::new(),
        epoch => format!("{epoch}!"),
    };
    // What stands behind the release: `a1`, `.post1`, `+local`.
    let plain = Version::new(&release).with_epoch(parsed.epoch());
    let rest = parsed.to_string();
    let rest = rest.strip_prefix(&plain.to_string()).unwrap_or_default();
    let floor = format!("{}.{}.{}", part(0), part(1), part(2));
    let [major, minor, patch] = end(&release);
    Ok([format!(">={epoch}{floor}{rest}"), format!("<{epoch}{major}.{minor}.{patch}")])
}

/// Below the next version that may break something (poetry's caret).
fn caret_end(release: &[u64]) -> [u64; 3] {
    let part = |index: usize| release.get(index).copied().unwrap_or(0);
    match (part(0), part(1), release.len()) {
        (0, 0, 3..) => [0, 0, part(2).saturating_add(1)],
        (0, minor, 2..) => [0, minor.saturating_add(1), 0],
        (major, ..) => [major.saturating_add(1), 0, 0],
    }
}

/// Below the next minor version, or the next major one when no minor one is given (poetry's tilde).
fn tilde_end(release: &[u64]) -> [u64; 3] {
    match release {
        [major] | [major, _, _, _, ..] if release.len() != 2 => [major.saturating_add(1), 0, 0],
        [major, minor, ..] => [*major, minor.saturating_add(1), 0],
        _ => [1, 0, 0],
    }
}

/// A constraint of poetry for conda.
///
/// # Errors
/// `^` or `~` in front of something that is no version.
pub(crate) fn poetry_to_conda(constraint: &str) -> Result<String, SpecError> {
    let alternatives = poetry(constraint)?;
    let joined: Vec<String> = alternatives.iter().map(|clauses| clauses.join(",")).collect();
    Ok(joined.join("|").replace("===", "=="))
}

/// A constraint of poetry for pip.
///
/// # Errors
/// As [`poetry_to_conda`], and alternatives, which PEP 440 has not.
pub(crate) fn poetry_to_pep440(constraint: &str) -> Result<String, SpecError> {
    let alternatives = poetry(constraint)?;
    let clauses = match alternatives.as_slice() {
        [] => return Ok(String::new()),
        [clauses] => clauses,
        _ => {
            return Err(SpecError::new(constraint, "alternatives cannot be said to PyPI's tools")
                .hint("write one range, with `!=` for what lies between"));
        }
    };
    let clauses: Vec<String> = clauses
        .iter()
        .filter(|clause| *clause != "*")
        .map(|clause| {
            if clause.starts_with(|c: char| c.is_ascii_digit()) {
                format!("=={clause}")
            } else {
                clause.clone()
            }
        })
        .collect();
    Ok(clauses.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn poetry_means_what_its_documentation_says() {
        for (poetry, conda) in [
            ("^1.2.3", ">=1.2.3,<2.0.0"),
            ("^1.2", ">=1.2.0,<2.0.0"),
            ("^1", ">=1.0.0,<2.0.0"),
            ("^0.2.3", ">=0.2.3,<0.3.0"),
            ("^0.0.3", ">=0.0.3,<0.0.4"),
            ("^0.0", ">=0.0.0,<0.1.0"),
            ("^0", ">=0.0.0,<1.0.0"),
            ("^1.0a1", ">=1.0.0a1,<2.0.0"),
            ("^0.8.post1", ">=0.8.0.post1,<0.9.0"),
            ("^1!2.3", ">=1!2.3.0,<1!3.0.0"),
            ("~1.2.3", ">=1.2.3,<1.3.0"),
            ("~1.2", ">=1.2.0,<1.3.0"),
            ("~1", ">=1.0.0,<2.0.0"),
            ("~=1.2", "~=1.2"),
            ("*", "*"),
            ("1.2.*", "1.2.*"),
            ("1.2.3", "1.2.3"),
            ("==1.2.3", "==1.2.3"),
            (">= 1, < 2", ">=1,<2"),
            (">=1 <2", ">=1,<2"),
            ("^5 || ^6", ">=5.0.0,<6.0.0|>=6.0.0,<7.0.0"),
        ] {
            assert_eq!(poetry_to_conda(poetry).unwrap(), conda, "{poetry}");
        }
        assert!(poetry_to_conda("^x").is_err());
        assert!(poetry_to_conda("1 2").is_err());
    }

    #[test]
    fn pip_gets_pep_440() {
        for (poetry, pip) in [
            ("^1.2", ">=1.2.0,<2.0.0"),
            ("*", ""),
            ("1.2", "==1.2"),
            ("1.*", "==1.*"),
            (">1", ">1"),
        ] {
            assert_eq!(poetry_to_pep440(poetry).unwrap(), pip, "{poetry}");
        }
        assert!(poetry_to_pep440("^1 || ^2").is_err());
    }

    #[test]
    fn requirements_give_their_constraints() {
        for (text, version) in [
            ("six", ""),
            ("six >=1, <2", ">=1,<2"),
            ("six[a, b] (>=1) ; os_name == 'nt'", ">=1"),
            ("six==1.16 --hash=sha256:00", "==1.16"),
        ] {
            assert_eq!(of_requirement(text), version, "{text}");
        }
        assert_eq!(to_conda(">=2,<3"), "<3,>=2");
        assert_eq!(to_conda("===1.0"), "==1.0");
    }
}
