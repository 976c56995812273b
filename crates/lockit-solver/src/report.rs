//! Words for what could not be solved: one report for all environments and platforms of a run.

pub(crate) mod fetch;

use std::collections::BTreeMap;

use lockit_diagnostic::Diagnostic;
use lockit_spec::{
    Environment, Platform, Requirement, VirtualPackage, cutoff_text, platform_names,
};

use crate::conflict::{Conflict, Excluded, MissingPackage, Unmatched};
use crate::fetch::{FetchFailure, share_reasons};
use crate::outcome::{Failure, Outcome};
use crate::request::Request;

/// How many lines of a requirement list are pointed at before it gets noise.
const LABELS: usize = 12;

/// What could not be solved in a run, gathered batch by batch.
#[derive(Debug, Default)]
pub struct Unsolvable {
    diagnostics: Vec<Diagnostic>,
    /// Channels serve all batches, so why one could not be read is said once for all of them.
    fetches: Vec<(Platform, FetchFailure)>,
}

impl Unsolvable {
    /// Takes up every failed outcome of a batch.
    pub fn add(&mut self, requests: &[Request], outcomes: &[Outcome]) {
        for request in requests {
            let environment = &request.environment;
            let failures: Vec<(Platform, &Failure)> = outcomes
                .iter()
                .filter(|outcome| outcome.environment == environment.name)
                .filter_map(|outcome| Some((outcome.platform, outcome.result.as_ref().err()?)))
                .collect();
            conflicts(requests, environment, &failures, &mut self.diagnostics);
            others(environment, &failures, &mut self.diagnostics);
            self.fetches.extend(failures.into_iter().filter_map(
                |(platform, failure)| match failure {
                    Failure::Fetch(failure) => Some((platform, failure.clone())),
                    _ => None,
                },
            ));
        }
    }

    /// Explains it. What is the same on several platforms is said once.
    pub fn report(mut self) -> Vec<Diagnostic> {
        share_reasons(self.fetches.iter_mut().map(|(_, failure)| failure));
        self.diagnostics.extend(fetch::report(&self.fetches));
        self.diagnostics
    }
}

fn conflicts(
    requests: &[Request],
    environment: &Environment,
    failures: &[(Platform, &Failure)],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let conflicts: Vec<(Platform, &Conflict)> = failures
        .iter()
        .filter_map(|(platform, failure)| match failure {
            Failure::Conflict(conflict) => Some((*platform, &**conflict)),
            _ => None,
        })
        .collect();

    let mut missing: BTreeMap<usize, Vec<(Platform, &MissingPackage)>> = BTreeMap::new();
    let mut unmatched: BTreeMap<usize, Vec<(Platform, &Unmatched)>> = BTreeMap::new();
    let mut clashing: BTreeMap<&[usize], Vec<Platform>> = BTreeMap::new();
    let mut not_in_base: BTreeMap<usize, Vec<Platform>> = BTreeMap::new();
    let mut empty: BTreeMap<&str, Vec<Platform>> = BTreeMap::new();
    let mut trees: Vec<(&Conflict, Vec<Platform>)> = Vec::new();
    for (platform, conflict) in &conflicts {
        for one in &conflict.missing {
            missing.entry(one.requirement).or_default().push((*platform, one));
        }
        for one in &conflict.unmatched {
            unmatched.entry(one.requirement).or_default().push((*platform, one));
        }
        for one in &conflict.clashing {
            clashing.entry(one).or_default().push(*platform);
        }
        for one in &conflict.not_in_base {
            not_in_base.entry(*one).or_default().push(*platform);
        }
        for channel in &conflict.empty_channels {
            empty.entry(channel).or_default().push(*platform);
        }
        if conflict.needs_tree() {
            // The solver's words differ with the builds of a platform; the cause is the same.
            let same = |known: &Conflict| {
                if known.core.is_empty() && known.core_imposed.is_empty() {
                    known.tree == conflict.tree
                } else {
                    known.core == conflict.core && known.core_imposed == conflict.core_imposed
                }
            };
            match trees.iter_mut().find(|(known, _)| same(known)) {
                Some((_, platforms)) => platforms.push(*platform),
                None => trees.push((conflict, vec![*platform])),
            }
        }
    }
    let empty: Vec<String> = empty
        .iter()
        .map(|(channel, platforms)| {
            format!(
                "channel `{channel}` has no {} packages, only noarch ones",
                platform_names(platforms)
            )
        })
        .collect();

    let wanted = |index: usize| &environment.requirements[index];
    for (index, found) in missing {
        let diagnostic = missing_package(environment, wanted(index), &found, !empty.is_empty());
        diagnostics.push(with_notes(diagnostic, &empty));
    }
    for (index, found) in unmatched {
        diagnostics.push(with_notes(unmatched_package(environment, wanted(index), &found), &empty));
    }
    for (members, platforms) in clashing {
        let first = wanted(members[0]);
        let mut diagnostic = Diagnostic::error(format!(
            "no version of `{}` satisfies all of its constraints on {}",
            first.name.as_normalized(),
            platform_names(&platforms)
        ));
        for index in members {
            diagnostic = label(diagnostic, wanted(*index), "each of these can be satisfied alone");
        }
        diagnostics.push(diagnostic.hint("loosen one of them, or guard them with selectors"));
    }
    if !not_in_base.is_empty() {
        diagnostics.push(absent_from_base(environment, &not_in_base));
    }
    for (conflict, platforms) in trees {
        diagnostics
            .push(with_notes(tree_diagnostic(requests, environment, conflict, &platforms), &empty));
    }
}

