//! The file cannot be read, or a part of it is wrong.
//!
//! (page to be written)

use crate::{Check, Rule};

/// `invalid-file`
pub(super) static RULE: Rule = Rule {
    code: lockit_spec::code::INVALID_FILE,
    name: "invalid-file",
    default: true,
    fixable: false,
    source: include_str!("invalid_file.rs"),
    check: Check::Reader,
};
