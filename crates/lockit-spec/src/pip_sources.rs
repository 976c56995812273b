//! Where PyPI packages are looked for.

use crate::{ArchiveChoice, ChannelRef};

/// The indexes and folders that PyPI packages come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipSources {
    /// Indexes besides the public one (conda-lock's `pip-repositories`, pip's `--extra-index-url`), most
    /// important first. Secrets only as `${VAR}`.
    pub indexes: Vec<ChannelRef>,
    /// Folders and pages that list archives (pip's `--find-links`).
    pub find_links: Vec<ChannelRef>,
    /// Whether the public index is asked as well (conda-lock's `allow-pypi-requests`); true unless a file
    /// says otherwise.
    pub public: bool,
    /// Whether versions before the final one may be chosen (pip's `--pre`).
    pub prereleases: bool,
    /// Which archives of a package may be taken (pip's `--only-binary` and `--no-binary`).
    pub archives: ArchiveChoice,
}

impl Default for PipSources {
    fn default() -> Self {
        Self {
            indexes: Vec::new(),
            find_links: Vec::new(),
            public: true,
            prereleases: false,
            archives: ArchiveChoice::default(),
        }
    }
}

impl PipSources {
    /// The sources of several files: lists add up in order, as if one file included them all, and one file that does not want the public index
    /// decides for all.
    pub(crate) fn merge<'a>(files: impl Iterator<Item = &'a Self>) -> Self {
        let mut merged = Self::default();
        for file in files {
            add(&mut merged.indexes, &file.indexes);
            add(&mut merged.find_links, &file.find_links);
            merged.public &= file.public;
            merged.prereleases |= file.prereleases;
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
