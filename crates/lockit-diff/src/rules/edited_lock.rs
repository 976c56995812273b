//! A lockfile was changed by hand.
//!
//! ## What it does
//!
//! Finds what no tool writes: a package that is there twice for one platform, a name or version that its address contradicts, an archive of another
//! platform, a dependency that the file lacks; and a lockfile that records it was made from just these specs, but does not satisfy them.
//!
//! ## Why is this bad?
//!
//! Nobody has solved what is written there. It may install and fail later, or not be what the review saw.
//!
//! ## Example
//!
//! ```yaml
//! - name: numpy
//!   version: 2.1.0
//!   url: https://conda.anaconda.org/conda-forge/linux-64/numpy-2.0.2-py312h58c1407_1.conda
//! ```
//!
//! ## Instead
//!
//! Write what you want into the spec and run `lockit`, or `lockit update NAME`.

use std::collections::BTreeSet;

use lockit_diagnostic::{Diagnostic, Span};
use lockit_lockfile::order::dependency_name;
use lockit_lockfile::satisfaction::Reason;
use lockit_lockfile::{PipRecord, PipSource, PlatformLock, Record};
use lockit_spec::Platform;
use rattler_conda_types::Version;

use super::stale_lock::told;
use crate::subject::LockSubject;
use crate::{Check, Finding, Rule};

/// `edited-lock`
pub(crate) static RULE: Rule = Rule {
    code: "LK102",
    name: "edited-lock",
    default: true,
    fixable: false,
    source: include_str!("edited_lock.rs"),
    check: Check::Lockfile(check),
};

fn check(subject: &LockSubject<'_>) -> Vec<Finding> {
    let mut found: Vec<(String, Option<&str>)> = Vec::new();
    for lock in &subject.lockfile.locks {
        for (platform, chosen) in &lock.platforms {
            found.extend(contradictions(*platform, chosen));
        }
    }
    let place = |url: &str| {
        let text = subject.file.text();
        text.find(url).map(|start| Span::new(start, start + url.len()))
    };
    let mut findings: Vec<Finding> = Vec::new();
    for (message, url) in found {
        let diagnostic = Diagnostic::error(message);
        let diagnostic = match url.and_then(place) {
            Some(span) => diagnostic.label(subject.file, span, "no tool writes this"),
            None => diagnostic,
        };
        let finding = Finding::new(&RULE, diagnostic.hint("lock again with `lockit`"));
        findings.push(finding);
    }
    // What contradicts itself is told better than by what it lacks.
    if let (true, Some(standing)) = (findings.is_empty(), subject.standing) {
        let reasons: Vec<Reason> =
            standing.reasons.iter().filter(|reason| standing.is_edited(reason)).cloned().collect();
        if !reasons.is_empty() {
            let message = format!(
                "`{}` was made from these specs, but does not satisfy them: it was changed since",
                subject.file.name()
            );
            let diagnostic = told(Diagnostic::error(message), &reasons);
            findings
                .push(Finding::new(&RULE, diagnostic.hint(format!("run `{}`", standing.command))));
        }
    }
    findings
}

/// What contradicts itself, with the address of the package it is about.
fn contradictions(platform: Platform, chosen: &PlatformLock) -> Vec<(String, Option<&str>)> {
    let mut found = pip_contradictions(platform, chosen);
    let names: BTreeSet<&str> = chosen.records.iter().map(|record| record.name.as_str()).collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for record in &chosen.records {
        let url = record.url.as_deref();
        if !seen.insert(&record.name) {
            found.push((format!("`{}` is there twice for {platform}", record.name), url));
        }
        if let Some(said) = url.and_then(Record::from_url)
            && (&said.name, &said.version) != (&record.name, &record.version)
        {
            found.push((
                format!(
                    "`{} {}` has the address of `{} {}`",
                    record.name, record.version, said.name, said.version
                ),
                url,
            ));
        }
        if !record.subdir.is_empty() && ![platform.as_str(), "noarch"].contains(&&*record.subdir) {
            let message = format!("`{}` is for {}, not for {platform}", record.name, record.subdir);
            found.push((message, url));
        }
        for dependency in record.depends.iter().flatten() {
            let name = dependency_name(dependency);
            if !name.starts_with("__") && !names.contains(name) {
                let message =
                    format!("`{}` needs `{name}`, which is not there for {platform}", record.name);
                found.push((message, url));
            }
        }
    }
    found
}

