//! What is made from a lock: the Dockerfile of the smallest image that runs it, the ignore file beside
//! it, bills of materials.
//!
//! Everything here is a pure function of its inputs: the locks ([`Facts`]), what was chosen
//! ([`Choices`]), what lies beside the spec ([`ProjectFolder`]). Texts come from `templates/`.
//!
//! * [`dockerfile`] writes the Dockerfile, and says what a person should look at.
//! * [`trim`] and [`activation`] are tables of what may be left out of an image and of what shells set.
//! * [`region`] replaces the generated part of a file and nothing else.
//! * [`sbom`] writes CycloneDX and SPDX.
//! * [`Workflow`] writes the jobs that refresh and check locks.

pub mod activation;
mod choices;
mod docker_path;
pub mod dockerfile;
mod dockerignore;
mod error;
mod facts;
mod image;
mod init;
mod mirrors;
mod project;
pub mod region;
pub mod sbom;
pub mod trim;
mod workflow;

pub use choices::{App, Builder, Bytecode, Choices, Digests, Trim};
pub use dockerignore::dockerignore;
pub use error::EmitError;
pub use facts::{Architecture, Facts, Glibc, Input, Python};
pub use image::KnownImage;
pub use init::{Present, init};
pub use project::ProjectFolder;
pub use workflow::{Forge, Workflow};
