//! Environments that take their versions from others: whether they can, and what they impose.

use std::collections::BTreeMap;

use lockit_spec::{Environment, Lineage, Platform, SolveOptions, did_you_mean};

use super::error::ProjectError;
use super::wanted::Wanted;

/// What the followers of each environment ask for, as texts.
pub(super) struct Imposed(BTreeMap<String, BTreeMap<Platform, Vec<String>>>);

impl Imposed {
    /// Of environments whose chains have no circle, which [`check_bases`] has seen to.
    pub(super) fn new(wanted: &[Wanted]) -> Self {
        let lineage = lineage(wanted);
        let mut imposed: BTreeMap<String, BTreeMap<Platform, Vec<String>>> = BTreeMap::new();
        for environment in wanted.iter().map(|one| &one.environment) {
            // The specs of one that follows nothing impose on nobody.
            let Some(base) = lineage.chain(&environment.name).pop() else { continue };
            let of_base = imposed.entry(base.to_owned()).or_default();
            for platform in &environment.platforms {
                let specs = environment.requirements_for(*platform);
                let texts = specs.map(|requirement| requirement.spec.to_string());
                of_base.entry(*platform).or_default().extend(texts);
            }
        }
        Self(imposed)
    }

    /// The specs that all environments at the end of `same-versions-as` chains to this one ask for.
    /// An environment that itself follows another one is not solved, so nothing narrows it.
    pub(super) fn on(&self, environment: &Environment) -> BTreeMap<Platform, Vec<String>> {
        if environment.same_versions_as.is_some() {
            return BTreeMap::new();
        }
        self.0.get(&environment.name).cloned().unwrap_or_default()
    }
}

/// Who follows whom.
fn lineage(wanted: &[Wanted]) -> Lineage<'_> {
    wanted.iter().map(|one| &one.environment).collect()
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
    let lineage = lineage(environments);
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
            let general = options.exclude_newer.as_ref().map(|cutoff| cutoff.text.clone());
            (general, options.exclude_newer_package.clone())
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
        if lineage.follows(name, name) {
            return Err(ProjectError::new(format!("`{name}` takes its versions from itself"))
                .hint("one environment must be solved first"));
        }
    }
    Ok(())
}
