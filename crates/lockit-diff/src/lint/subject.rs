//! What a rule sees.

use lockit_diagnostic::SourceFile;
use lockit_lockfile::detect::Lockfile;
use lockit_spec::{EnvironmentFile, Platform, Survey};

use crate::export::Verdict;

/// An environment file and what is known around it.
#[derive(Debug)]
pub struct SpecSubject<'a> {
    /// What the file says, item by item.
    pub survey: &'a Survey,
    /// What could be understood of it; of the same file as `survey`.
    pub environment: &'a EnvironmentFile,
    /// Whether it is an export. Rules that look at single lines are silent in one: the whole file
    /// has to go.
    pub verdict: &'a Verdict,
    /// The platforms it is meant for.
    pub platforms: &'a [Platform],
    /// The environment file that this one should be a subset of (`predict` of `dev`), if there is one.
    pub base: Option<&'a EnvironmentFile>,
}

/// A lockfile and the specs it was made from.
#[derive(Debug)]
pub struct LockSubject<'a> {
    /// The file.
    pub file: &'a SourceFile,
    /// What it holds.
    pub lockfile: &'a Lockfile,
    /// The specs that the lockfile or the project names as its sources, as far as they could be read.
    pub sources: &'a [EnvironmentFile],
    /// The platforms that specs or project ask for; empty when nobody says.
    pub platforms: &'a [Platform],
}
