//! What was chosen: the lock model, the formats it is written in, and whether it still holds.

mod model;

pub use model::{Lock, LockedChannel, PlatformLock, Record};
