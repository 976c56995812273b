//! The PyPI side of a solve: what uv chooses beside what conda has chosen, for all environments and platforms
//! at once, and why it cannot.

use std::collections::BTreeMap;
use std::sync::Arc;

use lockit_diagnostic::Diagnostic;
use lockit_lockfile::{PipRecord, Record};
use lockit_pypi::{PypiError, Resolution, Resolver, Uv};
use lockit_solver::{Failure, Outcome, Request, Upgrade, conceal, reveal};
use lockit_spec::{Environment, Lineage, Platform, Step, on_pypi};

use super::pypi_report::{pypi_failures, pypi_warnings};
use super::pypi_task::{Task, TaskError};
use crate::args::network::NetworkArgs;
use crate::terminal::command_error::CommandError;
use crate::world::context::Context;
use lockit_project::plan::Plan;

/// What was chosen for an environment on a platform.
pub(crate) type PypiRecords = BTreeMap<(String, Platform), Vec<PipRecord>>;

/// Whether uv is needed, and which one it is.
///
/// # Errors
/// It is needed and is not there: said before any channel is asked.
pub(super) fn find_uv(plan: &Plan, context: &Context) -> Result<Option<Uv>, CommandError> {
    if plan.skip_pip {
        return Ok(None);
    }
    let wanted = plan.entries.iter().find_map(|entry| {
        let environment = &entry.wanted.environment;
        environment.platforms.iter().find_map(|platform| environment.pip_for(*platform).next())
    });
    let Some(first) = wanted else { return Ok(None) };
    Uv::find(&|name: &str| context.variable(name)).map(Some).map_err(|error| {
        let diagnostic = Diagnostic::of(&error);
        CommandError::from(diagnostic.label(&first.file, first.span, "asks for a PyPI package"))
            .hint("`--skip-pip` locks the conda part and says so in the lockfile")
    })
}

