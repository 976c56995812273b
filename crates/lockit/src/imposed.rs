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

    /// Whether following `same-versions-as` from here ends at an environment. Chains have no
    /// circle, that has been checked.
    fn ends_at(&self, name: &str, all: &[Self]) -> bool {
        let Some(base) = &self.base else { return false };
        base == name
            || all.iter().find(|one| one.name == *base).is_some_and(|one| one.ends_at(name, all))
    }
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
    for asked in all.iter().filter(|asked| asked.ends_at(&environment.name, all)) {
        for (platform, specs) in &asked.specs {
            imposed.entry(*platform).or_default().extend(specs.iter().cloned());
        }
    }
    imposed
}
