//! Which archives of a package may be taken: wheels, source distributions or both (pip's `--only-binary` and
//! `--no-binary`).

use std::collections::BTreeSet;

use crate::SpecError;
use crate::name_map::normalise;

/// What options say about the archives of packages, in the order in which they were said: a later one wins, as in pip.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ArchiveChoice {
    rules: Vec<ArchiveRule>,
}

/// One option.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ArchiveRule {
    /// Only wheels; otherwise only source distributions.
    wheels: bool,
    whom: Vec<Whom>,
}

/// An item of such an option.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Whom {
    /// `:all:`
    All,
    /// `:none:`: forget what was said.
    None,
    /// A package, normalised.
    Package(String),
}

/// What an [`ArchiveChoice`] comes to for one of the two options.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Chosen {
    /// Every package that the other option does not name.
    pub all: bool,
    /// These packages, normalised.
    pub packages: BTreeSet<String>,
}

impl ArchiveRule {
    /// `--only-binary VALUE`, or `--no-binary VALUE`: names and `:all:` or `:none:`, with commas between them.
    ///
    /// # Errors
    /// An item that is none of these: it would reach uv as it is.
    pub(crate) fn parse(wheels: bool, value: &str) -> Result<Self, SpecError> {
        let whom = |item: &str| match item.trim() {
            ":all:" => Ok(Whom::All),
            ":none:" => Ok(Whom::None),
            name if is_package_name(name) => Ok(Whom::Package(normalise(name))),
            name => Err(SpecError::new(value, format!("`{name}` is not the name of a package"))
                .hint("list names with commas between them, or say `:all:` or `:none:`")),
        };
        Ok(Self { wheels, whom: value.split(',').map(whom).collect::<Result<_, _>>()? })
    }

    /// Only wheels, of everything.
    pub(crate) fn only_wheels() -> Self {
        Self { wheels: true, whom: vec![Whom::All] }
    }
}

impl ArchiveChoice {
    /// One option more.
    pub(crate) fn push(&mut self, rule: ArchiveRule) {
        self.rules.push(rule);
    }

    /// What was said later.
    pub(crate) fn extend(&mut self, later: &Self) {
        self.rules.extend(later.rules.iter().cloned());
    }

    /// Takes only source distributions of packages, given by their normalised names.
    pub fn only_sources_of(&mut self, packages: impl IntoIterator<Item = String>) {
        let whom: Vec<Whom> = packages.into_iter().map(Whom::Package).collect();
        if !whom.is_empty() {
            self.rules.push(ArchiveRule { wheels: false, whom });
        }
    }

    /// Of which packages only wheels may be taken, and of which only source distributions.
    pub fn chosen(&self) -> (Chosen, Chosen) {
        let (mut wheels, mut sources) = (Chosen::default(), Chosen::default());
        for rule in &self.rules {
            let (target, other) =
                if rule.wheels { (&mut wheels, &mut sources) } else { (&mut sources, &mut wheels) };
            // As pip reads it: `:all:` makes everything before it in the same option void, and ends it unless there is
            // a `:none:` behind.
            let mut whom = rule.whom.as_slice();
            if let Some(last) = whom.iter().rposition(|one| *one == Whom::All) {
                *other = Chosen::default();
                *target = Chosen { all: true, packages: BTreeSet::new() };
                whom = &whom[last + 1..];
                if !whom.contains(&Whom::None) {
                    continue;
                }
            }
            for one in whom {
                match one {
                    Whom::Package(name) => {
                        other.packages.remove(name);
                        target.packages.insert(name.clone());
                    }
                    Whom::None => *target = Chosen::default(),
                    Whom::All => {}
                }
            }
        }
        (wheels, sources)
    }
}

/// Whether a text is a name by the rules of PyPI: letters, digits, and `-`, `_`, `.` between them.
pub(crate) fn is_package_name(text: &str) -> bool {
    let is_end = |c: char| c.is_ascii_alphanumeric();
    text.starts_with(is_end)
        && text.ends_with(is_end)
        && text.chars().all(|c| is_end(c) || matches!(c, '-' | '_' | '.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `--only-binary` and `--no-binary` come to, in pip's words.
    fn come_to(options: &[(&str, &str)]) -> (String, String) {
        let mut choice = ArchiveChoice::default();
        for (option, value) in options {
            choice.push(ArchiveRule::parse(*option == "only", value).unwrap());
        }
        let words = |chosen: Chosen| {
            let all = chosen.all.then(|| ":all:".to_owned());
            all.into_iter().chain(chosen.packages).collect::<Vec<_>>().join(",")
        };
        let (wheels, sources) = choice.chosen();
        (words(wheels), words(sources))
    }

    /// Held against `FormatControl.handle_mutual_excludes` of pip 24.
    #[test]
    fn order_counts_as_it_does_for_pip() {
        for (options, wheels, sources) in [
            (vec![("only", ":all:")], ":all:", ""),
            (vec![("only", ":all:"), ("no", "Six_Like")], ":all:", "six-like"),
            (vec![("no", "six"), ("only", ":all:")], ":all:", ""),
            (vec![("no", ":all:"), ("only", ":all:")], ":all:", ""),
            (vec![("only", ":all:"), ("no", ":all:")], "", ":all:"),
            (vec![("only", "a,b"), ("no", "b")], "a", "b"),
            (vec![("only", "a"), ("only", ":none:")], "", ""),
            (vec![("only", "a,:all:,b")], ":all:", ""),
            (vec![("only", ":all:,:none:,b")], "b", ""),
            (vec![("only", "a, b")], "a,b", ""),
        ] {
            let expected = (wheels.to_owned(), sources.to_owned());
            assert_eq!(come_to(&options), expected, "{options:?}");
        }
    }

    #[test]
    fn what_is_no_name_does_not_reach_uv() {
        for value in ["--index-url=https://host", ":all", "a b", "", "a,,b", "a;b", "six==1"] {
            assert!(ArchiveRule::parse(true, value).is_err(), "{value}");
        }
    }
}
