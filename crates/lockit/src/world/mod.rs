//! What is around a command: folder, clock, variables, files, and git.

pub(crate) mod context;
pub(crate) mod git;
pub(crate) mod merged_files;
pub(crate) mod outputs;
pub(crate) mod variables;
