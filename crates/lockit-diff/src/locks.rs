//! Differences between two locks, whatever formats they were read from.
//!
//! [`compare`] finds them, [`text`], [`markdown`] and [`json`] write them. A field that one of two formats
//! does not keep is no difference.

mod change;
mod compare;
mod json;
mod markdown;
mod summary;
mod text;

pub use change::{Change, Kind, Side};
pub use compare::{CompareOptions, EnvironmentDiff, Young, compare};
pub use json::json;
pub use markdown::markdown;
pub use text::{lines, text};
