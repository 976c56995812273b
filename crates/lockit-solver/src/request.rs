//! What is asked for: environments, and what of their locks may change.

use std::collections::BTreeSet;

use lockit_lockfile::Lock;
use lockit_spec::{Environment, Platform, Step};

/// What to let go of when there is a lock already.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Upgrade {
    /// Keep everything that still fits.
    #[default]
    Nothing,
    /// Move these packages, and only what must move with them.
    Packages(BTreeSet<String>),
    /// Keep only these packages, where that is possible.
    All {
        /// What stays; empty to keep nothing.
        but: BTreeSet<String>,
    },
}

/// One environment to solve.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is wanted. Environments that follow it (`same-versions-as`) must be in the same run.
    pub environment: Environment,
    /// The platforms to solve now.
    pub platforms: Vec<Platform>,
    /// What was chosen before.
    pub previous: Option<Lock>,
    /// What to let go of.
    pub upgrade: Upgrade,
    /// How far what is let go of may move away from what is locked.
    pub furthest: Step,
}
