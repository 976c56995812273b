//! What a refresh did and what it did not do, for the people who merge it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use lockit_spec::Platform;

use super::EnvironmentDiff;
use super::rows::rows;
use super::summary::counts;

/// Environments, and platforms of each.
pub type Places = BTreeMap<String, Vec<Platform>>;

/// Differences with what belongs to them. [`Report::markdown`] and [`Report::json`] write it.
#[derive(Debug, Clone, Default)]
pub struct Report<'a> {
    /// What changed.
    pub diffs: &'a [EnvironmentDiff],
    /// Packages that were locked and that their channel no longer offers.
    pub withdrawn: Vec<Withdrawn>,
    /// Newer versions that are too new.
    pub held_back: Vec<HeldBack>,
    /// Packages that specs name and that may move as well, but were too many for one run.
    pub waiting: Vec<String>,
    /// Why some locks stay as they were, one line each.
    pub failures: Vec<String>,
    /// The command that does it again.
    pub command: Option<String>,
}

/// A package that its channel no longer offers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawn {
    /// Package name.
    pub name: String,
    /// Version as the channel spelled it.
    pub version: String,
    /// Build string.
    pub build: String,
    /// Where it was locked.
    pub places: Places,
    /// Where it still is.
    pub kept: Places,
}

/// A newer version that `exclude-newer` leaves out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// Package name.
    pub name: String,
    /// What is locked.
    pub locked: String,
    /// What there is.
    pub version: String,
    /// When it appeared.
    pub appeared: Timestamp,
    /// When it may be taken; `None` for a cutoff that does not move.
    pub until: Option<Timestamp>,
    /// Where.
    pub places: Places,
}

impl<'a> Report<'a> {
    /// Differences and nothing else.
    pub fn of(diffs: &'a [EnvironmentDiff]) -> Self {
        Self { diffs, ..Self::default() }
    }

    /// `3 upgraded, 1 added`, or that nothing or no package changed.
    pub fn title(&self) -> String {
        let counts = counts(&rows(self.diffs));
        if !counts.is_empty() {
            counts
        } else if self.diffs.iter().all(EnvironmentDiff::is_empty) {
            "Nothing changed".into()
        } else {
            "Lock changed".into()
        }
    }
}
