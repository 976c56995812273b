//! What a person may want to see while waiting.

/// What an installation is at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Archives come into the cache, or are looked up there.
    Fetch,
    /// Conda packages are linked into the prefix, others are taken out.
    Link,
    /// uv installs PyPI packages.
    Pip,
}

/// Called as work goes on. Every method does nothing by default.
pub trait InstallProgress: Send + Sync {
    /// A stage begins, with a number of packages.
    fn stage(&self, _stage: Stage, _packages: usize) {}
    /// One package of the stage is done. Only told while fetching.
    fn step(&self) {}
    /// The last stage ended, well or not.
    fn finished(&self) {}
}

/// Shows nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoInstallProgress;

impl InstallProgress for NoInstallProgress {}
