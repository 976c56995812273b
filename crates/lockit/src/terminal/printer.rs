//! The only way to print. Data goes to stdout, all else to stderr.

use std::io::{self, Write};
use std::sync::OnceLock;

use anstyle::Style;
use lockit_diagnostic::{Diagnostic, Severity, harmless, render, visible_json, visible_lines};
use lockit_lockfile::write::Written;
use lockit_spec::{conceal_diagnostics, credentials::masked};

/// How much to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// Only errors.
    Quiet,
    /// Results and warnings.
    Default,
    /// Also what is going on inside.
    Verbose,
}

/// Writes to the terminal. `anstream` drops colours where they cannot be shown or are not wanted.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Printer {
    pub(crate) verbosity: Verbosity,
}

/// Bold.
pub(crate) const BOLD: Style = Style::new().bold();
/// Green, for what went well and what is new.
pub(crate) const GOOD: Style =
    Style::new().bold().fg_color(Some(anstyle::Color::Ansi(anstyle::AnsiColor::Green)));
/// Red, for what is gone.
pub(crate) const BAD: Style =
    Style::new().bold().fg_color(Some(anstyle::Color::Ansi(anstyle::AnsiColor::Red)));
/// Cyan, for what changed, and for hints.
pub(crate) const INFO: Style =
    Style::new().bold().fg_color(Some(anstyle::Color::Ansi(anstyle::AnsiColor::Cyan)));
/// Dim, for what is only context.
pub(crate) const DIM: Style = Style::new().dimmed();

/// Text with a style around it, and no other control character in it.
pub(crate) fn paint(style: Style, text: impl std::fmt::Display) -> String {
    format!("{style}{}{style:#}", visible_lines(&text.to_string()))
}

/// Why data did not get out. One for the process, as stdout is.
static FAILURE: OnceLock<String> = OnceLock::new();

fn note_failure(result: io::Result<()>) {
    if let Err(error) = result
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        let _ = FAILURE.set(error.to_string());
    }
}

impl Printer {
    /// Data as it is: files, Markdown, annotations. What it is made of was made harmless where it was written.
    #[expect(clippy::unused_self, reason = "whoever prints has a printer")]
    pub(crate) fn data(self, text: &str) {
        note_failure(writeln!(anstream::stdout(), "{text}"));
    }

    /// Why some data did not get out, when there is no more to come. That a pipe was closed is no reason: its reader has
    /// what it wanted.
    #[expect(clippy::unused_self, reason = "whoever prints has a printer")]
    pub(crate) fn failure(self) -> Option<&'static str> {
        note_failure(io::stdout().flush());
        FAILURE.get().map(String::as_str)
    }

    /// Text for people: nothing in it is obeyed by a terminal, or by the system that runs a job.
    pub(crate) fn text(self, text: &str) {
        self.data(&harmless(text));
    }

    /// A JSON document: the same data, with everything hidden in it escaped.
    pub(crate) fn json(self, text: &str) {
        self.data(&visible_json(text));
    }

    /// A line about what happened; not shown with `-q`.
    pub(crate) fn status(self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            let _ = writeln!(anstream::stderr(), "{}", harmless(&masked(text)));
        }
    }

    /// Diagnostics; with `-q` only errors. Whoever made them, no secret of an address is in what is shown.
    pub(crate) fn diagnostics(self, diagnostics: &[Diagnostic]) {
        let shown: Vec<Diagnostic> = diagnostics
            .iter()
            .filter(|one| self.verbosity > Verbosity::Quiet || one.severity == Severity::Error)
            .cloned()
            .collect();
        if !shown.is_empty() {
            let color = anstream::AutoStream::choice(&io::stderr()) != anstream::ColorChoice::Never;
            let text = render(&conceal_diagnostics(shown), color);
            let _ = writeln!(anstream::stderr(), "{}", harmless(&text));
        }
    }
}

/// What became of a file, in a word.
pub(crate) fn state(written: Written) -> String {
    match written {
        Written::Created => paint(GOOD, "new"),
        Written::Updated => paint(GOOD, "changed"),
        Written::Unchanged => paint(DIM, "unchanged"),
    }
}
