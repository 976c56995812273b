//! A login or token is written out.
//!
//! ## What it does
//!
//! Reports user names, passwords and tokens in channels, dependencies and lockfiles. The line is not shown.
//!
//! ## Why is this bad?
//!
//! Whoever can read the repository, its history or a log has the secret.
//!
//! ## Example
//!
//! ```yaml
//! channels: ["https://ada:secret@conda.example.com/team"]
//! ```
//!
//! ## Instead
//!
//! Put a placeholder in its place, or use the credential store:
//!
//! ```yaml
//! channels: ["https://${TOKEN}@conda.example.com/team"]
//! ```
//!
//! A secret that was committed must be revoked.

use crate::{Check, Rule};

/// `url-credentials`
pub(crate) static RULE: Rule = Rule {
    code: lockit_spec::code::URL_CREDENTIALS,
    name: "url-credentials",
    default: true,
    fixable: false,
    source: include_str!("url_credentials.rs"),
    check: Check::Reader,
};
