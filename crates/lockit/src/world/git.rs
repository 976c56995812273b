//! The `git` program: it knows every way in which a repository may be stored.

mod read;
mod run;
#[cfg(feature = "solve")]
mod write;

pub(crate) use read::{MergedTree, Unmerged};
pub(crate) use run::{Git, NESTED};
#[cfg(feature = "solve")]
pub(crate) use write::TreeChange;
