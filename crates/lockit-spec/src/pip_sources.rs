//! Where PyPI packages are looked for.

use crate::{ArchiveChoice, ChannelRef};

/// The indexes and folders that PyPI packages come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipSources {
    /// Indexes besides the one that is asked last (conda-lock's `pip-repositories`, pip's `--extra-index-url`), most
    /// important first. Secrets only as `${VAR}`.
    pub indexes: Vec<ChannelRef>,
    /// Those of `indexes` that only single packages name (`index` of a package in pixi's manifest), as written.
    pub of_packages: Vec<String>,
    /// The index that is asked last, in the place of the public one (pip's `--index-url`).
    pub default: Option<ChannelRef>,
    /// Folders and pages that list archives (pip's `--find-links`).
    pub find_links: Vec<ChannelRef>,
    /// Whether the public index is asked as well (conda-lock's `allow-pypi-requests`); true unless a file
    /// says otherwise.
    pub public: bool,
    /// No index is asked, whatever else is said (pip's `--no-index`).
    pub no_index: bool,
    /// What counts of a package that several indexes have. `None`: nobody says.
    pub index_strategy: Option<IndexStrategy>,
    /// Which versions before the final one may be chosen (pip's `--pre`).
    pub prereleases: Prereleases,
    /// Which archives of a package may be taken (pip's `--only-binary` and `--no-binary`).
    pub archives: ArchiveChoice,
}

/// The public index, which is asked last.
pub const PUBLIC_INDEX: &str = "https://pypi.org/simple";

/// What counts of a package that several indexes have, in uv's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum IndexStrategy {
    /// Only the first index that has the package, so that nobody can put a newer version elsewhere.
    #[default]
    FirstIndex,
    /// The first index with a version that fits.
    UnsafeFirstMatch,
    /// The newest version that fits, of all indexes.
    UnsafeBestMatch,
}

/// Which pre-releases of PyPI packages may be chosen, in pixi's and uv's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Prereleases {
    /// None.
    Disallow,
    /// All.
    Allow,
    /// Those of packages that have nothing else.
    IfNecessary,
    /// Those of packages whose requirement names one.
    Explicit,
    /// Both of the latter.
    #[default]
    IfNecessaryOrExplicit,
}

impl IndexStrategy {
    /// Each with its word.
    pub const WORDS: [(&'static str, Self); 3] = [
        ("first-index", Self::FirstIndex),
        ("unsafe-first-match", Self::UnsafeFirstMatch),
        ("unsafe-best-match", Self::UnsafeBestMatch),
    ];

    /// uv's word.
    pub fn as_str(self) -> &'static str {
        word(&self, &Self::WORDS)
    }
}

impl Prereleases {
    /// Each with its word.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("disallow", Self::Disallow),
        ("allow", Self::Allow),
        ("if-necessary", Self::IfNecessary),
        ("explicit", Self::Explicit),
        ("if-necessary-or-explicit", Self::IfNecessaryOrExplicit),
    ];

    /// uv's word.
    pub fn as_str(self) -> &'static str {
        word(&self, &Self::WORDS)
    }
}

