//! Groups of environments that are solved together, and are locked apart (`solve-group` of a pixi manifest).

use std::collections::BTreeMap;

use lockit_spec::Environment;

use super::wanted::Wanted;

/// A group: what is solved, and who is cut out of it.
#[derive(Debug)]
pub struct SolveGroup {
    /// All that the members ask for. It has no lockfile of its own.
    pub environment: Environment,
    members: Vec<String>,
}

impl SolveGroup {
    /// The groups that environments belong to, by name. What the members follow is set to the group.
    pub(super) fn all(environments: &mut [Wanted]) -> Vec<Self> {
        let mut groups: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (place, wanted) in environments.iter().enumerate() {
            if let Some(group) = &wanted.solve_group {
                groups.entry(group.clone()).or_default().push(place);
            }
        }
        let mut all = Vec::new();
        for (name, places) in groups {
            // One that is alone is solved as any other.
            if places.len() < 2 {
                continue;
            }
            // Names of environments have no blank.
            let name = format!("solve-group {name}");
            let members: Vec<&Environment> =
                places.iter().map(|place| &environments[*place].environment).collect();
            let Some(environment) = Environment::solve_group(&name, &members) else { continue };
            let members = members.iter().map(|one| one.name.clone()).collect();
            for place in places {
                environments[place].environment.same_versions_as = Some(name.clone());
            }
            all.push(Self { environment, members });
        }
        all
    }

    /// Whether an environment is one of the group.
    pub(super) fn has(&self, environment: &Environment) -> bool {
        self.members.contains(&environment.name)
    }
}
