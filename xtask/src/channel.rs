//! `cargo xtask channel`: test-data/channel.yml to test-data/channel.
//!
//! The bytes depend on the recipe and on the compression libraries in Cargo.lock, on nothing else.
//! After an update of zstd or of the rattler crates the channel may have to be rendered again.

use std::{error::Error, path::PathBuf, process::ExitCode};

use lockit_testkit::{Recipe, test_data};

/// Render a channel recipe into a channel folder.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The recipe [default: test-data/channel.yml]
    #[arg(long, value_name = "FILE")]
    recipe: Option<PathBuf>,

    /// The folder to write [default: test-data/channel]
    #[arg(long, value_name = "DIR")]
    folder: Option<PathBuf>,

    /// Write nothing, fail if the folder is out of date
    #[arg(long)]
    check: bool,
}

#[expect(clippy::print_stderr, reason = "a chore talks to the person who runs it")]
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode, Box<dyn Error>> {
    let recipe = arguments.recipe.clone().unwrap_or_else(|| test_data("channel.yml"));
    let folder = arguments.folder.clone().unwrap_or_else(|| test_data("channel"));
    let channel = Recipe::read(&recipe)?.render()?;
    let differences =
        if arguments.check { channel.differences(&folder)? } else { channel.write(&folder)? };
    let (files, kibibytes) = (channel.files().count(), channel.size() / 1024);
    if arguments.check && !differences.is_empty() {
        for difference in &differences {
            eprintln!("{difference}");
        }
        eprintln!("error: the channel folder is out of date\nhint: run `cargo xtask channel`");
        return Ok(ExitCode::FAILURE);
    }
    eprintln!("{files} files, {kibibytes} KiB, {} changed", differences.len());
    Ok(ExitCode::SUCCESS)
}
