//! Digests that lines demand, and that no archive of a package has.

use lockit_diagnostic::{SourceFile, Span};
use lockit_spec::ArchiveDigest;

/// No archive of a version has a digest that lines demand.
#[derive(Debug, Clone)]
pub struct OtherDigests {
    /// The package, normalised.
    pub name: String,
    /// Its version; empty for a folder or a repository.
    pub version: String,
    /// The lines with what they demand.
    pub demanded: Vec<DemandedDigests>,
    /// The archives that there are.
    pub archives: Vec<OfferedArchive>,
}

/// A line, and the digests of which an archive must have one.
#[derive(Debug, Clone)]
pub struct DemandedDigests {
    /// The file of the line.
    pub file: SourceFile,
    /// Its place in the file.
    pub span: Span,
    /// Never empty.
    pub digests: Vec<ArchiveDigest>,
}

/// An archive that could be chosen if its digest were right.
#[derive(Debug, Clone)]
pub struct OfferedArchive {
    /// Name of the file.
    pub file: String,
    /// As the index says them, or as they were computed.
    pub digests: Vec<ArchiveDigest>,
}
