//! The variables of the process, read once.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::OnceLock;

use lockit_spec::{AllowedHost, AllowedVariables, KnownSecrets, PairError, VariableValues};

/// Variables that are text; what is not is nothing that lockit could use.
#[derive(Clone, Default)]
pub(crate) struct Variables {
    values: BTreeMap<String, String>,
    /// Where they may be sent, as flags and variables say it.
    allowed: AllowedVariables,
    /// The same and what the user's configuration says, once that was read.
    all_allowed: OnceLock<AllowedVariables>,
}

/// Pairs `NAME=HOST`, separated by commas or white space.
const ALLOWED: &str = "LOCKIT_ALLOW_VARIABLES";

/// Values may be secrets.
impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Variables({})", self.values.len())
    }
}

impl Variables {
    /// Takes names and values.
    pub(crate) fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let text = |value: OsString| value.into_string().ok();
        let pairs = variables.into_iter().filter_map(|(name, value)| text(name).zip(text(value)));
        Self { values: pairs.collect(), ..Self::default() }
    }

    /// Takes what the person who runs lockit allows, by flags and by a variable.
    ///
    /// # Errors
    /// A text that is no pair.
    pub(crate) fn allow(&mut self, pairs: &[String]) -> Result<(), PairError> {
        pairs.iter().try_for_each(|pair| self.allowed.allow(pair))?;
        match self.values.get(ALLOWED) {
            Some(pairs) => self.allowed.allow_all(pairs),
            None => Ok(()),
        }
    }

    /// Takes what the user's configuration allows. Before that nothing may be sent.
    #[cfg(feature = "solve")]
    pub(crate) fn allow_configured(&self) -> Result<(), lockit_solver::ConfigError> {
        if self.all_allowed.get().is_none() {
            let mut all = self.allowed.clone();
            all.extend(lockit_solver::allowed_variables()?);
            let _ = self.all_allowed.set(all);
        }
        Ok(())
    }

    /// A variable, for `${TOKEN}` in channels. Empty counts as absent, as in a shell script that forgot to set it.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether a variable is set, if only to nothing.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.values.keys().map(String::as_str)
    }

    /// The secrets that may be written out where a variable could stand.
    pub(crate) fn known_secrets(&self) -> KnownSecrets {
        KnownSecrets::new(self.values.clone())
    }
}

impl VariableValues for Variables {
    fn value(&self, name: &str) -> Option<String> {
        self.get(name).map(str::to_owned)
    }

    fn hosts(&self, name: &str) -> &[AllowedHost] {
        self.all_allowed.get().unwrap_or(&self.allowed).hosts(name)
    }
}
