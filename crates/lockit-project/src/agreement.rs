//! Several kinds of lockfile of one environment: whether they say the same, and which is believed.

use std::borrow::Cow;
use std::cmp::Reverse;

use lockit_lockfile::agreement::{by_age, disagreement};
use lockit_lockfile::{Format, Lock};
use lockit_spec::Platform;

use super::existing::Existing;
use super::plan::Entry;

/// What two kinds of lockfile of one environment have differently.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KindsDisagree {
    /// The kinds, the one that is believed first.
    pub kinds: [Format; 2],
    /// Where, and what.
    pub what: lockit_lockfile::agreement::Disagreement,
}

impl Entry {
    /// The lockfile that is believed: the newest.
    pub fn newest(&self) -> Option<&Existing> {
        self.existing.first()
    }

    /// The lockfile that is shown: of those that say the same as the newest, the one that keeps most.
    pub fn shown_lock(&self) -> Option<&Existing> {
        let kind =
            Format::MOST_FIRST.into_iter().find(|kind| self.agrees_with_the_newest(*kind))?;
        self.existing(kind)
    }

    /// Whether a kind is there and says what the newest one says.
    pub fn agrees_with_the_newest(&self, kind: Format) -> bool {
        let newest = self.newest();
        newest.zip(self.existing(kind)).is_some_and(|(newest, one)| {
            newest.kind == one.kind || self.compare(newest, one).is_none()
        })
    }

    /// Whether the kinds that the run is about disagree.
    pub fn disagreement(&self) -> Option<KindsDisagree> {
        let mut written = self.existing.iter().filter(|one| self.kinds().contains(&one.kind));
        let first = written.next()?;
        written.find_map(|other| self.compare(first, other))
    }

    /// Kinds that are there, that the run is not about, and that do not say what `lock` says.
    pub fn left_behind(&self, lock: &Lock) -> Vec<Format> {
        let others = self.existing.iter().filter(|one| !self.kinds().contains(&one.kind));
        others
            .filter(|other| disagreement(&self.in_part(other.kind, lock), &other.lock).is_some())
            .map(|other| other.kind)
            .collect()
    }

    /// The kinds that are there and do not say what the newest one says.
    pub fn disagreements(&self) -> Vec<KindsDisagree> {
        let Some((first, others)) = self.existing.split_first() else { return Vec::new() };
        others.iter().filter_map(|other| self.compare(first, other)).collect()
    }

    fn compare(&self, first: &Existing, other: &Existing) -> Option<KindsDisagree> {
        let (one, two) =
            (self.in_part(other.kind, &first.lock), self.in_part(first.kind, &other.lock));
        let what = disagreement(&one, &two)?;
        Some(KindsDisagree { kinds: [first.kind, other.kind], what })
    }

    /// What a kind holds of a lock.
    fn in_part<'a>(&self, kind: Format, lock: &'a Lock) -> Cow<'a, Lock> {
        let mut lock = Cow::Borrowed(lock);
        if let Some(part) = self.part(kind) {
            part.keep(lock.to_mut());
        }
        lock
    }

    /// Puts the lockfile first that was made from the inputs as they are now; of several, or of none, the one with
    /// the newer packages.
    pub(super) fn believe_the_newest(&mut self) {
        if self.disagreements().is_empty() {
            return;
        }
        let mut existing = std::mem::take(&mut self.existing);
        let is_current = |one: &Existing| {
            let mut hashes = self.hashes_of(one.kind).iter();
            hashes.all(|(platform, hash)| {
                let locked = one.lock.platforms.get(platform);
                let recorded = locked.and_then(|locked| locked.input_hash.as_ref());
                recorded.is_some_and(|recorded| hash.is(recorded))
            })
        };
        existing.sort_by(|a, b| {
            let current = Reverse(is_current(a)).cmp(&Reverse(is_current(b)));
            current.then_with(|| by_age(&b.lock, &a.lock))
        });
        self.existing = existing;
    }

    /// A lockfile of a kind, for a message: that of a platform where there is one for each.
    pub fn file_text(&self, kind: Format, platform: Platform) -> String {
        let files = self.files(kind);
        let file = files.iter().find(|(of, _)| of.is_none_or(|of| of == platform));
        file.map(|(_, path)| format!("`{}`", self.around.shown(path).display())).unwrap_or_default()
    }
}
