//! Stands in for the solver in a build without it: the wheel of the pre-commit hooks, which checks
//! and compares but must not make anybody compile a solver.

use std::collections::BTreeSet;
use std::time::Instant;

use lockit_lockfile::Lock;

use crate::args::lock::LockArgs;
use crate::args::network::NetworkArgs;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;
use lockit_project::plan::{Entry, Plan};

/// Says what to install instead of solving.
pub(crate) fn solve(
    _plan: &Plan,
    _args: &LockArgs,
    _moving: &BTreeSet<String>,
    _started: Instant,
    _context: &Context,
) -> Result<ExitStatus, CommandError> {
    Err(refusal())
}

/// Says what to install instead of solving.
pub(crate) fn relock<'a>(
    _plan: &'a Plan,
    _network: &NetworkArgs,
    _context: &Context,
) -> Result<Vec<(&'a Entry, Lock)>, CommandError> {
    Err(refusal())
}

fn refusal() -> CommandError {
    CommandError::error("the lock is not up to date, and this lockit has no solver").hint(
        "it is the light one that lints and checks; install the full one with `cargo install --path crates/lockit`",
    )
}
