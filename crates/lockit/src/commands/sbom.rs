//! `lockit sbom`: what is in an image, from the lock.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use lockit_emit::sbom;
use lockit_lockfile::detect;
use lockit_spec::{Platform, parse_platform};

use crate::command_error::CommandError;
use crate::context::Context;
use crate::exit::ExitStatus;

/// Arguments of `sbom`.
#[derive(Debug, Args, Clone)]
pub(crate) struct SbomArgs {
    /// The lockfile
    lockfile: PathBuf,
    /// Platform, when the lockfile holds several
    #[arg(short, long, value_name = "PLATFORM")]
    platform: Option<String>,
    /// Environment, when the lockfile holds several
    #[arg(long, value_name = "NAME")]
    environment: Option<String>,
    /// Standard to follow
    #[arg(long, value_enum, default_value = "cyclonedx")]
    format: SbomFormat,
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
    let name = args.lockfile.display();
    let lockfile = detect::read(&args.lockfile).map_err(|diagnostic| *diagnostic)?;
    let names: Vec<&str> = lockfile.locks.iter().map(|lock| lock.environment.as_str()).collect();
    let lock = match (&args.environment, lockfile.locks.as_slice()) {
        (None, [lock]) => lock,
        (Some(wanted), locks) => {
            locks.iter().find(|lock| lock.environment == *wanted).ok_or_else(|| {
                CommandError::error(format!("`{name}` has no environment `{wanted}`"))
                    .hint(format!("it has {}", names.join(", ")))
            })?
        }
        (None, _) => {
            return Err(CommandError::error(format!("`{name}` holds several environments"))
                .hint(format!("choose one with `--environment`: {}", names.join(", "))));
        }
    };
    let platforms: Vec<Platform> = lock.platforms.keys().copied().collect();
    let list = || {
        let names: Vec<&str> = platforms.iter().map(|platform| platform.as_str()).collect();
        names.join(", ")
    };
    let platform = match (&args.platform, platforms.as_slice()) {
        (None, [platform]) => *platform,
        (None, _) => {
            return Err(CommandError::error(format!("`{name}` holds several platforms"))
                .hint(format!("choose one with `--platform`: {}", list())));
        }
        (Some(text), _) => {
            let platform = parse_platform(text)
                .map_err(|error| CommandError::error(error.to_string()).hint(error.hint()))?;
            if !platforms.contains(&platform) {
                return Err(CommandError::error(format!("`{name}` is not locked for {platform}"))
                    .hint(format!("it is locked for {}", list())));
            }
            platform
        }
    };
    // https://reproducible-builds.org/specs/source-date-epoch/
    let time = match Context::variable("SOURCE_DATE_EPOCH") {
        None => None,
        Some(text) => {
            let time = text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
            Some(time.ok_or_else(|| {
                CommandError::error(format!("SOURCE_DATE_EPOCH is `{text}`, which is no time"))
                    .hint("it is a number of seconds since 1970")
            })?)
        }
    };
    let text = match args.format {
        SbomFormat::Cyclonedx => sbom::cyclonedx(lock, platform, time),
        SbomFormat::Spdx => sbom::spdx(lock, platform, time),
    };
    context.printer.data(text.trim_end());
    Ok(ExitStatus::Success)
}
