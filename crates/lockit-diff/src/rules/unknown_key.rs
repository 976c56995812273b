//! A key or a section means nothing.
//!
//! ## What it does
//!
//! Reports top-level keys and sections of `dependencies` that CEP 24 does not know.
//!
//! ## Why is this bad?
//!
//! Mostly it is a typing mistake, and what stands below it is ignored without a word. An unknown section of `dependencies` is an
//! error by CEP 24: its packages would be missing.
//!
//! ## Example
//!
//! ```yaml
//! chanels: [conda-forge]
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! channels: [conda-forge]
//! ```

use crate::{Check, Rule};

/// `unknown-key`
pub(crate) static RULE: Rule = Rule {
    code: lockit_spec::code::UNKNOWN_KEY,
    name: "unknown-key",
    default: true,
    fixable: false,
    source: include_str!("unknown_key.rs"),
    check: Check::Reader,
};
