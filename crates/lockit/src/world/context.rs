//! What a command gets from the world: folder, clock, environment variables, printer.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use lockit_spec::KnownSecrets;

use crate::terminal::printer::Printer;
use crate::world::files::Files;

/// Made once in `main`; nothing else asks the system for these.
#[derive(Debug, Clone)]
pub(crate) struct Context {
    /// The folder the command works in, absolute.
    pub(crate) directory: PathBuf,
    /// The files the command reads.
    pub(crate) files: Files,
    /// When the run started.
    pub(crate) now: Timestamp,
    /// Where to print.
    pub(crate) printer: Printer,
    /// Whether progress bars may be drawn.
    pub(crate) progress: bool,
}

impl Context {
    /// The folder the command works in, seen from the checkout of a GitHub job; empty elsewhere.
    pub(crate) fn folder_in_workspace(&self) -> String {
        let real = |path: &Path| fs_err::canonicalize(path).ok();
        Self::variable("GITHUB_WORKSPACE")
            .and_then(|top| real(Path::new(&top)))
            .zip(real(&self.directory))
            .and_then(|(top, folder)| {
                let below = folder.strip_prefix(&top).ok()?;
                Some(below.to_string_lossy().replace('\\', "/"))
            })
            .unwrap_or_default()
    }

    /// An environment variable, for `${TOKEN}` in channels. Empty counts as absent, as in a shell
    /// script that forgot to set it.
    pub(crate) fn variable(name: &str) -> Option<String> {
        std::env::var(name).ok().filter(|value| !value.is_empty())
    }

    /// The secrets that may be written out where a variable could stand: all variables that are text.
    pub(crate) fn known_secrets() -> KnownSecrets {
        let text = |value: std::ffi::OsString| value.into_string().ok();
        let variables = std::env::vars_os();
        KnownSecrets::new(variables.filter_map(|(name, value)| text(name).zip(text(value))))
    }
}
