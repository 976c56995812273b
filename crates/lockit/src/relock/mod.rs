//! From a plan to lockfiles: solve, put together, write, and say what happened.

#[cfg(feature = "solve")]
mod assemble;
pub(crate) mod disagreement;
pub(crate) mod explained;
pub(crate) mod lockfiles;
#[cfg(feature = "solve")]
mod metadata;
pub(crate) mod named_lock;
pub(crate) mod planned;
#[cfg(feature = "solve")]
mod pypi;
#[cfg(feature = "solve")]
mod pypi_advice;
#[cfg(feature = "solve")]
mod pypi_report;
#[cfg(feature = "solve")]
mod pypi_task;
#[cfg(feature = "solve")]
pub(crate) mod solve;
#[cfg(not(feature = "solve"))]
#[path = "no_solver.rs"]
pub(crate) mod solve;
pub(crate) mod spec_variables;
#[cfg(feature = "solve")]
pub(crate) mod summary;
pub(crate) mod verdict;
