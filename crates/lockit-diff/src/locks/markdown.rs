//! Differences as the body of a pull request.

use std::fmt::Write as _;

use super::summary::counts;
use super::text::{bytes, day, undated, versions, young_title};
use super::{Change, EnvironmentDiff, Kind};

/// GitHub takes 65,536 characters; what follows a table needs some.
const ROOM: usize = 64_000;

/// A title with counts, alarms, a table of what specs name, the rest folded. Never longer than GitHub
/// takes; what does not fit is counted.
pub fn markdown(diffs: &[EnvironmentDiff]) -> String {
    let mut page = Page::default();
    if diffs.iter().all(EnvironmentDiff::is_empty) {
        return "Nothing changed.\n".into();
    }
    let counts = counts(diffs);
    let title = if counts.is_empty() { "Lock changed" } else { &counts };
    page.push(&format!("### {title}\n"));
    for diff in diffs.iter().filter(|diff| !diff.is_empty()) {
        environment(&mut page, diff, diffs.len() > 1);
    }
    page.finish()
}

#[derive(Default)]
struct Page {
    text: String,
    /// UTF-16 units, as the limit counts.
    length: usize,
    cut: usize,
}

impl Page {
    /// Adds a part that must not be left out; there are few and they are short.
    fn push(&mut self, part: &str) {
        self.length += part.encode_utf16().count();
        self.text.push_str(part);
    }

    /// Adds a row, or counts it.
    fn row(&mut self, row: &str) {
        if self.length + row.encode_utf16().count() > ROOM {
            self.cut += 1;
        } else {
            self.push(row);
        }
    }

    fn finish(mut self) -> String {
        if self.cut > 0 {
            let _ = writeln!(self.text, "\nand {} more: run `lockit diff`", self.cut);
        }
        self.text
    }
}

fn environment(page: &mut Page, diff: &EnvironmentDiff, several: bool) {
    if several {
        page.row(&format!("\n#### {}\n", cell(&diff.name)));
    }
    for change in diff.changes.iter().filter(|change| change.kind <= Kind::Channel) {
        page.row(&format!(
            "\n> [!WARNING]\n> `{}`: {}{}\n",
            cell(&change.name),
            cell(&versions(change)),
            if change.kind == Kind::Digest { ", the archive was replaced" } else { "" }
        ));
    }
    for (platforms, what) in [(&diff.added_platforms, "new"), (&diff.removed_platforms, "gone")] {
        for platform in platforms {
            page.row(&format!("\nPlatform {platform} is {what}.\n"));
        }
    }
    if let Some(young) = &diff.young {
        if !young.packages.is_empty() {
            page.row(&format!("\n> [!WARNING]\n> {}:\n", young_title(young.since)));
            for (name, version, built, _) in &young.packages {
                page.row(&format!("> - `{} {}`, {}\n", cell(name), cell(version), day(*built)));
            }
        }
        if young.undated > 0 {
            page.row(&format!("\n{}.\n", undated(young.undated)));
        }
    }
    let usual = || diff.changes.iter().filter(|change| change.kind > Kind::Channel);
    let direct: Vec<&Change> = usual().filter(|change| change.direct != Some(false)).collect();
    let rest: Vec<&Change> = usual().filter(|change| change.direct == Some(false)).collect();
    if !direct.is_empty() {
        table(page, diff, &direct);
    }
    for (name, before, after) in &diff.licenses {
        page.row(&format!("\nLicence of `{}`: {} → {}\n", cell(name), cell(before), cell(after)));
    }
    for (name, before, after, platforms) in &diff.needs {
        let names: Vec<&str> = platforms.iter().map(|platform| platform.as_str()).collect();
        let shown = |text: &str| if text.is_empty() { "nothing".to_owned() } else { cell(text) };
        page.row(&format!(
            "\nNeeds `{}`: {} → {} ({})\n",
            cell(name),
            shown(before),
            shown(after),
            names.join(", ")
        ));
    }
    let sizes: Vec<String> = diff
        .sizes
        .iter()
        .filter(|(_, (before, after))| before != after)
        .map(|(platform, (before, after))| {
            format!("{platform} {} → {}", bytes(*before), bytes(*after))
        })
        .collect();
    if !sizes.is_empty() {
        page.row(&format!("\nDownload: {}\n", sizes.join(", ")));
    }
    if !rest.is_empty() {
        let title = if rest.len() == 1 {
            "1 package that others bring along".to_owned()
        } else {
            format!("{} packages that others bring along", rest.len())
        };
        page.push(&format!("\n<details><summary>{title}</summary>\n"));
        table(page, diff, &rest);
        page.push("\n</details>\n");
    }
}

fn table(page: &mut Page, diff: &EnvironmentDiff, changes: &[&Change]) {
    page.push(
        "\n| package | before | after | kind | platforms |\n| --- | --- | --- | --- | --- |\n",
    );
    for change in changes {
        let side = |side: &Option<super::Side>| {
            side.as_ref().map_or_else(String::new, |side| {
                match side.build.as_ref().or(side.categories.as_ref()) {
                    Some(more) => format!("{} {more}", side.version),
                    None => side.version.clone(),
                }
            })
        };
        let platforms = if change.platforms.len() == diff.platforms.len() {
            "all".to_owned()
        } else {
            let names: Vec<&str> = change.platforms.iter().map(|one| one.as_str()).collect();
            names.join(", ")
        };
        page.row(&format!(
            "| {} | {} | {} | {} | {platforms} |\n",
            cell(&change.name),
            cell(&side(&change.before)),
            cell(&side(&change.after)),
            change.kind.as_str(),
        ));
    }
}

/// Text that cannot break out of a table.
fn cell(text: &str) -> String {
    text.replace('\\', "\\\\").replace('|', "\\|").replace(['\n', '\r'], " ").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use lockit_spec::Platform;

    use super::*;
    use crate::locks::Side;

    #[test]
    fn five_thousand_changes_fit_into_a_pull_request() {
        let side = |version: &str| Some(Side { version: version.into(), ..Side::default() });
        let changes = (0..5000)
            .map(|number| Change {
                name: format!("package-{number}-é😀"),
                kind: Kind::Minor,
                before: side("1.0"),
                after: side("1.1"),
                platforms: vec![Platform::Linux64],
                direct: Some(number % 2 == 0),
            })
            .collect();
        let diff = EnvironmentDiff {
            changes,
            platforms: vec![Platform::Linux64],
            ..EnvironmentDiff::default()
        };
        let text = markdown(&[diff]);
        assert!(text.encode_utf16().count() <= 65_536);
        assert!(text.contains("</details>") && text.contains(" more: run `lockit diff`"));
        let rows = text.lines().filter(|line| line.starts_with("| package-")).count();
        assert!(text.contains(&format!("and {} more", 5000 - rows)));
    }
}
