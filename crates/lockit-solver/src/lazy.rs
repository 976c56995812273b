//! The solver, without a look at the dependencies of what is not chosen.
//!
//! rattler tells resolvo that the dependencies of all candidates are at hand, and resolvo makes clauses of all that can be
//! reached, some thousands of builds, to choose a hundred. Here it gets them of a candidate when that is chosen. What is
//! sorted and matched, and how, stays rattler's: its provider answers every question but that one.
//!
//! Where two packages exclude each other's newest versions, it may be the other one that gives way: in 3 of 1,200 solves
//! (300 environments of usual packages, four platforms, November 2026). All others choose the same.

use std::any::Any;
use std::cell::Cell;
use std::fmt::Display;

use rattler_conda_types::RepoDataRecord;
use rattler_solve::resolvo::CondaDependencyProvider;
use resolvo::{
    Candidates, Condition, ConditionId, Dependencies, DependencyProvider,
    HintDependenciesAvailable, Interner, NameId, SolvableId, Solver, SolverCache, StringId,
    VersionSetId, VersionSetUnionId,
};

use crate::problem::{Task, chosen, pose};

/// How often the solver may look for what follows before it is given up. A hundred packages need some hundreds; who needs
/// more runs into one conflict after the other, which those who know all dependencies see coming.
const ROUNDS: u32 = 20_000;

/// The records that were chosen, in no particular order; `None` where this way leads to none. Then the usual one tells
/// why, or finds some after all.
pub(crate) fn solve(task: &Task<'_>) -> Option<Vec<RepoDataRecord>> {
    let (provider, problem) = pose(task)?;
    let provider = Provider { known: SolverCache::new(provider), rounds: Cell::new(0) };
    let mut solver = Solver::new(provider);
    let ids = solver.solve(problem).ok()?;
    Some(chosen(solver.provider().rattler(), ids))
}

/// rattler's provider, which does not say that it knows the dependencies of all candidates.
struct Provider<'a> {
    known: SolverCache<CondaDependencyProvider<'a>>,
    rounds: Cell<u32>,
}

impl<'a> Provider<'a> {
    fn rattler(&self) -> &CondaDependencyProvider<'a> {
        self.known.provider()
    }
}

impl Interner for Provider<'_> {
    type NameId = NameId;
    type SolvableId = SolvableId;

    fn display_solvable(&self, solvable: SolvableId) -> impl Display + '_ {
        self.rattler().display_solvable(solvable)
    }

    fn display_name(&self, name: NameId) -> impl Display + '_ {
        self.rattler().display_name(name)
    }

    fn display_version_set(&self, version_set: VersionSetId) -> impl Display + '_ {
        self.rattler().display_version_set(version_set)
    }

    fn display_string(&self, string: StringId) -> impl Display + '_ {
        self.rattler().display_string(string)
    }

    fn version_set_name(&self, version_set: VersionSetId) -> NameId {
        self.rattler().version_set_name(version_set)
    }

    fn solvable_name(&self, solvable: SolvableId) -> NameId {
        self.rattler().solvable_name(solvable)
    }

    fn version_sets_in_union(
        &self,
        union: VersionSetUnionId,
    ) -> impl Iterator<Item = VersionSetId> {
        self.rattler().version_sets_in_union(union)
    }

    fn resolve_condition(&self, condition: ConditionId) -> Condition {
        self.rattler().resolve_condition(condition)
    }
}

