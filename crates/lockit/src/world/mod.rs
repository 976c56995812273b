//! What is around a command: folder, clock, variables, files, and git.

pub(crate) mod context;
pub(crate) mod git;
pub(crate) mod merged_files;
pub(crate) mod outputs;
#[cfg(feature = "solve")]
pub(crate) mod prefix;
pub(crate) mod texts;
pub(crate) mod variables;
