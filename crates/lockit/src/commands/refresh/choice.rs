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
