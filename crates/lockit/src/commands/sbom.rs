//! `lockit sbom`: what is in an image, from the lock.

use clap::{Args, ValueEnum};
use lockit_emit::sbom::Standard;
use lockit_spec::Platform;

use crate::args::which_lock::WhichLock;
use crate::args::word;
use crate::emit::sbom::{Bills, time};
use crate::relock::planned::looked_at;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;
use lockit_project::selection::Selection;

/// Arguments of `sbom`. Without a lockfile, the files that `[sbom]` of lockit.toml asks for are written.
#[derive(Debug, Args, Clone)]
pub(crate) struct SbomArgs {
    #[command(flatten)]
    lock: WhichLock,
    /// Platform, when the lockfile holds several
    #[arg(short, long, value_name = "PLATFORM", value_parser = word::platform(), hide_possible_values = true, requires = "lockfile")]
    platform: Option<Platform>,
    /// Standard to follow [default: cyclonedx]
    #[arg(long, value_enum)]
    format: Option<SbomFormat>,
}

/// `--format`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum SbomFormat {
    /// CycloneDX 1.6, JSON
    Cyclonedx,
    /// SPDX 2.3, JSON
    Spdx,
}

pub(crate) fn execute(args: &SbomArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let standard = args.format.map(Standard::from);
    if args.lock.lockfile.is_none() {
        let project = context.around.files.project(context.directory())?;
        let bills = Bills::new(project.as_ref().map(|project| &project.value), standard, context)?;
        bills.write(&looked_at(&Selection::default(), context)?, context)?;
        return Ok(ExitStatus::Success);
    }
    let time = time(context)?;
    let chosen = args.lock.read(context)?;
    let platform = chosen.platform(args.platform)?;
    let text = standard.unwrap_or_default().render(&chosen.lock, platform, time);
    context.printer.json(text.trim_end());
    Ok(ExitStatus::Success)
}

impl From<SbomFormat> for Standard {
    fn from(format: SbomFormat) -> Self {
        match format {
            SbomFormat::Cyclonedx => Self::CycloneDx,
            SbomFormat::Spdx => Self::Spdx,
        }
    }
}
