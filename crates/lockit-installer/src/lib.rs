//! From a lock to a prefix that conda, mamba and pixi accept, by rattler's installer.
//!
//! [`fetch`](Installation::run) comes first: every archive is in the package cache, and is what its digest
//! says, before a file of the prefix is touched. What the lock does not keep about a package is read from the
//! archive itself, so an explicit file is as good as a pixi.lock. Secrets of addresses are filled in for the
//! network alone: `conda-meta` never sees them. Each path of a package is proved to lie in the prefix first. PyPI packages come after the conda packages, by way of uv.

mod archive;
mod credentials;
mod damage;
mod digests;
mod done;
mod error;
mod ground;
mod install;
mod installed;
mod leads;
mod links;
mod measure;
mod obtain;
mod pip;
mod place;
mod prefix;
mod progress;
mod proof;
mod record_files;
mod room;
mod state;
mod tree;
mod unpacked;

pub use credentials::{Credentials, CredentialsError};
pub use damage::{Damage, Look};
pub use done::Done;
pub use error::InstallError;
pub use install::Installation;
pub use prefix::{ImportError, Imported, import};
pub use progress::{InstallProgress, NoInstallProgress, Stage};
pub use proof::Clash;
