//! Differences between two locks, whatever formats they were read from.
//!
//! [`compare`] finds them, [`text`] and [`Report`] write them. A field that one of two formats
//! does not keep is no difference.

mod change;
mod compare;
mod json;
mod markdown;
mod package_page;
mod raised;
mod report;
mod rows;
mod summary;
mod text;

pub use change::{Change, Kind, Side};
pub use compare::{
    CompareOptions, EnvironmentDiff, FactChange, NeedChange, Young, YoungPackage, compare,
};
pub use report::{HeldBack, Places, Report, Withdrawn};
pub use text::{commit_text, lines, size_text, text};
