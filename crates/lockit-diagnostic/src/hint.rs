//! What to do about an error.

use std::error::Error;

/// An error of a library that knows what to do about it. Its text says what happened;
/// [`Diagnostic::of`](crate::Diagnostic::of) puts both together.
pub trait Hint: Error {
    /// Each a piece of advice of its own; empty where nothing is known that helps.
    fn hints(&self) -> Vec<String>;
}
