//! From everything that was installed back to what was wanted.

use std::collections::{BTreeMap, BTreeSet};

use lockit_diagnostic::Span;
use lockit_spec::{Item, ItemKind, Platform, SelectorNotation, Survey};

use super::PackageIndex;
use crate::Edit;
use crate::export::{OsFamily, Pin, is_low_level, os_of};
use crate::lint::FileReport;

/// What becomes of the exact versions of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Pins {
    /// `=1.21.2` stays.
    #[default]
    Keep,
    /// `=1.21.2` becomes `=1.21`.
    Minor,
    /// Only the name stays; python keeps its minor version.
    None,
}

/// How an export is rewritten.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportFix {
    /// The edits, which do not overlap.
    pub edits: Vec<Edit>,
    /// What was done, for people.
    pub done: Vec<String>,
}

/// Removes what others bring along, build strings and `prefix:`; guards what exists for one system
/// only. `None` for files that are no export, and for lists of addresses.
pub fn rewrite_export(
    report: &FileReport,
    index: &dyn PackageIndex,
    pins: Pins,
) -> Option<ExportFix> {
    let (survey, verdict) = report.spec.as_ref()?;
    if !verdict.is_export() || verdict.evidence.addresses > 0 {
        return None;
    }
    let kept = kept(survey, index);
    let mut edits = Vec::new();
    let (mut removed, mut builds, mut guarded) = (0, 0, Vec::new());
    let mut missing = Vec::new();
    for item in survey.items.iter().filter(|item| item.kind == ItemKind::Conda) {
        let pin = Pin::of(&item.text);
        let name = pin.name.to_lowercase();
        if !kept.contains(&name)
            && let Some(line) = own_line(survey, item)
            && !has_remark(survey, item)
        {
            removed += 1;
            edits.push(Edit { span: line, replacement: String::new() });
            continue;
        }
        let text = loosened(&pin, &name, pins);
        if verbatim(survey, item) && text != item.text {
            builds += usize::from(pin.build.is_some());
            edits.push(Edit { span: item.span, replacement: text });
        }
        let family = family_of(&name, &report.platforms, index);
        let guard_family = family.or_else(|| os_of(&name));
        let meant_for: Vec<Platform> = report
            .platforms
            .iter()
            .copied()
            .filter(|platform| guard_family.is_none_or(|family| family.contains(*platform)))
            .collect();
        missing.extend(unavailable(&pin, &name, pins, &meant_for, index));
        if let Some(family) = family
            && item.selector.is_none()
            && report.platforms.iter().any(|platform| !family.contains(*platform))
            && let Some(edit) = guard(survey, item, family.selector())
        {
            guarded.push(format!("`{name}` for {}", family.title()));
            edits.push(edit);
        }
    }
    let mut done = Vec::new();
    if removed > 0 {
        done.push(format!(
            "removed {removed} package{} that others bring along, by {}",
            if removed == 1 { "" } else { "s" },
            index.origin()
        ));
    }
    if builds > 0 {
        done.push(format!("removed {builds} build string{}", if builds == 1 { "" } else { "s" }));
    }
    if !guarded.is_empty() {
        done.push(format!("added selectors: {}", guarded.join(", ")));
    }
    if let Some(line) = prefix_line(survey) {
        edits.push(Edit { span: line, replacement: String::new() });
        done.push("removed `prefix:`".into());
    }
    if !missing.is_empty() {
        done.push(format!(
            "look at these, which cannot be locked as they are: {}",
            missing.join("; ")
        ));
        if pins == Pins::Keep {
            done.push("`--pins minor` or `--pins none` lets go of exact versions".into());
        }
    }
    Some(ExportFix { edits, done })
}

/// The family of systems that a package exists for: by the index, else by the table.
fn family_of(name: &str, platforms: &[Platform], index: &dyn PackageIndex) -> Option<OsFamily> {
    let Some(have) = index.platforms(name, None) else { return os_of(name) };
    if have.is_empty() || platforms.iter().all(|platform| have.contains(platform)) {
        return None;
    }
    [OsFamily::Linux, OsFamily::Osx, OsFamily::Win, OsFamily::Unix].into_iter().find(|family| {
        platforms.iter().all(|platform| family.contains(*platform) == have.contains(platform))
    })
}

/// A line about a package that an index does not have for all platforms, as it will stand in the file.
fn unavailable(
    pin: &Pin<'_>,
    name: &str,
    pins: Pins,
    platforms: &[Platform],
    index: &dyn PackageIndex,
) -> Option<String> {
    let somewhere = index.platforms(name, None)?;
    if somewhere.is_empty() {
        return Some(format!("`{name}` is not there"));
    }
    let version = pinned(pin, name, pins);
    let have = index.platforms(name, version.as_deref())?;
    let lacking = |have: &[Platform]| -> Vec<&str> {
        let lacking = platforms.iter().filter(|platform| !have.contains(platform));
        lacking.map(|platform| platform.as_str()).collect()
    };
    let what = match version {
        // The name is missing in the same places, so the version is not what to change.
        Some(version) if lacking(&somewhere) != lacking(&have) => format!("{name} {version}"),
        _ => name.to_owned(),
    };
    let lacking = lacking(&have);
    (!lacking.is_empty()).then(|| format!("`{what}` is not there for {}", lacking.join(", ")))
}

