//! The smallest set of requirements that cannot hold together.
//!
//! The solver's own explanation follows every branch it tried. What a person can act on is which
//! lines of the spec exclude each other, so that is searched for: QuickXplain (Junker, AAAI 2004)
//! needs about `2k log2(n/k)` solves for a core of `k` out of `n` requirements. No library does it: resolvo
//! tells which branches failed, not which lines are enough for that.

use lockit_spec::{Requirement, mentions};
use rattler_conda_types::MatchSpec;

use crate::candidates::Candidates;
use crate::solve::{Problem, Specs, Unsolved};

/// A requirement of the environment, or one that a following environment imposes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member<'a> {
    pub(crate) requirement: &'a Requirement,
    /// Position in the environment's requirements; `None` when it is imposed.
    pub(crate) position: Option<usize>,
    /// Position among the imposed ones.
    pub(crate) imposed: Option<usize>,
}

/// Requirements that exclude each other, none of which can be left out of that claim.
#[derive(Debug)]
pub(crate) struct Core<'a> {
    pub(crate) members: Vec<Member<'a>>,
    /// The solver's explanation for these alone.
    pub(crate) tree: String,
    /// For members that narrow their package: what could be had without that, as version.
    pub(crate) relaxed: Vec<(usize, String)>,
}

/// More members than this are not searched for ways out: nobody reads that far.
const RELAXED: usize = 4;

/// Finds a core. `tree` is the solver's explanation of the whole problem: what it does not mention
/// most likely has no part in it.
pub(crate) fn find<'a>(
    problem: &'a Problem<'a>,
    candidates: &'a Candidates,
    tree: &str,
) -> Option<Core<'a>> {
    let all: Vec<Member<'a>> = members(problem);
    let named: Vec<Member<'a>> = all
        .iter()
        .copied()
        .filter(|member| mentions(tree, member.requirement.name.as_normalized()))
        .collect();
    let search = Search { problem, candidates };
    let start = if search.conflicts(&named) { named } else { all };
    if start.is_empty() || !search.conflicts(&start) {
        return None;
    }
    // A conflict without any requirement would be one among virtual packages.
    let mut members = search.explain(&[], false, &start);
    members.sort_by_key(|member| (member.position.is_none(), member.position, member.imposed));
    let Err(Unsolved::Conflict(tree)) = search.solve(&members) else { return None };
    let relaxed = if members.len() > RELAXED { Vec::new() } else { search.relax(&members) };
    Some(Core { members, tree, relaxed })
}

fn members<'a>(problem: &'a Problem<'a>) -> Vec<Member<'a>> {
    let own = problem
        .environment
        .requirements
        .iter()
        .enumerate()
        .filter(|(_, requirement)| requirement.applies_to(problem.platform))
        .map(|(index, requirement)| Member { requirement, position: Some(index), imposed: None });
    let imposed = problem.constraints.iter().enumerate().map(|(index, requirement)| Member {
        requirement,
        position: None,
        imposed: Some(index),
    });
    own.chain(imposed).collect()
}

struct Search<'a> {
    problem: &'a Problem<'a>,
    candidates: &'a Candidates,
}

impl<'a> Search<'a> {
    fn specs(members: &[Member<'a>]) -> Specs {
        let part = |imposed: bool| {
            let members = members.iter().filter(move |member| member.imposed.is_some() == imposed);
            members.map(|member| member.requirement)
        };
        Specs::new(part(false), part(true))
    }

    fn solve(
        &self,
        members: &[Member<'a>],
    ) -> Result<Vec<rattler_conda_types::RepoDataRecord>, Unsolved> {
        self.problem.run(self.candidates, Self::specs(members), &[], &[])
    }

    fn conflicts(&self, members: &[Member<'a>]) -> bool {
        matches!(self.solve(members), Err(Unsolved::Conflict(_)))
    }

    /// The part of `rest` that conflicts together with `background`; `rest` and `background`
    /// together do conflict.
    fn explain(
        &self,
        background: &[Member<'a>],
        grown: bool,
        rest: &[Member<'a>],
    ) -> Vec<Member<'a>> {
        if grown && self.conflicts(background) {
            return Vec::new();
        }
        if rest.len() <= 1 {
            return rest.to_vec();
        }
        let (first, second) = rest.split_at(rest.len() / 2);
        let with_first = [background, first].concat();
        let of_second = self.explain(&with_first, !first.is_empty(), second);
        let with_second = [background, of_second.as_slice()].concat();
        let of_first = self.explain(&with_second, !of_second.is_empty(), first);
        [of_first, of_second].concat()
    }

    /// What each narrowing member would become if it were only a name.
    fn relax(&self, members: &[Member<'a>]) -> Vec<(usize, String)> {
        let mut relaxed = Vec::new();
        for (index, member) in members.iter().enumerate() {
            let spec = &member.requirement.spec;
            let Some(position) = member.position else { continue };
            if spec.version.is_none() && spec.build.is_none() {
                continue;
            }
            let mut others = members.to_vec();
            others.remove(index);
            let mut specs = Self::specs(&others);
            specs.required.push(MatchSpec::from(member.requirement.name.clone()));
            if let Ok(records) = self.problem.run(self.candidates, specs, &[], &[])
                && let Some(record) = records
                    .iter()
                    .find(|record| record.package_record.name == member.requirement.name)
            {
                relaxed.push((position, record.package_record.version.to_string()));
            }
        }
        relaxed
    }
}
