//! A line for pip in the one spelling of all.

use std::fmt;
use std::str::FromStr;

use lockit_spec::PipRequirement;
use lockit_spec::credentials::without_secrets;
use pep440_rs::VersionSpecifiers;

use crate::pip::requirement::{Ask, Parts};

/// What a line asks for, in the one spelling of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Asked {
    /// Name, extras, marker and options; the whole line where it asks for an address.
    pub(super) name: String,
    /// The versions.
    pub(super) versions: String,
    /// The digests that archives must have, each with the name of the package.
    pub(super) digests: Vec<String>,
}

impl Asked {
    pub(super) fn of(line: &PipRequirement) -> Self {
        let mut asked = Self::of_text(&line.public_text());
        let mut digests: Vec<String> = line
            .digests()
            .into_iter()
            .map(|one| {
                format!("digest {} {}:{}", asked.name, one.algorithm, one.hex.to_lowercase())
            })
            .collect();
        digests.sort_unstable();
        digests.dedup();
        asked.digests = digests;
        asked
    }

    /// A line without its digests.
    pub(super) fn of_text(text: &str) -> Self {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let text = text.trim();
        let (asked, options) = text.find(" --").map_or((text, ""), |at| text.split_at(at));
        let mut options: Vec<String> = options
            .split(" --")
            .map(words)
            .filter(|option| !option.is_empty() && !option.starts_with("hash"))
            .collect();
        options.sort_unstable();
        let (mut name, versions, marker) = match Ask::of(asked) {
            Ask::Named(Parts { name, extras, rest, marker }) => {
                let extras = if extras.is_empty() {
                    String::new()
                } else {
                    format!("[{}]", extras.join(","))
                };
                (name + &extras, versions(rest), marker)
            }
            Ask::Address { marker, .. } => {
                let cut = marker.and_then(|_| asked.rfind(';')).unwrap_or(asked.len());
                let address = words(&asked[..cut]);
                (address.trim_end_matches('/').to_owned(), String::new(), marker)
            }
        };
        if let Some(marker) = marker {
            let marker: String = marker.chars().filter(|c| !c.is_whitespace()).collect();
            name.extend([" ; ", &marker.replace('"', "'")]);
        }
        for option in options {
            name.extend([" --", &option]);
        }
        Self { name, versions, digests: Vec::new() }
    }
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.versions)?;
        self.digests.iter().try_for_each(|digest| write!(f, " {digest}"))
    }
}

/// A requirement on a PyPI package in the one spelling of all, without a login.
pub(super) fn canonical(text: &str) -> String {
    Asked::of_text(&without_secrets(text)).to_string()
}

fn versions(text: &str) -> String {
    let mut all: Vec<String> = match VersionSpecifiers::from_str(text) {
        Ok(specifiers) => specifiers.iter().map(ToString::to_string).collect(),
        Err(_) => text.split(',').map(|one| one.split_whitespace().collect()).collect(),
    };
    all.sort_unstable();
    all.dedup();
    all.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spelling_does_not_matter_and_meaning_does() {
        for (one, other) in [
            ("Six_X >=1,<2", "six-x<2, >= 1"),
            ("a[B, c_d]==1", "a[c-d,b] == 1"),
            ("a; python_version<\"3.8\"", "a ;  python_version < '3.8'"),
            ("-e  ./lib/", "-e ./lib"),
            ("a (>=1)", "a>=1"),
            ("a --hash=sha256:00", "a"),
        ] {
            assert_eq!(canonical(one), canonical(other), "{one}");
        }
        for (one, other) in [
            ("a>=1", "a>=2"),
            ("a[x]", "a[y]"),
            ("a; os_name=='nt'", "a; os_name=='posix'"),
            ("./lib", "-e ./lib"),
            ("a @ git+https://h/r@v1", "a @ git+https://h/r@v2"),
            ("a --config-settings=x=1", "a"),
            ("./a[x]", "./a"),
        ] {
            assert_ne!(canonical(one), canonical(other), "{one}");
        }
    }
}
