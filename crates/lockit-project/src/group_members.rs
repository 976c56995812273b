//! The members of a group in a plan: what is locked of them, and whether they agree.

use lockit_lockfile::satisfaction::{Reason, same_records};
use lockit_lockfile::{Format, Lock};

use super::existing::Existing;
use super::plan::{Entry, Plan};
use super::solve_groups::SolveGroup;

impl SolveGroup {
    /// What is locked of the group now: of each package what the first member has.
    pub fn previous(&self, plan: &Plan) -> Option<Lock> {
        let mut members = plan
            .entries
            .iter()
            .filter(|entry| self.has(&entry.wanted.environment))
            .filter_map(Entry::previous);
        let mut all = members.next()?;
        for lock in members {
            for (platform, locked) in lock.platforms {
                let known = all.platforms.entry(platform).or_default();
                for record in locked.records {
                    if !known.records.iter().any(|one| one.name == record.name) {
                        known.records.push(record);
                    }
                }
                for record in locked.pip {
                    if !known.pip.iter().any(|one| one.name == record.name) {
                        known.pip.push(record);
                    }
                }
            }
        }
        Some(all)
    }
}

impl Plan {
    /// Where a lock has other records than another member of its group.
    pub(super) fn unlike_its_group(&self, entry: &Entry, existing: &Existing) -> Vec<Reason> {
        let Some(group) = self.groups.iter().find(|group| group.has(&entry.wanted.environment))
        else {
            return Vec::new();
        };
        let others = self.entries.iter().filter(|other| {
            group.has(&other.wanted.environment)
                && other.wanted.environment.name != entry.wanted.environment.name
        });
        others
            .filter_map(|other| of_kind(other, existing.kind))
            .map(|other| {
                let mut reasons = same_records(&existing.lock, &other.lock);
                // What the other does not have is none of its business.
                reasons.retain(|reason| {
                    matches!(reason, Reason::NotSameRecord { theirs: Some(_), .. })
                });
                reasons
            })
            .find(|reasons| !reasons.is_empty())
            .unwrap_or_default()
    }
}

fn of_kind(entry: &Entry, kind: Format) -> Option<&Existing> {
    entry.existing(kind).or_else(|| entry.existing.first())
}
