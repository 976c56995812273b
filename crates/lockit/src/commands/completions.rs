//! `lockit completions SHELL`.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::cli::Cli;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;

pub(crate) fn execute(shell: Shell, context: &Context) -> ExitStatus {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "lockit", &mut script);
    context.printer.data(String::from_utf8_lossy(&script).trim_end());
    ExitStatus::Success
}
