//! What a fix needs to know about packages, wherever it comes from.

use lockit_spec::Platform;

/// Knowledge about packages: an installed environment, a channel's index, or a built-in list.
pub trait PackageIndex {
    /// Where it comes from, for messages: "a built-in list of low-level libraries".
    fn origin(&self) -> String;

    /// Names that a package depends on. `None` when the source does not know the package.
    fn dependencies(&self, name: &str) -> Option<&[String]>;

    /// The platforms that have a package, at a version if one is given: as behind a single `=`, `3.12`
    /// is every 3.12.x. `None` when the source cannot say.
    fn platforms(&self, name: &str, version: Option<&str>) -> Option<Vec<Platform>> {
        let _ = (name, version);
        None
    }
}
