//! What each package of an explicit file depends on: one comment line for each, behind the addresses.
//!
//! ```text
//! # uvicorn-0.35.0-pyhe66b8c6_0: click >=7.0; h11 >=0.8; python >=3.10; ?httptools >=0.6.3
//! # flask==3.1.0: blinker>=1.9; click>=8.1.3
//! ```
//!
//! A conda package is named as its archive is, a PyPI package `name==version`, where the version is empty when only
//! a build can tell it. Behind a `?` is a constraint: it
//! holds where the package is there. Everybody else skips comments (CEP 23), but no line may begin with `# pip `,
//! which conda-lock takes for a package.

use std::borrow::Cow;
use std::sync::Arc;

use lockit_diagnostic::{is_hidden, visible_json};
use lockit_spec::credentials::has_secret;
use rustc_hash::FxHashMap;

use crate::archive::stem;
use crate::error::FormatError;
use crate::pool::{Pool, Pooled};
use crate::{PipRecord, PlatformLock, Record};

/// What stands between two dependencies.
const BETWEEN: &str = "; ";

/// What a constraint begins with. No match specification does.
const CONSTRAINT: char = '?';

/// Writes a line for each package; nothing where the dependencies of one are not known, because half of them would
/// answer questions wrongly.
///
/// # Errors
/// A dependency with a clear-text credential.
pub(super) fn write<'a>(
    out: &mut String,
    records: impl Iterator<Item = &'a Record> + Clone,
    pip: &[PipRecord],
) -> Result<(), FormatError> {
    let all_known = records.clone().all(|record| record.depends.is_some())
        && pip.iter().all(|record| record.depends.is_some());
    if !all_known {
        return Ok(());
    }
    for record in records {
        let depends = record.depends.iter().flatten().map(|text| (false, text));
        let constrains = record.constrains.iter().flatten().map(|text| (true, text));
        line(out, &of_conda(record), depends.chain(constrains))?;
    }
    for record in pip {
        line(out, &of_pip(record), record.depends.iter().flatten().map(|text| (false, text)))?;
    }
    Ok(())
}

/// Writes what one package depends on, and what it constrains.
fn line<'a>(
    out: &mut String,
    package: &str,
    items: impl Iterator<Item = (bool, &'a String)>,
) -> Result<(), FormatError> {
    // A line end in a name would become a line of its own, and mean something.
    out.push_str("# ");
    out.extend(package.chars().map(|c| if is_hidden(c) { ' ' } else { c }));
    out.push(':');
    for (nth, (is_constraint, text)) in items.enumerate() {
        if has_secret(text) {
            return Err(FormatError::Secret { what: format!("a dependency of `{package}`") });
        }
        out.push_str(if nth == 0 { " " } else { BETWEEN });
        if is_constraint {
            out.push(CONSTRAINT);
        }
        out.push_str(&quoted(text));
    }
    out.push('\n');
    Ok(())
}

/// A dependency as it stands in a line: as it is, or as a JSON string where it would not come back as it was
/// (`a; if b`, CEP 43).
fn quoted(text: &str) -> Cow<'_, str> {
    let is_plain = !text.is_empty()
        && text.trim() == text
        && !text.starts_with([CONSTRAINT, '"'])
        && !text.contains(|c: char| c == ';' || is_hidden(c));
    if is_plain {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(visible_json(&serde_json::json!(text).to_string()).into_owned())
    }
}

/// How a conda package is named.
fn of_conda(record: &Record) -> Cow<'_, str> {
    match record.file_name() {
        Cow::Borrowed(name) => Cow::Borrowed(stem(name).unwrap_or(name)),
        Cow::Owned(name) => Cow::Owned(stem(&name).unwrap_or(&name).to_owned()),
    }
}

/// How a PyPI package is named: with the version that its address shows, because that is what a reader knows.
fn of_pip(record: &PipRecord) -> String {
    let shown = PipRecord::from_address(&record.name, &record.address());
    format!("{}=={}", shown.name, shown.version)
}

/// Both parts of a line that [`write`] wrote.
struct Line<'a> {
    package: &'a str,
    items: &'a str,
}

impl<'a> Line<'a> {
    fn of(comment: &'a str) -> Option<Self> {
        let (package, items) = comment.strip_prefix("# ")?.split_once(':')?;
        let is_package = package.contains("==") || package.matches('-').count() >= 2;
        (is_package && !package.contains(' ')).then_some(Self { package, items })
    }

    /// The record with what the line says.
    fn read_for(&self, record: &Arc<Record>) -> Pooled {
        let had_secret = has_secret(self.items);
        match self.parsed() {
            Some([depends, constrains]) => {
                let (depends, constrains) = (Some(depends), Some(constrains));
                Pooled::new(Record { depends, constrains, ..Record::clone(record) }, had_secret)
            }
            None => Pooled { record: Arc::clone(record), had_secret },
        }
    }

    /// What the package depends on and what it constrains. `None` for a line that [`write`] does not write.
    fn parsed(&self) -> Option<[Vec<String>; 2]> {
        let [mut depends, mut constrains] = [Vec::new(), Vec::new()];
        let mut rest = self.items.trim();
        while !rest.is_empty() {
            let behind = rest.strip_prefix(CONSTRAINT);
            let item = behind.unwrap_or(rest);
            let (text, next) = if item.starts_with('"') {
                let mut values = serde_json::Deserializer::from_str(item).into_iter::<String>();
                let text = values.next()?.ok()?;
                let next = &item[values.byte_offset()..];
                (text, next.strip_prefix(BETWEEN).or(next.is_empty().then_some(next))?)
            } else {
                let (text, next) = item.split_once(BETWEEN).unwrap_or((item, ""));
                (text.to_owned(), next)
            };
            if behind.is_some() { &mut constrains } else { &mut depends }.push(text);
            rest = next;
        }
        Some([depends, constrains])
    }
}

