//! What a fix needs to know about packages, wherever it comes from.

/// Knowledge about packages: an installed environment, a channel's index, or a built-in list.
pub trait PackageIndex {
    /// Where it comes from, for messages: "a built-in list of low-level libraries".
    fn origin(&self) -> String;

    /// Names that a package depends on. `None` when the source does not know the package.
    fn dependencies(&self, name: &str) -> Option<&[String]>;
}