/// The word of a value; every value has one.
fn word<T: PartialEq>(value: &T, words: &[(&'static str, T)]) -> &'static str {
    words.iter().find(|(_, one)| one == value).map_or("", |(word, _)| word)
}

impl Default for PipSources {
    fn default() -> Self {
        Self {
            indexes: Vec::new(),
            of_packages: Vec::new(),
            default: None,
            find_links: Vec::new(),
            public: true,
            no_index: false,
            index_strategy: None,
            prereleases: Prereleases::default(),
            archives: ArchiveChoice::default(),
        }
    }
}

impl PipSources {
    /// Adds an index for all packages.
    pub(crate) fn add_index(&mut self, index: ChannelRef) {
        self.of_packages.retain(|one| *one != index.text);
        add(&mut self.indexes, &[index]);
    }

    /// Adds an index that a single package names.
    pub(crate) fn add_index_of_package(&mut self, index: ChannelRef) {
        if self.indexes.iter().all(|one| one.text != index.text) {
            self.of_packages.push(index.text.clone());
            self.indexes.push(index);
        }
    }

    /// The indexes that are meant for all packages, besides the one that is asked last.
    pub fn for_all(&self) -> impl Iterator<Item = &ChannelRef> {
        self.indexes.iter().filter(|one| !self.of_packages.contains(&one.text))
    }

    /// Names the index that is asked last. Of several the first one is that; the others are asked before.
    pub(crate) fn replace_public(&mut self, index: ChannelRef) {
        self.public = false;
        match &self.default {
            None => self.default = Some(index),
            Some(known) if known.text == index.text => {}
            Some(_) => add(&mut self.indexes, &[index]),
        }
    }

    /// The indexes that are asked, in the order in which they are; the public one, which is asked last, is none of them.
    pub fn asked(&self) -> impl Iterator<Item = &ChannelRef> {
        self.indexes.iter().chain(&self.default).filter(|_| !self.no_index)
    }

    /// Whether the public index is asked.
    pub fn asks_public(&self) -> bool {
        self.public && self.default.is_none() && !self.no_index
    }

    /// Every place, for what must be done with all addresses.
    pub(crate) fn places_mut(&mut self) -> impl Iterator<Item = &mut ChannelRef> {
        self.indexes.iter_mut().chain(&mut self.default).chain(&mut self.find_links)
    }

    /// The sources of several files: lists add up in order, as if one file included them all, and one file that does not want the public index
    /// decides for all.
    pub(crate) fn merge<'a>(files: impl Iterator<Item = &'a Self>) -> Self {
        let mut merged = Self::default();
        for file in files {
            let for_all =
                |text: &String, one: &Self| one.for_all().any(|index| index.text == *text);
            let single: Vec<String> = file
                .of_packages
                .iter()
                .filter(|text| !for_all(text, &merged) && !merged.of_packages.contains(text))
                .cloned()
                .collect();
            merged.of_packages.retain(|text| !for_all(text, file));
            merged.of_packages.extend(single);
            add(&mut merged.indexes, &file.indexes);
            if let Some(index) = &file.default {
                merged.replace_public(index.clone());
            }
            add(&mut merged.find_links, &file.find_links);
            merged.public &= file.public;
            merged.no_index |= file.no_index;
            merged.index_strategy = merged.index_strategy.or(file.index_strategy);
            if merged.prereleases == Prereleases::default() {
                merged.prereleases = file.prereleases;
            }
            merged.archives.extend(&file.archives);
        }
        merged
    }
}

fn add(list: &mut Vec<ChannelRef>, more: &[ChannelRef]) {
    for one in more {
        if !list.iter().any(|known| known.text == one.text) {
            list.push(one.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(sources: &PipSources) -> String {
        sources.asked().map(|one| one.text.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn an_index_of_one_package_is_one_of_all_where_somebody_says_so() {
        let listed = |sources: &PipSources| -> Vec<String> {
            sources.for_all().map(|one| one.text.clone()).collect()
        };
        let mut one = PipSources::default();
        one.add_index_of_package(ChannelRef::new("https://a"));
        one.add_index_of_package(ChannelRef::new("https://b"));
        one.add_index(ChannelRef::new("https://b"));
        one.add_index(ChannelRef::new("https://c"));
        assert_eq!(asked(&one), "https://a https://b https://c");
        assert_eq!(listed(&one), ["https://b", "https://c"]);
        let mut two = PipSources::default();
        two.add_index_of_package(ChannelRef::new("https://c"));
        two.add_index(ChannelRef::new("https://a"));
        for merged in [[&one, &two], [&two, &one]].map(|both| PipSources::merge(both.into_iter())) {
            assert_eq!(merged.of_packages, [""; 0], "{merged:?}");
            assert_eq!(listed(&merged).len(), 3);
        }
    }

    #[test]
    fn the_default_index_is_asked_last_and_no_index_ends_it_all() {
        let mut one = PipSources::default();
        one.replace_public(ChannelRef::new("https://default"));
        one.indexes.push(ChannelRef::new("https://extra"));
        assert_eq!(asked(&one), "https://extra https://default");
        let mut two = PipSources::default();
        two.replace_public(ChannelRef::new("https://other"));
        two.index_strategy = Some(IndexStrategy::UnsafeBestMatch);
        two.prereleases = Prereleases::Allow;
        let mut merged = PipSources::merge([&one, &two].into_iter());
        assert_eq!(asked(&merged), "https://extra https://other https://default");
        assert_eq!(merged.index_strategy, Some(IndexStrategy::UnsafeBestMatch));
        assert_eq!((merged.prereleases, merged.asks_public()), (Prereleases::Allow, false));
        assert!(PipSources::default().asks_public());
        merged.no_index = true;
        assert_eq!(asked(&merged), "");
        assert!(!PipSources { no_index: true, ..PipSources::default() }.asks_public());
    }
}
