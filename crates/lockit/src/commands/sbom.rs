//! `lockit sbom`: what is in an image, from the lock.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use lockit_emit::sbom;
use lockit_lockfile::{Lock, detect, write};
use lockit_spec::{Platform, parse_platform};

use crate::cli::SelectionArgs;
use crate::command_error::CommandError;
use crate::context::Context;
use crate::exit::ExitStatus;
use crate::inputs::{Inputs, shown};
use crate::plan::Plan;
use crate::printer::state;

/// Arguments of `sbom`.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct SbomArgs {
    /// The lockfile; without it, the files that `[sbom]` of lockit.toml asks for are written
    lockfile: Option<PathBuf>,
    /// Platform, when the lockfile holds several
    #[arg(short, long, value_name = "PLATFORM", requires = "lockfile")]
    platform: Option<String>,
    /// Environment, when the lockfile holds several
    #[arg(long, value_name = "NAME", requires = "lockfile")]
    environment: Option<String>,
    /// Standard to follow [default: cyclonedx]
    #[arg(long, value_enum)]
    format: Option<SbomFormat>,
}

/// `--format`.
#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum SbomFormat {
    /// CycloneDX 1.6, JSON
    #[default]
    Cyclonedx,
    /// SPDX 2.3, JSON
    Spdx,
}

pub(crate) fn execute(args: &SbomArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let time = time()?;
    let Some(path) = &args.lockfile else {
        return write_all(args, time, context);
    };
    let (lock, platform) = choose(args, path)?;
    let text = args.format.unwrap_or_default().render(&lock, platform, time);
    context.printer.data(text.trim_end());
    Ok(ExitStatus::Success)
}

/// One environment of a lockfile on one platform.
fn choose(args: &SbomArgs, path: &Path) -> Result<(Lock, Platform), CommandError> {
    let name = path.display();
    let lockfile = detect::read(path).map_err(|diagnostic| *diagnostic)?;
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
    Ok((lock.clone(), platform))
}

/// Writes what `[sbom]` asks for: a file for each environment and platform.
fn write_all(
    args: &SbomArgs,
    time: Option<Timestamp>,
    context: &Context,
) -> Result<ExitStatus, CommandError> {
    let project = context.files.project(&context.directory)?.map(|project| project.value);
    let settings = project.as_ref().map(|project| project.sbom.clone()).unwrap_or_default();
    let Some(output) = settings.output else {
        return Err(CommandError::error("no lockfile is named").hint(
            "name one, or say in lockit.toml where all bills of materials belong: `[sbom]` with `output = \"sbom/{environment}-{platform}.json\"`",
        ));
    };
    let format = match (args.format, &settings.format) {
        (Some(format), _) => format,
        (None, Some(word)) => SbomFormat::from_str(&word.value, false).map_err(|_| {
            CommandError::error(format!("`{}` is no format of a bill of materials", word.value))
                .hint("choose `cyclonedx` or `spdx`")
        })?,
        (None, None) => SbomFormat::default(),
    };
    let plan =
        Plan::new(Inputs::gather(&SelectionArgs::default(), context)?, context, true, false)?;
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    for entry in &plan.entries {
        let Some(lock) = entry.previous() else { continue };
        for platform in lock.platforms.keys() {
            let name = file_name(&output.value, &entry.wanted.environment.name, *platform);
            let path = project.as_ref().map(|one| one.root.join(&name)).unwrap_or_default();
            if files.insert(path, format.render(&lock, *platform, time)).is_some() {
                return Err(CommandError::error(format!(
                    "several bills of materials would be written to `{name}`"
                ))
                .hint("`output` of `[sbom]` needs `{environment}` and `{platform}`"));
            }
        }
    }
    if files.is_empty() {
        return Err(CommandError::error("nothing is locked").hint("run `lockit` first"));
    }
    for folder in files.keys().filter_map(|path| path.parent()) {
        fs_err::create_dir_all(folder).map_err(|error| CommandError::from_source(&error))?;
    }
    let outcomes = write::write_all(files.iter().map(|(path, text)| (&**path, text.as_bytes())))
        .map_err(|error| CommandError::from_source(&error))?;
    for (path, outcome) in files.keys().zip(outcomes) {
        context.printer.status(&format!("  {} {}", shown(path).display(), state(outcome)));
    }
    Ok(ExitStatus::Success)
}

/// The file of one environment and platform, for an `output` of `[sbom]`.
pub(super) fn file_name(output: &str, environment: &str, platform: Platform) -> String {
    output.replace("{environment}", environment).replace("{platform}", platform.as_str())
}

/// `SOURCE_DATE_EPOCH`, see <https://reproducible-builds.org/specs/source-date-epoch/>.
fn time() -> Result<Option<Timestamp>, CommandError> {
    let Some(text) = Context::variable("SOURCE_DATE_EPOCH") else { return Ok(None) };
    let time = text.parse().ok().and_then(|seconds| Timestamp::from_second(seconds).ok());
    time.map(Some).ok_or_else(|| {
        CommandError::error(format!("SOURCE_DATE_EPOCH is `{text}`, which is no time"))
            .hint("it is a number of seconds since 1970")
    })
}

impl SbomFormat {
    fn render(self, lock: &Lock, platform: Platform, time: Option<Timestamp>) -> String {
        match self {
            Self::Cyclonedx => sbom::cyclonedx(lock, platform, time),
            Self::Spdx => sbom::spdx(lock, platform, time),
        }
    }
}
