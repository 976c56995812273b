//! What is around a command: folder, clock, variables, files, and git.

pub(crate) mod context;
pub(crate) mod files;
pub(crate) mod git;
pub(crate) mod outputs;
