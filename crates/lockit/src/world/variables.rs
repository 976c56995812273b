//! The variables of the process, read once.

use std::collections::BTreeMap;
use std::ffi::OsString;

use lockit_spec::KnownSecrets;

/// Variables that are text; what is not is nothing that lockit could use.
#[derive(Clone, Default)]
pub(crate) struct Variables(BTreeMap<String, String>);

/// Values may be secrets.
impl std::fmt::Debug for Variables {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Variables({})", self.0.len())
    }
}

impl Variables {
    /// Takes names and values.
    pub(crate) fn new(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let text = |value: OsString| value.into_string().ok();
        Self(
            variables.into_iter().filter_map(|(name, value)| text(name).zip(text(value))).collect(),
        )
    }

    /// A variable, for `${TOKEN}` in channels. Empty counts as absent, as in a shell script that forgot to set it.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether a variable is set, if only to nothing.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// The names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// The secrets that may be written out where a variable could stand.
    pub(crate) fn known_secrets(&self) -> KnownSecrets {
        KnownSecrets::new(self.0.clone())
    }
}