fn missing_package(
    environment: &Environment,
    wanted: &Requirement,
    found: &[(Platform, &MissingPackage)],
    empty: bool,
) -> Diagnostic {
    let platforms: Vec<Platform> = found.iter().map(|(platform, _)| *platform).collect();
    let name = wanted.name.as_normalized();
    let channels: Vec<String> =
        environment.channels.iter().map(|channel| format!("`{}`", channel.public())).collect();
    let message = if channels.is_empty() {
        format!("`{name}` cannot be found: no channels are given")
    } else {
        format!("`{name}` is not in {} for {}", channels.join(", "), platform_names(&platforms))
    };
    let somewhere = found.iter().any(|(_, one)| !one.elsewhere.is_empty());
    let text = if somewhere { "only other platforms have it" } else { "no package has this name" };
    let mut diagnostic = label(Diagnostic::error(message), wanted, text);
    if channels.is_empty() {
        return diagnostic.hint("add `channels: [conda-forge]` to the file, or pass `-c`");
    }
    let mut elsewhere: Vec<Platform> =
        found.iter().flat_map(|(_, one)| one.elsewhere.iter().copied()).collect();
    elsewhere.sort_unstable();
    elsewhere.dedup();
    let near = each_once(found.iter().flat_map(|(_, one)| &one.near));
    let called = each_once(found.iter().flat_map(|(_, one)| &one.called));
    if !elsewhere.is_empty() {
        diagnostic = diagnostic.note(format!("it exists for {}", platform_names(&elsewhere)));
        diagnostic = diagnostic.hint(if empty {
            format!("leave {} out, or add a channel that has it", platform_names(&platforms))
        } else {
            format!(
                "if only those platforms need it, guard it with a selector: `- {}  # [{}]`",
                wanted.text,
                selector_for(&elsewhere, &platforms)
            )
        });
    } else if !called.is_empty() {
        // A name that is known goes before one that looks alike.
        diagnostic = diagnostic.hint(format!(
            "did you mean {}? `{name}` is its name in Python or on PyPI",
            any_of(&called)
        ));
    } else if !near.is_empty() {
        diagnostic = diagnostic.hint(format!("did you mean {}?", any_of(&near)));
    } else {
        diagnostic = diagnostic
            .hint("check the spelling, or add the channel that has it; if it is only on PyPI, list it under `pip:`");
    }
    diagnostic
}

fn each_once<'a>(names: impl Iterator<Item = &'a String>) -> Vec<&'a str> {
    let mut each: Vec<&str> = Vec::new();
    for name in names {
        if !each.contains(&name.as_str()) {
            each.push(name);
        }
    }
    each
}

/// A few names, the best first.
fn any_of(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().take(3).map(|name| format!("`{name}`")).collect();
    names.join(" or ")
}