/// Resolves what is asked of PyPI wherever conda has a result. Where uv has none, the outcome becomes a
/// failure: half a platform is no lock. Returns as well what uv warns of, and why it has none.
pub(super) fn resolve(
    uv: &Uv,
    plan: &Plan,
    requests: &[Request],
    outcomes: &mut [Outcome],
    network: &NetworkArgs,
    context: &Context,
) -> (PypiRecords, Vec<Diagnostic>, Vec<Diagnostic>) {
    let resolver = Resolver {
        uv: uv.clone(),
        offline: network.offline,
        folder: context.directory().to_path_buf(),
        project: plan.root.clone(),
        fill: &|text| reveal(text, &*context.variables),
        conceal: &|text| conceal(text).into_owned(),
    };
    let mut chosen = PypiRecords::new();
    let mut done: Vec<Task<'_>> = Vec::new();
    // Environments that others follow go first: what they have is all that the others may have.
    let names = requests.iter().map(|request| request.environment.name.as_str());
    for round in lineage(requests).rounds(names) {
        let tasks: Vec<(&Request, Platform, &[Arc<Record>])> = round
            .into_iter()
            .filter_map(|name| request_for(requests, name))
            .flat_map(|request| {
                let environment = &request.environment;
                outcomes.iter().filter_map(move |outcome| {
                    let records = outcome.result.as_ref().ok()?;
                    let wanted = outcome.environment == environment.name
                        && environment.pip_for(outcome.platform).next().is_some();
                    wanted.then_some((request, outcome.platform, records.as_slice()))
                })
            })
            .collect();
        let known = &chosen;
        let resolver = &resolver;
        let finished: Vec<Task<'_>> = std::thread::scope(|scope| {
            let threads: Vec<_> = tasks
                .iter()
                .map(|(request, platform, conda)| {
                    scope.spawn(move || Task {
                        environment: &request.environment,
                        platform: *platform,
                        result: one(resolver, requests, request, *platform, conda, known, context),
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| {
                    thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
                .collect()
        });
        for task in &finished {
            if let Ok(resolution) = &task.result {
                let key = (task.environment.name.clone(), task.platform);
                chosen.insert(key, resolution.records.clone());
            }
        }
        done.extend(finished);
    }
    let (warned, diagnostics) = (pypi_warnings(&done), pypi_failures(&done));
    let failed: Vec<(String, Platform, bool)> = done
        .iter()
        .filter_map(|task| {
            let error = task.result.as_ref().err()?;
            // Without a base nothing is known but what is said of that.
            let is_unreachable =
                matches!(error, TaskError::Pypi(PypiError::Unreachable { .. }) | TaskError::NoBase);
            Some((task.environment.name.clone(), task.platform, is_unreachable))
        })
        .collect();
    drop(done);
    for outcome in outcomes {
        let failure = failed
            .iter()
            .find(|(name, on, _)| *name == outcome.environment && *on == outcome.platform);
        if let Some((.., is_unreachable)) = failure {
            let failure = if *is_unreachable { Failure::PypiUnreachable } else { Failure::Pypi };
            outcome.result = Err(failure);
        }
    }
    (chosen, warned, diagnostics)
}

/// The request for an environment.
fn request_for<'a>(requests: &'a [Request], name: &str) -> Option<&'a Request> {
    requests.iter().find(|request| request.environment.name == name)
}

fn one(
    resolver: &Resolver<'_>,
    requests: &[Request],
    wanted: &Request,
    platform: Platform,
    conda: &[Arc<Record>],
    known: &PypiRecords,
    context: &Context,
) -> Result<Resolution, TaskError> {
    let environment = &wanted.environment;
    let locked: Vec<PipRecord> = wanted
        .previous
        .as_ref()
        .and_then(|lock| lock.platforms.get(&platform))
        .map(|locked| locked.pip.clone())
        .unwrap_or_default();
    let mut constraints = limits(&locked, wanted.furthest);
    let mut kept = locked;
    match &wanted.upgrade {
        Upgrade::Nothing => {}
        Upgrade::Packages(names) => kept.retain(|record| !names.contains(&record.name)),
        Upgrade::All { but } => kept.retain(|record| but.contains(&record.name)),
    }
    let base = match &environment.same_versions_as {
        None => {
            constraints.extend(asked_by_followers(requests, environment, platform));
            None
        }
        Some(base) => {
            let records = known.get(&(base.clone(), platform)).cloned();
            // Without requirements of its own the base has no PyPI package at all.
            let asks = request_for(requests, base)
                .is_some_and(|base| base.environment.pip_for(platform).next().is_some());
            match records {
                None if asks => return Err(TaskError::NoBase),
                records => Some((base, records.unwrap_or_default())),
            }
        }
    };
    if let Some((_, records)) = &base {
        constraints = pins(records);
        kept.clone_from(records);
    }
    let options = &environment.options;
    let request = lockit_pypi::PypiRequest {
        platform,
        requirements: environment.pip_for(platform).collect(),
        constraints,
        constraining: environment
            .pip_constraints
            .iter()
            .filter(|one| one.applies_to(platform))
            .collect(),
        overriding: environment
            .pip_overrides
            .iter()
            .filter(|one| one.applies_to(platform))
            .collect(),
        sources: &environment.pip_sources,
        conda,
        names: &environment.names,
        virtual_packages: options
            .virtual_packages
            .get(&platform)
            .map(Vec::as_slice)
            .unwrap_or_default(),
        builds: &options.builds,
        previous: &kept,
        strategy: options.strategy,
        exclude_newer: options.exclude_newer.as_ref().map(|one| one.instant(context.around.now)),
        exclude_newer_package: on_pypi(&options.exclude_newer_package, context.around.now),
    };
    let resolution = resolver.resolve(&request).map_err(TaskError::Pypi)?;
    if let Some((base, records)) = base {
        let foreign = resolution
            .records
            .iter()
            .find(|one| records.iter().all(|known| known.name != one.name));
        if let Some(foreign) = foreign {
            return Err(TaskError::NotInBase { name: foreign.name.clone(), base: base.clone() });
        }
    }
    Ok(resolution)
}

/// How far packages may move, as requirements.
fn limits(locked: &[PipRecord], furthest: Step) -> Vec<String> {
    let next = |version: &str| -> Option<String> {
        let (epoch, release) = match version.split_once('!') {
            Some((epoch, release)) => (format!("{epoch}!"), release),
            None => (String::new(), version),
        };
        // `3.0rc1` is before 3.0, and both are below 4.
        let mut numbers = release.split('.').map(|part| {
            let end = part.find(|one: char| !one.is_ascii_digit()).unwrap_or(part.len());
            part[..end].parse::<u64>().ok()
        });
        let major = numbers.next()??;
        match furthest {
            Step::Major => None,
            Step::Minor => Some(format!("{epoch}{}", major + 1)),
            Step::Patch => {
                Some(format!("{epoch}{major}.{}", numbers.next().flatten().unwrap_or(0) + 1))
            }
        }
    };
    let limit = |record: &PipRecord| Some(format!("{}<{}", record.name, next(&record.version)?));
    locked.iter().filter_map(limit).collect()
}

/// Exactly these versions.
fn pins(records: &[PipRecord]) -> Vec<String> {
    let pinned = records.iter().filter(|record| !record.version.is_empty());
    pinned.map(|record| format!("{}=={}", record.name, record.version)).collect()
}

/// What environments that take their versions from this one ask for, as far as it is about versions.
fn asked_by_followers(requests: &[Request], base: &Environment, platform: Platform) -> Vec<String> {
    lineage(requests)
        .followers(&base.name)
        .filter_map(|name| Some(&request_for(requests, name)?.environment))
        .flat_map(|environment| environment.pip_for(platform))
        .filter_map(lockit_pypi::constraint)
        .collect()
}

/// Who takes the versions of whom.
fn lineage(requests: &[Request]) -> Lineage<'_> {
    requests.iter().map(|request| &request.environment).collect()
}
