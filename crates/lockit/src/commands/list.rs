//! `lockit list`: what is locked.

use clap::{Args, ValueEnum};
use lockit_diagnostic::visible;
use lockit_diff::locks::size_text;
use lockit_lockfile::{Graph, Package, PipRecord, PipSource};
use lockit_spec::Platform;
use serde_json::{Value, json};

use crate::args::which_lock::WhichLock;
use crate::args::word;
use crate::terminal::command_error::CommandError;
use crate::terminal::exit::ExitStatus;
use crate::world::context::Context;

/// Arguments of `list`.
#[derive(Debug, Args, Clone)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    lock: WhichLock,
    /// Platform to show [default: this machine's, if it is locked]
    #[arg(short, long, value_name = "PLATFORM", value_parser = word::platform(), hide_possible_values = true)]
    platform: Option<Platform>,
    /// How to show it
    #[arg(long, value_enum, default_value = "text")]
    format: ListFormat,
}

/// `--format`.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum ListFormat {
    /// A table
    Text,
    /// For programs
    Json,
}

pub(crate) fn execute(args: &ListArgs, context: &Context) -> Result<ExitStatus, CommandError> {
    let chosen = args.lock.read(context)?;
    let platform = chosen.platform_to_show(args.platform, context)?;
    let locked = &chosen.lock.platforms[&platform];
    let of_pip = locked.pip.iter().map(Package::Pip);
    let mut packages: Vec<Package<'_>> =
        locked.records.iter().map(Package::Conda).chain(of_pip).collect();
    packages.sort_by_key(|package| (package.name(), package.manager()));
    let graph = Graph::of(locked);
    let direct = |name: &str| match &graph {
        Some(graph) => graph.is_requested(name),
        None => {
            locked.requested.as_ref().map(|names| names.iter().any(|requested| requested == name))
        }
    };
    if matches!(args.format, ListFormat::Json) {
        let packages: Vec<Value> =
            packages.iter().map(|package| describe(*package, direct(package.name()))).collect();
        let list = json!({ "version": 1, "platform": platform.as_str(), "packages": packages });
        context.printer.json(&format!("{list:#}"));
        return Ok(ExitStatus::Success);
    }
    let rows: Vec<[String; 5]> = packages
        .iter()
        .map(|package| {
            [
                package.name().to_owned(),
                package.version().to_owned(),
                match package {
                    Package::Conda(record) => match &record.built_from {
                        Some(sources) => format!("built from {sources}"),
                        None => record.build.clone(),
                    },
                    Package::Pip(record) => origin(record),
                },
                package.size().map(size_text).unwrap_or_default(),
                if direct(package.name()) == Some(true) {
                    "in specs".into()
                } else {
                    String::new()
                },
            ]
            .map(|cell| visible(&cell).into_owned())
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let widths = [width(0), width(1), width(2), width(3)];
    for [name, version, build, size, note] in &rows {
        let line = format!(
            "{name:0$}  {version:1$}  {build:2$}  {size:>3$}  {note}",
            widths[0], widths[1], widths[2], widths[3]
        );
        context.printer.text(line.trim_end());
    }
    Ok(ExitStatus::Success)
}

/// What stands where conda packages have their builds.
fn origin(record: &PipRecord) -> String {
    match &record.source {
        PipSource::Archive { .. } => "pip".to_owned(),
        PipSource::Git { commit, .. } => {
            format!("pip, commit {}", commit.get(..12).unwrap_or(commit))
        }
        PipSource::Folder { path, .. } => format!("pip, folder {path}"),
    }
}

fn describe(package: Package<'_>, direct: Option<bool>) -> Value {
    match package {
        Package::Conda(record) => json!({
            "name": record.name,
            "version": record.version,
            "manager": "conda",
            "build": record.build,
            "subdir": record.subdir,
            "channel": record.channel,
            "url": record.url,
            "built_from": record.built_from,
            "sha256": record.sha256,
            "md5": record.md5,
            "size": record.size,
            "license": record.license,
            "categories": record.categories,
            "direct": direct,
        }),
        Package::Pip(record) => {
            let (index, editable) = match &record.source {
                PipSource::Archive { index, .. } => (index.as_deref(), false),
                PipSource::Folder { editable, .. } => (None, *editable),
                PipSource::Git { .. } => (None, false),
            };
            json!({
                "name": record.name,
                "version": record.version,
                "manager": "pip",
                "url": record.address(),
                "index": index,
                "editable": editable,
                "extras": record.extras,
                "sha256": record.sha256,
                "size": record.size,
                "categories": record.categories,
                "direct": direct,
            })
        }
    }
}
