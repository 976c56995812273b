//! Conda channels for tests: written from a readable recipe, served on loopback, misbehaving on
//! demand. For development only.
//!
//! ```
//! use lockit_testkit::{Fault, Server, channel_from_yaml};
//!
//! let channel = channel_from_yaml(
//!     "
//! platforms: [linux-64]
//! packages:
//!   app: {versions: [1.0, 2.0], noarch: python, depends: [python >=3.12]}
//!   python: {versions: [3.12.4], depends: [{linux: __glibc >=2.17}]}
//! ",
//! );
//! let server = Server::builder(channel.path()).zstd().start()?;
//! server.fault_times("*/linux-64/*", 2, Fault::Status(503));
//! assert!(server.url().starts_with("http://127.0.0.1:"));
//! assert!(server.requests().is_empty());
//! # Ok::<(), std::io::Error>(())
//! ```
//!
//! [`Recipe`] describes the format, [`Server`] what can be offered, [`Fault`] what can go wrong.
//! The channel that is checked in is `test-data/channel.yml`, see [`test_data`].

mod archive;
mod digest;
mod error;
mod forge;
mod host_python;
mod package;
mod pypi_index;
mod recipe;
mod rendered;
mod server;
mod shards;
mod wheel;
mod zip_archive;

use std::path::{Path, PathBuf};

pub use error::Error;
pub use forge::{Access, ForgeServer, MergeRequest};
pub use host_python::HostPython;
pub use package::Package;
pub use pypi_index::PypiIndex;
pub use recipe::Recipe;
pub use rendered::{Difference, RenderedChannel};
pub use server::{Builder, Credentials, Fault, Request, Server};
pub use tempfile::TempDir;
pub use wheel::Wheel;

/// A path below the workspace's `test-data`.
pub fn test_data(path: impl AsRef<Path>) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../test-data").join(path)
}

/// Writes a channel from recipe text into a temporary folder, which goes when it is dropped.
///
/// # Panics
/// With the line of the mistake, when the recipe has one. [`Recipe::parse`] gives an error instead.
#[track_caller]
pub fn channel_from_yaml(text: &str) -> TempDir {
    match channel(text) {
        Ok(folder) => folder,
        Err(error) => panic!("{error}"),
    }
}

fn channel(text: &str) -> Result<TempDir, Error> {
    let folder = tempfile::tempdir()?;
    Recipe::parse("channel.yml", text)?.render()?.write(folder.path())?;
    Ok(folder)
}
