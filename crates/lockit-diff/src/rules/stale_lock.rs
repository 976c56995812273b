//! A lockfile does not hold what its specs ask for.
//!
//! ## What it does
//!
//! Finds the specs that a lockfile was made from, and checks that what is locked satisfies them: every requirement, every channel, every dependency
//! of every package where the format keeps them. A lock is not stale because there is something newer.
//!
//! ## Why is this bad?
//!
//! What was tested is not what the specs say, and the next person who locks moves more than they meant to.
//!
//! ## Example
//!
//! ```yaml
//! dependencies:
//!   - pandas >=2.3   # pandas 2.2.3 is locked
//! ```
//!
//! ## Instead
//!
//! Lock again in the commit that changes a spec: `lockit`. `lockit check` tells every reason with its place.

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::satisfaction::{self, Reason};

use crate::subject::LockSubject;
use crate::{Check, Finding, Rule};

/// `stale-lock`
pub(crate) static RULE: Rule = Rule {
    code: "LK101",
    name: "stale-lock",
    default: true,
    fixable: false,
    source: include_str!("stale_lock.rs"),
    check: Check::Lockfile(check),
};

/// How many reasons are told.
const TOLD: usize = 5;

fn check(subject: &LockSubject<'_>) -> Vec<Finding> {
    let Some(standing) = subject.standing else { return Vec::new() };
    let reasons: Vec<Reason> = standing
        .reasons
        .iter()
        .filter(|reason| !standing.is_edited(reason))
        .filter(|reason| !matches!(reason, Reason::PlatformMissing { .. }))
        .cloned()
        .collect();
    if reasons.is_empty() {
        return Vec::new();
    }
    let message = format!("`{}` is not what its specs ask for", subject.file.name());
    let diagnostic = told(Diagnostic::error(message), &reasons);
    vec![Finding::new(&RULE, diagnostic.hint(format!("run `{}`", standing.command)))]
}

/// Adds reasons as notes; they name the places of what asks for them.
pub(super) fn told(diagnostic: Diagnostic, reasons: &[Reason]) -> Diagnostic {
    let all = satisfaction::diagnostics(reasons);
    let mut diagnostic = diagnostic;
    for reason in all.iter().take(TOLD) {
        diagnostic = diagnostic.note(reason.message.clone());
    }
    if all.len() > TOLD {
        diagnostic = diagnostic.note(format!("and {} more", all.len() - TOLD));
    }
    diagnostic
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use lockit_diagnostic::SourceFile;
    use lockit_lockfile::{InputArea, detect};
    use lockit_spec::Platform;

    use super::*;
    use crate::lint::Standing;
    use crate::rules::missing_platform;

    /// What this rule and `missing-platform` say when there are some reasons.
    fn said(reasons: Vec<Reason>, vouched: &[Platform]) -> [String; 2] {
        let file = SourceFile::new("conda-linux-64.lock", "# platform: linux-64\n@EXPLICIT\n");
        let lockfile = detect::read_source(&file).unwrap();
        let vouched: BTreeSet<Platform> = vouched.iter().copied().collect();
        let standing = Standing { reasons, vouched, command: "lockit -f x.yml".into() };
        let subject = LockSubject { file: &file, lockfile: &lockfile, standing: Some(&standing) };
        [&RULE, &missing_platform::RULE].map(|rule| {
            let Check::Lockfile(check) = rule.check else { panic!("a rule of lockfiles") };
            let found: Vec<Diagnostic> =
                check(&subject).into_iter().map(|finding| finding.diagnostic).collect();
            lockit_diagnostic::render(&found, false)
        })
    }

    fn changed(platform: Platform) -> Reason {
        Reason::InputsChanged { areas: InputArea::ALL.to_vec(), platform }
    }

    fn missing(platform: Platform) -> Reason {
        Reason::PlatformMissing { platform, environment: "dev".into() }
    }

    #[test]
    fn a_lock_that_holds_is_no_finding() {
        assert_eq!(said(Vec::new(), &[]), ["", ""]);
    }

    #[test]
    fn a_missing_platform_is_told_by_its_own_rule_alone() {
        let [stale, lacks] = said(vec![missing(Platform::Osx64), missing(Platform::Win64)], &[]);
        assert_eq!(stale, "");
        insta::assert_snapshot!(lacks, @"
        error[LK104]: `conda-linux-64.lock` lacks osx-64, win-64
         = hint: run `lockit -f x.yml`, or do not ask for the platform
        ");
        let [stale, lacks] = said(vec![changed(Platform::Linux64)], &[]);
        insta::assert_snapshot!(stale, @"
        error[LK101]: `conda-linux-64.lock` is not what its specs ask for
         = note: the specs or settings changed since the lock for linux-64 was made (by the input hash)
         = hint: run `lockit -f x.yml`
        ");
        assert_eq!(lacks, "");
    }

    /// That is `edited-lock`.
    #[test]
    fn a_platform_that_was_made_from_just_these_specs_is_not_stale() {
        let both = || vec![changed(Platform::Linux64), changed(Platform::Osx64)];
        assert_eq!(said(both(), &[Platform::Linux64, Platform::Osx64])[0], "");
        assert!(said(both(), &[Platform::Linux64])[0].contains("osx-64"));
        assert!(!said(both(), &[Platform::Linux64])[0].contains("linux-64:"));
    }

    #[test]
    fn of_many_reasons_the_first_five_are_told() {
        let too_new = |name: &str| Reason::NoDigest {
            package: satisfaction::Locked {
                name: name.into(),
                version: "1".into(),
                build: "0".into(),
            },
            platform: Platform::Linux64,
        };
        let told = |names: &[&str]| {
            let [text, _] = said(names.iter().map(|name| too_new(name)).collect(), &[]);
            (text.matches("note:").count(), text.contains("more"))
        };
        assert_eq!(told(&["a", "b", "c", "d", "e"]), (5, false));
        let [six, _] = said("abcdef".chars().map(|c| too_new(&c.to_string())).collect(), &[]);
        assert!(six.contains("note: and 1 more"), "{six}");
    }
}
