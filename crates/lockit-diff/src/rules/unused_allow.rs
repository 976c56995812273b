//! A comment allows what does not occur.
//!
//! ## What it does
//!
//! Reports `# lockit: allow NAME` where nothing of that name is found, or where no such rule exists.
//!
//! ## Why is this bad?
//!
//! It hides the next finding, which nobody has looked at.
//!
//! ## Example
//!
//! ```yaml
//!   - numpy  # lockit: allow build-string
//! ```
//!
//! ## Instead
//!
//! Remove the comment. `--fix` does.

use crate::{Check, Rule};

/// `unused-allow`
pub(crate) static RULE: Rule = Rule {
    code: "LK017",
    name: "unused-allow",
    default: true,
    fixable: true,
    source: include_str!("unused_allow.rs"),
    check: Check::Linter,
};
