//! What lockit's own configuration file says besides what all rattler-based tools share.

use lockit_spec::AllowedVariables;
use rattler_config::config::{Config, MergeError, ValidationError};
use serde::{Deserialize, Serialize};

/// `allow-variables = ["NAME=HOST"]` in `config.toml` of the folder `lockit` that the user, or the machine, keeps its
/// configuration in. Nothing of a project is read for it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OwnConfig {
    #[serde(default, rename = "allow-variables", skip_serializing_if = "Vec::is_empty")]
    allow_variables: Vec<String>,
}

impl OwnConfig {
    /// The hosts that variables may be sent to. What is no pair was refused by [`Config::validate`].
    pub(crate) fn allowed_variables(&self) -> AllowedVariables {
        let mut allowed = AllowedVariables::default();
        for pair in &self.allow_variables {
            let _ = allowed.allow(pair);
        }
        allowed
    }
}

impl Config for OwnConfig {
    /// What the machine allows, the user does not take back.
    fn merge_config(mut self, other: &Self) -> Result<Self, MergeError> {
        self.allow_variables.extend(other.allow_variables.iter().cloned());
        Ok(self)
    }

    fn validate(&self) -> Result<(), ValidationError> {
        for pair in &self.allow_variables {
            AllowedVariables::default().allow(pair).map_err(|error| {
                ValidationError::InvalidValue("allow-variables".to_owned(), error.to_string())
            })?;
        }
        Ok(())
    }

    fn keys(&self) -> Vec<String> {
        vec!["allow-variables".to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_add_up_and_are_checked() {
        let own = |pairs: &[&str]| OwnConfig {
            allow_variables: pairs.iter().map(|pair| (*pair).to_owned()).collect(),
        };
        let both = own(&["A=one"]).merge_config(&own(&["A=two", "B=one"])).unwrap();
        assert!(both.validate().is_ok());
        assert_eq!(both.allowed_variables().hosts("A").len(), 2);
        assert_eq!(both.allowed_variables().hosts("B").len(), 1);
        assert!(own(&["A"]).validate().unwrap_err().to_string().contains("allow-variables"));
    }
}
