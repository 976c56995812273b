//! What is emitted for locks of every kind, as a reviewer would read it.

#![allow(clippy::unwrap_used, reason = "a helper that fails is a test that fails")]

mod combinations;
mod refusals;
