//! The file is the output of `conda env export`, not something a person wrote.
//!
//! ## What it does
//!
//! Looks at the file as a whole and gives one finding. An export is known by its closure: every package that was installed is in it,
//! also those that nobody types because others bring them along (`openssl`, `libffi`, `ncurses`, `libgcc-ng`). In hand-written files such
//! packages are at most one in ten, in exports they are a third or more. Exact pins and build strings lower the amount that is
//! needed; alone they are no proof, since people pin too. Exports without builds, trimmed ones, and lists of
//! package addresses are found in the same way.
//!
//! ## Why is this bad?
//!
//! `libcxx=11.0.1=habf9029_0` names a library that only macOS has, in a build that only macOS has. Nobody on Linux can
//! install that file, and on macOS it stops working when the channel drops the build. The few packages that were wanted cannot be told
//! from the two hundred that came with them, so nothing in it can be updated by hand.
//!
//! ## Example
//!
//! ```yaml
//! name: work
//! dependencies:
//!   - libcxx=11.0.1=habf9029_0
//!   - numpy=1.20.3=py39h4b4dc7a_0
//!   - openssl=1.1.1k=h9ed2024_0
//!   - python=3.9.5=h88f2d9e_3
//! prefix: /Users/ada/miniconda3/envs/work
//! ```
//!
//! ## Instead
//!
//! Write down what is wanted, and let `lockit` write the exact packages into a lockfile for every platform:
//!
//! ```yaml
//! name: work
//! channels: [conda-forge, nodefaults]
//! dependencies:
//!   - numpy
//!   - python=3.9
//! ```
//!
//! `lockit lint --fix` makes such a file out of an export. `conda export --from-history` is another way to begin.
//!
//! ## When to allow it
//!
//! When the file is kept as a record and nobody installs from it: put `# lockit: allow env-export` on its first line.

use crate::lint::SpecSubject;
use crate::{Check, Finding, Rule};

/// `env-export`
pub(crate) static RULE: Rule = Rule {
    code: "LK001",
    name: "env-export",
    default: true,
    fixable: true,
    source: include_str!("env_export.rs"),
    check: Check::Spec(check),
};

fn check(subject: &SpecSubject<'_>) -> Vec<Finding> {
    crate::export::finding(subject, &RULE).into_iter().collect()
}
