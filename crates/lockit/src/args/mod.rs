//! What people say on the command line, as clap reads it.

pub(crate) mod builds;
pub(crate) mod categories;
pub(crate) mod check;
pub(crate) mod conda_lock;
pub(crate) mod conda_lock_variables;
pub(crate) mod dockerfile;
pub(crate) mod global;
pub(crate) mod lint;
pub(crate) mod lock;
pub(crate) mod metadata;
pub(crate) mod network;
pub(crate) mod recorded;
pub(crate) mod refresh;
pub(crate) mod selection;
pub(crate) mod which_lock;
pub(crate) mod word;
pub(crate) mod write;
