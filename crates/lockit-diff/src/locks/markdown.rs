//! Differences as the body of a pull request.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use lockit_spec::{Platform, platform_names};

use super::package_page::package_page;
use super::raised::raised;
use super::report::{Places, Report};
use super::rows::{Row, rows};
use super::text::{day, name as marked, size_text, undated, versions, young_title};
use super::{EnvironmentDiff, FactChange, Kind, NeedChange, Side, YoungPackage};
use crate::markdown_text::{Place, code, message, text};

/// GitHub takes 65,536 characters; what closes a table needs some.
const ROOM: usize = 64_000;
/// How much of it may be about what was not done: the differences need most of it.
const ROOM_FOR_THE_REST: usize = 8_000;

impl Report<'_> {
    /// A title with counts, alarms, a table of what specs name, the rest folded. Never longer than
    /// GitHub takes: links go first, and rows that do not fit are counted.
    pub fn markdown(&self) -> String {
        let rows = rows(self.diffs);
        let mut rest = Page { room: ROOM_FOR_THE_REST, ..Page::default() };
        self.not_done(&mut rest);
        let rest = rest.text;
        let room = ROOM - length(&rest);
        let mut text = String::new();
        for links in [Links::All, Links::Direct, Links::None] {
            let mut page = Page { room, links, ..Page::default() };
            self.changes(&mut page, &rows);
            let complete = page.cut == 0;
            page.say_cut(": run `lockit diff`");
            text = page.text;
            if complete {
                break;
            }
        }
        text + &rest
    }

    fn changes(&self, page: &mut Page, rows: &[Row<'_>]) {
        if self.diffs.iter().all(EnvironmentDiff::is_empty) && self.withdrawn.is_empty() {
            page.push("Nothing changed.\n");
            return;
        }
        page.push(&format!("### {}\n", self.title()));
        self.alarms(page, rows);
        let several = self.diffs.len() > 1;
        for diff in self.diffs {
            for (platforms, what) in
                [(&diff.added_platforms, "new"), (&diff.removed_platforms, "gone")]
            {
                for platform in platforms {
                    let of = if several {
                        format!(" of {}", line_code(&diff.name))
                    } else {
                        String::new()
                    };
                    page.row(&format!("\nPlatform {platform}{of} is {what}.\n"));
                }
            }
        }
        let usual = || rows.iter().filter(|row| row.change.kind > Kind::Channel);
        let direct: Vec<&Row<'_>> = usual().filter(|row| row.direct).collect();
        let indirect: Vec<&Row<'_>> = usual().filter(|row| !row.direct).collect();
        if !direct.is_empty() {
            self.table(page, &direct);
        }
        self.facts(page);
        if !indirect.is_empty() {
            let title = match indirect.len() {
                1 => "1 package that others bring along".to_owned(),
                several => format!("{several} packages that others bring along"),
            };
            page.push(&format!("\n<details><summary>{title}</summary>\n"));
            self.table(page, &indirect);
            page.push("\n</details>\n");
        }
    }

    /// What nobody should merge without having read it.
    fn alarms(&self, page: &mut Page, rows: &[Row<'_>]) {
        let mut alarms = Vec::new();
        // Platforms have builds of their own.
        let mut withdrawn: BTreeMap<(&str, &str), (Vec<&str>, Places)> = BTreeMap::new();
        for one in &self.withdrawn {
            let (builds, kept) = withdrawn.entry((&one.name, &one.version)).or_default();
            builds.push(&one.build);
            for (environment, platforms) in &one.kept {
                kept.entry(environment.clone()).or_default().extend(platforms);
            }
        }
        for ((name, version), (builds, kept)) in withdrawn {
            let mut line = match builds.as_slice() {
                [build] => format!(
                    "{} was withdrawn from its channel",
                    line_code(&format!("{name} {version} {build}"))
                ),
                several => format!(
                    "{} builds of {} were withdrawn from their channel",
                    several.len(),
                    line_code(&format!("{name} {version}"))
                ),
            };
            if !kept.is_empty() {
                let _ = write!(line, ", still locked on {}", places(&kept));
            }
            alarms.push(line);
        }
        for row in rows.iter().filter(|row| row.change.kind <= Kind::Channel) {
            let replaced = match row.change.kind {
                Kind::Digest => ": the archive was replaced under the same name",
                _ => "",
            };
            alarms.push(format!(
                "{}: {}{replaced}",
                line_code(&marked(row.change)),
                line_text(&versions(row.change))
            ));
        }
        for (FactChange { name, before, after }, platforms) in self.needs() {
            if raised(before, after) {
                let before =
                    if before.is_empty() { "nothing".to_owned() } else { line_text(before) };
                let (name, after) = (line_code(name), line_text(after));
                alarms.push(format!("needs {name} {after}, needed {before} ({platforms})"));
            }
        }
        if !alarms.is_empty() {
            page.row("\n> [!WARNING]\n");
            for alarm in alarms {
                page.row(&format!("> - {alarm}\n"));
            }
        }
        for young in self.diffs.iter().filter_map(|diff| diff.young.as_ref()) {
            if !young.packages.is_empty() {
                page.row(&format!("\n> [!WARNING]\n> {}:\n", young_title(young.since)));
                for YoungPackage { name, version, built, .. } in &young.packages {
                    let package = line_code(&format!("{name} {version}"));
                    page.row(&format!("> - {package}, {}\n", day(*built)));
                }
            }
            if young.undated > 0 {
                page.row(&format!("\n{}.\n", undated(young.undated)));
            }
        }
    }

    /// What changed besides versions.
    fn facts(&self, page: &mut Page) {
        let mut licenses: Vec<_> = self.diffs.iter().flat_map(|diff| &diff.licenses).collect();
        licenses.sort_unstable();
        licenses.dedup();
        for FactChange { name, before, after } in licenses {
            page.row(&format!(
                "\nLicence of {}: {} → {}\n",
                line_code(name),
                line_text(before),
                line_text(after)
            ));
        }
        for (FactChange { name, before, after }, platforms) in self.needs() {
            if !raised(before, after) {
                let after = if after.is_empty() { "nothing".to_owned() } else { line_text(after) };
                let (name, before) = (line_code(name), line_text(before));
                page.row(&format!("\nNeeds {name}: {before} → {after} ({platforms})\n"));
            }
        }
        for diff in self.diffs {
            let sizes: Vec<String> = diff
                .sizes
                .iter()
                .filter(|(_, (before, after))| before != after)
                .map(|(platform, (before, after))| {
                    format!("{platform} {} → {}", size_text(*before), size_text(*after))
                })
                .collect();
            if !sizes.is_empty() {
                let of = if self.diffs.len() > 1 {
                    format!(" of {}", line_code(&diff.name))
                } else {
                    String::new()
                };
                page.row(&format!("\nDownload{of}: {}\n", sizes.join(", ")));
            }
        }
    }

    /// Changed needs of all environments, each once, with the platforms they are on.
    fn needs(&self) -> BTreeMap<&FactChange, String> {
        let mut found: BTreeMap<&FactChange, Vec<Platform>> = BTreeMap::new();
        for NeedChange { fact, platforms } in self.diffs.iter().flat_map(|diff| &diff.needs) {
            let known = found.entry(fact).or_default();
            known.extend(platforms);
            known.sort_unstable_by_key(|platform| platform.as_str());
            known.dedup();
        }
        found.into_iter().map(|(need, platforms)| (need, platform_names(&platforms))).collect()
    }

    fn table(&self, page: &mut Page, rows: &[&Row<'_>]) {
        let several = self.diffs.len() > 1;
        page.push("\n| package | before | after | kind | platforms |");
        page.push(if several { " environments |\n" } else { "\n" });
        page.push("| --- | --- | --- | --- | --- |");
        page.push(if several { " --- |\n" } else { "\n" });
        for row in rows {
            let side = |side: &Option<Side>| {
                side.as_ref().map_or_else(String::new, |side| {
                    match side.build.as_ref().or(side.categories.as_ref()) {
                        Some(more) => format!("{} {more}", side.version),
                        None if row.change.kind == Kind::Moved => {
                            format!("{} ({})", side.version, side.manager)
                        }
                        None => side.version.clone(),
                    }
                })
            };
            let Row { change, environments, .. } = row;
            let name = cell_text(&marked(change));
            let linked = match page.links {
                Links::All => true,
                Links::Direct => row.direct,
                Links::None => false,
            };
            let address = change.channel.as_deref().filter(|_| linked);
            let name = match address.and_then(|channel| package_page(channel, &change.name)) {
                Some(address) => format!("[{name}]({address})"),
                None => name,
            };
            let environments = match (several, environments.len() == self.diffs.len()) {
                (false, _) => String::new(),
                (true, true) => " all |".to_owned(),
                (true, false) => format!(" {} |", cell_text(&environments.join(", "))),
            };
            page.row(&format!(
                "| {name} | {} | {} | {} | {} |{environments}\n",
                cell_text(&side(&change.before)),
                cell_text(&side(&change.after)),
                change.kind.as_str(),
                row.platforms.map_or_else(|| "all".to_owned(), platform_names),
            ));
        }
    }

    /// What could have been done, and how to do all of it again.
    fn not_done(&self, page: &mut Page) {
        if !self.failures.is_empty() {
            page.push("\n#### Not refreshed, the old lock stays\n\n");
            for failure in &self.failures {
                page.row(&format!("- {}\n", message(failure, Place::Line)));
            }
            page.say_cut("");
        }
        if !self.waiting.is_empty() {
            page.row("\n#### Left for the next refresh\n\n");
            for name in &self.waiting {
                page.row(&format!("- {}\n", line_code(name)));
            }
            page.say_cut("");
        }
        if !self.held_back.is_empty() {
            let title = match self.held_back.len() {
                1 => "1 newer version is left out by exclude-newer".to_owned(),
                several => format!("{several} newer versions are left out by exclude-newer"),
            };
            page.push(&format!("\n<details><summary>{title}</summary>\n\n"));
            // A date does not move, so there is nothing to wait for.
            let moves = self.held_back.iter().any(|one| one.until.is_some());
            let (heading, rule) = if moves { (" may be taken |", " --- |") } else { ("", "") };
            page.push(&format!("| package | locked | newer | appeared |{heading}\n"));
            page.push(&format!("| --- | --- | --- | --- |{rule}\n"));
            for one in &self.held_back {
                let until = one.until.map(|until| format!(" from {} |", day(until)));
                page.row(&format!(
                    "| {} | {} | {} | {} |{}\n",
                    cell_text(&one.name),
                    cell_text(&one.locked),
                    cell_text(&one.version),
                    day(one.appeared),
                    until.unwrap_or_default(),
                ));
            }
            page.say_cut("");
            page.push("\n</details>\n");
        }
        if let Some(command) = &self.command {
            page.push(&format!(
                "\nMade by {}. `lockit check` tells whether it holds.\n",
                line_code(command)
            ));
        }
    }
}

/// In which tables packages have links.
#[derive(Debug, Clone, Copy, Default)]
enum Links {
    #[default]
    All,
    Direct,
    None,
}

#[derive(Default)]
struct Page {
    text: String,
    length: usize,
    room: usize,
    cut: usize,
    links: Links,
}

/// In UTF-16 units, as the limit counts.
fn length(text: &str) -> usize {
    text.encode_utf16().count()
}

impl Page {
    /// Adds a part that must not be left out; there are few and they are short.
    fn push(&mut self, part: &str) {
        self.length += length(part);
        self.text.push_str(part);
    }

    /// Adds a row, or counts it.
    fn row(&mut self, row: &str) {
        if self.length + length(row) > self.room {
            self.cut += 1;
        } else {
            self.push(row);
        }
    }

    /// Says how many rows were left out since it was last said.
    fn say_cut(&mut self, advice: &str) {
        let cut = std::mem::take(&mut self.cut);
        if cut > 0 {
            self.push(&format!("\nand {cut} more{advice}\n"));
        }
    }
}

/// A text of others in a cell of a table.
fn cell_text(of_others: &str) -> String {
    text(of_others, Place::Cell)
}

/// The same in a line of text.
fn line_text(of_others: &str) -> String {
    text(of_others, Place::Line)
}

/// What is always code, such as the name of a package.
fn line_code(of_others: &str) -> String {
    code(of_others, Place::Line)
}

/// The platforms of one environment, or each environment with its own.
fn places(places: &Places) -> String {
    let of: Vec<String> = places
        .iter()
        .map(|(environment, platforms)| match places.len() {
            1 => platform_names(platforms),
            _ => format!("{} ({})", platform_names(platforms), line_text(environment)),
        })
        .collect();
    of.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::locks::Change;

    fn changes(count: usize) -> EnvironmentDiff {
        let side = |version: &str| Some(Side { version: version.into(), ..Side::default() });
        let changes = (0..count)
            .map(|number| Change {
                name: format!("package-{number}-é😀"),
                kind: Kind::Minor,
                before: side("1.0"),
                after: side("1.1"),
                platforms: vec![Platform::Linux64],
                direct: Some(number % 2 == 0),
                channel: Some("https://conda.anaconda.org/conda-forge".into()),
            })
            .collect();
        EnvironmentDiff {
            changes,
            platforms: vec![Platform::Linux64],
            ..EnvironmentDiff::default()
        }
    }

    #[test]
    fn five_thousand_changes_fit_into_a_pull_request() {
        let diff = changes(5000);
        let report = Report {
            failures: vec!["osx-64: a long story ".repeat(20); 500],
            command: Some("lockit refresh".into()),
            ..Report::of(std::slice::from_ref(&diff))
        };
        let text = report.markdown();
        assert!(text.encode_utf16().count() <= 65_536);
        assert!(text.contains("</details>") && text.contains(" more: run `lockit diff`"));
        let rows = text.lines().filter(|line| line.starts_with("| package-")).count();
        assert!(text.contains(&format!("and {} more", 5000 - rows)));
        assert!(
            text.contains(
                "a long story 

and 4"
            ),
            "what failed is cut, too"
        );
        assert!(text.ends_with(
            "
Made by `lockit refresh`. `lockit check` tells whether it holds.
"
        ));
    }

    /// Before rows are left out, their links are.
    #[test]
    fn links_go_before_rows_do() {
        let links = |count: usize| {
            let text = Report::of(&[changes(count)]).markdown();
            assert!(!text.contains(" more"), "{count} rows fit");
            text.matches("](https://anaconda.org/").count()
        };
        assert_eq!([links(200), links(700), links(1300)], [200, 350, 0]);
    }
}
