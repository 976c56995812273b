//! Chores of this workspace, run as `cargo xtask <chore>`. One file per chore.

#![expect(clippy::disallowed_methods, reason = "a tool of the workshop, with no context to ask")]

#[cfg(test)]
mod architecture;
mod bench;
mod channel;
mod circles;
mod e2e;
mod fuzz;
mod installs;
mod python_chore;
#[cfg(test)]
mod skipped;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Chores of this workspace.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    Bench(bench::Arguments),
    Channel(channel::Arguments),
    Circles(circles::Arguments),
    E2e(e2e::Arguments),
    Fuzz(fuzz::Arguments),
    Installs(installs::Arguments),
}

#[expect(clippy::print_stderr, reason = "a chore talks to the person who runs it")]
fn main() -> ExitCode {
    let result = match Arguments::parse().chore {
        Chore::Bench(arguments) => bench::run(&arguments),
        Chore::Channel(arguments) => channel::run(&arguments),
        Chore::Circles(arguments) => circles::run(&arguments),
        Chore::E2e(arguments) => e2e::run(&arguments),
        Chore::Fuzz(arguments) => fuzz::run(&arguments),
        Chore::Installs(arguments) => installs::run(&arguments),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}
