//! Differences for a terminal.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use lockit_lockfile::Manager;
use lockit_spec::{Platform, platform_names};

use super::rows::rows;
use super::summary::counts;
use super::{Change, EnvironmentDiff, FactChange, Kind, NeedChange, YoungPackage};

const NEW: Style = AnsiColor::Green.on_default();
const GONE: Style = AnsiColor::Red.on_default();
const CHANGED: Style = AnsiColor::Cyan.on_default();
const ALARM: Style = AnsiColor::Yellow.on_default().bold();
const ASIDE: Style = Style::new().dimmed();

/// Alarms first, then what specs name, then the rest, and counts. Empty when nothing differs. With
/// `color`, signs and asides have ANSI colours.
pub fn text(diffs: &[EnvironmentDiff], color: bool) -> String {
    let mut out = String::new();
    let several = diffs.iter().filter(|diff| !diff.is_empty()).count() > 1;
    for diff in diffs.iter().filter(|diff| !diff.is_empty()) {
        if several {
            let name = if diff.name.is_empty() { "(no name)" } else { &diff.name };
            let _ = writeln!(out, "{name}");
        }
        environment(&mut out, diff, color);
    }
    let counts = counts(&rows(diffs));
    if !counts.is_empty() {
        let _ = writeln!(out, "{counts}");
    }
    out
}

/// One line for each package that changed, without sections.
pub fn lines(diff: &EnvironmentDiff, color: bool) -> Vec<String> {
    diff.changes.iter().map(|change| line(change, 0, diff, color)).collect()
}

fn environment(out: &mut String, diff: &EnvironmentDiff, color: bool) {
    for (platforms, what) in [(&diff.added_platforms, "new"), (&diff.removed_platforms, "gone")] {
        for platform in platforms {
            let _ = writeln!(out, "  platform {platform} is {what}");
        }
    }
    let mut section = |title: &str, of: &dyn Fn(&Change) -> bool| {
        let changes: Vec<&Change> = diff.changes.iter().filter(|change| of(change)).collect();
        if changes.is_empty() {
            return;
        }
        let _ = writeln!(out, "  {title}");
        let width = changes.iter().map(|change| name(change).len()).max().unwrap_or_default();
        for change in changes {
            let _ = writeln!(out, "    {}", line(change, width, diff, color));
        }
    };
    section("digests changed under the same file name", &|change| change.kind == Kind::Digest);
    section("moved to another channel", &|change| change.kind == Kind::Channel);
    let usual = |change: &Change| change.kind > Kind::Channel;
    section("named in specs", &|change| usual(change) && change.direct == Some(true));
    section("brought along", &|change| usual(change) && change.direct == Some(false));
    section("packages", &|change| usual(change) && change.direct.is_none());
    if let Some(young) = &diff.young {
        if !young.packages.is_empty() {
            let _ = writeln!(out, "  {}", paint(ALARM, young_title(young.since), color));
            for YoungPackage { name, version, built, platforms } in &young.packages {
                let place = place(platforms, diff, color);
                let _ = writeln!(out, "    {name} {version}  built {}{place}", day(*built));
            }
        }
        if young.undated > 0 {
            let _ = writeln!(out, "  {}", undated(young.undated));
        }
    }
    for FactChange { name, before, after } in &diff.licenses {
        let _ = writeln!(out, "  licence of {name}: {before} -> {after}");
    }
    for NeedChange { fact: FactChange { name, before, after }, platforms } in &diff.needs {
        let none =
            |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
        let (before, after) = (none(before), none(after));
        let place = place(platforms, diff, color);
        let _ = writeln!(out, "  needs {name}: {before} -> {after}{place}");
    }
    for (platform, (before, after)) in &diff.sizes {
        if before != after {
            let (before, after) = (size_text(*before), size_text(*after));
            let _ = writeln!(out, "  download for {platform}: {before} -> {after}");
        }
    }
}

/// `~ numpy  1.0 -> 2.0 (major)`
fn line(change: &Change, width: usize, diff: &EnvironmentDiff, color: bool) -> String {
    let (sign, style) = match change.kind {
        Kind::Added => ("+", NEW),
        Kind::Removed => ("-", GONE),
        Kind::Digest | Kind::Channel | Kind::Downgraded => ("!", ALARM),
        _ => ("~", CHANGED),
    };
    // Where names form no column, one blank is enough.
    let gap = if width == 0 { " " } else { "  " };
    format!(
        "{} {:width$}{gap}{}{}",
        paint(style, sign, color),
        name(change),
        versions(change),
        place(&change.platforms, diff, color)
    )
}

/// The name, with a mark behind that of a PyPI package.
pub(super) fn name(change: &Change) -> String {
    match (change.kind, change.manager()) {
        (Kind::Moved, _) | (_, Manager::Conda) => change.name.clone(),
        (_, Manager::Pip) => format!("{} (pip)", change.name),
    }
}

fn paint(style: Style, text: impl std::fmt::Display, color: bool) -> String {
    if color { format!("{style}{text}{style:#}") } else { text.to_string() }
}

/// `1.0 -> 2.0 (major)`
pub(super) fn versions(change: &Change) -> String {
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => {
            let both = |of: fn(&super::Side) -> Option<&str>| {
                format!("{} -> {}", of(before).unwrap_or_default(), of(after).unwrap_or_default())
            };
            let version = &after.version;
            match change.kind {
                Kind::Digest => format!("{version} (other digest)"),
                Kind::Build => format!("{version} build {}", both(|side| side.build.as_deref())),
                Kind::Channel => format!("{version} from {}", both(|side| side.channel.as_deref())),
                Kind::Moved => format!(
                    "{} ({}) -> {version} ({})",
                    before.version, before.manager, after.manager
                ),
                Kind::Category => {
                    format!("{version} category {}", both(|side| side.categories.as_deref()))
                }
                kind => format!("{} -> {version} ({})", before.version, kind.as_str()),
            }
        }
        (None, Some(side)) | (Some(side), None) => side.version.clone(),
        (None, None) => String::new(),
    }
}

/// Where, if it is not everywhere.
fn place(platforms: &[Platform], diff: &EnvironmentDiff, color: bool) -> String {
    if platforms.len() == diff.platforms.len() {
        return String::new();
    }
    format!("  {}", paint(ASIDE, format!("[{}]", platform_names(platforms)), color))
}

/// `younger than 2026-03-03`
pub(super) fn young_title(since: jiff::Timestamp) -> String {
    format!("built after {}", day(since))
}

/// What to say of packages whose age is not known.
pub(super) fn undated(count: usize) -> String {
    let packages = if count == 1 { "package has" } else { "packages have" };
    format!("{count} changed {packages} no known age (only pixi.lock keeps ages)")
}

/// The day of a moment, UTC.
pub(super) fn day(moment: jiff::Timestamp) -> String {
    moment.to_string().chars().take(10).collect()
}

/// `12.3 MB` or `45 kB`, as download sizes are given.
pub fn size_text(count: u64) -> String {
    if count < 999_500 {
        return format!("{} kB", count.div_ceil(1000));
    }
    // Tenths of a megabyte; half of one decides.
    let tenths = (count + 50_000) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
