//! Is this file the output of `conda env export`?
//!
//! [`judge`] counts ([`Evidence`]) and decides ([`Verdict`]); the tables behind it also tell which
//! packages exist for one system only ([`os_of`]) and which nobody types ([`is_low_level`]).

mod build_string;
mod evidence;
mod names;
mod verdict;

pub use build_string::names_one_build;
pub use evidence::Evidence;
pub(crate) use evidence::Pin;
pub use names::{OsFamily, is_low_level, os_of};
pub use verdict::{ExportKind, Verdict, judge};