/// The lines of a file, by the packages that they are about.
#[derive(Default)]
pub(super) struct Lines<'a>(FxHashMap<&'a str, Line<'a>>);

impl<'a> Lines<'a> {
    /// Takes a comment line. `false` when it is not about a package.
    pub(super) fn take(&mut self, comment: &'a str) -> bool {
        let Some(line) = Line::of(comment) else { return false };
        self.0.insert(line.package, line);
        true
    }

    /// Gives each package what its line says. A package without one, as after an edit by hand, stays without.
    /// `addresses` are the lines of the conda packages. Says whether a line holds a credential that is written out.
    pub(super) fn give(
        &self,
        chosen: &mut PlatformLock,
        addresses: &[&str],
        pool: &mut Pool,
    ) -> bool {
        if self.0.is_empty() {
            return false;
        }
        let mut given = 0;
        let mut has_secrets = false;
        for (record, address) in chosen.records.iter_mut().zip(addresses) {
            let Some(line) = self.0.get(&*of_conda(record)) else { continue };
            let read = || line.read_for(record);
            let pooled = pool.get_of_two([address, line.items], read);
            given += 1;
            has_secrets |= pooled.had_secret;
            *record = pooled.record;
        }
        for record in &mut chosen.pip {
            let line = self.0.get(&*of_pip(record));
            record.depends = line.and_then(Line::parsed).map(|[depends, _]| depends);
        }
        // Some are of PyPI packages, or of none.
        has_secrets || given < self.0.len() && self.0.values().any(|line| has_secret(line.items))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(depends: &[&str], constrains: &[&str]) -> Record {
        let owned = |texts: &[&str]| Some(texts.iter().map(|&text| text.to_owned()).collect());
        Record {
            depends: owned(depends),
            constrains: owned(constrains),
            ..Record::from_url("https://h/c/noarch/a-b-1!1.0-h1_0.conda").unwrap()
        }
    }

    /// The same without what a line would say.
    fn bare() -> Arc<Record> {
        Arc::new(Record { depends: None, constrains: None, ..record(&[], &[]) })
    }

    /// What lines give to such a package.
    fn given(lines: &Lines<'_>) -> Arc<Record> {
        let mut chosen = PlatformLock { records: vec![bare()], ..PlatformLock::default() };
        assert!(!lines.give(&mut chosen, &["the address"], &mut Pool::default()));
        chosen.records.remove(0)
    }

    /// What is written, and that it is read back.
    fn written(record: &Record) -> String {
        let mut out = String::new();
        write(&mut out, [record].into_iter(), &[]).unwrap();
        let mut lines = Lines::default();
        assert!(out.lines().all(|line| lines.take(line)), "{out}");
        assert_eq!(*given(&lines), *record, "{out}");
        out
    }

    #[test]
    fn lines_come_back_as_they_were() {
        insta::assert_snapshot!([
            written(&record(&[], &[])),
            written(&record(&["python >=3.10", "c"], &[])),
            written(&record(&[], &["d <2"])),
            written(&record(&["x >=1,<2|>3 *_cpu"], &["d <2", "e"])),
            written(&record(&["py; if __win", "", "?", "\"q\"", " a\tb"], &["f; if g", "h\n# i-1-0: j"])),
        ].concat(), @r#"
        # a-b-1!1.0-h1_0:
        # a-b-1!1.0-h1_0: python >=3.10; c
        # a-b-1!1.0-h1_0: ?d <2
        # a-b-1!1.0-h1_0: x >=1,<2|>3 *_cpu; ?d <2; ?e
        # a-b-1!1.0-h1_0: "py; if __win"; ""; "?"; "\"q\""; " a\tb"; ?"f; if g"; ?"h\n# i-1-0: j"
        "#);
    }

    #[test]
    fn what_is_not_known_of_all_is_written_of_none() {
        let mut out = String::new();
        write(&mut out, [&record(&["c"], &[]), &bare()].into_iter(), &[]).unwrap();
        write(&mut out, [&record(&["c"], &[])].into_iter(), &[PipRecord::default()]).unwrap();
        assert_eq!(out, "");
    }

    #[test]
    fn credentials_are_refused() {
        let secret = record(&["https://h/t/s3cret/chan::c >=1"], &[]);
        let error = write(&mut String::new(), [&secret].into_iter(), &[]).unwrap_err().to_string();
        insta::assert_snapshot!(error, @"a dependency of `a-b-1!1.0-h1_0` has a credential in clear text, which is never written to a lockfile; write it as `${VARIABLE}` in the spec, or keep it in the credential store");
    }

    #[test]
    fn other_comments_are_left_to_others() {
        for comment in [
            "# requested: python",
            "# exclude-newer: 2025-01-01T00:00:00Z",
            "# source: a-b-c.yml",
            "# pip six @ https://h/six-1-0-0.whl",
            "# see https://a-b-c.d:80",
            "#a-1-0: b",
            "# a-1-0",
        ] {
            assert!(!Lines::default().take(comment), "{comment}");
        }
        // A line that was cut or edited tells nothing about its package.
        for comment in ["# a-b-1!1.0-h1_0: \"c", "# a-b-1!1.0-h1_0: \"c\"d; e"] {
            let mut lines = Lines::default();
            assert!(lines.take(comment));
            assert_eq!(given(&lines).depends, None, "{comment}");
        }
    }
}
