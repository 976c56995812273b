//! From what was solved to the report that a pull request shows.

use std::collections::BTreeMap;

use lockit_diagnostic::Diagnostic;
use lockit_diff::locks::{EnvironmentDiff, HeldBack, Places, Report, Withdrawn};
use lockit_spec::{Cutoff, Platform};

use crate::relock::summary::{EnvironmentSummary, PlatformSummary};

/// The report of a run, without what failed; `diffs` are empty when nothing was to be written.
pub(super) fn report<'a>(
    environments: &[EnvironmentSummary<'_>],
    diffs: &'a [EnvironmentDiff],
    waiting: Vec<String>,
    command: String,
) -> Report<'a> {
    Report {
        diffs,
        withdrawn: withdrawn(environments, diffs),
        held_back: held_back(environments),
        waiting,
        failures: Vec::new(),
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

fn withdrawn(environments: &[EnvironmentSummary<'_>], diffs: &[EnvironmentDiff]) -> Vec<Withdrawn> {
    let mut found: BTreeMap<_, (Places, Places)> = BTreeMap::new();
    for (environment, one) in platforms(environments) {
        for withdrawn in &one.observed.withdrawn {
            let key = (&withdrawn.name, &withdrawn.version, &withdrawn.build);
            let (places, kept) = found.entry(key).or_default();
            add(places, environment.name(), one.platform);
            let replaced = one.is_solved
                && diffs.iter().any(|diff| diff.name == environment.name())
                && !one.still_chosen.contains(withdrawn);
            if !replaced {
                add(kept, environment.name(), one.platform);
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

/// Each platform of each environment.
fn platforms<'a>(
    environments: &'a [EnvironmentSummary<'a>],
) -> impl Iterator<Item = (&'a EnvironmentSummary<'a>, &'a PlatformSummary)> {
    let of = |told: &'a EnvironmentSummary<'a>| {
        told.platforms.iter().map(move |platform| (told, platform))
    };
    environments.iter().flat_map(of)
}

fn held_back(environments: &[EnvironmentSummary<'_>]) -> Vec<HeldBack> {
    let mut found: BTreeMap<_, HeldBack> = BTreeMap::new();
    for (environment, platform) in platforms(environments) {
        let options = &environment.entry.wanted.environment.options;
        let cutoff = options.exclude_newer.as_ref().map(|cutoff| &cutoff.cutoff);
        for one in &platform.observed.held_back {
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
            add(&mut held.places, environment.name(), platform.platform);
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
