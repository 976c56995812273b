//! Drift for a pull request.

use std::fmt::Write as _;

use lockit_spec::platform_names;

use super::text::verdict;
use super::{Drift, Partial};
use crate::markdown_text::{Place, message, text};

/// What matters as tables, what has to be so folded.
pub fn markdown(drifts: &[Drift]) -> String {
    let mut out = String::new();
    for drift in drifts {
        let name = if drift.name.is_empty() { "Drift" } else { &drift.name };
        let _ = writeln!(out, "### {}: {}\n", text(name, Place::Line), verdict(drift));
        if !drift.versions.is_empty() {
            out.push_str("| package | versions |\n| --- | --- |\n");
            for (name, versions) in &drift.versions {
                let versions: Vec<String> = versions
                    .iter()
                    .map(|(version, platforms)| {
                        format!("{} on {}", text(version, Place::Cell), platform_names(platforms))
                    })
                    .collect();
                let _ = writeln!(out, "| {} | {} |", text(name, Place::Cell), versions.join("; "));
            }
            out.push('\n');
        }
        table(&mut out, &drift.surprising);
        if !drift.expected.is_empty() {
            let _ = writeln!(
                out,
                "<details><summary>{} on some platforms only, as it has to be</summary>\n",
                drift.expected.len()
            );
            table(&mut out, &drift.expected);
            out.push_str("</details>\n");
        }
    }
    out
}

fn table(out: &mut String, partial: &[Partial]) {
    if partial.is_empty() {
        return;
    }
    out.push_str("| package | only on | why |\n| --- | --- | --- |\n");
    for one in partial {
        let _ = writeln!(
            out,
            "| {} | {} | {} |",
            text(&one.name, Place::Cell),
            platform_names(&one.platforms),
            message(&one.reason, Place::Cell)
        );
    }
    out.push('\n');
}
