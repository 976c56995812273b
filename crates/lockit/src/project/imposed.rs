//! What environments impose on the one whose versions they take.

use std::collections::BTreeMap;

use lockit_spec::{Environment, Platform};

/// What an environment asks for, as texts.
pub(crate) struct Asked {
    name: String,
    base: Option<String>,
    specs: BTreeMap<Platform, Vec<String>>,
}

impl Asked {
    pub(crate) fn new(environment: &Environment) -> Self {
        let specs = environment.platforms.iter().map(|platform| {
            let specs = environment.requirements_for(*platform);
            (*platform, specs.map(|requirement| requirement.spec.to_string()).collect())
        });
        Self {
            name: environment.name.clone(),
            base: environment.same_versions_as.clone(),
            specs: specs.collect(),
        }
    }
}

/// Whether following `same-versions-as` from an environment comes to `base`. `base_of` gives what an environment
/// follows. Chains have no circle, that has been checked.
pub(crate) fn follows<'a>(
    name: &'a str,
    base: &str,
    base_of: &dyn Fn(&str) -> Option<&'a str>,
) -> bool {
    std::iter::successors(base_of(name), |at| base_of(at)).any(|at| at == base)
}

/// The specs that all environments at the end of `same-versions-as` chains to this one ask for.
/// An environment that itself follows another one is not solved, so nothing narrows it.
pub(crate) fn imposed_on(
    environment: &Environment,
    all: &[Asked],
) -> BTreeMap<Platform, Vec<String>> {
    let mut imposed: BTreeMap<Platform, Vec<String>> = BTreeMap::new();
    if environment.same_versions_as.is_some() {
        return imposed;
    }
    let base_of = |name: &str| all.iter().find(|asked| asked.name == name)?.base.as_deref();
    for asked in all.iter().filter(|asked| follows(&asked.name, &environment.name, &base_of)) {
        for (platform, specs) in &asked.specs {
            imposed.entry(*platform).or_default().extend(specs.iter().cloned());
        }
    }
    imposed
}
