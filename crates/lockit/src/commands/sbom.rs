//! `lockit sbom`: what is in an image, from the lock.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use lockit_emit::sbom;
use lockit_lockfile::Lock;
use lockit_spec::Platform;

use crate::args::which_lock::WhichLock;
use crate::project::selection::Selection;
use crate::relock::disagreement;
use crate::relock::planned::looked_at;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;
use crate::world::outputs::put;

/// Arguments of `sbom`. Without a lockfile, the files that `[sbom]` of lockit.toml asks for are written.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct SbomArgs {
    #[command(flatten)]
    lock: WhichLock,
    /// Platform, when the lockfile holds several
    #[arg(short, long, value_name = "PLATFORM", requires = "lockfile")]
    platform: Option<String>,
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
    let time = time(context)?;
    if args.lock.lockfile.is_none() {
        return write_all(args, time, context);
    }
    let chosen = args.lock.read(context)?;
    let platform = chosen.platform(args.platform.as_ref())?;
    let text = args.format.unwrap_or_default().render(&chosen.lock, platform, time);
    context.printer.data(text.trim_end());
    Ok(ExitStatus::Success)
}

/// Writes what `[sbom]` asks for: a file for each environment and platform.
fn write_all(
    args: &SbomArgs,
    time: Option<Timestamp>,
    context: &Context,
) -> Result<ExitStatus, CommandError> {
    let project = context.around.files.project(context.directory())?.map(|project| project.value);
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
    let plan = looked_at(&Selection::default(), context)?;
    let mut files: BTreeMap<PathBuf, String> = BTreeMap::new();
    for entry in &plan.entries {
        let Some(lock) = entry.previous() else { continue };
        disagreement::say(entry, context);
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
    put(&files.into_iter().collect::<Vec<_>>(), context)?;
    Ok(ExitStatus::Success)
}

/// The file of one environment and platform, for an `output` of `[sbom]`.
pub(super) fn file_name(output: &str, environment: &str, platform: Platform) -> String {
    output.replace("{environment}", environment).replace("{platform}", platform.as_str())
}

/// `SOURCE_DATE_EPOCH`, see <https://reproducible-builds.org/specs/source-date-epoch/>.
fn time(context: &Context) -> Result<Option<Timestamp>, CommandError> {
    let Some(text) = context.variable("SOURCE_DATE_EPOCH") else { return Ok(None) };
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
