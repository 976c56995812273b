//! Drift for a terminal.

use std::fmt::Write as _;

use lockit_diagnostic::visible;
use lockit_spec::platform_names;

use super::{Drift, Partial};

/// The surprises first, a line that says whether it matters last.
pub fn text(drifts: &[Drift]) -> String {
    let mut out = String::new();
    for drift in drifts {
        if drifts.len() > 1 {
            let _ = writeln!(out, "{}", visible(&drift.name));
        }
        if !drift.pythons.is_empty() {
            let series: Vec<String> = drift
                .pythons
                .iter()
                .map(|(series, platforms)| format!("{series} on {}", platform_names(platforms)))
                .collect();
            let _ = writeln!(out, "  python differs: {}", series.join("; "));
        }
        if !drift.versions.is_empty() {
            let _ = writeln!(out, "  versions that differ");
            let width = drift.versions.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
            for (name, versions) in &drift.versions {
                let versions: Vec<String> = versions
                    .iter()
                    .map(|(version, platforms)| {
                        format!("{} on {}", visible(version), platform_names(platforms))
                    })
                    .collect();
                let _ = writeln!(out, "    {:width$}  {}", visible(name), versions.join("; "));
            }
        }
        section(&mut out, "on some platforms only, for no visible reason", &drift.surprising);
        section(&mut out, "on some platforms only, as it has to be", &drift.expected);
        match drift.built_apart {
            0 => {}
            1 => out.push_str("  1 package is built for each platform\n"),
            count => {
                let _ = writeln!(out, "  {count} packages are built for each platform");
            }
        }
        let _ = writeln!(out, "  {}", verdict(drift));
    }
    out
}

/// Whether it matters, in a line.
pub(super) fn verdict(drift: &Drift) -> String {
    if drift.platforms.len() < 2 {
        "there is only one platform".into()
    } else if drift.matters() {
        "what is tested on one platform is not what runs on another".into()
    } else {
        "the platforms hold the same software".into()
    }
}

fn section(out: &mut String, title: &str, partial: &[Partial]) {
    if partial.is_empty() {
        return;
    }
    let _ = writeln!(out, "  {title}");
    let width = partial.iter().map(|one| one.name.len()).max().unwrap_or(0);
    for one in partial {
        let reason = if one.reason.is_empty() {
            String::new()
        } else {
            format!("  ({})", visible(&one.reason))
        };
        let _ = writeln!(
            out,
            "    {:width$}  {}{reason}",
            visible(&one.name),
            platform_names(&one.platforms)
        );
    }
}
