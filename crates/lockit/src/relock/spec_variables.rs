//! The variables that the specs of a lock set on activation, for formats that do not keep them.

use std::path::Path;

use lockit_lockfile::detect::Lockfile;
use lockit_project::provenance::Provenance;
use lockit_spec::ActivationVariables;

use crate::args::recorded;
use crate::relock::named_lock::NamedLock;
use crate::world::context::Context;

/// Those of an environment that a lockfile holds. `None` where nothing around it says what its specs are.
pub(crate) fn of_specs(
    path: &Path,
    lockfile: &Lockfile,
    environment: &str,
    context: &Context,
) -> Option<ActivationVariables> {
    // What is wrong with specs is said by the commands that read them.
    let path = context.directory().join(path);
    let origin = Provenance::find(&path, lockfile, &context.around, &recorded::parse).ok()?;
    let mut entries = origin.entries();
    let entry = match entries.next()? {
        only if entries.next().is_none() => only,
        _ => origin.entries().find(|entry| {
            let held: Vec<&str> =
                lockfile.locks.iter().map(|lock| lock.environment.as_str()).collect();
            entry.wanted.environment.name == environment
                || entry.wanted.shared_name.is(environment, &held)
        })?,
    };
    Some(entry.wanted.environment.variables.clone())
}

impl NamedLock {
    /// Fills in the variables of the specs where the lockfile keeps none.
    pub(crate) fn with_variables(&mut self, context: &Context) {
        let Some(path) = self.path.clone() else { return };
        if self.lock.platforms.values().all(|locked| locked.variables.is_some()) {
            return;
        }
        let Ok(lockfile) = context.around.files.lockfile(&context.directory().join(&path)) else {
            return;
        };
        let variables = of_specs(&path, &lockfile, &self.lock.environment, context);
        for locked in self.lock.platforms.values_mut() {
            locked.variables = locked.variables.take().or_else(|| variables.clone());
        }
    }
}
