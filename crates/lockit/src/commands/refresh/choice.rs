//! What may move: names, patterns, groups, and no more than a person can review.

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroUsize;

use jiff::Timestamp;
use lockit_diff::locks::EnvironmentDiff;
use lockit_solver::Upgrade;
use lockit_spec::{NamePattern, RefreshSettings, Step};

use crate::args::refresh::RefreshArgs;
use crate::relock::solve::Upgrading;
use crate::terminal::command_error::CommandError;
use lockit_project::plan::Plan;

/// Flags and `[refresh]`, read against the packages there are.
pub(super) struct Choice {
    pub(super) upgrading: Upgrading,
    pub(super) only_if_direct: bool,
    max_changes: Option<NonZeroUsize>,
    groups: Vec<BTreeSet<String>>,
}

impl Choice {
    pub(super) fn new(
        args: &RefreshArgs,
        settings: &RefreshSettings,
        plan: &Plan,
    ) -> Result<Self, CommandError> {
        let known = plan.known_packages();
        let matching = |pattern: &NamePattern| -> BTreeSet<String> {
            let names = known.iter().filter(|name| pattern.matches(name));
            names.map(|name| (*name).to_owned()).collect()
        };
        let groups: BTreeMap<&str, BTreeSet<String>> = settings
            .groups
            .iter()
            .map(|(name, patterns)| (name.as_str(), patterns.iter().flat_map(&matching).collect()))
            .collect();
        let expand = |words: &mut dyn Iterator<Item = &String>| {
            let mut names = BTreeSet::new();
            for word in words {
                if let Some(group) = groups.get(word.as_str()) {
                    names.extend(group.iter().cloned());
                    continue;
                }
                let name = plan.spelled(word);
                if name.contains('*') {
                    names.extend(matching(&name.parse()?));
                    continue;
                }
                plan.check_upgrade(&BTreeSet::from([name.clone()]))?;
                // Who names one of a group means the group: its members fit only each other.
                let grouped = groups.values().filter(|group| group.contains(&name));
                names.extend(grouped.flatten().cloned());
                names.insert(name);
            }
            Ok::<_, CommandError>(names)
        };
        // What a settings file names need not be locked now.
        let settled: Vec<String> = settings
            .ignore
            .iter()
            .map(|name| &name.value)
            .filter(|name| {
                groups.contains_key(name.as_str())
                    || name.contains('*')
                    || known.contains(plan.spelled(name).as_str())
            })
            .cloned()
            .collect();
        let ignored = expand(&mut args.ignore.iter().chain(&settled))?;
        let what = if args.only.is_empty() {
            Upgrade::All { but: ignored }
        } else {
            let mut only = expand(&mut args.only.iter())?;
            only.retain(|name| !ignored.contains(name));
            Upgrade::Packages(only)
        };
        let furthest = args.up_to.map(Step::from).or(settings.up_to).unwrap_or_default();
        Ok(Self {
            upgrading: Upgrading { what, furthest },
            only_if_direct: args.only_if.is_some() || settings.only_if_direct,
            max_changes: args.max_changes.or(settings.max_changes),
            groups: groups.into_values().collect(),
        })
    }

    /// What is to be upgraded instead when too many packages that specs name would move. `None` when
    /// there are not too many.
    ///
    /// What has been there for longest goes first, so that nothing waits for ever. A group counts as
    /// one and goes whole.
    pub(super) fn fewer(
        &self,
        diffs: &[EnvironmentDiff],
        oldest: &BTreeMap<String, Timestamp>,
    ) -> Option<Upgrading> {
        let most = self.max_changes?.get();
        let moving = moving(diffs);
        let mut units: BTreeMap<BTreeSet<String>, Option<Timestamp>> = BTreeMap::new();
        for name in &moving {
            let group = self.groups.iter().find(|group| group.contains(*name));
            let unit = group.cloned().unwrap_or_else(|| BTreeSet::from([(*name).to_owned()]));
            let known = units.entry(unit).or_default();
            *known = [*known, oldest.get(*name).copied()].into_iter().flatten().min();
        }
        if units.len() <= most {
            return None;
        }
        let mut units: Vec<(Timestamp, BTreeSet<String>)> = units
            .into_iter()
            .map(|(unit, since)| (since.unwrap_or(Timestamp::MAX), unit))
            .collect();
        units.sort();
        let names = units.into_iter().take(most).flat_map(|(_, unit)| unit).collect();
        let furthest = self.upgrading.furthest;
        Some(Upgrading { what: Upgrade::Packages(names), furthest })
    }
}

