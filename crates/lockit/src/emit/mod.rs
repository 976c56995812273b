//! From locks to what is made of them: Dockerfile, bills of materials, lockfiles in other formats.
//!
//! Each takes the locks it is given, and what was asked for without any flags.

pub(crate) mod dockerfile;
pub(crate) mod rendered;
pub(crate) mod sbom;
