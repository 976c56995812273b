//! `lockit list`: what is locked.

use clap::{Args, ValueEnum};
use lockit_diff::locks::bytes;
use serde_json::{Value, json};

use crate::chosen::WhichLock;
use crate::command_error::CommandError;
use crate::context::Context;
use crate::exit::ExitStatus;

/// Arguments of `list`.
#[derive(Debug, Args, Clone)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    lock: WhichLock,
    /// Platform to show [default: this machine's, if it is locked]
    #[arg(short, long, value_name = "PLATFORM")]
    platform: Option<String>,
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
    let platform = chosen.platform_to_show(args.platform.as_ref(), context)?;
    let locked = &chosen.lock.platforms[&platform];
    let mut records: Vec<_> = locked.records.iter().collect();
    records.sort_by(|a, b| a.name.cmp(&b.name));
    let direct = |name: &str| {
        locked.requested.as_ref().map(|names| names.iter().any(|requested| requested == name))
    };
    if matches!(args.format, ListFormat::Json) {
        let packages: Vec<Value> = records
            .iter()
            .map(|record| {
                json!({
                    "name": record.name,
                    "version": record.version,
                    "build": record.build,
                    "subdir": record.subdir,
                    "channel": record.channel,
                    "url": record.url,
                    "sha256": record.sha256,
                    "md5": record.md5,
                    "size": record.size,
                    "license": record.license,
                    "categories": record.categories,
                    "direct": direct(&record.name),
                })
            })
            .collect();
        let list = json!({ "version": 1, "platform": platform.as_str(), "packages": packages });
        context.printer.data(&format!("{list:#}"));
        return Ok(ExitStatus::Success);
    }
    let rows: Vec<[String; 5]> = records
        .iter()
        .map(|record| {
            [
                record.name.clone(),
                record.version.clone(),
                record.build.clone(),
                record.size.map(bytes).unwrap_or_default(),
                if direct(&record.name) == Some(true) { "in specs".into() } else { String::new() },
            ]
        })
        .collect();
    let width = |column: usize| rows.iter().map(|row| row[column].len()).max().unwrap_or_default();
    let widths = [width(0), width(1), width(2), width(3)];
    for [name, version, build, size, note] in &rows {
        let line = format!(
            "{name:0$}  {version:1$}  {build:2$}  {size:>3$}  {note}",
            widths[0], widths[1], widths[2], widths[3]
        );
        context.printer.data(line.trim_end());
    }
    Ok(ExitStatus::Success)
}
