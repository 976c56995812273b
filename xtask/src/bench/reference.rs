//! What every contender locks.

/// The article's predict spec.
pub(crate) const SPECS: [&str; 9] = [
    "pip",
    "click",
    "fastapi",
    "gunicorn",
    "lightgbm",
    "pandas",
    "scikit-learn",
    "setuptools_scm",
    "uvicorn",
];

pub(crate) const PLATFORMS: [&str; 4] = ["linux-64", "linux-aarch64", "osx-64", "osx-arm64"];
