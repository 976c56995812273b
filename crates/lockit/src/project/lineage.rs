//! Environments that take their versions from others: whether they can, and what they impose.

use std::collections::BTreeMap;

use lockit_spec::{Environment, Platform, SolveOptions, did_you_mean};

use super::error::ProjectError;
use super::wanted::Wanted;

/// What environments ask for, as texts, by name.
pub(super) struct Lineage {
    members: BTreeMap<String, Member>,
    /// The names of those that follow an environment, at the end of any chain, in the order of their declaration.
    followers: BTreeMap<String, Vec<String>>,
}

struct Member {
    base: Option<String>,
    specs: BTreeMap<Platform, Vec<String>>,
}

impl Lineage {
    /// Of environments whose chains have no circle, which [`check_bases`] has seen to.
    pub(super) fn new(wanted: &[Wanted]) -> Self {
        let is_followed = wanted.iter().any(|one| one.environment.same_versions_as.is_some());
        if !is_followed {
            return Self { members: BTreeMap::new(), followers: BTreeMap::new() };
        }
        let members: BTreeMap<String, Member> = wanted
            .iter()
            .map(|one| (one.environment.name.clone(), Member::new(&one.environment)))
            .collect();
        let mut followers: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for one in wanted {
            let base_of = |name: &str| members.get(name)?.base.as_deref();
            let name = one.environment.name.as_str();
            for base in std::iter::successors(base_of(name), |at| base_of(at)) {
                followers.entry(base.to_owned()).or_default().push(name.to_owned());
            }
        }
        Self { members, followers }
    }

    /// The specs that all environments at the end of `same-versions-as` chains to this one ask for.
    /// An environment that itself follows another one is not solved, so nothing narrows it.
    pub(super) fn imposed_on(&self, environment: &Environment) -> BTreeMap<Platform, Vec<String>> {
        let mut imposed: BTreeMap<Platform, Vec<String>> = BTreeMap::new();
        if environment.same_versions_as.is_some() {
            return imposed;
        }
        for follower in self.followers.get(&environment.name).into_iter().flatten() {
            for (platform, specs) in &self.members[follower].specs {
                imposed.entry(*platform).or_default().extend(specs.iter().cloned());
            }
        }
        imposed
    }
}

/// Whether following `same-versions-as` from an environment comes to `base`. `base_of` gives what an environment
/// follows. Chains have no circle, that has been checked.
pub fn follows<'a>(name: &'a str, base: &str, base_of: &dyn Fn(&str) -> Option<&'a str>) -> bool {
    std::iter::successors(base_of(name), |at| base_of(at)).any(|at| at == base)
}

impl Member {
    fn new(environment: &Environment) -> Self {
        let specs = environment.platforms.iter().map(|platform| {
            let specs = environment.requirements_for(*platform);
            (*platform, specs.map(|requirement| requirement.spec.to_string()).collect())
        });
        Self { base: environment.same_versions_as.clone(), specs: specs.collect() }
    }
}

/// `same-versions-as` from flags; `lockit.toml` has checked its own.
pub(super) fn check_bases(environments: &[Wanted]) -> Result<(), ProjectError> {
    let mut by_name: BTreeMap<&str, &Wanted> = BTreeMap::new();
    for wanted in environments {
        let name = wanted.environment.name.as_str();
        if by_name.insert(name, wanted).is_some() {
            return Err(ProjectError::new(format!("two environments are called `{name}`")));
        }
    }
    let find = |name: &str| by_name.get(name).copied();
    for wanted in environments {
        let name = &wanted.environment.name;
        let Some(base) = &wanted.environment.same_versions_as else { continue };
        let Some(base) = find(base) else {
            let names = environments.iter().map(|one| one.environment.name.as_str());
            let error = ProjectError::new(format!(
                "there is no environment `{base}` for `{name}` to follow"
            ));
            return Err(error.hint(
                did_you_mean(base, names)
                    .unwrap_or_else(|| format!("declare it: `--env {base}=FILE`")),
            ));
        };
        let lacking: Vec<&str> = wanted
            .environment
            .platforms
            .iter()
            .filter(|platform| !base.environment.platforms.contains(platform))
            .map(|platform| platform.as_str())
            .collect();
        if !lacking.is_empty() {
            return Err(ProjectError::new(format!(
                "`{name}` takes its versions from `{}`, which is not locked for {}",
                base.environment.name,
                lacking.join(", ")
            ))
            .hint("give both the same platforms"));
        }
        let (ours, theirs) = (&wanted.environment.options, &base.environment.options);
        let cutoff = |options: &SolveOptions| {
            options.exclude_newer.as_ref().map(|cutoff| cutoff.text.clone())
        };
        let same_machines = wanted
            .environment
            .platforms
            .iter()
            .all(|one| ours.virtual_packages.get(one) == theirs.virtual_packages.get(one));
        if !same_machines || cutoff(ours) != cutoff(theirs) {
            return Err(ProjectError::new(format!(
                "`{name}` takes its versions from `{}`, but has other virtual packages or another \
                 `exclude-newer`",
                base.environment.name
            ))
            .hint("give both the same"));
        }
        let mut at = base;
        for _ in 0..environments.len() {
            if at.environment.name == *name {
                return Err(ProjectError::new(format!("`{name}` takes its versions from itself"))
                    .hint("one environment must be solved first"));
            }
            match at.environment.same_versions_as.as_deref().and_then(find) {
                Some(next) => at = next,
                None => break,
            }
        }
    }
    Ok(())
}
