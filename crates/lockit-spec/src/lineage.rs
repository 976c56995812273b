//! Which environment takes its versions from which (`same-versions-as`).

use indexmap::IndexMap;

use crate::Environment;

/// Environments by name, each with the one that it follows.
///
/// Nothing has to be right: names may be followed that are no environments here, and chains may go in
/// a circle. Every answer comes to an end all the same.
///
/// ```
/// use lockit_spec::Lineage;
///
/// let lineage = Lineage::from_iter([("dev", None), ("predict", Some("dev")), ("docs", None)]);
/// assert_eq!(lineage.base_of("predict"), Some("dev"));
/// assert!(lineage.follows("predict", "dev"));
/// assert_eq!(lineage.family(["dev"]), ["dev", "predict"]);
/// ```
#[derive(Debug, Clone, Default)]
pub struct Lineage<'a> {
    bases: IndexMap<&'a str, Option<&'a str>>,
}

/// Of two environments with one name, the first one counts.
impl<'a> FromIterator<(&'a str, Option<&'a str>)> for Lineage<'a> {
    fn from_iter<I: IntoIterator<Item = (&'a str, Option<&'a str>)>>(environments: I) -> Self {
        let mut bases = IndexMap::new();
        for (name, base) in environments {
            bases.entry(name).or_insert(base);
        }
        Self { bases }
    }
}

impl<'a> FromIterator<&'a Environment> for Lineage<'a> {
    fn from_iter<I: IntoIterator<Item = &'a Environment>>(environments: I) -> Self {
        let environments = environments.into_iter();
        environments.map(|one| (one.name.as_str(), one.same_versions_as.as_deref())).collect()
    }
}

impl<'a> Lineage<'a> {
    /// What an environment follows, whether that is an environment here or not.
    pub fn base_of(&self, name: &str) -> Option<&'a str> {
        self.bases.get(name).copied().flatten()
    }

    /// What an environment follows, what that one follows, and so on up to the root. The last one may
    /// be no environment here. In a circle, each comes once, the environment itself at most at the end.
    pub fn chain(&self, name: &str) -> Vec<&'a str> {
        let mut chain = Vec::new();
        let mut next = self.base_of(name);
        while let Some(base) = next.filter(|base| !chain.contains(base)) {
            chain.push(base);
            next = if base == name { None } else { self.base_of(base) };
        }
        chain
    }

    /// The environment at the end of the chain: the one that is solved, and the others with it. One
    /// that follows nothing, or nothing that is here, is its own root.
    pub fn root_of<'b>(&self, name: &'b str) -> &'b str
    where
        'a: 'b,
    {
        let chain = self.chain(name);
        chain.into_iter().rfind(|base| self.bases.contains_key(base)).unwrap_or(name)
    }

    /// Whether the chain of an environment comes past `base`.
    pub fn follows(&self, name: &str, base: &str) -> bool {
        self.chain(name).contains(&base)
    }

    /// All whose chain comes past `base`, in their own order.
    pub fn followers(&self, base: &str) -> impl Iterator<Item = &'a str> {
        self.bases.keys().copied().filter(move |name| self.follows(name, base))
    }

    /// These environments and all that must be looked at together with them, in their own order: what
    /// they follow, what follows that, and so on.
    pub fn family<'b>(&self, names: impl IntoIterator<Item = &'b str>) -> Vec<&'a str> {
        let mut family: Vec<&str> = names.into_iter().collect();
        let mut seen = 0;
        while let Some(current) = family.get(seen).copied() {
            seen += 1;
            let near = self.bases.iter().filter_map(|(name, base)| {
                if *base == Some(current) {
                    Some(*name)
                } else if *name == current {
                    *base
                } else {
                    None
                }
            });
            for name in near {
                if !family.contains(&name) {
                    family.push(name);
                }
            }
        }
        self.bases.keys().copied().filter(|name| family.contains(name)).collect()
    }

    /// These environments in rounds: each is in a later one than those of them that it follows. What
    /// goes in a circle makes up the last round.
    pub fn rounds<'b>(&self, names: impl IntoIterator<Item = &'b str>) -> Vec<Vec<&'b str>> {
        let mut left: Vec<&str> = names.into_iter().collect();
        let mut rounds = Vec::new();
        while !left.is_empty() {
            let waits = |name: &&str| self.base_of(name).is_some_and(|base| left.contains(&base));
            let (later, now): (Vec<&str>, Vec<&str>) = left.iter().copied().partition(waits);
            if now.is_empty() {
                rounds.push(later);
                break;
            }
            rounds.push(now);
            left = later;
        }
        rounds
    }

    /// The circle that an environment is a part of: from itself over those that it follows to itself
    /// again. `None` when following them comes to an end, or into a circle without it.
    pub fn circle<'b>(&self, name: &'b str) -> Option<Vec<&'b str>>
    where
        'a: 'b,
    {
        let chain = self.chain(name);
        (chain.last() == Some(&name)).then(|| std::iter::once(name).chain(chain).collect())
    }

    /// Every circle, once: each starts with the one of its environments that stands first.
    pub fn circles(&self) -> Vec<Vec<&'a str>> {
        let mut circles: Vec<Vec<&str>> = Vec::new();
        for name in self.bases.keys() {
            if circles.iter().all(|circle| !circle.contains(name)) {
                circles.extend(self.circle(name));
            }
        }
        circles
    }
}