fn unmatched_package(
    environment: &Environment,
    wanted: &Requirement,
    found: &[(Platform, &Unmatched)],
) -> Diagnostic {
    let platforms: Vec<Platform> = found.iter().map(|(platform, _)| *platform).collect();
    let mut diagnostic = label(
        Diagnostic::error(format!(
            "nothing matches `{}` on {}",
            wanted.text,
            platform_names(&platforms)
        )),
        wanted,
        "the package exists, but not like this",
    );
    // Platforms with the same answer share a line.
    let mut groups: Vec<(String, Vec<Platform>)> = Vec::new();
    for (platform, one) in found {
        let text = if one.builds.is_empty() {
            let more = if one.more > 0 {
                format!(" and {} more down to {}", one.more, one.oldest)
            } else {
                String::new()
            };
            format!("{}{more}", one.versions.join(", "))
        } else {
            format!("builds {}", one.builds.join(", "))
        };
        match groups.iter_mut().find(|(known, _)| *known == text) {
            Some((_, platforms)) => platforms.push(*platform),
            None => groups.push((text, vec![*platform])),
        }
    }
    let alone = groups.len() == 1;
    for (text, platforms) in groups {
        diagnostic = diagnostic.note(if alone {
            format!("available: {text}")
        } else {
            format!("available on {}: {text}", platform_names(&platforms))
        });
    }
    let others: Vec<Platform> = environment
        .platforms
        .iter()
        .copied()
        .filter(|platform| wanted.applies_to(*platform) && !platforms.contains(platform))
        .collect();
    if !others.is_empty() {
        diagnostic = diagnostic.hint(format!(
            "if only other platforms need it, guard it with a selector: `- {}  # [{}]`",
            wanted.text,
            selector_for(&others, &platforms)
        ));
    }
    diagnostic.hint("ask for what is available, or add the channel that has it")
}

fn absent_from_base(
    environment: &Environment,
    absent: &BTreeMap<usize, Vec<Platform>>,
) -> Diagnostic {
    let base = environment.same_versions_as.as_deref().unwrap_or_default();
    let names: Vec<String> = absent
        .keys()
        .map(|index| format!("`{}`", environment.requirements[*index].name.as_normalized()))
        .collect();
    let mut diagnostic = Diagnostic::error(format!(
        "`{}` takes its versions from `{base}`, which does not contain {}",
        environment.name,
        names.join(", ")
    ));
    for (index, platforms) in absent {
        diagnostic = label(
            diagnostic,
            &environment.requirements[*index],
            &format!("not in `{base}` on {}", platform_names(platforms)),
        );
    }
    diagnostic.hint(format!("add it to the spec of `{base}`, or drop `same-versions-as`"))
}

fn tree_diagnostic(
    requests: &[Request],
    environment: &Environment,
    conflict: &Conflict,
    platforms: &[Platform],
) -> Diagnostic {
    let mut diagnostic = Diagnostic::error(format!(
        "`{}` cannot be solved for {}",
        environment.name,
        platform_names(platforms)
    ));
    let alone = conflict.core.len() + conflict.core_imposed.len() == 1;
    for index in conflict.core.iter().take(LABELS) {
        let text = match conflict.relaxed.iter().find(|(relaxed, _)| relaxed == index) {
            Some((_, version)) => format!("without this, {version} is possible"),
            None if alone => "this cannot be had".to_owned(),
            None => "asked for here".to_owned(),
        };
        diagnostic = label(diagnostic, &environment.requirements[*index], &text);
    }
    for (follower, index) in &conflict.core_imposed {
        let wanted = requests
            .iter()
            .find(|request| request.environment.name == *follower)
            .and_then(|request| request.environment.requirements.get(*index));
        if let Some(wanted) = wanted {
            diagnostic = label(
                diagnostic,
                wanted,
                &format!("`{follower}` takes its versions from `{}`", environment.name),
            );
        }
    }
    if let Some(tree) = &conflict.tree {
        let of = if platforms.len() > 1 {
            format!("on {}:\n", platforms[0].as_str())
        } else {
            String::new()
        };
        let mut tree = tree.clone();
        // A day is told by its end, which is the first moment of the next one.
        for cutoff in conflict.excluded.iter().flat_map(|excluded| &excluded.cutoffs) {
            let moment = cutoff.strftime("the cutoff date of %Y-%m-%d %H:%M:%S").to_string();
            tree = tree.replace(&moment, &cutoff_text(*cutoff));
        }
        diagnostic = diagnostic.note(format!("{of}{tree}"));
    }
    if let Some(Excluded { cutoffs, newer, undated }) = &conflict.excluded {
        let mut parts = Vec::new();
        if *newer > 0 {
            let cutoffs: Vec<String> = cutoffs.iter().map(|one| cutoff_text(*one)).collect();
            parts.push(format!("{newer} newer than {}", cutoffs.join(" or ")));
        }
        if *undated > 0 {
            parts.push(format!("{undated} whose age the channel does not tell"));
        }
        diagnostic = diagnostic
            .note(format!("`exclude-newer` hides candidates: {}", parts.join(", ")))
            .hint(if *newer > 0 {
                "move `exclude-newer` forward, or exempt a package: `--exclude-newer-package NAME=false`"
            } else {
                "exempt the package (`--exclude-newer-package NAME=false`) or its channel (`CHANNEL::*=false`), or ask for a version that has a date"
            });
    }
    let place = &environment.options.machine_place;
    if !conflict.virtual_packages.is_empty() {
        let assumed: Vec<String> = conflict.virtual_packages.iter().map(virtual_text).collect();
        let advice = place.advice(&conflict.virtual_packages[0].name, None);
        diagnostic = diagnostic.note(format!("solving with {}", assumed.join(", "))).hint(advice);
    }
    if !conflict.absent_virtual_packages.is_empty() {
        let names: Vec<String> =
            conflict.absent_virtual_packages.iter().map(|name| format!("`{name}`")).collect();
        let names = names.join(", ");
        diagnostic = diagnostic
            .note(format!("no {names} is assumed on {}", platform_names(platforms)))
            .hint(place.advice(&conflict.absent_virtual_packages[0], None));
    }
    diagnostic
}

