//! Tests through the public interface.

mod corpus;
mod errors;
mod never_panics;
