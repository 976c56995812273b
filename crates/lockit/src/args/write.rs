//! What to do with the results.

use clap::Args;

use lockit_lockfile::pixi::PixiVersion;
use lockit_project::standing::Writing;

use crate::args::word;

/// What to do with the results.
#[derive(Debug, Args, Clone, Default)]
pub(crate) struct WriteArgs {
    /// Show what would change, write nothing
    #[arg(long, help_heading = "Lockfiles")]
    pub(crate) dry_run: bool,
    /// Write md5 instead of sha256 digests into explicit lockfiles, for old tools
    #[arg(long, help_heading = "Lockfiles")]
    pub(crate) md5: bool,
    /// Leave credentials out of lockfiles, `${VARIABLE}` placeholders too: whoever installs has them in a
    /// store or gives them with `--auth`
    #[arg(long, help_heading = "Lockfiles")]
    pub(crate) strip_auth: bool,
    /// Version of pixi.lock to write: 6 for conda's plugin and older releases of pixi [default: that of the file,
    /// else 7]
    #[arg(long, value_name = "VERSION", value_parser = word::pixi_version(), help_heading = "Lockfiles")]
    pub(crate) pixi_lock_version: Option<PixiVersion>,
    /// Write nothing if one platform or environment cannot be solved, instead of keeping the
    /// others' results
    #[arg(long, help_heading = "Lockfiles")]
    pub(crate) all_or_nothing: bool,
}

impl WriteArgs {
    /// What shows in the files.
    pub(crate) fn writing(&self) -> Writing {
        Writing { md5: self.md5, strip_auth: self.strip_auth, pixi_version: self.pixi_lock_version }
    }
}
