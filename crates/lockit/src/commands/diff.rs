//! `lockit diff`: what differs between two locks.

mod sides;
mod textconv;

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use lockit_diff::drift::{self, Drift};
use lockit_diff::locks::{self, CompareOptions, EnvironmentDiff};
use lockit_lockfile::Lock;
use lockit_spec::{ExcludeNewer, Platform, platform_names};

use crate::args::word::{self, each_once};
use crate::relock::explained::explained;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;

/// Arguments of `diff`.
#[derive(Debug, Args, Clone)]
#[command(after_help = "Examples:\n  \
    lockit diff old.lock new.lock      two lockfiles, of any formats\n  \
    lockit diff HEAD~1                 the lockfiles here against a revision of git\n  \
    lockit diff main..feature          two revisions\n  \
    lockit diff HEAD~1 conda-lock.yml  one lockfile against a revision\n  \
    lockit diff --platforms *.lock     the platforms of a lock with each other\n\n\
    To see packages in `git diff`:\n  \
    git config diff.lockit.textconv 'lockit diff --textconv'\n  \
    echo '*.lock diff=lockit' >> .gitattributes")]
pub(crate) struct DiffArgs {
    /// Two lockfiles, or a revision and lockfiles; with --platforms the lockfiles of one lock
    #[arg(value_name = "OLD", required = true)]
    sides: Vec<String>,
    /// Compare the platforms of a lock with each other
    #[arg(long = "platforms", conflicts_with = "textconv")]
    drift: bool,
    /// Only this platform
    #[arg(short, long = "platform", value_name = "PLATFORM", value_parser = word::platform(), hide_possible_values = true)]
    platforms: Vec<Platform>,
    /// Only this environment
    #[arg(short, long = "environment", value_name = "NAME")]
    environments: Vec<String>,
    /// How to show differences
    #[arg(long, value_enum, default_value = "text")]
    format: DiffFormat,
    /// Exit with 1 if there are differences
    #[arg(long)]
    exit_code: bool,
    /// Tell which changed packages are younger than an age (7d, "2 weeks") or a date
    #[arg(long, value_name = "WHEN", conflicts_with_all = ["drift", "textconv"])]
    younger_than: Option<String>,
    /// Print one lockfile as a list of packages, for `git diff`
    #[arg(long, conflicts_with_all = ["format", "exit_code", "platforms", "environments"])]
    textconv: bool,
}

/// `--format`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum DiffFormat {
    /// For a terminal
    Text,
    /// The body of a pull request
    Markdown,
    /// For programs
    Json,
}

pub(crate) fn execute(args: &DiffArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    if args.textconv {
        let path = PathBuf::from(&args.sides[0]);
        context.printer.text(textconv::list(&path)?.trim_end_matches('\n'));
        return Ok(ExitStatus::Success);
    }
    let platforms = each_once(&args.platforms);
    if args.drift {
        return drift(args, &platforms, context);
    }
    let (mut before, mut after) = sides::read(&args.sides, context)?;
    undo_mirrors(before.iter_mut().chain(&mut after), context);
    check_platforms(&platforms, before.iter().chain(&after))?;
    let younger_than = args.younger_than.as_deref().map(ExcludeNewer::parse).transpose()?;
    let young_since = younger_than.map(|age| age.instant(context.around.now));
    let mut diffs = locks::compare(&before, &after, &CompareOptions { platforms, young_since });
    if !args.environments.is_empty() {
        // An environment whose kinds disagree is told of once for each.
        let is_of = |diff: &EnvironmentDiff, name: &String| {
            diff.name == *name || diff.name.starts_with(&format!("{name} (kind "))
        };
        if let Some(name) =
            args.environments.iter().find(|name| !diffs.iter().any(|diff| is_of(diff, name)))
        {
            return Err(CommandError::error(format!("no lockfile has an environment `{name}`")));
        }
        diffs.retain(|diff| args.environments.iter().any(|name| is_of(diff, name)));
    }
    let color = anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never;
    let text = match args.format {
        DiffFormat::Text => locks::text(&diffs, color),
        DiffFormat::Markdown => locks::Report::of(&diffs).markdown(),
        DiffFormat::Json => locks::Report::of(&diffs).json(),
    };
    if !text.is_empty() {
        put(text.trim_end_matches('\n'), args.format, context);
    }
    let same = diffs.iter().all(EnvironmentDiff::is_empty);
    if same && matches!(args.format, DiffFormat::Text) {
        context.printer.status("nothing differs");
    }
    Ok(if same || !args.exit_code { ExitStatus::Success } else { ExitStatus::Failure })
}

/// Mirrors that the project itself names are no difference.
fn undo_mirrors<'a>(locks: impl IntoIterator<Item = &'a mut Lock>, context: &Context) {
    // A mistake in lockit.toml is for the commands that need it.
    let Ok(Some(project)) = context.around.files.project(context.directory()) else { return };
    let mirrors = project.value.rewrites.undone();
    if mirrors.is_empty() {
        return;
    }
    let used: BTreeSet<String> =
        locks.into_iter().flat_map(|lock| lock.rewrite(&mirrors)).collect();
    if !used.is_empty() {
        context.printer.status(&format!("note: {}", explained(&used)));
    }
}

fn put(text: &str, format: DiffFormat, context: &Context) {
    match format {
        DiffFormat::Text => context.printer.text(text),
        DiffFormat::Markdown => context.printer.data(text),
        DiffFormat::Json => context.printer.json(text),
    }
}

/// `--platforms`: the files are parts of one lock.
fn drift(
    args: &DiffArgs,
    platforms: &[Platform],
    context: &Context,
) -> Result<ExitStatus, CommandError> {
    let mut locks = sides::parts(&args.sides)?;
    if !args.environments.is_empty() {
        locks.retain(|lock| args.environments.contains(&lock.environment));
    }
    check_platforms(platforms, &locks)?;
    let drifts: Vec<Drift> = locks.iter().map(|lock| drift::drift(lock, platforms)).collect();
    let text = match args.format {
        DiffFormat::Text => drift::text(&drifts),
        DiffFormat::Markdown => drift::markdown(&drifts),
        DiffFormat::Json => drift::json(&drifts),
    };
    put(text.trim_end_matches('\n'), args.format, context);
    let matters = drifts.iter().any(Drift::matters);
    Ok(if matters && args.exit_code { ExitStatus::Failure } else { ExitStatus::Success })
}

/// What nothing is locked for cannot differ, and is not the same either.
///
/// # Errors
/// A platform that no lock has.
fn check_platforms<'a>(
    asked: &[Platform],
    locks: impl IntoIterator<Item = &'a Lock>,
) -> Result<(), CommandError> {
    let have: BTreeSet<Platform> =
        locks.into_iter().flat_map(|lock| lock.platforms.keys().copied()).collect();
    let Some(missing) = asked.iter().find(|platform| !have.contains(platform)) else {
        return Ok(());
    };
    let error = CommandError::error(format!("nothing here is locked for {missing}"));
    let have: Vec<Platform> = have.into_iter().collect();
    Err(if have.is_empty() {
        error
    } else {
        error.hint(format!("there is {}", platform_names(&have)))
    })
}
