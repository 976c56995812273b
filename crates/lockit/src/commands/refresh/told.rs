//! From what was solved to the report.

use std::collections::BTreeMap;

use lockit_diagnostic::Diagnostic;
use lockit_diff::locks::{EnvironmentDiff, HeldBack, Places, Report, Withdrawn};
use lockit_lockfile::Lock;
use lockit_solver::Outcome;
use lockit_spec::{Cutoff, Platform};

use crate::relock::solve::Solved;
use lockit_project::plan::{Entry, Plan};

/// The report of a run; `diffs` are empty when nothing was to be written.
pub(super) fn report<'a>(
    plan: &Plan,
    solved: &Solved<'_>,
    diffs: &'a [EnvironmentDiff],
    waiting: Vec<String>,
    failures: Vec<String>,
    command: String,
) -> Report<'a> {
    Report {
        diffs,
        withdrawn: withdrawn(&solved.outcomes, &solved.locks, diffs),
        held_back: held_back(plan, &solved.outcomes),
        waiting,
        failures,
        command: Some(command),
    }
}

/// One line for a failure: what, and where it is asked for.
pub(super) fn failure(diagnostic: &Diagnostic) -> String {
    let message = &diagnostic.message;
    let places: Vec<String> = diagnostic
        .labels
        .iter()
        .take(3)
        .map(|label| {
            let place = label.file.place(label.span);
            let text = &label.file.text()[label.span.start..label.span.end];
            // Anything longer than a requirement may hold what is nobody's business.
            let requirement = !text.is_empty() && !text.contains([':', '/', '@', '\n']);
            if requirement && !message.contains(text) {
                format!("`{text}` in {place}")
            } else {
                place
            }
        })
        .collect();
    if places.is_empty() { message.clone() } else { format!("{message} ({})", places.join(", ")) }
}

fn withdrawn(
    outcomes: &[Outcome],
    locks: &[(&Entry, Lock)],
    diffs: &[EnvironmentDiff],
) -> Vec<Withdrawn> {
    let mut found: BTreeMap<_, (Places, Places)> = BTreeMap::new();
    for outcome in outcomes {
        for one in &outcome.observed.withdrawn {
            let (places, kept) = found.entry((&one.name, &one.version, &one.build)).or_default();
            add(places, &outcome.environment, outcome.platform);
            let replaced = outcome.result.is_ok()
                && diffs.iter().any(|diff| diff.name == outcome.environment)
                && !locks.iter().any(|(_, lock)| {
                    lock.environment == outcome.environment
                        && lock.platforms.get(&outcome.platform).is_some_and(|locked| {
                            locked.records.iter().any(|record| {
                                (&record.name, &record.version, &record.build)
                                    == (&one.name, &one.version, &one.build)
                            })
                        })
                });
            if !replaced {
                add(kept, &outcome.environment, outcome.platform);
            }
        }
    }
    found
        .into_iter()
        .map(|((name, version, build), (places, kept))| Withdrawn {
            name: name.clone(),
            version: version.clone(),
            build: build.clone(),
            places,
            kept,
        })
        .collect()
}

fn held_back(plan: &Plan, outcomes: &[Outcome]) -> Vec<HeldBack> {
    let mut found: BTreeMap<_, HeldBack> = BTreeMap::new();
    for outcome in outcomes {
        let cutoff = plan
            .entry(&outcome.environment)
            .and_then(|entry| entry.wanted.environment.options.exclude_newer.as_ref())
            .map(|cutoff| &cutoff.cutoff);
        for one in &outcome.observed.held_back {
            let until = match cutoff {
                Some(Cutoff::Age(age)) => one.appeared.checked_add(*age).ok(),
                _ => None,
            };
            let held =
                found.entry((&one.name, &one.chosen, &one.version)).or_insert_with(|| HeldBack {
                    name: one.name.clone(),
                    locked: one.chosen.clone(),
                    version: one.version.clone(),
                    appeared: one.appeared,
                    until,
                    places: Places::new(),
                });
            // Platforms get their builds at different moments: all may be taken with the last one.
            held.appeared = held.appeared.max(one.appeared);
            held.until = held.until.max(until);
            add(&mut held.places, &outcome.environment, outcome.platform);
        }
    }
    found.into_values().collect()
}

fn add(places: &mut Places, environment: &str, platform: Platform) {
    let platforms = places.entry(environment.to_owned()).or_default();
    if !platforms.contains(&platform) {
        platforms.push(platform);
    }
}
