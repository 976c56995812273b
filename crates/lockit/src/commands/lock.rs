//! `lockit lock`: from specs to lockfiles. What is up to date is left alone without a solver.

use std::collections::BTreeSet;
use std::time::Instant;

use lockit_diagnostic::Diagnostic;

use super::check::verdict;
use super::solve::solve;
use crate::cli::{CheckFormat, LockArgs};
use crate::command_error::CommandError;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::inputs::Inputs;
use crate::plan::{Entry, Plan};
use crate::printer::{GOOD, paint};

pub(crate) fn execute(args: &LockArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let started = Instant::now();
    args.conda_lock.tell(context)?;
    let inputs = Inputs::gather(&args.selection, context)?;
    context.printer.diagnostics(&inputs.warnings);
    let mut plan = Plan::new(inputs, context, args.locked, args.upgrade)?;
    if args.conda_lock.check_input_hash() && !args.upgrade && args.upgrade_packages.is_empty() {
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
        return Ok(verdict(&plan, CheckFormat::Text, context));
    }
    refuse_pip(&plan, args.selection.skip_pip)?;
    // Conda package names are lower case.
    let moving: BTreeSet<String> =
        args.upgrade_packages.iter().map(|name| name.to_lowercase()).collect();
    let keep = !args.upgrade && moving.is_empty();
    if keep && plan.is_fresh(Entry::kinds, args.write.md5) {
        context.printer.status(&format!("{} everything is up to date", paint(GOOD, "ok")));
        return Ok(ExitStatus::Success);
    }
    plan.read_rest();
    plan.check_upgrade(&moving)?;
    solve(&plan, args, &moving, started, context)
}

/// A spec whose PyPI part is left out without anybody saying so would be a half lock.
pub(super) fn refuse_pip(plan: &Plan, skip: bool) -> Result<(), CommandError> {
    if skip {
        return Ok(());
    }
    let diagnostics: Vec<Diagnostic> = plan
        .entries
        .iter()
        .filter_map(|entry| {
            let pip = &entry.wanted.environment.pip;
            let first = pip.first()?;
            let what = if pip.len() == 1 {
                "a PyPI requirement".to_owned()
            } else {
                format!("{} PyPI requirements", pip.len())
            };
            Some(
                Diagnostic::error(format!(
                    "`{}` has {what}, which lockit cannot resolve yet",
                    entry.wanted.environment.name
                ))
                .label(&first.file, first.span, "in the `pip:` section")
                .hint("take them from conda-forge where it has them")
                .hint("`--skip-pip` locks the conda part and says so in the lockfile"),
            )
        })
        .collect();
    if diagnostics.is_empty() { Ok(()) } else { Err(CommandError::failure(diagnostics)) }
}