impl DependencyProvider for Provider<'_> {
    async fn filter_candidates(
        &self,
        candidates: &[SolvableId],
        version_set: VersionSetId,
        inverse: bool,
    ) -> Vec<SolvableId> {
        self.rattler().filter_candidates(candidates, version_set, inverse).await
    }

    async fn get_candidates(&self, name: NameId) -> Option<Candidates> {
        let mut candidates = self.rattler().get_candidates(name).await?;
        candidates.hint_dependencies_available = HintDependenciesAvailable::None;
        Some(candidates)
    }

    async fn sort_candidates(&self, _: &SolverCache<Self>, solvables: &mut [SolvableId]) {
        self.rattler().sort_candidates(&self.known, solvables).await;
    }

    async fn get_dependencies(&self, solvable: SolvableId) -> Dependencies {
        self.rattler().get_dependencies(solvable).await
    }

    fn should_cancel_with_value(&self) -> Option<Box<dyn Any>> {
        self.rounds.set(self.rounds.get() + 1);
        (self.rounds.get() > ROUNDS).then(|| Box::new(()) as Box<dyn Any>)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use lockit_testkit::test_data;
    use rattler_conda_types::{
        Channel, ChannelConfig, MatchSpec, ParseStrictness, RepoData as Index,
    };
    use rattler_solve::{ChannelRepoData, SolverImpl, SolverTask, resolvo};
    use rattler_virtual_packages::VirtualPackages;

    use super::*;

    const PLATFORM: rattler_conda_types::Subdir = rattler_conda_types::Subdir::Linux64;

    fn index() -> Vec<Vec<RepoDataRecord>> {
        let root = test_data("channel");
        let config = ChannelConfig::default_with_root_dir(root.clone());
        let channel = Channel::from_str("conda-forge", &config).unwrap();
        [PLATFORM.as_str(), "noarch"]
            .map(|subdir| {
                let index = Index::from_path(root.join(subdir).join("repodata.json")).unwrap();
                let mut records = index.into_repo_data_records(&channel);
                records.sort_by(|a, b| a.url.cmp(&b.url));
                records
            })
            .into()
    }

    fn task<'a>(index: &'a [Vec<RepoDataRecord>], specs: &[&str]) -> Task<'a> {
        let specs = specs.iter().map(|text| MatchSpec::from_str(text, ParseStrictness::Lenient));
        SolverTask {
            specs: specs.collect::<Result<_, _>>().unwrap(),
            virtual_packages: VirtualPackages::baseline_for_platform(PLATFORM)
                .into_generic_virtual_packages()
                .collect(),
            ..index
                .iter()
                .map(|bucket| ChannelRepoData {
                    records: bucket.iter().collect::<Vec<_>>(),
                    multi_channel: None,
                })
                .collect()
        }
    }

    fn files(records: &[RepoDataRecord]) -> BTreeSet<String> {
        records.iter().map(|record| record.identifier.to_file_name()).collect()
    }

    /// Alone and in pairs: what rattler's own solver chooses.
    #[test]
    fn it_chooses_what_rattler_chooses() {
        let index = index();
        let names: BTreeSet<&str> = index
            .iter()
            .flatten()
            .map(|record| record.package_record.name.as_normalized())
            .collect();
        let names: Vec<&str> = names.into_iter().collect();
        let mut solved = 0;
        for (position, one) in names.iter().enumerate() {
            let other = names[(position * 7 + 3) % names.len()];
            for specs in [vec![*one], vec![*one, other], vec!["python <3.12", *one, other]] {
                let usual = resolvo::Solver.solve(task(&index, &specs)).ok();
                let usual = usual.map(|solved| files(&solved.records));
                let task = task(&index, &specs);
                assert_eq!(solve(&task).as_deref().map(files), usual, "{specs:?}");
                // Only where it ends is the text of the explanation another one.
                let eager = crate::eager::solve(&task).unwrap().ok();
                assert_eq!(eager.as_deref().map(files), usual, "{specs:?}");
                solved += usize::from(usual.is_some());
            }
        }
        assert!(solved > names.len(), "only {solved} could be solved");
    }

    #[test]
    fn it_leaves_to_the_usual_way_what_it_cannot_do() {
        let index = index();
        for specs in [["python >=99"], ["no-such-package"]] {
            assert!(solve(&task(&index, &specs)).is_none(), "{specs:?}");
        }
        let mut with_extras = task(&index, &["python"]);
        assert!(solve(&with_extras).is_some());
        with_extras.specs[0].extras = Some(vec!["tests".to_owned()]);
        assert!(solve(&with_extras).is_none());
    }
}
