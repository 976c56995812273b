//! Tests through the public interface.

#![expect(clippy::disallowed_methods, reason = "tests look for what is beside the checkout")]

mod corpus;
mod environment_files;
mod errors;
mod never_panics;
mod sources;
