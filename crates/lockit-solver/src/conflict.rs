//! Why an environment cannot be had on a platform, as facts. [`report`](crate::report) words them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use lockit_spec::{Exclusion, Platform, VirtualPackage};
use rattler_conda_types::Matches;

use crate::candidates::Candidates;
use crate::core;
use crate::solve::Problem;
use crate::tree::condense;

/// What stands in the way on one platform. Two platforms with equal conflicts share one report.
///
/// Numbers are positions in [`Environment::requirements`](lockit_spec::Environment).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Conflict {
    /// Wanted packages that no channel has for this platform.
    pub missing: Vec<MissingPackage>,
    /// Wanted packages that exist, but not as asked for.
    pub unmatched: Vec<Unmatched>,
    /// Groups of requirements on one package that cannot hold together, although each can alone.
    pub clashing: Vec<Vec<usize>>,
    /// Requirements that the environment named in `same-versions-as` does not have.
    pub not_in_base: Vec<usize>,
    /// The fewest requirements that exclude each other.
    pub core: Vec<usize>,
    /// Requirements that following environments (`same-versions-as`) impose and that belong to the
    /// core: environment, position there.
    pub core_imposed: Vec<(String, usize)>,
    /// For requirements of the core: the version that could be had if only the name were asked for.
    pub relaxed: Vec<(usize, String)>,
    /// The solver's explanation, condensed.
    pub tree: Option<String>,
    /// Channels that have no package for this platform at all.
    pub empty_channels: Vec<String>,
    /// Assumed virtual packages that the explanation is about.
    pub virtual_packages: Vec<VirtualPackage>,
    /// Virtual packages that the explanation asks for and that are not assumed.
    pub absent_virtual_packages: Vec<String>,
    /// What `exclude-newer` hid of the involved packages.
    pub excluded: Option<Excluded>,
}

/// A wanted package that no channel has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingPackage {
    /// Position of the requirement.
    pub requirement: usize,
    /// Names that look alike, best first.
    pub near: Vec<String>,
    /// What the channels call the package that PyPI, or its module, calls so; best first.
    pub called: Vec<String>,
    /// Platforms of this run that do have it.
    pub elsewhere: Vec<Platform>,
}

/// A wanted package that exists only in versions or builds that were not asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unmatched {
    /// Position of the requirement.
    pub requirement: usize,
    /// Versions there are, newest first, a few.
    pub versions: Vec<String>,
    /// How many older ones there are.
    pub more: usize,
    /// The oldest of all.
    pub oldest: String,
    /// The version was there, only the build string did not match; these builds there are.
    pub builds: Vec<String>,
}

/// Records hidden by `exclude-newer`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Excluded {
    /// The moments after which they appeared.
    pub cutoffs: BTreeSet<Timestamp>,
    /// Hidden because they are newer.
    pub newer: usize,
    /// Hidden because the channel does not say how old they are.
    pub undated: usize,
}

/// How many versions or builds a message lists.
const LISTED: usize = 5;

impl Conflict {
    /// Collects what can be told from the candidates alone. `tree` is the solver's explanation,
    /// `imposed` says for each constraint of the problem where it comes from.
    pub(crate) fn explain(
        problem: &Problem<'_>,
        imposed: &[(String, usize)],
        candidates: &Candidates,
        tree: String,
    ) -> Self {
        let all = &problem.environment.requirements;
        let mut conflict = Self::default();
        for (index, requirement) in applicable(problem) {
            let name = requirement.name.as_normalized();
            if name.starts_with("__") {
                continue;
            }
            let mut records = candidates.named(name).peekable();
            if records.peek().is_none() {
                conflict.missing.push(MissingPackage {
                    requirement: index,
                    near: Vec::new(),
                    called: Vec::new(),
                    elsewhere: Vec::new(),
                });
                continue;
            }
            if !candidates.named(name).any(|record| requirement.spec.matches(record)) {
                conflict.unmatched.push(unmatched(index, requirement, candidates));
            }
        }
        conflict.clashing = clashes(problem, candidates, &conflict);
        if !conflict.needs_tree() {
            return conflict;
        }
        let mut tree = tree;
        if let Some(core) = core::find(problem, candidates, &tree) {
            conflict.core = core.members.iter().filter_map(|member| member.position).collect();
            conflict.core_imposed = core
                .members
                .iter()
                .filter_map(|member| Some(imposed[member.imposed?].clone()))
                .collect();
            conflict.relaxed = core.relaxed;
            tree = core.tree;
        }
        let names = conflict.core.iter().map(|index| all[*index].name.as_normalized());
        let mut excluded = Excluded::default();
        for record in names.flat_map(|name| candidates.named(name)) {
            match problem.excludes(record) {
                Some(Exclusion::Newer(cutoff)) => {
                    excluded.newer += 1;
                    excluded.cutoffs.insert(cutoff);
                }
                Some(Exclusion::Undated) => excluded.undated += 1,
                None => {}
            }
        }
        conflict.excluded = (excluded.newer + excluded.undated > 0).then_some(excluded);
        let assumed = problem.environment.options.virtual_packages.get(&problem.platform);
        let assumed = assumed.map(Vec::as_slice).unwrap_or_default();
        for name in virtual_names(&tree) {
            match assumed.iter().find(|package| package.name == name) {
                Some(package) => conflict.virtual_packages.push(package.clone()),
                None => conflict.absent_virtual_packages.push(name),
            }
        }
        conflict.tree = Some(condense(&tree));
        conflict
    }

