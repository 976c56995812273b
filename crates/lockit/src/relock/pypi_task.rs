//! What is to be resolved on PyPI.

use lockit_pypi::{PypiError, Resolution};
use lockit_spec::{Environment, Platform};

/// One thing to resolve, and what came out.
pub(super) struct Task<'a> {
    pub(super) environment: &'a Environment,
    pub(super) platform: Platform,
    pub(super) result: Result<Resolution, TaskError>,
}

/// Why there is no result.
pub(super) enum TaskError {
    /// uv's reasons, or ours.
    Pypi(PypiError),
    /// A package that the environment whose versions are taken does not have.
    NotInBase { name: String, base: String },
    /// That environment has no result here.
    NoBase,
}
