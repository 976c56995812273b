//! How lockfiles stand to the specs around them.

use std::path::Path;

use lockit_diff::lint::{Specs, Standing};
use lockit_lockfile::detect::Lockfile;

use crate::args::recorded;
use crate::world::context::Context;
use lockit_project::provenance::Provenance;
use lockit_project::standing::Writing;

/// The specs that lie around a lockfile.
#[derive(Debug)]
pub(super) struct SpecsAround {
    pub(super) context: Context,
}

impl Specs for SpecsAround {
    fn standing(&self, path: &Path, lockfile: &Lockfile) -> Option<Standing> {
        // What is wrong with specs is said where they are looked at.
        let origin =
            Provenance::find(path, lockfile, &self.context.around, &recorded::parse).ok()?;
        let mut standing = Standing::default();
        for entry in origin.entries() {
            let Some(existing) = entry.existing(lockfile.format) else { continue };
            standing.vouched.extend(existing.lock.platforms.iter().filter_map(|(one, locked)| {
                let recorded = locked.input_hash.as_ref()?;
                entry.hashes.get(one).is_some_and(|now| now.is(recorded)).then_some(*one)
            }));
            let reasons = origin.plan.reasons(entry, existing).1;
            if !reasons.is_empty() {
                let asked = entry.recorded(&[lockfile.format], None);
                standing.command = recorded::write(&asked, Writing::default());
            }
            standing.reasons.extend(reasons);
        }
        Some(standing)
    }
}
