//! What is said where mirrors that the project names are no difference.

use std::collections::BTreeSet;

/// Any other change of a host is one, so it is always said.
pub(crate) fn explained(mirrors: &BTreeSet<String>) -> String {
    let mirrors: Vec<String> = mirrors.iter().map(|mirror| format!("`{mirror}`")).collect();
    format!("`[rewrite]` of lockit.toml explains the addresses of {}", mirrors.join(", "))
}
