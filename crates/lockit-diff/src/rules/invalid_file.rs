//! The file cannot be read, or a part of it is wrong.
//!
//! ## What it does
//!
//! Reports text that is no YAML, a file that is no environment file, and items that are no package specs, at the place that is wrong.
//!
//! ## Why is this bad?
//!
//! conda stops at such a file on the day somebody needs it, or installs something else than was meant.
//!
//! ## Example
//!
//! ```yaml
//! dependencies:
//!   - python: 3.12
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! dependencies:
//!   - python=3.12
//! ```

use crate::{Check, Rule};

/// `invalid-file`
pub(crate) static RULE: Rule = Rule {
    code: lockit_spec::code::INVALID_FILE,
    name: "invalid-file",
    default: true,
    fixable: false,
    source: include_str!("invalid_file.rs"),
    check: Check::Reader,
};
