//! From two copies to one lockfile.

use std::collections::BTreeMap;
use std::path::Path;

use lockit_lockfile::Lock;

use super::copies::Copied;
use super::outcome;
use crate::args::builds::BuildArgs;
use crate::args::network::NetworkArgs;
use crate::args::recorded;
use crate::relock::lockfiles::Lockfiles;
use crate::relock::solve::relock;
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use crate::world::merged_files::{Merged, MergedLockfile};
use lockit_project::files::Files;
use lockit_project::plan::{Entry, Plan};
use lockit_project::provenance::Provenance;

/// The text of the lockfile at `path`, put together from its copies in `copied`.
pub(super) fn resolve(
    path: &Path,
    copied: &Copied,
    mut merged: Merged,
    network: &NetworkArgs,
    context: &Context,
) -> Result<String, CommandError> {
    let mut unsolved = false;
    let mut lockfiles = BTreeMap::new();
    for (path, (copies, ours)) in copied {
        let (lockfile, mixed) = copies.merge();
        unsolved |= mixed;
        lockfiles.insert(path.clone(), MergedLockfile { lockfile, ours: ours.clone() });
    }
    let proposal = lockfiles[path].lockfile.clone();
    merged.lockfiles = lockfiles;
    let mut context = context.clone();
    context.around.files = Files::new(merged);
    let mut origin = Provenance::find(path, &proposal, &context.around, &recorded::parse)?;
    // Their side may have brought requirements that nobody has looked at.
    BuildArgs::default().apply(&mut origin.plan, false);
    let plan = &origin.plan;
    let locks = if unsolved || !plan.is_fresh(origin.writing) {
        relock(plan, network, &context)?
    } else {
        locked(plan)
    };
    let mut lockfiles = Lockfiles::new(plan, origin.writing);
    for (entry, lock) in &locks {
        lockfiles.add(entry, lock)?;
    }
    lockfiles.finish()?;
    let text = lockfiles.text(path)?.ok_or_else(|| {
        CommandError::error(format!("`{}` would be empty", context.shown(path).display()))
    })?;
    outcome::tell(path, &copied[path].0, &origin, &locks, &context);
    Ok(text)
}

/// What is there already, when that is as it should be.
fn locked(plan: &Plan) -> Vec<(&Entry, Lock)> {
    plan.entries
        .iter()
        .filter_map(|entry| {
            let mut lock = entry.previous()?;
            lock.environment.clone_from(&entry.wanted.environment.name);
            // The kind of lockfile that it was read from may keep none.
            lock.options = entry.solved_with();
            Some((entry, lock))
        })
        .collect()
}
