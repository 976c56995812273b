//! `lockit completions SHELL`.

use clap::Command;
use clap_complete::Shell;

use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;

pub(crate) fn execute(mut line: Command, shell: Shell, context: &Context) -> ExitStatus {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut line, "lockit", &mut script);
    context.printer.data(String::from_utf8_lossy(&script).trim_end());
    ExitStatus::Success
}
