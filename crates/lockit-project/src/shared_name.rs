//! What an environment is called in a lockfile that holds several.
//!
//! Readers of pixi.lock look for `default` where nobody gave an environment a name, whatever the spec calls itself.
//! lockit used to write the spec's name there, and such files are still read.

use lockit_lockfile::names::DEFAULT_ENVIRONMENT;

/// The name of one environment in lockfiles that hold several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedName {
    name: String,
    /// What it was called there before.
    former: Option<String>,
    /// Whether it has the whole file to itself, so that no other spec can be meant by `name`.
    is_alone: bool,
}

impl SharedName {
    /// Of an environment that was given a name: by a flag, in lockit.toml, or in `[environments]` of a pixi manifest.
    pub fn given(name: &str) -> Self {
        Self { name: name.to_owned(), former: None, is_alone: true }
    }

    /// Of the environment of a spec that nobody gave a name. `of_spec` is what the spec is called. `is_alone` says
    /// that no other spec shares the file, as with the manifest of a pixi workspace.
    pub fn of_spec(of_spec: &str, is_alone: bool) -> Self {
        let former = (of_spec != DEFAULT_ENVIRONMENT).then(|| of_spec.to_owned());
        Self { name: DEFAULT_ENVIRONMENT.to_owned(), former, is_alone }
    }

    /// The name to write, into a file that holds these environments now. Beside others an environment keeps the
    /// name it has there: `default` may be that of another spec.
    pub fn written<'a>(&'a self, held: &[&str]) -> &'a str {
        match &self.former {
            Some(former) if !self.is_alone && held.len() > 1 && held.contains(&former.as_str()) => {
                former
            }
            _ => &self.name,
        }
    }

    /// Which of the environments of a file this is.
    pub fn find<'a>(&self, held: &[&'a str]) -> Option<&'a str> {
        let find = |name: &str| held.iter().copied().find(|one| *one == name);
        find(self.written(held)).or_else(|| find(self.former.as_deref()?))
    }

    /// Whether an environment of a file is this one, under the name to write or an earlier one.
    pub fn is(&self, name: &str, held: &[&str]) -> bool {
        let is_former = || self.is_alone || self.find(held) == Some(name);
        self.written(held) == name || (self.former.as_deref() == Some(name) && is_former())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_found_under_its_earlier_name() {
        let spec = SharedName::of_spec("weather", false);
        assert_eq!(spec.written(&[]), "default");
        assert_eq!(spec.find(&["weather"]), Some("weather"));
        assert_eq!(spec.written(&["weather"]), "default");
        assert!(spec.is("weather", &["weather"]));
        assert_eq!(spec.find(&["other"]), None);
    }

    #[test]
    fn beside_others_a_name_is_kept_unless_the_file_is_all_its_own() {
        let held = ["default", "weather"];
        let spec = SharedName::of_spec("weather", false);
        assert_eq!((spec.find(&held), spec.written(&held)), (Some("weather"), "weather"));
        assert!(!spec.is("default", &held));
        let manifest = SharedName::of_spec("weather", true);
        assert_eq!((manifest.find(&held), manifest.written(&held)), (Some("default"), "default"));
        assert!(manifest.is("weather", &held), "what lockit added goes");
    }

    #[test]
    fn a_name_that_was_given_stays() {
        let given = SharedName::given("dev");
        assert_eq!(given.written(&["default"]), "dev");
        assert_eq!(given.find(&["default"]), None);
        assert_eq!(given.find(&["default", "dev"]), Some("dev"));
    }
}