/// Packages that specs name and that are there before and after, but not the same.
pub(super) fn moving(diffs: &[EnvironmentDiff]) -> BTreeSet<&str> {
    diffs
        .iter()
        .flat_map(|diff| &diff.changes)
        .filter(|change| change.direct != Some(false))
        .filter(|change| change.before.is_some() && change.after.is_some())
        .map(|change| change.name.as_str())
        .collect()
}

#[cfg(test)]
mod tests {
    use lockit_diff::locks::{Change, Kind, Side};

    use super::*;

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    /// Which of five packages that would move are asked for, when only so many units may.
    fn chosen(most: usize, groups: &[&[&str]], dates: &[(&str, &str)]) -> Option<BTreeSet<String>> {
        let side = |version: &str| Some(Side { version: version.into(), ..Side::default() });
        let change = |name: &str| Change {
            name: name.to_owned(),
            kind: Kind::Minor,
            before: side("1.0"),
            after: side("1.1"),
            platforms: Vec::new(),
            direct: Some(true),
            channel: None,
        };
        let changes = ["a", "b", "c", "d", "e"].map(change).into();
        let choice = Choice {
            upgrading: Upgrading {
                what: Upgrade::All { but: BTreeSet::new() },
                furthest: Step::Major,
            },
            only_if_direct: false,
            max_changes: NonZeroUsize::new(most),
            groups: groups.iter().map(|group| names(group)).collect(),
        };
        let date = |date: &str| format!("{date}T00:00Z").parse::<Timestamp>().unwrap();
        let oldest = dates.iter().map(|(name, day)| ((*name).to_owned(), date(day))).collect();
        let diff = EnvironmentDiff { changes, ..EnvironmentDiff::default() };
        match choice.fewer(&[diff], &oldest)?.what {
            Upgrade::Packages(names) => Some(names),
            other => panic!("{other:?}"),
        }
    }

    const DATES: [(&str, &str); 4] =
        [("a", "2025-04-01"), ("b", "2025-02-01"), ("c", "2025-03-01"), ("d", "2025-01-01")];

    #[test]
    fn what_has_been_there_for_longest_goes_first() {
        assert_eq!(chosen(1, &[], &DATES), Some(names(&["d"])));
        assert_eq!(chosen(2, &[], &DATES), Some(names(&["d", "b"])));
        // What has no date goes last, and names decide between equal ones.
        assert_eq!(chosen(4, &[], &DATES), Some(names(&["a", "b", "c", "d"])));
        assert_eq!(chosen(2, &[], &[]), Some(names(&["a", "b"])));
        assert_eq!(chosen(5, &[], &DATES), None, "all may move");
    }

    #[test]
    fn a_group_is_as_old_as_its_oldest_member_and_counts_as_one() {
        // Its other members are newer than `b`, or of no known age.
        assert_eq!(chosen(1, &[&["a", "d", "e"]], &DATES), Some(names(&["a", "d", "e"])));
        assert_eq!(chosen(2, &[&["a", "c"]], &DATES), Some(names(&["b", "d"])));
        assert_eq!(chosen(3, &[&["a", "c"]], &DATES), Some(names(&["a", "b", "c", "d"])));
        assert_eq!(chosen(3, &[&["a", "d", "e"]], &DATES), None, "three units are not too many");
    }
}
