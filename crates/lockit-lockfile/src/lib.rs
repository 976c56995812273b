//! What was chosen: the lock model, the formats it is written in, and whether it still holds.

mod archive;
pub mod conda_lock;
mod credentials;
mod error;
pub mod explicit;
mod format;
mod header;
mod input_hash;
mod model;
pub mod order;
mod record;
#[cfg(test)]
mod sample;
pub mod satisfaction;
mod virtual_needs;
mod yaml_scalar;

pub use error::FormatError;
pub use explicit::ExplicitOptions;
pub use format::{Format, UnknownFormat};
pub use input_hash::input_hash;
pub use model::{Lock, LockedChannel, PlatformLock, Record};
pub use record::Identity;
pub use virtual_needs::virtual_needs;
