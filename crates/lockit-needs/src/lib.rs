//! What tests need of the machine, and the one way to do without it. For development only.
//!
//! A test asks for what it needs and ends when there is none:
//!
//! ```
//! # fn test() {
//! let Some(shared) = lockit_needs::shared("environment-files") else { return };
//! # drop(shared);
//! # }
//! ```
//!
//! Such a test passes, and its name is written down. What was skipped is listed where `cargo test --workspace`
//! ends ([`Skipped`]). `LOCKIT_REQUIRE`, some words of [`Need`] with commas between them, says what must be there:
//! a test that lacks one of these fails.

#![expect(clippy::disallowed_methods, reason = "tests look for what is on the machine")]

mod machine;
mod need;
mod skipped;

pub use machine::{can_mount, can_trace, git_serves, has_curl, peers, shared, uv};
pub use need::Need;
pub use skipped::Skipped;
