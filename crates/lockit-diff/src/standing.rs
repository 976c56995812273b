//! How a lockfile stands to the specs it was made from.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::path::Path;

use lockit_lockfile::detect::Lockfile;
use lockit_lockfile::satisfaction::Reason;
use lockit_spec::Platform;

/// What is wrong between a lockfile and its specs.
#[derive(Debug, Clone, Default)]
pub struct Standing {
    /// Why the lockfile does not satisfy its specs. Empty when it does.
    pub reasons: Vec<Reason>,
    /// Platforms for which the recorded input hash is that of the specs: the lockfile was made from
    /// just these.
    pub vouched: BTreeSet<Platform>,
    /// The command that makes it again.
    pub command: String,
}

/// Knows the specs of lockfiles.
pub trait Specs: Debug {
    /// How a lockfile that lies at `path` stands to its specs. `None` when they are not known.
    fn standing(&self, path: &Path, lockfile: &Lockfile) -> Option<Standing>;
}

impl Standing {
    /// Whether a reason cannot come from a change of specs.
    pub(crate) fn is_edited(&self, reason: &Reason) -> bool {
        reason.platform().is_some_and(|platform| self.vouched.contains(&platform))
    }
}
