//! Tests through the public interface.

mod corpus;
mod environment_files;
mod errors;
mod never_panics;
mod readers;
mod sources;
