//! What a project wants locked, which lockfiles it has, and whether they hold.
//!
//! Data flows one way: a [`Selection`](selection::Selection) says what was asked for; [`Inputs`](gather::Inputs) are the
//! environments that specs and `lockit.toml` make of it; a [`Plan`](plan::Plan) knows the lockfiles of each and judges
//! them. Nothing here knows a command line, prints, solves or writes. Files are read through
//! [`Files`](files::Files), each once in a run.
//!
//! ```
//! use std::path::PathBuf;
//! use std::sync::Arc;
//!
//! use lockit_project::files::Files;
//! use lockit_project::gather::Inputs;
//! use lockit_project::plan::{Plan, Reading};
//! use lockit_project::selection::Selection;
//! use lockit_project::surroundings::Surroundings;
//!
//! let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../test-data");
//! let around = Surroundings {
//!     directory: folder,
//!     here: std::env::current_dir().unwrap(),
//!     now: jiff::Timestamp::UNIX_EPOCH,
//!     files: Files::on_disk(),
//!     secrets: Arc::default(),
//!     conda: Arc::default(),
//! };
//! let asked = Selection { files: vec!["environment.yml".into()], ..Selection::default() };
//! let inputs = Inputs::gather(&asked, &around).unwrap();
//! let plan = Plan::new(inputs, &around, Reading::default()).unwrap();
//! assert!(!plan.is_fresh(Default::default()), "nothing is locked there");
//! ```

pub mod agreement;
pub mod categories;
pub mod conda_lock_inputs;
pub mod confined;
mod declared;
pub mod error;
pub mod existing;
pub mod files;
pub mod gather;
mod group_members;
pub mod lineage;
mod local_folders;
pub mod output_names;
mod overrides;
mod packages;
pub mod part;
mod places;
pub mod plan;
pub mod provenance;
mod read_existing;
pub mod selection;
pub mod shared_name;
pub mod solve_groups;
pub mod spec_names;
pub mod standing;
pub mod surroundings;
pub mod wanted;
