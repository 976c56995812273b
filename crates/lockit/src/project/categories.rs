//! Which categories of requirements are asked for, as conda-lock has them: `main` always, `dev` unless it is left
//! out, others when they are named.

use std::collections::BTreeSet;

use lockit_lockfile::{DEV, MAIN};

/// Categories to keep.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Categories {
    /// Whether what only developers need is left out.
    pub no_dev: bool,
    /// Those that are named besides `main` and `dev`.
    pub extras: Vec<String>,
}

impl Categories {
    /// Whether developers' packages are kept.
    pub fn dev(&self) -> bool {
        !self.no_dev
    }

    /// Whether anybody said what to keep.
    pub fn chosen(&self) -> bool {
        self.no_dev || !self.extras.is_empty()
    }

    /// Whether requirements of a category are kept.
    pub fn wants(&self, category: &str) -> bool {
        match category {
            MAIN => true,
            DEV if self.dev() => true,
            other => self.extras.iter().any(|extra| extra == other),
        }
    }

    /// All that are kept.
    pub fn names(&self) -> BTreeSet<String> {
        let mut names: BTreeSet<String> = self.extras.iter().cloned().collect();
        names.insert(MAIN.to_owned());
        if self.dev() {
            names.insert(DEV.to_owned());
        }
        names
    }

    /// The words of a command line that ask for them.
    pub fn words(&self) -> Vec<String> {
        let mut words = Vec::new();
        if self.no_dev {
            words.push("--no-dev-dependencies".to_owned());
        }
        for extra in &self.extras {
            words.extend(["--extras".to_owned(), extra.clone()]);
        }
        words
    }

    /// The first that is named and that nothing is in. `main` and `dev` may be asked for anywhere.
    pub fn unknown<'a>(&'a self, known: &BTreeSet<String>) -> Option<&'a str> {
        let mut extras = self.extras.iter().map(String::as_str);
        extras.find(|extra| !matches!(*extra, MAIN | DEV) && !known.contains(*extra))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn categories(no_dev: bool, extras: &[&str]) -> Categories {
        Categories { no_dev, extras: extras.iter().map(|extra| (*extra).to_owned()).collect() }
    }

    #[test]
    fn main_is_always_kept_and_dev_unless_it_is_left_out() {
        let usual = categories(false, &[]);
        assert!(!usual.chosen() && usual.wants(MAIN) && usual.wants(DEV) && !usual.wants("docs"));
        let lean = categories(true, &["docs"]);
        assert!(lean.chosen() && lean.wants(MAIN) && !lean.wants(DEV) && lean.wants("docs"));
        assert_eq!(lean.names(), ["docs", "main"].map(str::to_owned).into());
    }

    #[test]
    fn a_category_that_nothing_is_in_is_unknown_but_for_the_usual_two() {
        let known = ["docs".to_owned()].into();
        assert_eq!(categories(false, &["docs", "dev", "main"]).unknown(&known), None);
        assert_eq!(categories(false, &["dcos"]).unknown(&known), Some("dcos"));
    }
}
