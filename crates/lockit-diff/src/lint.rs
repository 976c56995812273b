//! Runs rules over files.
//!
//! What a rule sees of a file is a subject: everything that was read of it, once, and what its
//! project says about it.

mod subject;

pub use subject::{LockSubject, SpecSubject};
