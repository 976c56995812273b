//! Packages of a lockfile have no sha256.
//!
//! ## What it does
//!
//! Counts packages with only an md5, or with no digest at all. Rendered environments hold no digests by nature and are not looked at.
//!
//! ## Why is this bad?
//!
//! An md5 can be forged, and without any digest nobody notices when an archive was replaced.
//!
//! ## Example
//!
//! ```text
//! https://conda.anaconda.org/conda-forge/noarch/tzdata-2024b-hc8b5060_0.conda#8ac3367aafb1cc0a068483c580af8015
//! ```
//!
//! ## Instead
//!
//! `lockit lock` writes sha256 digests; leave `--md5` out.

use lockit_diagnostic::{Diagnostic, Span};
use lockit_lockfile::{Format, Package, PipSource};

use crate::subject::LockSubject;
use crate::{Check, Finding, Rule};

/// `weak-hash`
pub(crate) static RULE: Rule = Rule {
    code: "LK103",
    name: "weak-hash",
    default: true,
    fixable: false,
    source: include_str!("weak_hash.rs"),
    check: Check::Lockfile(check),
};

fn check(subject: &LockSubject<'_>) -> Vec<Finding> {
    if subject.lockfile.format == Format::Env {
        return Vec::new();
    }
    let records = || {
        subject
            .lockfile
            .locks
            .iter()
            .flat_map(|lock| lock.platforms.values())
            .flat_map(|one| &one.records)
            // What is built from source has no archive yet.
            .filter(|record| record.built_from.is_none())
    };
    // An archive of PyPI; commits and folders have no digest.
    let pip = || {
        let locks = subject.lockfile.locks.iter().flat_map(|lock| lock.platforms.values());
        locks.flat_map(|one| &one.pip).filter(|record| {
            matches!(&record.source, PipSource::Archive { url, .. } if url.contains("://"))
        })
    };
    let pip_bare = pip().filter(|record| record.sha256.is_none()).count();
    let total = records().count() + pip().count();
    let weak = records().filter(|record| record.sha256.is_none()).count() + pip_bare;
    let bare = records().filter(|record| record.sha256.is_none() && record.md5.is_none()).count()
        + pip_bare;
    let first =
        records().map(Package::Conda).chain(pip().map(Package::Pip)).find(
            |package| match package {
                Package::Conda(record) => record.sha256.is_none(),
                Package::Pip(record) => record.sha256.is_none(),
            },
        );
    let Some(first) = first else { return Vec::new() };
    let message = if bare == 0 {
        format!("{weak} of {total} packages have an md5 and no sha256")
    } else if bare == weak {
        format!("{bare} of {total} packages have no digest")
    } else {
        format!("{weak} of {total} packages have no sha256, {bare} of them no digest at all")
    };
    let diagnostic = Diagnostic::warning(message)
        .note(format!("the first is `{} {}`", first.name(), first.version()))
        .hint("lock again: `lockit lock` writes sha256 digests unless `--md5` asks for the others");
    // The address of a record holds no secret: readers replace it by placeholders.
    let url = match first {
        Package::Conda(record) => record.url.clone(),
        Package::Pip(record) => Some(record.address()),
    };
    let place = url.and_then(|url| {
        let text = subject.file.text();
        text.find(&url).map(|start| Span::new(start, start + url.len()))
    });
    vec![Finding::new(
        &RULE,
        match place {
            Some(span) => diagnostic.label(subject.file, span, "cannot be trusted to be the same"),
            None => diagnostic,
        },
    )]
}

#[cfg(test)]
mod tests {
    use lockit_diagnostic::SourceFile;
    use lockit_lockfile::detect;

    use super::*;

    /// What is said about an explicit file with packages of some digests.
    fn said(digests: &[&str]) -> String {
        let mut text = "# platform: linux-64\n@EXPLICIT\n".to_owned();
        for (number, digest) in digests.iter().enumerate() {
            let name = char::from(b'a' + u8::try_from(number).unwrap());
            text.extend([&*format!("https://host/c/noarch/{name}-1-0.conda"), digest, "\n"]);
        }
        let file = SourceFile::new("conda-linux-64.lock", text);
        let lockfile = detect::read_source(&file).unwrap();
        let subject = LockSubject { file: &file, lockfile: &lockfile, standing: None };
        let found = check(&subject).into_iter().map(|finding| finding.diagnostic.message);
        found.collect::<Vec<_>>().join("\n")
    }

    const MD5: &str = "#0123456789abcdef0123456789abcdef";
    const SHA256: &str = "#sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn an_md5_is_told_from_no_digest_at_all() {
        assert_eq!(said(&[SHA256, SHA256]), "");
        insta::assert_snapshot!(said(&[SHA256, MD5, MD5]), @"2 of 3 packages have an md5 and no sha256");
        insta::assert_snapshot!(said(&[SHA256, "", SHA256]), @"1 of 3 packages have no digest");
        insta::assert_snapshot!(said(&[SHA256, MD5, ""]), @"2 of 3 packages have no sha256, 1 of them no digest at all");
    }
}
