//! What comes of it: the chosen records, or why there are none.

use std::sync::Arc;

use lockit_lockfile::Record;
use lockit_spec::{ChannelRef, Platform};

use crate::conflict::Conflict;
use crate::fetch::FetchFailure;
use crate::observed::Observed;

/// The result for one environment on one platform.
#[derive(Debug)]
pub struct Outcome {
    /// Environment.
    pub environment: String,
    /// Platform.
    pub platform: Platform,
    /// The chosen records, in no particular order, or why there are none.
    pub result: Result<Vec<Arc<Record>>, Failure>,
    /// What the index says besides.
    pub observed: Observed,
}

/// Why there is no result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// No set of packages satisfies the specs.
    Conflict(Box<Conflict>),
    /// Repodata could not be had.
    Fetch(FetchFailure),
    /// A channel cannot be used.
    Channel {
        /// As in the spec, without secrets.
        channel: String,
        /// Why.
        reason: String,
        /// What to do about it.
        hints: Vec<String>,
        /// Where it is written.
        origin: Option<ChannelRef>,
    },
    /// The environment that this one follows has no result here.
    Base {
        /// The environment it follows.
        environment: String,
    },
    /// Conda has a result, but PyPI packages do not go with it. Who resolved those explains it.
    Pypi,
    /// Conda has a result, but an index of PyPI packages cannot be asked. Who asked explains it.
    PypiUnreachable,
    /// The index contradicts itself, or the solver failed in a way that is no conflict.
    Solver(String),
}
