//! What people say on the command line, as clap reads it.

pub(crate) mod categories;
pub(crate) mod conda_lock;
pub(crate) mod conda_lock_variables;
pub(crate) mod metadata;
pub(crate) mod which_lock;
