//! The name of the environment is one that conda refuses or keeps for itself.
//!
//! ## What it does
//!
//! Reports names with `/`, a blank, `:` or `#`, and the names `base` and `root`.
//!
//! ## Why is this bad?
//!
//! `conda env create` fails, or writes over the installation of conda itself.
//!
//! ## Example
//!
//! ```yaml
//! name: /home/ada/micromamba/envs/work
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! name: work
//! ```

use crate::{Check, Rule};

/// `environment-name`
pub(crate) static RULE: Rule = Rule {
    code: lockit_spec::code::ENVIRONMENT_NAME,
    name: "environment-name",
    default: true,
    fixable: false,
    source: include_str!("environment_name.rs"),
    check: Check::Reader,
};
