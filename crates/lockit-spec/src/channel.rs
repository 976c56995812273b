//! Channels as people write them.

use lockit_diagnostic::{SourceFile, Span};

/// A channel as written in a file or on the command line: a name, a URL or a path, possibly with
/// `${TOKEN}` placeholders for credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelRef {
    /// The text as written, for example `conda-forge`, `https://host/t/${TOKEN}/chan`, `./chan`.
    pub text: String,
    /// Where it was written; `None` for the command line.
    pub origin: Option<(SourceFile, Span)>,
}