/// The same of PyPI packages.
fn pip_contradictions(platform: Platform, chosen: &PlatformLock) -> Vec<(String, Option<&str>)> {
    let mut found = Vec::new();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    for record in &chosen.pip {
        let url = match &record.source {
            PipSource::Archive { url, .. } | PipSource::Git { url, .. } => Some(url.as_str()),
            PipSource::Folder { .. } => None,
        };
        if !seen.insert(&record.name) {
            found.push((format!("`{}` is there twice for {platform}", record.name), url));
        }
        if let PipSource::Archive { url: address, .. } = &record.source {
            let said = PipRecord::from_address(&record.name, address);
            // `1.0.0` and `1.0` are one version.
            let differ = |a: &str, b: &str| match (a.parse::<Version>(), b.parse::<Version>()) {
                (Ok(a), Ok(b)) => a != b,
                _ => false,
            };
            if differ(&said.version, &record.version) {
                let message = format!("`{}` has the address of `{}`", record.label(), said.label());
                found.push((message, url));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use lockit_diagnostic::SourceFile;
    use lockit_lockfile::detect;

    use super::*;
    use crate::lint::Standing;

    /// What is said about a conda-lock.yml for linux-64 with some packages, and the text that is pointed at.
    fn said(packages: &[&str], standing: Option<&Standing>) -> String {
        let head = "version: 1\nmetadata:\n  content_hash: {}\n  channels: []\n  platforms: [linux-64]\n  sources: []\npackage:\n";
        let text = format!("{head}{}\n", packages.join("\n"));
        let file = SourceFile::new("conda-lock.yml", text);
        let lockfile = detect::read_source(&file).unwrap();
        let subject = LockSubject { file: &file, lockfile: &lockfile, standing };
        let lines = check(&subject).into_iter().map(|finding| {
            let at = finding
                .diagnostic
                .labels
                .first()
                .map(|label| format!(" at {}", &file.text()[label.span.start..label.span.end]));
            format!("{}{}", finding.diagnostic.message, at.unwrap_or_default())
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    fn conda(name: &str, version: &str, depends: &str, path: &str) -> String {
        format!(
            "- {{name: {name}, version: '{version}', manager: conda, platform: linux-64, dependencies: {{{depends}}}, \
             url: 'https://h/c/{path}', hash: {{md5: '00'}}, category: main}}"
        )
    }

    fn pip(name: &str, version: &str, url: &str) -> String {
        format!(
            "- {{name: {name}, version: '{version}', manager: pip, platform: linux-64, dependencies: {{}}, \
             url: '{url}', hash: {{sha256: '00'}}, category: main}}"
        )
    }

    #[test]
    fn a_lock_that_agrees_with_itself_is_no_finding() {
        let good = [
            conda(
                "python",
                "3.12.1",
                "__glibc: '>=2.17', tzdata: ''",
                "linux-64/python-3.12.1-0.conda",
            ),
            conda("tzdata", "2024a", "", "noarch/tzdata-2024a-0.conda"),
            // `1.0.0` and `1.0` are one version.
            pip("six", "1.0.0", "https://h/six-1.0-py3-none-any.whl"),
            pip("tool", "1.0", "git+https://h/tool@0123abc"),
        ];
        assert_eq!(said(&good.each_ref().map(String::as_str), None), "");
    }

    #[test]
    fn each_contradiction_is_told_with_the_address_it_is_about() {
        let cases = [
            conda("b", "2.0", "", "linux-64/a-2.0-0.conda"),
            conda("c", "2.1", "", "linux-64/c-2.0-0.conda"),
            conda("d", "1", "", "osx-64/d-1-0.conda"),
            conda("e", "1", "absent: '>=1'", "linux-64/e-1-0.conda"),
            pip("six", "1.1", "https://h/six-1.0-py3-none-any.whl"),
        ];
        insta::assert_snapshot!(said(&cases.each_ref().map(String::as_str), None), @"
        `six 1.1` has the address of `six 1.0` at https://h/six-1.0-py3-none-any.whl
        `b 2.0` has the address of `a 2.0` at https://h/c/linux-64/a-2.0-0.conda
        `c 2.1` has the address of `c 2.0` at https://h/c/linux-64/c-2.0-0.conda
        `d` is for osx-64, not for linux-64 at https://h/c/osx-64/d-1-0.conda
        `e` needs `absent`, which is not there for linux-64 at https://h/c/linux-64/e-1-0.conda
        ");
        let twice = [
            conda("a", "1", "", "linux-64/a-1-0.conda"),
            conda("a", "1", "", "noarch/a-1-1.conda"),
        ];
        insta::assert_snapshot!(said(&twice.each_ref().map(String::as_str), None), @"`a` is there twice for linux-64 at https://h/c/noarch/a-1-1.conda");
    }

    #[test]
    fn what_does_not_satisfy_the_specs_it_was_made_from_was_edited() {
        let good = [conda("python", "3.12.1", "", "linux-64/python-3.12.1-0.conda")];
        let good = good.each_ref().map(String::as_str);
        let digest = |platform| Reason::InputsUnknown { platform };
        let mut standing = Standing {
            reasons: vec![digest(Platform::Linux64)],
            vouched: BTreeSet::from([Platform::Linux64]),
            command: "lockit".into(),
        };
        insta::assert_snapshot!(said(&good, Some(&standing)), @"`conda-lock.yml` was made from these specs, but does not satisfy them: it was changed since");
        // Where the specs are others now, the lockfile is old, not edited.
        standing.vouched = BTreeSet::from([Platform::Osx64]);
        assert_eq!(said(&good, Some(&standing)), "");
        // What contradicts itself is told, and nothing besides.
        standing.vouched = BTreeSet::from([Platform::Linux64]);
        let bad = conda("d", "1", "", "osx-64/d-1-0.conda");
        assert_eq!(said(&[&bad], Some(&standing)), said(&[&bad], None));
    }
}
