//! What a command gets from the world: folder, clock, files, environment variables, printer.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::terminal::printer::Printer;
use crate::world::variables::Variables;
use lockit_project::surroundings::Surroundings;

/// Made once in `main`; nothing else asks the system for these.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// Where the command works: folder, clock, files.
    pub(crate) around: Surroundings,
    /// The variables of the process.
    pub(crate) variables: Arc<Variables>,
    /// Where to print.
    pub(crate) printer: Printer,
    /// Whether progress bars may be drawn.
    #[cfg_attr(
        not(feature = "solve"),
        expect(dead_code, reason = "only what solves and installs draws them")
    )]
    pub(crate) progress: bool,
}

impl Context {
    /// The folder the command works in, absolute.
    pub(crate) fn directory(&self) -> &Path {
        &self.around.directory
    }

    /// A path as people see it: relative to the working folder when it lies below it.
    pub(crate) fn shown(&self, path: &Path) -> PathBuf {
        self.around.shown(path)
    }

    /// An environment variable; see [`Variables::get`].
    pub(crate) fn variable(&self, name: &str) -> Option<String> {
        self.variables.get(name).map(str::to_owned)
    }

    /// The folder the command works in, seen from the checkout of a GitHub job; empty elsewhere.
    pub(crate) fn folder_in_workspace(&self) -> String {
        let real = |path: &Path| fs_err::canonicalize(path).ok();
        self.variable("GITHUB_WORKSPACE")
            .and_then(|top| real(Path::new(&top)))
            .zip(real(self.directory()))
            .and_then(|(top, folder)| {
                let below = folder.strip_prefix(&top).ok()?;
                Some(below.to_string_lossy().replace('\\', "/"))
            })
            .unwrap_or_default()
    }
}
