//! The rules, one file each, and how to find one.

mod env_export;
mod invalid_file;

use crate::Rule;

/// All rules, by code.
pub static RULES: &[&Rule] = &[&invalid_file::RULE, &env_export::RULE];

/// The rule of a code or a name.
pub fn find(text: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.code.eq_ignore_ascii_case(text) || rule.name == text)
}