/// The packages nothing else in the file depends on, and those that are always written.
fn kept(survey: &Survey, index: &dyn PackageIndex) -> BTreeSet<String> {
    let listed: BTreeSet<String> =
        survey.conda_items().map(|item| Pin::of(&item.text).name.to_lowercase()).collect();
    // Always written: the interpreter, whose version decides about everything else, and the installer
    // that a `pip:` section needs.
    let mut kept: BTreeSet<String> = ["python"].map(str::to_owned).into();
    if !survey.pip_sections.is_empty() {
        kept.insert("pip".into());
    }
    kept.retain(|name| listed.contains(name));
    let mut dependencies: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in &listed {
        let known = index.dependencies(name).unwrap_or_default();
        let inside = known.iter().map(String::as_str);
        let inside = inside.filter(|other| other != name && listed.contains(*other));
        dependencies.insert(name, inside.collect());
    }
    let needed: BTreeSet<&str> = dependencies.values().flatten().copied().collect();
    kept.extend(
        listed
            .iter()
            .filter(|name| !needed.contains(name.as_str()) && !is_low_level(name))
            .cloned(),
    );
    // Packages that only need each other have no root: the first one stands for its circle.
    let mut covered: BTreeSet<&str> = BTreeSet::new();
    let mut open: Vec<&str> = kept.iter().map(String::as_str).collect();
    let mut extra = Vec::new();
    loop {
        while let Some(name) = open.pop() {
            if covered.insert(name) {
                open.extend(dependencies.get(name).into_iter().flatten().copied());
            }
        }
        let Some(left) = listed
            .iter()
            .map(String::as_str)
            .find(|name| !covered.contains(name) && !is_low_level(name))
        else {
            break;
        };
        extra.push(left.to_owned());
        open.push(left);
    }
    kept.extend(extra);
    kept
}

fn loosened(pin: &Pin<'_>, name: &str, pins: Pins) -> String {
    let channel = pin.channel.map_or_else(String::new, |channel| format!("{channel}::"));
    let version = pinned(pin, name, pins).map_or_else(String::new, |version| format!("={version}"));
    format!("{channel}{}{version}", pin.name)
}

/// What stays of a version. The series of python stays always: with another one, the environment is
/// another one.
fn pinned(pin: &Pin<'_>, name: &str, pins: Pins) -> Option<String> {
    let version = pin.version?;
    match pins {
        Pins::None if name != "python" => None,
        Pins::Keep => Some(version.to_owned()),
        Pins::None | Pins::Minor => Some(version.split('.').take(2).collect::<Vec<_>>().join(".")),
    }
}

/// Whether an item is one that can be rewritten: its text stands in the file as it is, and was taken
/// apart completely.
fn verbatim(survey: &Survey, item: &Item) -> bool {
    let pin = Pin::of(&item.text);
    pin.version.is_some()
        && survey.file.text().get(item.span.start..item.span.end) == Some(item.text.as_str())
}

/// The line of an item with its line end, when nothing else stands on it.
fn own_line(survey: &Survey, item: &Item) -> Option<Span> {
    let text = survey.file.text();
    let start = text[..item.whole.start].rfind('\n').map_or(0, |at| at + 1);
    let end = text[item.whole.end..].find('\n').map_or(text.len(), |at| item.whole.end + at + 1);
    let before = text[start..item.whole.start].trim();
    let after = text[item.whole.end..end].trim();
    (before == "-" && (after.is_empty() || after.starts_with('#'))).then(|| Span::new(start, end))
}

/// Whether somebody wrote a remark behind an item: then it was wanted.
fn has_remark(survey: &Survey, item: &Item) -> bool {
    let selector =
        item.notations.iter().any(|(notation, _)| *notation == SelectorNotation::Comment);
    let line = survey.file.line_column(item.whole.end).line;
    let comment = survey.comments.iter().any(|comment| {
        comment.span.start >= item.whole.end
            && survey.file.line_column(comment.span.start).line == line
    });
    comment && !selector
}

fn guard(survey: &Survey, item: &Item, selector: &str) -> Option<Edit> {
    let line = own_line(survey, item)?;
    let text = survey.file.text();
    let end = line.start + text[line.start..line.end].trim_end().len();
    if end > item.whole.end {
        // A remark stays behind the selector, where conda expects the bracket first.
        let at = item.whole.end + text[item.whole.end..end].find('#')? + 1;
        return Some(Edit { span: Span::new(at, at), replacement: format!(" [{selector}]") });
    }
    Some(Edit { span: Span::new(end, end), replacement: format!("  # [{selector}]") })
}

/// The line of `prefix:`, with the line end before it at the end of a file that has none.
fn prefix_line(survey: &Survey) -> Option<Span> {
    let (key, value) = survey.keys.iter().find(|(key, _)| key.value == "prefix")?;
    let text = survey.file.text();
    let start = text[..key.span.start].rfind('\n').map_or(0, |at| at + 1);
    let last = value.end.max(key.span.end);
    let end = text[last..].find('\n').map_or(text.len(), |at| last + at + 1);
    Some(Span::new(start, end))
}
