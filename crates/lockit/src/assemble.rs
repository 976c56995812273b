//! From what was solved to the lock of an environment.

use std::collections::BTreeSet;

use lockit_lockfile::{Lock, LockedChannel, PlatformLock, Record, order};
use lockit_solver::Outcome;
use lockit_spec::Platform;

use crate::commands::solve::pypi::Chosen;
use crate::context::Context;
use crate::plan::Entry;

/// The lock of an environment: what was solved now.
pub(crate) fn assemble(
    entry: &Entry,
    outcomes: &[Outcome],
    pypi: &Chosen,
    context: &Context,
) -> Lock {
    let environment = &entry.wanted.environment;
    let platforms = outcomes
        .iter()
        .filter(|outcome| outcome.environment == environment.name)
        .filter_map(|outcome| {
            let records = outcome.result.as_ref().ok()?;
            let mut locked = platform_lock(entry, outcome.platform, records, context);
            let key = (environment.name.clone(), outcome.platform);
            locked.pip = pypi.get(&key).cloned().unwrap_or_default();
            Some((outcome.platform, locked))
        })
        .collect();
    Lock {
        environment: environment.name.clone(),
        sources: entry
            .wanted
            .sources
            .iter()
            .map(|path| path.to_string_lossy().replace('\\', "/"))
            .collect(),
        channels: environment
            .channels
            .iter()
            .map(|channel| LockedChannel::new(&channel.public()))
            .collect(),
        platforms,
        ..Lock::default()
    }
}

fn platform_lock(
    entry: &Entry,
    platform: Platform,
    records: &[Record],
    context: &Context,
) -> PlatformLock {
    let environment = &entry.wanted.environment;
    let requested: BTreeSet<String> = environment
        .requirements_for(platform)
        .map(|requirement| requirement.name.as_normalized().to_owned())
        .collect();
    let mut records = records.to_vec();
    order::sort(&mut records);
    PlatformLock {
        input_hash: entry.hashes.get(&platform).cloned(),
        requested: Some(requested.into_iter().collect()),
        virtual_packages: environment
            .options
            .virtual_packages
            .get(&platform)
            .cloned()
            .unwrap_or_default(),
        exclude_newer: environment
            .options
            .exclude_newer
            .as_ref()
            .map(|cutoff| cutoff.instant(context.now)),
        skipped_pip: if entry.skip_pip { environment.pip_for(platform).count() } else { 0 },
        records,
        ..PlatformLock::default()
    }
}
