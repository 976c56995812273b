//! The part of a lock that goes into files of one platform each.
//!
//! conda-lock solves everything together and keeps it in conda-lock.yml; into explicit files and rendered environments
//! go the categories that are asked for (`--no-dev-dependencies`, `--extras`).

use std::collections::{BTreeMap, BTreeSet};

use lockit_lockfile::{InputHash, Lock, input_hash_of_part};
use lockit_spec::{Environment, Platform};

use super::categories::Categories;

/// Less than everything.
#[derive(Debug)]
pub struct Part {
    names: BTreeSet<String>,
    /// What asks for it.
    pub categories: Categories,
    /// What the specs ask for in these categories.
    pub environment: Environment,
}

impl Part {
    /// The part of an environment that flags ask for; `None` when that is all of it.
    pub fn of(environment: &Environment, asked: &Categories) -> Option<Self> {
        if !asked.chosen() {
            return None;
        }
        let mut part = environment.clone();
        part.requirements.retain(|requirement| asked.wants(&requirement.category));
        part.pip.retain(|requirement| asked.wants(&requirement.category));
        let is_all = part.requirements.len() == environment.requirements.len()
            && part.pip.len() == environment.pip.len();
        (!is_all).then(|| Self {
            names: asked.names(),
            categories: asked.clone(),
            environment: part,
        })
    }

    /// The input hash of each platform, from that of everything.
    pub fn hashes(&self, hashes: &BTreeMap<Platform, InputHash>) -> BTreeMap<Platform, InputHash> {
        hashes.iter().map(|(platform, hash)| (*platform, hash.of_part(&self.names))).collect()
    }

    /// Leaves out of a lock what is not in the part.
    pub fn keep(&self, lock: &mut Lock) {
        lock.retain_categories(&self.names);
        for (platform, locked) in &mut lock.platforms {
            let wanted: BTreeSet<&str> = self
                .environment
                .requirements_for(*platform)
                .map(|requirement| requirement.name.as_normalized())
                .collect();
            if let Some(requested) = &mut locked.requested {
                requested.retain(|name| wanted.contains(name.as_str()));
            }
            if let Some(hash) = &mut locked.input_hash {
                *hash = input_hash_of_part(hash, &self.names);
            }
        }
    }
}
