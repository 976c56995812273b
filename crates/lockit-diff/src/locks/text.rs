//! Differences for a terminal.

use std::borrow::Cow;
use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use lockit_diagnostic::visible;
use lockit_lockfile::Manager;
use lockit_spec::{Platform, cutoff_text, platform_names};

use super::rows::rows;
use super::summary::counts;
use super::{Change, EnvironmentDiff, FactChange, Kind, NeedChange, YoungPackage};
use crate::markdown_text::in_commit;

const NEW: Style = AnsiColor::Green.on_default();
const GONE: Style = AnsiColor::Red.on_default();
const CHANGED: Style = AnsiColor::Cyan.on_default();
const ALARM: Style = AnsiColor::Yellow.on_default().bold();
const ASIDE: Style = Style::new().dimmed();

/// For whom the text is.
#[derive(Clone, Copy)]
struct Audience {
    /// Whether signs and asides have ANSI colours.
    color: bool,
    /// How texts of others are written.
    shown: for<'a> fn(&'a str) -> Cow<'a, str>,
}

impl Audience {
    fn terminal(color: bool) -> Self {
        Self { color, shown: visible }
    }

    fn show<'a>(&self, text: &'a str) -> Cow<'a, str> {
        (self.shown)(text)
    }

    fn paint(&self, style: Style, text: impl std::fmt::Display) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_string() }
    }
}

/// Alarms first, then what specs name, then the rest, and counts. Empty when nothing differs. With
/// `color`, signs and asides have ANSI colours.
pub fn text(diffs: &[EnvironmentDiff], color: bool) -> String {
    written(diffs, Audience::terminal(color))
}

/// The same for the message of a commit, in which no text of others calls people, closes issues or skips jobs.
pub fn commit_text(diffs: &[EnvironmentDiff]) -> String {
    written(diffs, Audience { color: false, shown: |text| in_commit(text).into() })
}

fn written(diffs: &[EnvironmentDiff], audience: Audience) -> String {
    let mut out = String::new();
    let several = diffs.iter().filter(|diff| !diff.is_empty()).count() > 1;
    for diff in diffs.iter().filter(|diff| !diff.is_empty()) {
        if several {
            let name = if diff.name.is_empty() { "(no name)" } else { &diff.name };
            let _ = writeln!(out, "{}", audience.show(name));
        }
        environment(&mut out, diff, audience);
    }
    let counts = counts(&rows(diffs));
    if !counts.is_empty() {
        let _ = writeln!(out, "{counts}");
    }
    out
}

/// One line for each package that changed, without sections.
pub fn lines(diff: &EnvironmentDiff, color: bool) -> Vec<String> {
    let audience = Audience::terminal(color);
    diff.changes.iter().map(|change| line(change, 0, diff, audience)).collect()
}

fn environment(out: &mut String, diff: &EnvironmentDiff, audience: Audience) {
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
        let width = changes
            .iter()
            .map(|change| shown_name(change, audience).len())
            .max()
            .unwrap_or_default();
        for change in changes {
            let _ = writeln!(out, "    {}", line(change, width, diff, audience));
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
            let _ = writeln!(out, "  {}", audience.paint(ALARM, young_title(young.since)));
            for YoungPackage { name, version, built, platforms } in &young.packages {
                let place = place(platforms, diff, audience);
                let (name, version) = (audience.show(name), audience.show(version));
                let _ = writeln!(out, "    {name} {version}  built {}{place}", day(*built));
            }
        }
        if young.undated > 0 {
            let _ = writeln!(out, "  {}", undated(young.undated));
        }
    }
    for FactChange { name, before, after } in &diff.licenses {
        let (name, before, after) =
            (audience.show(name), audience.show(before), audience.show(after));
        let _ = writeln!(out, "  licence of {name}: {before} -> {after}");
    }
    for NeedChange { fact: FactChange { name, before, after }, platforms } in &diff.needs {
        let none =
            |text| if str::is_empty(text) { Cow::Borrowed("nothing") } else { audience.show(text) };
        let (before, after) = (none(before), none(after));
        let place = place(platforms, diff, audience);
        let name = audience.show(name);
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
fn line(change: &Change, width: usize, diff: &EnvironmentDiff, audience: Audience) -> String {
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
        audience.paint(style, sign),
        shown_name(change, audience),
        versions_for(change, &|text| audience.show(text).into_owned()),
        place(&change.platforms, diff, audience)
    )
}

/// The name, with a mark behind that of a PyPI package.
pub(super) fn name(change: &Change) -> String {
    match (change.kind, change.manager()) {
        (Kind::Moved, _) | (_, Manager::Conda) => change.name.clone(),
        (_, Manager::Pip) => format!("{} (pip)", change.name),
    }
}

fn shown_name(change: &Change, audience: Audience) -> String {
    let name = name(change);
    match name.strip_suffix(" (pip)") {
        Some(bare) => format!("{} (pip)", audience.show(bare)),
        None => audience.show(&name).into_owned(),
    }
}

/// `1.0 -> 2.0 (major)`
pub(super) fn versions(change: &Change) -> String {
    versions_for(change, &str::to_owned)
}

/// The same with texts of others written in some way.
fn versions_for(change: &Change, shown: &dyn Fn(&str) -> String) -> String {
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => {
            let both = |of: fn(&super::Side) -> Option<&str>| {
                let shown = |side| shown(of(side).unwrap_or_default());
                format!("{} -> {}", shown(before), shown(after))
            };
            let (old, version) = (shown(&before.version), shown(&after.version));
            match change.kind {
                Kind::Digest => format!("{version} (other digest)"),
                Kind::Build => format!("{version} build {}", both(|side| side.build.as_deref())),
                Kind::Channel => format!("{version} from {}", both(|side| side.channel.as_deref())),
                Kind::Moved => {
                    format!("{old} ({}) -> {version} ({})", before.manager, after.manager)
                }
                Kind::Category => {
                    format!("{version} category {}", both(|side| side.categories.as_deref()))
                }
                kind => format!("{old} -> {version} ({})", kind.as_str()),
            }
        }
        (None, Some(side)) | (Some(side), None) => shown(&side.version),
        (None, None) => String::new(),
    }
}

/// Where, if it is not everywhere.
fn place(platforms: &[Platform], diff: &EnvironmentDiff, audience: Audience) -> String {
    if platforms.len() == diff.platforms.len() {
        return String::new();
    }
    format!("  {}", audience.paint(ASIDE, format!("[{}]", platform_names(platforms))))
}

/// `built after 2026-03-03`. The end of a day is told by its name.
pub(super) fn young_title(since: jiff::Timestamp) -> String {
    format!("built after {}", &cutoff_text(since)[..10])
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
