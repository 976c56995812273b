//! What people ask of an image.

/// What is asked of an image beside what lockit.toml says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked {
    /// Keys of `[dockerfile]` with values that win over lockit.toml, in the order in which the file names them.
    pub(crate) values: Vec<(&'static str, String)>,
    /// `NAME=VALUE`
    pub(crate) labels: Vec<String>,
    /// `NAME=VALUE`
    pub(crate) env: Vec<String>,
}

impl Asked {
    /// What a key was given.
    pub(super) fn value(&self, key: &str) -> Option<&str> {
        self.values.iter().find(|(name, _)| *name == key).map(|(_, value)| value.as_str())
    }
}
