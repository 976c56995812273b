//! Mends files: applies edits, and turns an export back into a spec a person would write.

mod index;

pub use index::PackageIndex;
