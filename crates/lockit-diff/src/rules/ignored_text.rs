//! A part of the file has no effect.
//!
//! ## What it does
//!
//! Reports extras of conda packages (`dask[complete]`), selectors where none can stand, and text behind `#` inside of quotes.
//!
//! ## Why is this bad?
//!
//! It looks as if it did something.
//!
//! ## Example
//!
//! ```yaml
//!   - dask[complete]
//! ```
//!
//! ## Instead
//!
//! List what is wanted: conda packages have no extras.

use crate::{Check, Rule};

/// `ignored-text`
pub(crate) static RULE: Rule = Rule {
    code: lockit_spec::code::IGNORED_TEXT,
    name: "ignored-text",
    default: true,
    fixable: false,
    source: include_str!("ignored_text.rs"),
    check: Check::Reader,
};
