//! What people write: environment files and `lockit.toml`, read with every item's place kept.
//!
//! Data flows from [`SourceFile`](lockit_diagnostic::SourceFile) through [`EnvironmentFile`] (one
//! file, as it stands) to [`Environment`] (what is wanted: several files merged, selectors still
//! open), and from there to the requirements of one platform.

mod channel;
mod environment;
mod environment_file;
mod options;
mod requirement;
mod selector;

pub use channel::ChannelRef;
pub use environment::Environment;
pub use environment_file::EnvironmentFile;
pub use options::{ChannelPriority, Cutoff, ExcludeNewer, SolveOptions, Strategy, VirtualPackage};
pub use selector::Selector;
pub use requirement::{PipRequirement, Requirement};

/// A conda subdir such as `linux-64`.
pub type Platform = rattler_conda_types::Subdir;
