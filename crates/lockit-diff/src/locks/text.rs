//! Differences for a terminal.

use std::fmt::Write as _;

use super::{Change, EnvironmentDiff, Kind};

/// Alarms first, then what specs name, then the rest. Empty when nothing differs.
pub fn text(diffs: &[EnvironmentDiff]) -> String {
    let mut out = String::new();
    let several = diffs.iter().filter(|diff| !diff.is_empty()).count() > 1;
    for diff in diffs.iter().filter(|diff| !diff.is_empty()) {
        if several {
            let name = if diff.name.is_empty() { "(no name)" } else { &diff.name };
            let _ = writeln!(out, "{name}");
        }
        for (platforms, what) in [(&diff.added_platforms, "new"), (&diff.removed_platforms, "gone")]
        {
            for platform in platforms {
                let _ = writeln!(out, "  platform {platform} is {what}");
            }
        }
        section(&mut out, diff, "digests changed under the same file name", |change| {
            change.kind == Kind::Digest
        });
        section(&mut out, diff, "moved to another channel", |change| change.kind == Kind::Channel);
        let usual = |change: &Change| change.kind > Kind::Channel;
        section(&mut out, diff, "named in specs", |change| {
            usual(change) && change.direct == Some(true)
        });
        section(&mut out, diff, "brought along", |change| {
            usual(change) && change.direct == Some(false)
        });
        section(&mut out, diff, "packages", |change| usual(change) && change.direct.is_none());
        for (name, before, after) in &diff.licenses {
            let _ = writeln!(out, "  licence of {name}: {before} -> {after}");
        }
        for (name, before, after, platforms) in &diff.needs {
            let none =
                |text: &str| if text.is_empty() { "nothing".to_owned() } else { text.to_owned() };
            let _ = writeln!(
                out,
                "  needs {name}: {} -> {}{}",
                none(before),
                none(after),
                place(platforms, diff)
            );
        }
        for (platform, (before, after)) in &diff.sizes {
            if before != after {
                let _ = writeln!(
                    out,
                    "  download for {platform}: {} -> {}",
                    bytes(*before),
                    bytes(*after)
                );
            }
        }
    }
    out
}

fn section(out: &mut String, diff: &EnvironmentDiff, title: &str, of: impl Fn(&Change) -> bool) {
    let changes: Vec<&Change> = diff.changes.iter().filter(|change| of(change)).collect();
    if changes.is_empty() {
        return;
    }
    let _ = writeln!(out, "  {title}");
    let width = changes.iter().map(|change| change.name.len()).max().unwrap_or_default();
    for change in changes {
        let _ = writeln!(
            out,
            "    {} {:width$}  {}{}",
            sign(change.kind),
            change.name,
            versions(change),
            place(&change.platforms, diff)
        );
    }
}

fn sign(kind: Kind) -> &'static str {
    match kind {
        Kind::Added => "+",
        Kind::Removed => "-",
        Kind::Digest | Kind::Channel | Kind::Downgraded => "!",
        _ => "~",
    }
}

/// `1.0 -> 2.0 (major)`
pub(super) fn versions(change: &Change) -> String {
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => match change.kind {
            Kind::Digest => format!("{} (other digest)", after.version),
            Kind::Build => format!(
                "{} build {} -> {}",
                after.version,
                before.build.as_deref().unwrap_or_default(),
                after.build.as_deref().unwrap_or_default()
            ),
            Kind::Channel => format!(
                "{} from {} -> {}",
                after.version,
                before.channel.as_deref().unwrap_or_default(),
                after.channel.as_deref().unwrap_or_default()
            ),
            kind => format!("{} -> {} ({})", before.version, after.version, kind.as_str()),
        },
        (None, Some(side)) | (Some(side), None) => side.version.clone(),
        (None, None) => String::new(),
    }
}

/// Where, if it is not everywhere.
fn place(platforms: &[lockit_spec::Platform], diff: &EnvironmentDiff) -> String {
    if platforms.len() == diff.platforms.len() {
        return String::new();
    }
    let names: Vec<&str> = platforms.iter().map(|platform| platform.as_str()).collect();
    format!("  [{}]", names.join(", "))
}

/// `12.3 MB`, as download sizes are given.
pub(super) fn bytes(count: u64) -> String {
    // Tenths of a megabyte; half of one decides.
    let tenths = (count + 50_000) / 100_000;
    format!("{}.{} MB", tenths / 10, tenths % 10)
}
