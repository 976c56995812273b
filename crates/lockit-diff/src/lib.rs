//! What is wrong with a spec, what changed in a lock, and where platforms drift apart.
//!
//! * [`lint`] reads specs and lockfiles and gives [`Finding`]s: each belongs to a [`Rule`], says where
//!   and why, and may come with a [`Fix`].
//! * [`locks`] compares two locks of any format; [`drift`] compares the platforms of one lock.
//! * [`merge`] puts two changed copies of one lock together.
//! * [`output`] writes findings as text, JSON, SARIF, GitHub annotations or Markdown.
//!
//! Nothing here solves, and nothing reaches for a network: what a fix needs to know about packages
//! comes from outside as a [`fix::PackageIndex`].

pub mod drift;
mod edit;
pub mod export;
pub mod fix;
pub mod lint;
pub mod locks;
mod markdown_text;
pub mod merge;
pub mod output;
mod rule;
pub mod rules;
#[cfg(test)]
mod sample;
mod standing;
mod subject;

pub use edit::{Edit, Fix};
pub use rule::{Check, Finding, Rule};
