//! Whether packages may be built: that runs code of theirs.

use std::collections::BTreeSet;

use crate::ArchiveChoice;

/// What a project and the person who runs lockit say about builds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Builds {
    /// Whether packages that nobody names may be built (`no-build` of lockit.toml, turned round). `None` leaves it to the
    /// command: `lock` builds as pip and uv do, `refresh` and `merge` do not.
    pub in_general: Option<bool>,
    /// `allow-builds` of lockit.toml: packages that may be built in any case, normalised.
    pub allowed: BTreeSet<String>,
    /// Packages that may never be built, normalised: `no-build-package` and `--no-build-package`.
    pub refused: BTreeSet<String>,
    /// `--no-build`: nothing is built, whatever files of the project allow.
    pub none: bool,
}

impl Builds {
    /// What one environment says beside this.
    pub fn overridden_by(&self, other: &Self) -> Self {
        let allowed = if other.allowed.is_empty() { &self.allowed } else { &other.allowed };
        Self {
            in_general: other.in_general.or(self.in_general),
            allowed: allowed.clone(),
            refused: self.refused.union(&other.refused).cloned().collect(),
            none: self.none || other.none,
        }
    }

    /// Whether a package must be named to be built.
    pub fn only_named(&self) -> bool {
        self.none || self.in_general == Some(false)
    }

    /// Whether a package may be built; `archives` are the options of its specs. What a spec wants to be built, by its
    /// name, the project allows.
    pub fn permit(&self, package: &str, archives: &ArchiveChoice) -> bool {
        if self.none || self.refused.contains(package) {
            return false;
        }
        let (wheels, sources) = archives.chosen();
        sources.packages.contains(package)
            || !wheels.packages.contains(package)
                && (self.allowed.contains(package) || !wheels.all && !self.only_named())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn who_runs_lockit_goes_before_the_project() {
        let mut archives = ArchiveChoice::default();
        archives.only_sources_of(["by-spec".to_owned()]);
        let project = Builds {
            allowed: names(&["named", "both"]),
            refused: names(&["both"]),
            ..Builds::default()
        };
        let permitted = |builds: &Builds| {
            ["other", "named", "both", "by-spec"].map(|name| builds.permit(name, &archives))
        };
        assert_eq!(permitted(&project), [true, true, false, true]);
        let named = Builds { in_general: Some(false), ..project.clone() };
        assert_eq!(permitted(&named), [false, true, false, true]);
        let none = Builds { none: true, in_general: Some(true), ..project };
        assert_eq!(permitted(&none), [false; 4]);
    }

    #[test]
    fn an_environment_says_more() {
        let project = Builds {
            in_general: Some(false),
            allowed: names(&["a"]),
            refused: names(&["x"]),
            none: false,
        };
        let own = Builds { allowed: names(&["b"]), refused: names(&["y"]), ..Builds::default() };
        let both = project.overridden_by(&own);
        assert_eq!((both.allowed, both.refused), (names(&["b"]), names(&["x", "y"])));
        assert!(both.in_general == Some(false));
        let open = Builds { in_general: Some(true), ..Builds::default() };
        assert!(!project.overridden_by(&open).only_named());
    }
}
