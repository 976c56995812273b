//! What a fix needs to know about packages, wherever it comes from.

use lockit_spec::Platform;

/// Knowledge about packages: a channel index, an installed environment, or a built-in list.
pub trait PackageIndex {
    /// Where it comes from, for messages: "the index of conda-forge", "a built-in list of low-level
    /// libraries".
    fn origin(&self) -> String;

    /// Names that a package depends on. Version and build narrow it down; a source that does not have
    /// just this build answers for the nearest one. `None` when it does not know the package.
    fn dependencies(
        &self,
        name: &str,
        version: Option<&str>,
        build: Option<&str>,
    ) -> Option<Vec<String>>;

    /// The platforms that have a package, at a version if one is given. `None` when it cannot say.
    fn platforms(&self, name: &str, version: Option<&str>) -> Option<Vec<Platform>>;
}
