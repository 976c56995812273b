//! What is wanted, what is there, and whether it holds.

pub(crate) mod imposed;
pub(crate) mod inputs;
pub(crate) mod origin;
pub(crate) mod part;
pub(crate) mod plan;
