//! One file per verb.

pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod lock;
pub(crate) mod man;
pub(crate) mod update;
