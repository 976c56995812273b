//! What local folders among PyPI requirements say of their needs.

use lockit_lockfile::{asked_address, asked_extras};
use lockit_spec::{PipRequirement, Platform, folder_needs, out_of_reach};

use super::plan::Entry;

impl Entry {
    /// What the local folders that are asked for on a platform need themselves, as far as their `pyproject.toml` says it. A
    /// change of it is one of the inputs.
    pub(super) fn folder_needs(&self, platform: Platform) -> Vec<String> {
        let lines = self.wanted.environment.pip_for(platform);
        lines.flat_map(|line| self.needs_of(line)).collect()
    }

    fn needs_of(&self, line: &PipRequirement) -> Vec<String> {
        let text = line.line();
        let Some(address) = asked_address(&text) else { return Vec::new() };
        let address = address.strip_prefix("file:").unwrap_or(address);
        if address.contains("://") || address.starts_with("git+") {
            return Vec::new();
        }
        let address = address.strip_prefix("//").unwrap_or(address);
        let pyproject = self.around.directory.join(address).join("pyproject.toml");
        // A folder elsewhere is not looked into because a file names it.
        let is_ours = out_of_reach(&pyproject, &self.root.join("lockit.toml")).is_none();
        let Some(Ok(bytes)) = self.around.files.bytes(&pyproject).filter(|_| is_ours) else {
            return Vec::new();
        };
        let Ok(read) = std::str::from_utf8(&bytes) else { return Vec::new() };
        folder_needs(read, &asked_extras(&text))
    }
}
