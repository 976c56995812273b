//! Mends files: applies edits, and turns an export back into a spec a person would write.

mod apply;
mod built_in;
mod export;
mod index;
mod installed;

pub use apply::{Fixed, apply_fixes};
pub use built_in::BuiltIn;
pub use export::{ExportFix, Pins, rewrite_export};
pub use index::PackageIndex;
pub use installed::Installed;
