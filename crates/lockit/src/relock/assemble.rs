//! From what was solved to the lock of an environment.

use std::collections::BTreeSet;
use std::sync::Arc;

use lockit_lockfile::{Lock, LockedChannel, PipRecord, PlatformLock, Record, order};
use lockit_solver::Outcome;
use lockit_spec::Platform;

use crate::relock::pypi::PypiRecords;
use crate::world::context::Context;
use lockit_project::plan::Entry;

/// The lock of an environment: what was solved now. Takes the records out of its outcomes.
pub(crate) fn assemble(
    entry: &Entry,
    outcomes: &mut [Outcome],
    pypi: &PypiRecords,
    context: &Context,
) -> Lock {
    let environment = &entry.wanted.environment;
    let platforms = outcomes
        .iter_mut()
        .filter_map(|outcome| {
            let records = std::mem::take(outcome.result.as_mut().ok()?);
            let pip = pypi.get(&(environment.name.clone(), outcome.platform));
            let pip = pip.cloned().unwrap_or_default();
            let locked = platform_lock(entry, outcome.platform, records, pip, context);
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
            .map(|channel| LockedChannel::as_written(&channel.place()))
            .collect(),
        options: entry.solved_with(),
        platforms,
        ..Lock::default()
    }
}

fn platform_lock(
    entry: &Entry,
    platform: Platform,
    mut records: Vec<Arc<Record>>,
    pip: Vec<PipRecord>,
    context: &Context,
) -> PlatformLock {
    let environment = &entry.wanted.environment;
    let requested: BTreeSet<String> = environment
        .requirements_for(platform)
        // Whether one with a condition counts is seen by what was chosen.
        .filter(|requirement| {
            let name = requirement.name.as_normalized();
            requirement.spec.condition.is_none() || records.iter().any(|one| one.name == name)
        })
        .map(|requirement| requirement.name.as_normalized().to_owned())
        .collect();
    order::sort(&mut records);
    let skipped_pip = if entry.skip_pip { environment.pip_for(platform).count() } else { 0 };
    // What lacks a part of the spec must not pass for a lock of all of it.
    let content_hash = entry.content_hashes().get(&platform).filter(|_| skipped_pip == 0);
    let mut locked = PlatformLock {
        input_hash: entry.hashes.get(&platform).map(|hash| hash.as_str().to_owned()),
        content_hash: content_hash.map(|hash| hash.value.clone()),
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
            .map(|cutoff| cutoff.instant(context.around.now)),
        exclude_newer_package: environment
            .options
            .exclude_newer_package
            .iter()
            .map(|exception| exception.at(context.around.now).to_string())
            .collect(),
        skipped_pip,
        variables: Some(environment.variables.clone()),
        pip,
        records,
        ..PlatformLock::default()
    };
    locked.categorise(environment, platform);
    locked
}