#[cfg(test)]
mod tests {
    use super::Lineage;

    /// `a>b` is an environment `a` that follows `b`.
    fn lineage(text: &str) -> Lineage<'_> {
        text.split_whitespace()
            .map(|word| match word.split_once('>') {
                Some((name, base)) => (name, Some(base)),
                None => (word, None),
            })
            .collect()
    }

    #[test]
    fn a_chain_goes_up_to_the_root() {
        let lineage = lineage("c>b b>a a other");
        assert_eq!(lineage.chain("c"), ["b", "a"]);
        assert_eq!(lineage.chain("a"), [""; 0]);
        assert_eq!(lineage.root_of("c"), "a");
        assert_eq!(lineage.root_of("a"), "a");
        assert!(lineage.follows("c", "a"));
        assert!(!lineage.follows("a", "a"), "nothing follows itself");
        assert!(!lineage.follows("other", "a"));
        assert_eq!(lineage.followers("a").collect::<Vec<_>>(), ["c", "b"]);
        assert!(lineage.circles().is_empty());
    }

    #[test]
    fn a_base_that_is_no_environment_ends_the_chain() {
        let lineage = lineage("c>b b>gone");
        assert_eq!(lineage.base_of("b"), Some("gone"));
        assert_eq!(lineage.chain("c"), ["b", "gone"]);
        assert_eq!(lineage.root_of("c"), "b", "the last one that there is");
        assert_eq!(lineage.family(["c"]), ["c", "b"]);
        assert_eq!(lineage.base_of("unknown"), None);
        assert_eq!(lineage.root_of("unknown"), "unknown");
    }

    #[test]
    fn a_family_is_all_that_are_solved_together() {
        let lineage = lineage("a b>a c>b other d>a");
        for one in ["a", "b", "c", "d"] {
            assert_eq!(lineage.family([one]), ["a", "b", "c", "d"], "{one}");
        }
        assert_eq!(lineage.family(["other"]), ["other"]);
        assert_eq!(lineage.family(["other", "d"]), ["a", "b", "c", "other", "d"]);
        assert_eq!(lineage.family([]), [""; 0]);
    }

    #[test]
    fn bases_come_in_earlier_rounds() {
        let lineage = lineage("c>b b>a a other");
        assert_eq!(
            lineage.rounds(["c", "b", "a", "other"]),
            [vec!["a", "other"], vec!["b"], vec!["c"]]
        );
        assert_eq!(lineage.rounds(["c", "a"]), [["c", "a"]], "nothing in between is waited for");
        assert_eq!(Lineage::from_iter([("x", Some("x"))]).rounds(["x"]), [["x"]]);
    }

    #[test]
    fn circles_are_found_once_and_nothing_runs_for_ever() {
        let lineage = lineage("tail>b a>b b>c c>a self>self fine");
        assert_eq!(lineage.circle("a"), Some(vec!["a", "b", "c", "a"]));
        assert_eq!(lineage.circle("tail"), None, "it only leads there");
        assert_eq!(lineage.circles(), [vec!["a", "b", "c", "a"], vec!["self", "self"]]);
        assert_eq!(lineage.chain("tail"), ["b", "c", "a"]);
        assert!(lineage.follows("a", "a"));
        assert_eq!(lineage.family(["c"]), ["tail", "a", "b", "c"]);
        assert_eq!(lineage.rounds(["a", "b", "c", "fine"]), [vec!["fine"], vec!["a", "b", "c"]]);
        assert_eq!(lineage.root_of("tail"), "a", "some one of the circle");
    }

    #[test]
    fn of_two_with_one_name_the_first_counts() {
        assert_eq!(lineage("a>b a b").base_of("a"), Some("b"));
    }
}
