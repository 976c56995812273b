//! PyPI packages: what uv knows, asked of uv.
//!
//! lockit does not choose, build or install wheels itself. The `uv` program does, found by [`Uv::find`] and run
//! without the settings of the user that would change what it chooses.

mod uv;

pub use uv::{Uv, UvError, UvVersion};
