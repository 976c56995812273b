//! What was chosen: the lock model, the formats it is written in, and whether it still holds.
//!
//! A [`Lock`] is what was chosen for one environment. Each format has a module with `write` and
//! `read`; [`render`] writes any of them, [`detect::read`] finds out which format a file has. [`satisfaction::check`] says whether a
//! lock still fits a spec, without a solver and without a network. [`write::write_all`] puts files in
//! place so that they are either the old ones or the new ones.
//!
//! Written text depends on the lock alone: the same lock gives the same bytes everywhere.
//!
//! ```
//! use std::collections::BTreeMap;
//!
//! use lockit_diagnostic::SourceFile;
//! use lockit_lockfile::{
//!     ExplicitOptions, Format, Lock, LockedChannel, PlatformLock, Record, detect, explicit,
//! };
//! use lockit_spec::Platform;
//!
//! let mut record = Record::from_url(
//!     "https://conda.anaconda.org/conda-forge/noarch/tzdata-2024b-hc8b5060_0.conda",
//! )
//! .expect("the address of a conda package");
//! record.sha256 = Some("4fde5c3008bf5d2db82f2b50204464314cc3c91c1d953652f7bd01d9e52aefdf".into());
//! let chosen = PlatformLock { records: vec![record.into()], ..PlatformLock::default() };
//! let lock = Lock {
//!     environment: "dev".into(),
//!     channels: vec![LockedChannel::new("https://conda.anaconda.org/conda-forge")],
//!     platforms: BTreeMap::from([(Platform::Linux64, chosen)]),
//!     ..Lock::default()
//! };
//!
//! let text = explicit::write(&lock, Platform::Linux64, ExplicitOptions::default())?;
//! assert!(text.ends_with("#sha256:4fde5c3008bf5d2db82f2b50204464314cc3c91c1d953652f7bd01d9e52aefdf\n"));
//!
//! let file = SourceFile::new("conda-linux-64.lock", text);
//! let lockfile = detect::read_source(&file).expect("what was just written");
//! assert_eq!(lockfile.format, Format::Explicit);
//! assert_eq!(lockfile.locks, [lock]);
//! # Ok::<(), lockit_lockfile::FormatError>(())
//! ```

pub mod agreement;
pub mod alphabet;
mod archive;
mod categories;
mod clear_text;
pub mod conda_lock;
pub mod detect;
mod digest;
mod error;
#[cfg(test)]
mod error_messages;
pub mod explicit;
mod folders;
#[cfg(test)]
mod foreign;
mod graph;
mod header;
mod input_hash;
#[cfg(test)]
mod keeps_secrets;
mod listed_channels;
pub mod lock_specification;
#[cfg(test)]
mod md5_only;
mod metadata;
mod model;
pub mod names;
pub mod order;
mod package;
mod pip;
pub mod pixi;
mod pool;
pub mod pylock;
mod record;
mod render;
pub mod rendered_env;
pub mod requirements;
mod rewritten;
#[cfg(test)]
mod sample;
pub mod satisfaction;
mod stripped;
mod virtual_needs;
pub mod write;
mod yaml_scalar;

pub use categories::{DEV, MAIN};
pub use digest::{hex, hex_sha256};
pub use error::FormatError;
pub use explicit::ExplicitOptions;
pub use graph::Graph;
pub use input_hash::{InputArea, InputHash, input_hash, input_hash_of_part};
pub use lockit_spec::Format;
pub use metadata::{InputDigests, Metadata, read_custom};
pub use model::{
    Lock, LockedChannel, LockedOptions, PipIndexes, PipRecord, PipSource, PlatformLock, Record,
};
pub use package::{Manager, Package};
pub use pip::{
    Markers, asked_address, asked_extras, asked_marker, asked_name, is_same_commit,
    is_same_repository, is_wheel, provided_names,
};
pub use pool::Pool;
pub use record::Identity;
pub use render::{RenderKind, RenderOptions, UnknownRenderKind, render};
pub use virtual_needs::virtual_needs;
