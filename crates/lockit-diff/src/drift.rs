//! Differences between the platforms of one lock.
//!
//! [`drift`] finds them and tells what has to be so from what surprises; [`text`], [`markdown`] and
//! [`json`] write them.

mod find;
mod json;
mod markdown;
mod text;

pub use find::{Drift, Partial, drift};
pub use json::json;
pub use markdown::markdown;
pub use text::text;
