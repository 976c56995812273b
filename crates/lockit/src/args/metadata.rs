//! Which facts about its making a conda-lock.yml is to hold, as with conda-lock.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// What to say.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct MetadataArgs {
    /// Fact about the making of a lock to write into conda-lock.yml; several may be given
    #[arg(long, visible_alias = "md", value_enum, value_name = "FACT", help_heading = "Lockfiles")]
    pub(crate) metadata: Vec<Fact>,
    /// File of names and texts, YAML or JSON, to write into conda-lock.yml; several may be given
    #[arg(
        long,
        visible_aliases = ["mdy", "metadata-json"],
        value_name = "FILE",
        help_heading = "Lockfiles"
    )]
    pub(crate) metadata_yaml: Vec<PathBuf>,
}

/// A fact about the making of a lock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub(crate) enum Fact {
    /// When it was made.
    Timestamp,
    /// The newest commit that touches a spec.
    GitSha,
    /// `user.name` of git.
    GitUserName,
    /// `user.email` of git.
    GitUserEmail,
    /// md5 of each spec.
    InputMd5,
    /// sha256 of each spec.
    InputSha,
}
