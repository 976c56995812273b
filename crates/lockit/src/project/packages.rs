//! Names of packages that a run can be about.

use std::collections::BTreeSet;

use lockit_spec::{did_you_mean, normalise_pypi_name};

use super::error::ProjectError;
use super::plan::Plan;

impl Plan {
    /// Names that are in some lock or spec.
    pub fn known_packages(&self) -> BTreeSet<&str> {
        self.entries
            .iter()
            .flat_map(|entry| {
                let locked = entry.existing.iter().flat_map(|existing| {
                    let platforms = existing.lock.platforms.values();
                    platforms.flat_map(|locked| {
                        let conda = locked.records.iter().map(|record| record.name.as_str());
                        conda.chain(locked.pip.iter().map(|record| record.name.as_str()))
                    })
                });
                let wanted = entry.wanted.environment.requirements.iter();
                locked.chain(wanted.map(|requirement| requirement.name.as_normalized()))
            })
            .collect()
    }

    /// A name as locks and specs have it: conda's are lower case, and PyPI's are spelled as PEP 503 says unless
    /// conda has the name as it stands.
    pub fn spelled(&self, name: &str) -> String {
        let lower = name.to_lowercase();
        let known = self.known_packages();
        let normal = normalise_pypi_name(&lower);
        if !known.contains(lower.as_str()) && known.contains(normal.as_str()) {
            normal
        } else {
            lower
        }
    }

    /// Refuses names that are in no lock and no spec, for `--upgrade-package`.
    ///
    /// # Errors
    /// The first such name, or one with more to it than a name.
    pub fn check_upgrade(&self, names: &BTreeSet<String>) -> Result<(), ProjectError> {
        if names.is_empty() {
            return Ok(());
        }
        let known = self.known_packages();
        for name in names {
            if let Some(at) = name.find(|c: char| "=<>!~ []".contains(c)) {
                return Err(ProjectError::new(format!("`{name}` is more than a package name"))
                    .hint(format!(
                        "write the version into the spec; `lockit update {}` takes the newest that fits",
                        &name[..at]
                    )));
            }
            if !known.contains(name.as_str()) {
                let error = ProjectError::new(format!(
                    "`{name}` is in no lockfile and in no spec, so it cannot be updated"
                ));
                return Err(error.hint(did_you_mean(name, known.iter().copied()).unwrap_or_else(
                    || "to add it, write it into the spec and run `lockit`".to_owned(),
                )));
            }
        }
        Ok(())
    }
}
