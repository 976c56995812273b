//! Groups of environments that are solved together, and are locked apart (`solve-group` of a pixi manifest).

use std::collections::BTreeMap;

use lockit_lockfile::satisfaction::{Reason, same_records};
use lockit_lockfile::{Format, Lock};
use lockit_spec::Environment;

use super::existing::Existing;
use super::plan::{Entry, Plan};
use super::wanted::Wanted;

/// A group: what is solved, and who is cut out of it.
#[derive(Debug)]
pub struct SolveGroup {
    /// All that the members ask for. It has no lockfile of its own.
    pub environment: Environment,
    members: Vec<String>,
}

impl SolveGroup {
    /// The groups that environments belong to, by name. What the members follow is set to the group.
    pub(super) fn all(environments: &mut [Wanted]) -> Vec<Self> {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, wanted) in environments.iter().enumerate() {
            if let Some(group) = &wanted.solve_group {
                groups.entry(group.clone()).or_default().push(place);
            }
        }
        let mut all = Vec::new();
        for (name, places) in groups {
            // One that is alone is solved as any other.
            if places.len() < 2 {
                continue;
            }
            // Names of environments have no blank.
            let name = format!("solve-group {name}");
            let members: Vec<&Environment> =
                places.iter().map(|place| &environments[*place].environment).collect();
            let Some(environment) = Environment::solve_group(&name, &members) else { continue };
            let members = members.iter().map(|one| one.name.clone()).collect();
            for place in places {
                environments[place].environment.same_versions_as = Some(name.clone());
            }
            all.push(Self { environment, members });
        }
        all
    }

    fn has(&self, entry: &Entry) -> bool {
        self.members.contains(&entry.wanted.environment.name)
    }

    /// What is locked of the group now: of each package what the first member has.
    pub fn previous(&self, plan: &Plan) -> Option<Lock> {
        let mut members =
            plan.entries.iter().filter(|entry| self.has(entry)).filter_map(Entry::previous);
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
        let Some(group) = self.groups.iter().find(|group| group.has(entry)) else {
            return Vec::new();
        };
        let others = self.entries.iter().filter(|other| {
            group.has(other) && other.wanted.environment.name != entry.wanted.environment.name
        });
        others
            .filter_map(|other| of_kind(other, existing.kind))
            .map(|other| same_records(&in_common(&existing.lock, &other.lock), &other.lock))
            .find(|reasons| !reasons.is_empty())
            .unwrap_or_default()
    }
}

fn of_kind(entry: &Entry, kind: Format) -> Option<&Existing> {
    entry.existing(kind).or_else(|| entry.existing.first())
}

/// The part of a lock that another one has packages of the same names for.
fn in_common(lock: &Lock, other: &Lock) -> Lock {
    let mut lock = lock.clone();
    lock.platforms.retain(|platform, locked| {
        let Some(theirs) = other.platforms.get(platform) else { return false };
        locked.records.retain(|one| theirs.records.iter().any(|record| record.name == one.name));
        true
    });
    lock
}
