//! One file per verb.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod diff;
pub(crate) mod dockerfile;
#[cfg(feature = "solve")]
pub(crate) mod import;
pub(crate) mod init;
#[cfg(feature = "solve")]
pub(crate) mod install;
pub(crate) mod lint;
pub(crate) mod list;
pub(crate) mod lock;
pub(crate) mod man;
pub(crate) mod merge;
#[cfg(feature = "solve")]
pub(crate) mod refresh;
pub(crate) mod render;
pub(crate) mod render_lock_spec;
pub(crate) mod rule;
pub(crate) mod sbom;
pub(crate) mod tree;
pub(crate) mod why;
