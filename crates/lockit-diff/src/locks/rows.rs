//! Changes of several environments, each told once.

use std::collections::BTreeMap;

use lockit_spec::Platform;

use super::{Change, EnvironmentDiff, Kind, Side};

/// One change, and where it happens.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) change: &'a Change,
    /// Whether a spec of one of the environments names the package, or may do so.
    pub(super) direct: bool,
    /// In the order of the differences.
    pub(super) environments: Vec<&'a str>,
    /// `None` for all that each environment has.
    pub(super) platforms: Option<&'a [Platform]>,
}

type Key<'a> = (Kind, &'a str, &'a Option<Side>, &'a Option<Side>, Option<&'a [Platform]>);

/// The changes in order of kind, then name.
pub(super) fn rows(diffs: &[EnvironmentDiff]) -> Vec<Row<'_>> {
    let mut rows: BTreeMap<Key<'_>, Row<'_>> = BTreeMap::new();
    for diff in diffs {
        for change in &diff.changes {
            let everywhere = change.platforms.len() == diff.platforms.len();
            let platforms = (!everywhere).then_some(change.platforms.as_slice());
            let key = (change.kind, change.name.as_str(), &change.before, &change.after, platforms);
            let row = rows.entry(key).or_insert_with(|| Row {
                change,
                direct: false,
                environments: Vec::new(),
                platforms,
            });
            row.direct |= change.direct != Some(false);
            row.environments.push(&diff.name);
        }
    }
    rows.into_values().collect()
}
