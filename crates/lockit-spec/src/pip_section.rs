//! How a `pip:` section is looked at.

/// What to do with a `pip:` section that holds what is not supported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PipSection {
    /// Problems are errors.
    #[default]
    Check,
    /// Problems are warnings: the section is going to be skipped anyway.
    Skip,
}