    /// True if nothing was found that says more than the solver's explanation does.
    pub(crate) fn needs_tree(&self) -> bool {
        self.missing.is_empty()
            && self.unmatched.is_empty()
            && self.clashing.is_empty()
            && self.not_in_base.is_empty()
    }
}

fn applicable<'a>(
    problem: &'a Problem<'_>,
) -> impl Iterator<Item = (usize, &'a lockit_spec::Requirement)> {
    problem
        .environment
        .requirements
        .iter()
        .enumerate()
        .filter(|(_, requirement)| requirement.applies_to(problem.platform))
}

fn unmatched(
    index: usize,
    requirement: &lockit_spec::Requirement,
    candidates: &Candidates,
) -> Unmatched {
    let name = requirement.name.as_normalized();
    let mut versions: Vec<_> = Vec::new();
    let mut builds: Vec<String> = Vec::new();
    for record in candidates.named(name) {
        let package = &record.package_record;
        versions.push(&package.version);
        let version_fits =
            requirement.spec.version.as_ref().is_none_or(|spec| spec.matches(&package.version));
        if version_fits && requirement.spec.build.is_some() {
            builds.push(package.build.to_string());
        }
    }
    versions.sort_unstable_by(|a, b| b.cmp(a));
    versions.dedup();
    builds.sort_unstable();
    builds.dedup();
    builds.truncate(LISTED);
    Unmatched {
        requirement: index,
        more: versions.len().saturating_sub(LISTED),
        oldest: versions.last().map(ToString::to_string).unwrap_or_default(),
        versions: versions.iter().take(LISTED).map(ToString::to_string).collect(),
        builds,
    }
}

/// Requirements on the same package that match records alone, but none together.
fn clashes(problem: &Problem<'_>, candidates: &Candidates, known: &Conflict) -> Vec<Vec<usize>> {
    let mut groups: Vec<(&str, Vec<usize>)> = Vec::new();
    for (index, requirement) in applicable(problem) {
        let name = requirement.name.as_normalized();
        match groups.iter_mut().find(|(known, _)| *known == name) {
            Some((_, members)) => members.push(index),
            None => groups.push((name, vec![index])),
        }
    }
    let all = &problem.environment.requirements;
    groups
        .into_iter()
        .filter(|(name, members)| {
            members.len() > 1
                && candidates.named(name).next().is_some()
                && known.unmatched.iter().all(|one| !members.contains(&one.requirement))
                && !candidates
                    .named(name)
                    .any(|record| members.iter().all(|index| all[*index].spec.matches(record)))
        })
        .map(|(_, members)| members)
        .collect()
}

fn virtual_names(text: &str) -> Vec<String> {
    let mut names: Vec<String> = text
        .split(|c: char| !(c.is_ascii_alphanumeric() || "-_".contains(c)))
        .filter(|word| word.starts_with("__") && word.len() > 2)
        .map(str::to_owned)
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn virtual_packages_are_found_in_the_text() {
        let tree = "└─ scikit-learn >=1 would require\n   └─ __glibc >=2.34, for which";
        assert_eq!(virtual_names(tree), ["__glibc"]);
    }
}
