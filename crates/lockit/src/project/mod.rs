//! What is wanted, what is there, and whether it holds.

pub(crate) mod agreement;
pub(crate) mod categories;
pub(crate) mod conda_lock_inputs;
mod declared;
pub(crate) mod error;
pub(crate) mod existing;
pub(crate) mod files;
pub(crate) mod gather;
pub(crate) mod lineage;
pub(crate) mod origin;
mod packages;
pub(crate) mod part;
mod places;
pub(crate) mod plan;
pub(crate) mod selection;
pub(crate) mod spec_names;
pub(crate) mod standing;
pub(crate) mod surroundings;
pub(crate) mod wanted;