fn others(
    environment: &Environment,
    failures: &[(Platform, &Failure)],
    diagnostics: &mut Vec<Diagnostic>,
) {
    let mut groups: Vec<(&Failure, Vec<Platform>)> = Vec::new();
    for (platform, failure) in failures {
        if matches!(failure, Failure::Conflict(_) | Failure::Fetch(_)) {
            continue;
        }
        match groups.iter_mut().find(|(known, _)| known == failure) {
            Some((_, platforms)) => platforms.push(*platform),
            None => groups.push((failure, vec![*platform])),
        }
    }
    for (failure, platforms) in groups {
        let platforms = platform_names(&platforms);
        diagnostics.push(match failure {
            Failure::Conflict(_) | Failure::Fetch(_) | Failure::Pypi | Failure::PypiUnreachable => {
                continue;
            }
            Failure::Channel { channel, reason, hints, origin } => {
                let diagnostic =
                    Diagnostic::error(format!("channel `{channel}` cannot be used: {reason}"));
                let diagnostic = match origin.as_ref().and_then(|origin| origin.origin.as_ref()) {
                    Some((file, span)) => diagnostic.label(file, *span, ""),
                    None => diagnostic,
                };
                hints.iter().fold(diagnostic, |diagnostic, hint| diagnostic.hint(hint.clone()))
            }
            Failure::Base { environment: base } => Diagnostic::error(format!(
                "`{}` is not locked for {platforms}: `{base}`, whose versions it takes, is not",
                environment.name
            )),
            Failure::Solver(reason) => {
                Diagnostic::error(format!("the solver stopped on {platforms}: {reason}"))
            }
        });
    }
}

fn label(diagnostic: Diagnostic, wanted: &Requirement, text: &str) -> Diagnostic {
    diagnostic.label(&wanted.file, wanted.span, text)
}

fn with_notes(mut diagnostic: Diagnostic, notes: &[String]) -> Diagnostic {
    for note in notes {
        diagnostic = diagnostic.note(note);
    }
    diagnostic
}

/// A short CEP 24 expression that is true on these platforms and on none of the others.
fn selector_for(platforms: &[Platform], others: &[Platform]) -> String {
    if others.len() == 1 && platforms.len() > 2 {
        return format!("not {}", selector_for(others, &[]));
    }
    let all = |family: &str| platforms.iter().all(|platform| platform.as_str().starts_with(family));
    for (family, name) in [("linux-", "linux"), ("osx-", "osx"), ("win-", "win")] {
        if all(family) && platforms.len() > 1 {
            return name.to_owned();
        }
    }
    let names: Vec<&str> = platforms
        .iter()
        .map(|platform| match platform.as_str() {
            "linux-64" => "linux64",
            "linux-aarch64" => "aarch64",
            "osx-64" => "osx64",
            "osx-arm64" => "arm64",
            "win-64" => "win64",
            other => other,
        })
        .collect();
    names.join(" or ")
}

fn virtual_text(package: &VirtualPackage) -> String {
    format!("`{}={}`", package.name, package.version)
}
