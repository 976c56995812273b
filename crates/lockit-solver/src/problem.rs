//! A task as resolvo takes it. rattler has the same behind a call that solves as well.

use std::collections::HashMap;

use rattler_conda_types::{MatchSpec, NamelessMatchSpec, PackageNameMatcher, RepoDataRecord};
use rattler_solve::resolvo::{CondaDependencyProvider, NameType, RepoData, SolverPackageRecord};
use rattler_solve::{ChannelRepoData, SolverTask};
use resolvo::{ConditionalRequirement, Problem, SolvableId, VersionSetId};

/// A task with its records at hand.
pub(crate) type Task<'a> = SolverTask<'a, Vec<ChannelRepoData<'a, Vec<&'a RepoDataRecord>>>>;

/// Who knows the records, and what is asked of them. `None` for a task with extras or conditions in its lines, and for one
/// that cannot be posed: rattler has the words for that.
pub(crate) fn pose<'a>(task: &'a Task<'a>) -> Option<(CondaDependencyProvider<'a>, Problem)> {
    let provider = CondaDependencyProvider::new(
        task.available_packages.iter().map(|bucket| RepoData {
            records: bucket.records.clone(),
            multi_channel: bucket.multi_channel,
        }),
        &task.locked_packages,
        &task.pinned_packages,
        &task.virtual_packages,
        &task.specs,
        None,
        None,
        task.channel_priority,
        task.exclude_newer.as_ref(),
        task.strategy,
        Vec::new(),
        &HashMap::new(),
    )
    .ok()?;
    let mut requirements: Vec<ConditionalRequirement> = Vec::new();
    for package in &task.virtual_packages {
        let name = provider.pool.intern_package_name(NameType::from(&package.name));
        let any = NamelessMatchSpec::default();
        requirements.push(provider.pool.intern_version_set(name, any.into()).into());
    }
    for spec in &task.specs {
        requirements.push(version_set(&provider, spec)?.into());
    }
    let constraints: Option<Vec<VersionSetId>> =
        task.constraints.iter().map(|spec| version_set(&provider, spec)).collect();
    let problem = Problem::new().requirements(requirements).constraints(constraints?);
    Some((provider, problem))
}

/// What a line asks for. `None` for one with extras or a condition.
fn version_set(provider: &CondaDependencyProvider<'_>, spec: &MatchSpec) -> Option<VersionSetId> {
    if spec.condition.is_some() || spec.extras.is_some() {
        return None;
    }
    let (PackageNameMatcher::Exact(name), spec) = spec.clone().into_nameless() else { return None };
    let name = provider.pool.intern_package_name(NameType::from(&name));
    Some(provider.pool.intern_version_set(name, spec.into()))
}

/// The records among what was chosen, in no particular order.
pub(crate) fn chosen(
    provider: &CondaDependencyProvider<'_>,
    ids: Vec<SolvableId>,
) -> Vec<RepoDataRecord> {
    ids.into_iter()
        .filter_map(|id| match provider.pool.resolve_solvable(id).record {
            SolverPackageRecord::Record(record) => Some(record.clone()),
            _ => None,
        })
        .collect()
}
