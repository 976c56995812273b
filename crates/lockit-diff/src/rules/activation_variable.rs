//! A variable is not activated as it is written, or decides which code runs.
//!
//! ## What it does
//!
//! Reports names in `variables:` that activation sets itself (`PATH`, `CONDA_PREFIX`), names in lower case, names that differ only in
//! case, and names that make programs load code (`LD_PRELOAD`, `PYTHONPATH`, `BASH_ENV`).
//!
//! ## Why is this bad?
//!
//! conda, mamba and pixi set each name in upper case, and ignore or break on those they set themselves. A variable that names code
//! changes every program of the environment, and images that are made from the lock.
//!
//! ## Example
//!
//! ```yaml
//! variables:
//!   PATH: /opt/tool/bin
//!   omp_num_threads: 4
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! variables:
//!   OMP_NUM_THREADS: 4
//! ```

use crate::{Check, Rule};

/// `activation-variable`
pub(crate) static RULE: Rule = Rule {
    code: lockit_spec::code::ACTIVATION_VARIABLE,
    name: "activation-variable",
    default: true,
    fixable: false,
    source: include_str!("activation_variable.rs"),
    check: Check::Reader,
};
