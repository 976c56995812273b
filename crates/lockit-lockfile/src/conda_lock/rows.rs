//! The package list as conda-lock and lockit write it, read line by line.
//!
//! A lockfile is read on every run: 304 packages (118 KiB) take 0.5 ms, by `serde_yaml` 2.8 ms (release build,
//! November 2026). The rows that PyYAML dumps are so regular that a line reader can take them; it
//! gives up at the first thing that could mean anything else in YAML, and the YAML parser reads the
//! whole file instead. It therefore never accepts what that parser would read differently.

use std::collections::BTreeMap;

use super::document::{Hash, Package, Source};
use crate::Manager;

const HEAD: &str = "\npackage:\n";

/// Splits a file into what stands before its package list, and the list.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    let at = text.find(HEAD)?;
    Some((&text[..=at], &text[at + HEAD.len()..]))
}

/// Reads the rows. `None` when YAML has to decide.
pub(super) fn parse(text: &str) -> Option<Vec<Package>> {
    // Other line breaks, tabs and invisible characters mean something in YAML.
    if !text.bytes().all(|byte| byte == b'\n' || (b' '..=b'~').contains(&byte)) {
        return None;
    }
    let mut rows = Vec::new();
    let mut row: Option<Row> = None;
    for line in text.lines() {
        if let Some(first) = line.strip_prefix("- ") {
            if let Some(done) = row.replace(Row::default()) {
                rows.push(done.finish()?);
            }
            row.as_mut()?.pair(first)?;
        } else if let Some(inner) = line.strip_prefix("    ") {
            row.as_mut()?.inner(inner)?;
        } else {
            row.as_mut()?.pair(line.strip_prefix("  ")?)?;
        }
    }
    rows.push(row?.finish()?);
    Some(rows)
}

/// The mapping whose lines come next.
#[derive(Default, PartialEq, Eq)]
enum Open {
    #[default]
    Nothing,
    Dependencies,
    Hash,
    Source,
}

#[derive(Default)]
struct Row {
    name: Option<String>,
    version: Option<String>,
    manager: Option<Manager>,
    platform: Option<String>,
    url: Option<String>,
    category: Option<String>,
    dependencies: Option<BTreeMap<String, Option<String>>>,
    hash: Option<Hash>,
    /// `hash: {}`, as conda-lock writes it for a folder.
    no_hash: bool,
    source: Option<(Option<String>, Option<String>)>,
    open: Open,
}

/// Sets a value once; a key that is there twice is an error in YAML.
fn set<T>(place: &mut Option<T>, value: T) -> Option<()> {
    place.replace(value).is_none().then_some(())
}

impl Row {
    fn pair(&mut self, line: &str) -> Option<()> {
        self.open = Open::Nothing;
        match line {
            "dependencies: {}" => return set(&mut self.dependencies, BTreeMap::new()),
            "dependencies:" => {
                self.open = Open::Dependencies;
                return set(&mut self.dependencies, BTreeMap::new());
            }
            "hash: {}" => {
                self.no_hash = true;
                return set(&mut self.hash, Hash::default());
            }
            "source:" => {
                self.open = Open::Source;
                return set(&mut self.source, (None, None));
            }
            "hash:" => {
                self.open = Open::Hash;
                return set(&mut self.hash, Hash::default());
            }
            // Not kept, and the value cannot be wrong in a way that matters.
            "optional: false" | "optional: true" => return Some(()),
            _ => {}
        }
        let (key, value) = line.split_once(": ")?;
        match key {
            "name" => set(&mut self.name, scalar(value)?),
            "version" => set(&mut self.version, scalar(value)?),
            "platform" => set(&mut self.platform, scalar(value)?),
            "url" => set(&mut self.url, scalar(value)?),
            "category" => set(&mut self.category, scalar(value)?),
            "manager" if value == "conda" => set(&mut self.manager, Manager::Conda),
            "manager" if value == "pip" => set(&mut self.manager, Manager::Pip),
            _ => None,
        }
    }

    fn inner(&mut self, line: &str) -> Option<()> {
        let (key, value) = line.split_once(": ")?;
        let value = scalar(value)?;
        match self.open {
            Open::Dependencies => {
                let plain =
                    |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
                // The key could be a number, a word such as `null`, or begin with an indicator.
                if !key.bytes().all(plain) || key.starts_with(['-', '.']) || key == "null" {
                    return None;
                }
                // The last one of two with the same name wins, as in the YAML parser.
                self.dependencies.as_mut()?.insert(key.to_owned(), Some(value));
                Some(())
            }
            Open::Hash if key == "md5" => set(&mut self.hash.as_mut()?.md5, value),
            Open::Hash if key == "sha256" => set(&mut self.hash.as_mut()?.sha256, value),
            Open::Source if key == "type" => set(&mut self.source.as_mut()?.0, value),
            Open::Source if key == "url" => set(&mut self.source.as_mut()?.1, value),
            _ => None,
        }
    }

    fn finish(self) -> Option<Package> {
        // A mapping without lines is null in YAML.
        if self.open == Open::Dependencies
            && self.dependencies.as_ref().is_some_and(BTreeMap::is_empty)
        {
            return None;
        }
        Some(Package {
            name: self.name?,
            version: self.version?,
            manager: self.manager?,
            platform: self.platform?,
            dependencies: self.dependencies?,
            url: self.url?,
            category: self.category,
            categories: None,
            hash: self
                .hash
                .filter(|hash| self.no_hash || hash.md5.is_some() || hash.sha256.is_some())?,
            source: match self.source {
                None => None,
                Some((_, url)) => Some(Source { url: url? }),
            },
        })
    }
}

/// A string on one line, plain or in single quotes.
fn scalar(text: &str) -> Option<String> {
    if let Some(inner) = text.strip_prefix('\'') {
        let inner = inner.strip_suffix('\'')?;
        // `''` is a quote; a single one would end the string, or is the first half of an escape.
        let unescaped = inner.replace("''", "\u{0}");
        return (!unescaped.contains('\'')).then(|| unescaped.replace('\u{0}', "'"));
    }
    let first = text.bytes().next()?;
    let other = b"-?:,[]{}#&*!|>\"%@`~ ".contains(&first)
        || text.contains(": ")
        || text.contains(" #")
        || text.ends_with([':', ' '])
        || text.eq_ignore_ascii_case("null");
    (!other).then(|| text.to_owned())
}
