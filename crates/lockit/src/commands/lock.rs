//! `lockit lock`: from specs to lockfiles. What is up to date is left alone without a solver.

use std::collections::BTreeSet;
use std::time::Instant;

use crate::args::check::CheckFormat;
use crate::args::conda_lock_variables::{self, Doing};
use crate::args::lock::LockArgs;
use crate::relock::planned::planned;
use crate::relock::solve::solve;
use crate::relock::verdict::verdict;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::terminal::printer::{GOOD, paint};
use crate::world::context::Context;
use lockit_project::plan::Reading;

pub(crate) fn execute(args: &LockArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let started = Instant::now();
    args.conda_lock.tell(context);
    conda_lock_variables::tell(Doing::Locking, context);
    let reading = Reading { all: args.locked, forget: args.upgrade };
    let asked = args.selection.selection()?;
    let mut plan = planned(&asked, reading, context)?;
    // Who locks by hand does it in a repository of their own, as with pip and uv.
    args.builds.apply(&mut plan, true);
    let keep = !args.upgrade && args.upgrade_packages.is_empty();
    if args.conda_lock.check_input_hash() && keep && !args.renew {
        let known = plan.leave_out_known_inputs();
        if !known.is_empty() {
            let names: Vec<&str> = known.iter().map(|platform| platform.as_str()).collect();
            context.printer.status(&format!(
                "the inputs for {} are those of the lock: nothing to solve (`--check-input-hash`)",
                names.join(", ")
            ));
        }
        if plan.entries.is_empty() {
            return Ok(ExitStatus::Success);
        }
    }
    if args.locked {
        return Ok(verdict(&plan, &asked, Some(args.write.writing()), CheckFormat::Text, context));
    }
    if keep && !args.renew && plan.is_fresh(args.write.writing()) {
        context.printer.status(&format!("{} everything is up to date", paint(GOOD, "ok")));
        return Ok(ExitStatus::Success);
    }
    plan.read_rest();
    let moving: BTreeSet<String> =
        args.upgrade_packages.iter().map(|name| plan.spelled(name)).collect();
    plan.check_upgrade(&moving)?;
    solve(&plan, args, &moving, started, context)
}
