//! PyPI packages beside conda packages: what uv knows, asked of uv.
//!
//! lockit does not choose, build or install wheels itself. The `uv` program does, found by [`Uv::find`] and run
//! without the settings of the user that would change what it chooses. Its command line is stable; its crates
//! change with every release, and would more than double what has to be compiled. Two of them are small and do
//! one thing that nobody should write again: they know which wheel fits where.
//!
//! A [`PypiRequest`] is what one environment asks of PyPI on one platform, once conda has chosen. What conda
//! provides is decided: uv gets it as wheels without contents and chooses the rest to go with it.

mod advice;
mod annotations;
mod build_rules;
mod constraint;
mod digests;
mod editable;
mod error;
mod metadata;
mod missing_extra;
mod other_digests;
mod provided;
mod put_back;
mod pylock;
mod request;
mod resolve;
mod run;
mod said;
mod shadow;
mod stub;
mod surroundings;
mod target;
mod unreachable;
mod uv;

pub use advice::Advice;
pub use constraint::constraint;
pub use error::PypiError;
pub use missing_extra::MissingExtra;
pub use other_digests::{DemandedDigests, OfferedArchive, OtherDigests};
pub use provided::{Provided, provided};
pub use request::{PypiRequest, Resolution, Resolver};
pub use shadow::Shadowed;
pub use uv::{Uv, UvError, UvVersion};
