//! `same-versions-as`: an environment cut out of another one.
//!
//! The environment it follows was solved with this one's requirements as constraints, so each
//! package it holds fits. What is left is to walk from the requirements along the dependencies.

use std::collections::{BTreeMap, BTreeSet};

use lockit_lockfile::order::dependency_name;
use lockit_spec::condition_holds;
use rattler_conda_types::{MatchSpec, Matches, PackageName, RepoDataRecord};

use crate::solve::Problem;

/// The records that the requirements of `problem` need, out of `solved`.
///
/// # Errors
/// The positions of the requirements whose package `solved` does not have.
pub(crate) fn subset(
    problem: &Problem<'_>,
    solved: &[RepoDataRecord],
) -> Result<Vec<RepoDataRecord>, Vec<usize>> {
    let by_name: BTreeMap<&str, &RepoDataRecord> =
        solved.iter().map(|record| (record.package_record.name.as_normalized(), record)).collect();
    let mut absent = Vec::new();
    let mut wanted = Vec::new();
    let assumed = problem.virtual_packages();
    let is_there = |spec: &MatchSpec| {
        let name = spec.name.as_exact().map(PackageName::as_normalized);
        name.and_then(|name| by_name.get(name)).is_some_and(|record| spec.matches(*record))
            || assumed.iter().any(|one| spec.matches(one))
    };
    for (index, requirement) in problem.requirements().enumerate() {
        let name = requirement.name.as_normalized();
        let condition = requirement.spec.condition.as_ref();
        if !condition.is_none_or(|condition| condition_holds(condition, &is_there)) {
            continue;
        }
        if by_name.contains_key(name) {
            wanted.push(name);
        } else if !name.starts_with("__") {
            absent.push(index);
        }
    }
    if !absent.is_empty() {
        return Err(absent);
    }
    let mut chosen = BTreeSet::new();
    while let Some(name) = wanted.pop() {
        // A dependency that is not there is a virtual package: `solved` is complete.
        let Some(record) = by_name.get(name) else { continue };
        if chosen.insert(name) {
            for dependency in &record.package_record.depends {
                let name = dependency_name(dependency).to_lowercase();
                if let Some((known, _)) = by_name.get_key_value(name.as_str()) {
                    wanted.push(known);
                }
            }
        }
    }
    Ok(chosen.into_iter().map(|name| by_name[name].clone()).collect())
}
